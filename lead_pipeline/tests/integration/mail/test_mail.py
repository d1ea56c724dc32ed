"""A mail through the framework's receiver becomes a lead.

The lead gets the content of the mail and its attachments.
"""

import base64

import frappe
import pytest
from frappe.email.doctype.email_account.email_account import get_append_to

from lead_pipeline.constants import LEAD
from lead_pipeline.tests.factories import make_customer
from lead_pipeline.tests.mails import (
	fetch,
	lead_of,
	leads_of,
	make_account,
	new_address,
	receive,
	write,
)

PNG = base64.b64decode(
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def test_leads_are_offered_to_email_accounts():
	assert [LEAD] in get_append_to(txt="Pipeline")


@pytest.mark.parametrize("imap", [False, True], ids=["POP", "IMAP"])
def test_a_strangers_mail_becomes_a_lead(imap):
	address = new_address()
	mail = receive(write(f"Jane Doe <{address}>"), make_account(imap=imap))
	lead = lead_of(mail)
	assert (lead.lead_name, lead.first_name, lead.last_name, lead.email) == (
		"Jane Doe",
		"Jane",
		"Doe",
		address,
	)
	assert (lead.channel, lead.status, lead.lead_owner) == ("E-mail", "Lead", None)
	assert lead.description.startswith("<p><strong>How much is it?</strong></p>")
	assert "what does the large one cost?" in lead.description
	assert mail.subject == "How much is it?"
	assert mail.status == "Linked"


def test_a_company_that_writes_is_an_organization():
	lead = lead_of(receive(write(f"Muster GmbH <{new_address()}>")))
	assert (lead.is_organization, lead.company_name, lead.lead_name) == (1, "Muster GmbH", "Muster GmbH")


def test_a_sender_without_a_name_is_called_by_the_address():
	address = new_address()
	assert lead_of(receive(write(address))).lead_name == address


LOADS = (
	"<img src=//canary.example/1>",
	"<table background='//canary.example/2'><tr><td style='background: url(//canary.example/3)'>x</td></tr></table>",
	"<form action=//canary.example/4><input name=x></form><h1>Big</h1>",
)


def test_a_mail_loads_nothing_and_draws_no_form_and_stays_readable(account):
	"""Promise P15."""
	sender = f'"Evil {LOADS[0]}" <{new_address()}>'
	html = receive(
		write(sender, subject=f"Hi {LOADS[0]}", text=None, html=f"<p>Hello</p>{''.join(LOADS)}"), account
	)
	plain = receive(write(sender, text=f"Hello {' '.join(LOADS)}"), account)
	for mail in (html, plain):
		mail.reload()
		assert "Hello" in mail.content
		assert (mail.sender_full_name, lead_of(mail).lead_name) == ("Evil", "Evil")
		texts = f"{mail.subject} {mail.content} {lead_of(mail).description}"
		for element in ("<img", "<form", "<input", "<h1", "<table background", "<td style"):
			assert element not in texts, (element, texts)
	assert html.subject == "Hi"
	assert "canary.example/1" in plain.content


def test_quoted_history_is_left_out_of_the_description():
	text = "I take it.\n\nOn Monday, Sales wrote:\n> It costs 100.\n> Regards\n"
	lead = lead_of(receive(write(new_address(), text=text)))
	assert "I take it." in lead.description
	assert "costs 100" not in lead.description


def test_of_an_html_mail_the_words_are_kept_and_the_quote_is_not():
	html = (
		"<style>p {color: red}</style><p>I take <b>two</b>.</p><script>alert(1)</script>"
		'<div class="gmail_quote">On Monday Sales wrote:<blockquote>It costs 100.</blockquote></div>'
	)
	lead = lead_of(receive(write(new_address(), text=None, html=html)))
	assert "<p>I take two.</p>" in lead.description
	for left_out in ("costs 100", "alert", "color"):
		assert left_out not in lead.description


def test_a_text_that_no_person_writes_keeps_no_worker_busy():
	"""Searched through for every word, this one would take a worker's whole day."""
	lead = lead_of(receive(write(new_address(), text="On " * 40_000, html="<p>On and on</p>")))
	assert "On On" in lead.description


def test_a_character_that_a_database_does_not_keep_loses_no_mail():
	"""PostgreSQL takes no NUL; in a subject the framework meets it first."""
	raw = write(new_address(), text="Two pieces").replace(b"Two pieces", b"Two\x00 pieces")
	assert "<p>Two pieces</p>" in lead_of(receive(raw)).description


def test_a_mail_without_text_makes_a_lead():
	assert "How much is it?" in lead_of(receive(write(new_address(), text=""))).description


def test_markup_in_name_subject_and_text_is_text():
	attack = "<img src=x onerror=alert(1)>"
	lead = lead_of(receive(write(f'"{attack}" <{new_address()}>', subject=f"Hi {attack}", text=attack)))
	assert "<img" not in lead.description
	assert "&lt;img" in lead.description


def test_a_subject_of_nothing_but_markup_makes_a_lead():
	assert lead_of(receive(write(new_address(), subject="<img src=x onerror=alert(1)>")))


def test_files_are_at_the_mail_and_at_the_lead_and_logos_are_not():
	raw = write(
		new_address(),
		html='<p>See the plan</p><img src="cid:logo">',
		files={"plan.txt": b"the plan"},
	)
	# What mail programs do with pictures in the text.
	picture = (
		b'Content-Type: image/png\r\nContent-ID: <logo>\r\nContent-Disposition: inline; filename="logo.png"\r\n'
		b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(PNG) + b"\r\n"
	)
	boundary = b"--" + raw.split(b'boundary="', 1)[1].split(b'"', 1)[0]
	raw = raw.replace(boundary + b"--", boundary + b"\r\n" + picture + boundary + b"--", 1)
	mail = receive(raw)
	lead = lead_of(mail)

	def files(doctype, name):
		found = {"attached_to_doctype": doctype, "attached_to_name": name}
		return frappe.get_all("File", filters=found, fields=["file_name", "file_url", "is_private"])

	(plan,) = files(LEAD, lead.name)
	assert plan.is_private
	assert plan.file_url in [file.file_url for file in files("Communication", mail.name)]
	assert len(files("Communication", mail.name)) == 2


def test_a_customers_contact_is_marked_as_such(account):
	address, customer = new_address(), make_customer()
	contact = frappe.new_doc("Contact")
	contact.update({"first_name": "Known"})
	contact.append("email_ids", {"email_id": address, "is_primary": 1})
	contact.append("links", {"link_doctype": "Customer", "link_name": customer.name})
	contact.insert()
	lead = lead_of(receive(write(address), account))
	assert (lead.party_type, lead.party) == ("Customer", customer.name)


def test_who_is_a_contact_of_two_customers_is_marked_as_none(account):
	address = new_address()
	contact = frappe.new_doc("Contact")
	contact.update({"first_name": "Known"})
	contact.append("email_ids", {"email_id": address, "is_primary": 1})
	for _number in range(2):
		contact.append("links", {"link_doctype": "Customer", "link_name": make_customer().name})
	contact.insert()
	assert lead_of(receive(write(address), account)).party is None


@pytest.mark.parametrize(
	"name", ["a/b.txt", "a%2Fb.txt", "<img src=//canary.example/1>.txt", "x" * 200 + ".txt"]
)
def test_the_name_of_a_file_loses_no_mail(account, name):
	"""Promise P13."""
	mail = receive(write(new_address(), files={name: b"content"}), account)
	(file,) = frappe.get_all("File", {"attached_to_name": lead_of(mail).name}, ["file_name"])
	assert file.file_name.endswith(".txt")
	assert not {"/", "<"} & set(file.file_name)


@pytest.mark.parametrize("imap", [False, True], ids=["POP", "IMAP"])
def test_the_job_that_fetches_mails_makes_leads_of_them(committed, imap):
	account = make_account(imap=imap, email_sync_option="ALL")
	frappe.db.commit()
	addresses = [new_address(), "not an address", new_address()]
	fetch(account, *(write(address) for address in addresses))
	frappe.db.rollback()
	made = frappe.get_all("Communication", filters={"email_account": account.name})
	committed += [frappe.get_doc("Communication", row.name) for row in made]
	found = [lead for address in addresses[::2] for lead in leads_of(address)]
	committed += [frappe.get_doc(LEAD, name) for name in found] + [account]
	assert (len(found), len(made)) == (2, 3)
