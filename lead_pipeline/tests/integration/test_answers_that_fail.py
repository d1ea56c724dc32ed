"""Mails and calls whose lead cannot follow: they are saved, and it is tried again."""

from contextlib import contextmanager

import frappe
import pytest
from frappe.utils import add_to_date, now_datetime

from lead_pipeline.activities import communications
from lead_pipeline.tests import site
from lead_pipeline.tests.answers import (
	LEADS_ADDRESS,
	break_the_save_of_leads_at,
	communication,
	mail_to,
	rows,
	switch,
)
from lead_pipeline.tests.factories import make_lead
from lead_pipeline.tests.leads import status


def test_a_mail_is_saved_when_its_lead_cannot_be_and_the_lead_follows_later(seller):
	lead = make_lead()
	broken = break_the_save_of_leads_at("Replied")
	mail = mail_to(lead)
	assert frappe.db.exists("Communication", mail)
	assert status(lead) == "Lead"
	assert not frappe.local.message_log, "what is wrong with the lead is not for the author of the mail"
	error = frappe.get_last_doc("Error Log", {"reference_name": lead.name})
	assert error.method == f"Status of lead {lead.name} could not follow a message"
	assert "It is tried again in the background." in error.error
	assert mail in error.error

	broken.delete(ignore_permissions=True)
	communications.retry(mail, str(now_datetime()))
	assert status(lead) == "Replied"
	assert [row.to_status for row in rows(lead)] == ["Lead", "Replied"]


def test_the_background_gets_to_the_lead_of_a_mail_that_failed(seller, free_worker):
	lead = make_lead()
	broken = break_the_save_of_leads_at("Replied")
	mail_to(lead)
	# Broken no more when the worker begins.
	broken.delete(ignore_permissions=True)
	frappe.db.commit()
	site.wait_until(lambda: status(lead) != "Lead", "the lead has followed")
	assert status(lead) == "Replied"


@contextmanager
def held_by_somebody_else(lead):
	"""The row of the lead is locked by another connection."""
	ours = frappe.local.db
	frappe.connect(set_admin_as_user=False)
	theirs, frappe.local.db = frappe.local.db, ours
	try:
		theirs.sql("select name from `tabPipeline Lead` where name = %s for update", lead.name)
		yield
	finally:
		theirs.rollback()
		theirs.close()


def test_a_second_try_leaves_what_somebody_chose_in_the_meantime(seller):
	lead = make_lead()
	switch("mail_replies", 0)
	mail = mail_to(lead)
	written_on = add_to_date(now_datetime(), seconds=-1)
	switch("mail_replies", 1)
	lead.status = "Interested"
	lead.save()
	communications.retry(mail, str(written_on))
	assert status(lead) == "Interested"


def test_a_second_try_that_fails_is_tried_again_by_the_framework(seller):
	frappe.flags.in_import = True
	try:
		lead = make_lead()
		mail = communication(lead, sent_or_received="Sent", sender=seller)
	finally:
		frappe.flags.in_import = False
	frappe.db.commit()
	with held_by_somebody_else(lead), pytest.raises(frappe.RetryBackgroundJobError):
		communications.retry(mail.name, str(now_datetime()))
	frappe.db.rollback()
	communications.retry(mail.name, str(now_datetime()))
	assert status(lead) == "Replied"


def test_a_second_try_for_a_mail_that_is_gone_does_nothing():
	communications.retry("no such mail", str(now_datetime()))


def test_a_mail_to_a_lead_that_is_gone_is_saved():
	lead = make_lead()
	name = lead.name
	lead.delete()
	mail = frappe.new_doc("Communication")
	mail.update({"subject": "Late", "sent_or_received": "Received", "sender": LEADS_ADDRESS})
	mail.flags.ignore_links = True
	mail.update(
		{"reference_doctype": "Pipeline Lead", "reference_name": name, "communication_medium": "Email"}
	)
	communications.on_change(mail)


def test_a_communication_of_another_document_asks_nothing_about_leads(seller):
	todo = frappe.get_doc({"doctype": "ToDo", "description": "Anything"}).insert(ignore_permissions=True)
	mail = communication(todo, reference_doctype="ToDo", sent_or_received="Received", sender=LEADS_ADDRESS)
	queries = []
	run = frappe.db.sql

	def count(query, *arguments, **options):
		queries.append(query)
		return run(query, *arguments, **options)

	frappe.db.sql = count
	try:
		communications.on_change(mail)
	finally:
		frappe.db.sql = run
	assert not queries
