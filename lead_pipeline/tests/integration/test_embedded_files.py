"""No e-mail of a lead contains a file that its writer may not read.

This holds whoever wrote the text that asks for the file.
"""

import frappe
import pytest

from lead_pipeline.activities import reminders
from lead_pipeline.constants import ACTIVITY, LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.domain import embedding
from lead_pipeline.tests import answers, mails, web_calls
from lead_pipeline.tests.factories import make_lead, make_user

SECRET = "Embedded secret"
MAKE = "frappe.core.doctype.communication.email.make"


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


@pytest.fixture
def lead(clean_transaction):
	return make_lead(email="customer@example.com")


@pytest.fixture
def writer(lead):
	return make_user("Sales User", "Inbox User", email="writer@embedding.example.com")


def attach(doctype: str, name: str, request) -> str:
	"""Attach a private file to a document and return the file's address.

	The file is on the disk until the end of the test.
	"""
	values = {"attached_to_doctype": doctype, "attached_to_name": name, "is_private": 1}
	file = frappe.get_doc(
		{"doctype": "File", "file_name": f"{frappe.generate_hash()}.txt", "content": SECRET} | values
	).insert(ignore_permissions=True)
	request.addfinalizer(lambda: frappe.delete_doc("File", file.name, force=True))
	return file.file_url


@pytest.fixture
def others_file(clean_transaction, request):
	"""Of a document that sales people may not read."""
	return attach("User", "Administrator", request)


def sent(content: str, subject: str = "Offer") -> str:
	"""The mail that goes out with this content."""
	# Needs the folders of the site when it is loaded.
	from frappe.email.email_body import get_email

	sender = "writer@embedding.example.com"
	account = frappe.new_doc("Email Account").update({"email_id": sender, "name": "Out"})
	mail = get_email(["customer@example.com"], sender, content, subject=subject, email_account=account)
	parts = [part.get_payload(decode=True) for part in mail.msg_root.walk() if not part.is_multipart()]
	return " ".join(part.decode(errors="replace") for part in parts)


def spellings(address: str) -> list[str]:
	path = address.lstrip("/")
	return [
		f'<p>Look: <img embed="{path}"></p>',
		f"<p>Look: embed='{path}'</p>",
		f"<p>Look: embed=&quot;{path}&quot;</p>",
		f'<p>Look: embed=</x>"{path}"</p>',
		f'<p>Look: embed="private/files/../../{path}"</p>',
		f'<p>Look: embed="./{frappe.local.site}/{path}"</p>',
		f"<p title=\"embed='{path}'\">Look</p>",
	]


def test_the_framework_itself_puts_it_in(clean_transaction, others_file):
	"""Else the tests below would say nothing."""
	found = [SECRET in sent(content) for content in spellings(others_file)]
	assert all(found), found


def test_nobody_mails_a_file_that_they_may_not_read(lead, writer, others_file):
	for content in spellings(others_file):
		form = {"doctype": LEAD, "name": lead.name, "recipients": "customer@example.com", "content": content}
		said, error = web_calls.call(writer, MAKE, form | {"subject": "Offer", "send_email": 0})
		assert isinstance(error, frappe.PermissionError), (content, said)
		assert "Take the words" in said
	form |= {"content": "Hello", "subject": f'embed="{others_file.lstrip("/")}"', "send_email": 0}
	assert isinstance(web_calls.call(writer, MAKE, form)[1], frappe.PermissionError)


def test_nor_what_lies_on_the_server(lead, writer):
	form = {"doctype": LEAD, "name": lead.name, "recipients": "customer@example.com", "subject": "Offer"}
	for path in (
		f"./{frappe.local.site}/site_config.json",
		"/etc/passwd",
		"assets/../common_site_config.json",
	):
		said, error = web_calls.call(
			writer, MAKE, form | {"content": f'<p>embed="{path}"</p>', "send_email": 0}
		)
		assert isinstance(error, frappe.PermissionError), (path, said)


