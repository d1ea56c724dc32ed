"""Nobody can rewrite the history of a lead.

The rows of a lead's log are made by its changes alone, and other apps are told of them.
"""

import frappe
import pytest
from frappe import client
from frappe.permissions import add_user_permission

from lead_pipeline.exceptions import LogIsInsertOnlyError
from lead_pipeline.tests.factories import SELLER, make_lead, make_user, needs
from lead_pipeline.tests.leads import story
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.sales import hooked

LEAD, LOG = "Pipeline Lead", "Pipeline Status Log"

pytestmark = pytest.mark.usefixtures("stored_seller")


def row_of(lead) -> str:
	return frappe.db.get_value(LOG, {"lead": lead.name})


def test_nobody_changes_writes_or_deletes_rows_over_rest():
	lead = make_lead()
	row = row_of(lead)
	manager = Client(make_user("Sales Manager"))
	administrator = Client("Administrator")
	address = f"resource/{LOG}/{row}"
	for user, refused in ((Client(SELLER), 403), (manager, 403), (administrator, 417)):
		answer = user.session.put(url(address), json={"reason": "another"}, timeout=60)
		assert answer.status_code == refused, answer.text
		answer = user.session.delete(url(address), timeout=60)
		assert answer.status_code == refused, answer.text
	answer = manager.session.post(
		url(f"resource/{LOG}"), json={"lead": lead.name, "to_status": "Open"}, timeout=60
	)
	assert answer.status_code == 403
	frappe.db.rollback()
	assert frappe.db.get_value(LOG, row, "reason") is None


def url(path: str) -> str:
	from lead_pipeline.tests import site

	return f"{site.URL}/api/{path}"


def test_not_even_the_administrator_changes_a_row():
	row = row_of(make_lead())
	attempts = [
		lambda: client.set_value(LOG, row, "reason", "another"),
		lambda: client.save(frappe.get_doc(LOG, row).as_dict() | {"reason": "another"}),
		lambda: frappe.get_doc(LOG, row).save(),
	]
	for attempt in attempts:
		with pytest.raises(LogIsInsertOnlyError, match=r"cannot be changed: it says what happened"):
			attempt()
	with pytest.raises(frappe.ValidationError):
		frappe.rename_doc(LOG, row, "another")


def test_not_even_the_administrator_deletes_a_row():
	row = row_of(make_lead())
	for attempt in (client.delete, frappe.delete_doc):
		with pytest.raises(
			LogIsInsertOnlyError, match=r"cannot be deleted: it goes when its lead is deleted"
		):
			attempt(LOG, row)
	assert frappe.db.exists(LOG, row)


def test_the_rows_go_with_their_lead():
	lead = make_lead()
	lead.delete()
	assert not frappe.db.exists(LOG, {"lead": lead.name})


def test_a_users_defaults_and_permissions_put_nothing_into_the_row():
	needs("Quotation")
	frappe.set_user("Administrator")
	add_user_permission("Pipeline Lead Status", "Lead", SELLER, applicable_for=LOG)
	add_user_permission("Pipeline Status Rule", frappe.db.get_value("Pipeline Status Rule", {}), SELLER)
	frappe.set_user(SELLER)
	lead = make_lead()
	story(lead)
	assert frappe.db.get_value(LOG, {"lead": lead.name}, ["from_status", "rule"]) == (None, None)


def test_a_sites_own_notification_waits_for_rows_of_the_log(clean_transaction):
	"""A site's own Notification is triggered by a new row of the log.

	A row is written in one statement, but whatever waits for one is run all the same. The test sees it by an error
	in the condition of the Notification.
	"""
	lead = make_lead()
	notification = frappe.new_doc("Notification")
	notification.update(
		{
			"name": f"Moved {frappe.generate_hash(length=6)}",
			"channel": "System Notification",
			"subject": "Moved",
			"message": "Moved",
			"document_type": LOG,
			"event": "New",
			"condition": "doc.from_status == 'Lead' and doc.to_status == 'Open' and doc.there_is_no_such_method()",
			"enabled": 1,
		}
	)
	notification.append("recipients", {"receiver_by_document_field": "changed_by"})
	notification.insert()
	lead.status = "Open"
	with pytest.raises(frappe.ValidationError, match="there_is_no_such_method"):
		lead.save()


def test_another_app_that_listens_to_every_document_hears_of_each_change():
	"""An audit, a synchronisation: `doc_events` for "*"."""
	heard.clear()
	with hooked("*", "after_insert", f"{__name__}.hear"), hooked("*", "on_change", f"{__name__}.hear"):
		lead = make_lead(status="Lead")
		lead.status = "Open"
		lead.save()
	rows = [(method, to) for doctype, method, to in heard if doctype == LOG]
	assert rows == [
		("after_insert", "Lead"),
		("on_change", "Lead"),
		("after_insert", "Open"),
		("on_change", "Open"),
	]


heard = []


def hear(document, method) -> None:
	heard.append((document.doctype, method, document.get("to_status")))
