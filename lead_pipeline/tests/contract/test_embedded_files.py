"""What `domain/embedding.py` and `visibility/embedded_files.py` guard against: the framework reads files by the words of a mail."""

import frappe
import pytest

from lead_pipeline.domain import embedding

PICTURE = "assets/frappe/images/frappe-favicon.svg"


@pytest.fixture
def email_body():
	# Needs the folders of the site when it is loaded.
	from frappe.email import email_body

	return email_body


def test_a_mail_takes_files_from_its_words_once_entities_are_decoded(email_body):
	html = email_body.inline_style_in_html(f"<html><body><p>embed=&quot;{PICTURE}&quot;</p></body></html>")
	_message, files = email_body.replace_filename_with_cid(html)
	assert [file["filename"] for file in files] == [PICTURE.rpartition("/")[2]]


def test_we_read_the_same_words(email_body):
	assert email_body.EMBED_PATTERN.pattern == embedding.EMBEDS.pattern
	html = email_body.inline_style_in_html(
		f"<html><body>{embedding.without_files(f'embed=&quot;{PICTURE}&quot;')}</body></html>"
	)
	assert email_body.replace_filename_with_cid(html)[1] == []


def test_it_reads_any_file_of_the_server(email_body):
	"""Else nothing but private files would have to be guarded."""
	(file,) = email_body.replace_filename_with_cid(f'<p>embed="./{frappe.local.site}/site_config.json"</p>')[
		1
	]
	assert b"db_name" in file["filecontent"]
