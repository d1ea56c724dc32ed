"""Who has written a mail, whatever its headers and names pretend."""

import base64

import frappe
import pytest

from lead_pipeline.constants import INBOX_FIELD, LEAD, SETTINGS
from lead_pipeline.tests.factories import make_lead
from lead_pipeline.tests.mails import (
	lead_of,
	leads_of,
	make_account,
	new_address,
	receive,
	write,
)


def test_who_is_to_be_answered_is_the_sender():
	address = new_address()
	mail = receive(write("Portal <noreply@portal.example>", Reply_To=f"Jane Doe <{address}>"))
	lead = lead_of(mail)
	assert (lead.email, lead.lead_name) == (address, "Jane Doe")


@pytest.fixture
def victim(clean_transaction):
	"""An open lead with a sender of its own, which nobody else may get into."""
	return make_lead(email=new_address("victim"))


DISGUISES = (
	'"{victim}" <{evil}>',
	"{victim} <{evil}>",
	"'{victim}' <{evil}>",
	"{evil} ({victim})",
	"(<{victim}>) <{evil}>",
	'"<{victim}>" <{evil}>',
	'"{victim}, " <{evil}>',
	"=?utf-8?q?=22{victim}=22?= <{evil}>",
	"=?utf-8?b?{encoded}?= <{evil}>",
	"{victim}: <{evil}>;",
	"{victim}, {evil}",
	"<{victim}> <{evil}>",
	"=?utf-8?b?{encoded}?=",
)


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_name_that_is_the_address_of_somebody_else_is_a_name(account, victim, disguise):
	"""Promise P13."""
	evil = f"x-{frappe.generate_hash(length=8)}@evil.example"
	encoded = base64.b64encode(victim.email.encode()).decode()
	raw = write(evil).replace(
		f"From: {evil}".encode(),
		f"From: {disguise.format(victim=victim.email, evil=evil, encoded=encoded)}".encode(),
	)
	mail = receive(raw, account)
	assert mail.reference_name != victim.name
	assert frappe.db.get_value(LEAD, victim.name, "enquiries") == 0
	if mail.reference_name:
		assert (mail.sender, lead_of(mail).email) == (evil, evil)
	else:
		assert (mail.sender, mail.get(INBOX_FIELD)) == (None, "No Sender")


@pytest.mark.parametrize("headers", [{"Reply_To": "{}"}, {"Sender": "{}"}, {"X_Original_From": "{}"}])
def test_what_else_a_mail_says_of_its_sender_opens_no_lead(account, victim, headers):
	"""Promise P13."""
	evil = f"x-{frappe.generate_hash(length=8)}@evil.example"
	raw = write(evil, **{name: value.format(victim.email) for name, value in headers.items()})
	mail = receive(raw, account)
	assert (mail.sender, lead_of(mail).email) == (evil, evil)
	assert frappe.db.get_value(LEAD, victim.name, "enquiries") == 0


def test_where_somebody_wants_answers_is_shown_and_is_nobody(account):
	elsewhere = new_address("elsewhere")
	mail = receive(write(f"x-{new_address()}", Reply_To=elsewhere), account)
	assert f"Wants answers to: {elsewhere}" in mail.content
	assert f"Wants answers to: {elsewhere}" in lead_of(mail).description
	assert leads_of(elsewhere) == []
	assert lead_of(receive(write(elsewhere), account)).name != mail.reference_name


def test_a_program_of_others_passes_on_what_somebody_new_has_written(account, victim):
	address = new_address()
	mail = receive(write("no-reply@portal.example", Reply_To=address), account)
	assert lead_of(mail).email == address
	again = receive(write("no-reply@portal.example", Reply_To=victim.email), account)
	assert (again.reference_name, again.get(INBOX_FIELD)) == (None, "Claimed Sender")
	assert again.sender == victim.email


@pytest.mark.parametrize("passes_on", ["our own account", "our own domain", "a service of the settings"])
def test_our_own_form_writes_for_its_visitor(account, victim, passes_on):
	sender = account.email_id
	if passes_on == "our own domain":
		sender = "web@forms.example"
		frappe.db.set_single_value(SETTINGS, "own_domains", "forms.example")
	if passes_on == "a service of the settings":
		sender = "web@forms.example"
		frappe.db.set_single_value(SETTINGS, "form_mailers", "Web@Forms.example")
	for program in ({}, {"Auto_Submitted": "auto-generated"}):
		address = new_address()
		raw = write(f"Our Site <{sender}>", Reply_To=f'"Jane Doe" <{address}>', **program)
		lead = lead_of(receive(raw, make_account()))
		assert (lead.email, lead.lead_name) == (address, "Jane Doe")
	mail = receive(write(sender, Reply_To=victim.email), make_account())
	assert mail.reference_name == victim.name


def test_the_name_of_a_visitor_is_read_though_the_form_has_not_encoded_it(account):
	frappe.db.set_single_value(SETTINGS, "form_mailers", "form@our-host.example")
	address = new_address()
	written = write("Website <form@our-host.example>", Reply_To="X")
	for name in ("Müller, Anna".encode(), "Müller, Anna".encode("cp1252")):
		raw = written.replace(b"Reply-To: X", b'Reply-To: "' + name + f'" <{address}>'.encode())
		mail = receive(raw.replace(b"Message-ID: <", b"Message-ID: <" + str(len(name)).encode()), account)
		lead = lead_of(mail)
		assert (lead.first_name, lead.last_name, lead.email) == ("Anna", "Müller", address)
		assert mail.sender_full_name == "Müller, Anna"