def test_own_and_public_files_are_sent(lead, writer, request):
	own = attach(LEAD, lead.name, request)
	form = {"doctype": LEAD, "name": lead.name, "recipients": "customer@example.com", "subject": "Offer"}
	for path in (own.lstrip("/"), own, "assets/frappe/images/frappe-favicon.svg"):
		said, error = web_calls.call(
			writer, MAKE, form | {"content": f'<img embed="{path}">', "send_email": 0}
		)
		assert error is None, said


def test_a_file_of_a_hidden_lead_is_sent_with_no_mail(lead, writer, request):
	"""Whatever the mail is about: a request that asks for such a file is refused."""
	hidden = make_lead(lead_owner=make_user("Sales User"))
	address = attach(LEAD, hidden.name, request)
	todo = frappe.get_doc({"doctype": "ToDo", "description": "Mine", "allocated_to": writer}).insert()
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	for content in spellings(address):
		form = {"doctype": "ToDo", "name": todo.name, "recipients": "a@example.com", "content": content}
		said, error = web_calls.call(writer, MAKE, form | {"subject": "Offer", "send_email": 0})
		assert isinstance(error, frappe.PermissionError), (content, said)


def test_what_a_stranger_wrote_asks_for_nothing_when_it_is_sent(clean_transaction, others_file):
	"""It is quoted in answers, and stands in the mails of Notifications."""
	path = others_file.lstrip("/")
	for html in (
		None,
		f'<p>embed="{path}" <img embed="{path}"></p>',
		f"<p title=\"embed='{path}'\">embed=</x>'{path}'",
	):
		raw = mails.write(
			f"embed='{path}' <{mails.new_address()}>", f'embed="{path}"', f"embed='{path}'", html=html
		)
		mail = mails.receive(raw)
		made = frappe.get_doc(LEAD, mail.reference_name)
		texts = [mail.content, mail.subject, made.description, made.lead_name]
		for text in texts:
			assert SECRET not in sent(f"<blockquote>{text}</blockquote>", subject=text)


def test_nor_does_a_reminder(lead, others_file, monkeypatch):
	outbox = []
	monkeypatch.setattr(frappe, "sendmail", lambda **mail: outbox.append(mail))
	monkeypatch.setattr(reminders, "is_email_notifications_enabled_for_type", lambda *_args: True)
	account = {"default_outgoing": 1, "enable_outgoing": 1}
	frappe.db.set_value("Email Account", mails.make_account().name, account)
	step = {"lead": lead.name, "activity_type": "Call", "subject": f'embed="{others_file.lstrip("/")}"'}
	user = make_user("Sales User")
	frappe.get_doc(
		{"doctype": ACTIVITY, "due_on": frappe.utils.nowdate(), "assigned_to": user} | step
	).insert()
	for due in reminders.steps_due(frappe.utils.now_datetime().replace(hour=23)) or [None]:
		row = due or frappe._dict(
			step, name="x", due_on=frappe.utils.nowdate(), assigned_to=user, lead_name="x"
		)
		reminders.mail(user, lead.name, lambda language, row=row: reminders.reminder_text(row, language))
	assert outbox
	for mail in outbox:
		assert SECRET not in sent(mail["message"], subject=mail["subject"])


def test_what_is_said_to_have_come_in_is_kept_and_sends_nothing(lead, writer, others_file):
	"""No mail is lost, whatever it says, and nobody sends one by calling it received."""
	for content in spellings(others_file):
		mail = answers.mail_from(lead, content=content, subject=f'embed="{others_file.lstrip("/")}"')
		form = {"doctype": LEAD, "name": lead.name, "content": content, "sent_or_received": "Received"}
		said, error = web_calls.call(writer, MAKE, form | {"subject": "Offer", "send_email": 0})
		assert error is None, said
		kept = frappe.get_last_doc("Communication", {"owner": writer})
		for text in (mail.content, mail.subject, kept.content):
			assert SECRET not in sent(f"<p>{text}</p>", subject=text)
