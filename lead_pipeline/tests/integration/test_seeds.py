"""Records that come with an install belong to the site from then on.

No migrate and no further app takes the site's changes back.
"""

import json

import frappe
import pytest

from lead_pipeline import install
from lead_pipeline.constants import LEAD, LEAD_LINK, RULE, SETTINGS, STATUS
from lead_pipeline.tests.factories import make_lead, make_status

TAG = "Pipeline Lead Tag"
PRIORITY = "Pipeline Lead Priority"
CHANNEL = "Pipeline Channel"
REASON = "Pipeline Lost Reason"
SEEDED = (STATUS, TAG, PRIORITY, CHANNEL, REASON, RULE)


def everything() -> dict:
	"""All records that an install brings, with all that they say."""
	found = {
		doctype: sorted(
			frappe.get_doc(doctype, name).as_json() for name in frappe.get_all(doctype, pluck="name")
		)
		for doctype in SEEDED
	}
	found[SETTINGS] = frappe.get_doc(SETTINGS).as_json()
	return found


def first(doctype: str) -> str:
	return frappe.get_all(doctype, pluck="name", order_by="creation asc, name asc", limit=1)[0]


@pytest.mark.parametrize("again", [install.after_migrate, lambda: install.after_app_install("any_app")])
def test_doing_it_again_changes_nothing(again):
	before = everything()
	again()
	assert everything() == before


def test_what_a_user_edited_stays():
	status = frappe.get_doc(STATUS, "Interested")
	status.update({"color": "#123456", "position": 999, "category": "Qualified"}).save()
	if frappe.db.count(RULE):
		frappe.get_doc(RULE, first(RULE)).update({"enabled": 0, "position": 77}).save()
	priority = frappe.get_doc(PRIORITY, first(PRIORITY))
	priority.update({"color": "#654321", "weight": 3}).save()
	settings = frappe.get_doc(SETTINGS)
	settings.update({"follow_up_opens": 0, "lead_prefix": "ENQ-"}).save()
	before = everything()
	install.after_migrate()
	assert everything() == before
	assert frappe.db.get_value(STATUS, "Interested", "color") == "#123456"


@pytest.mark.parametrize("doctype", [TAG, PRIORITY, CHANNEL, REASON, RULE])
def test_what_a_user_deleted_does_not_come_back(doctype):
	# What other tests have left behind uses some of them.
	for holder in (LEAD, "Pipeline Lead Tag Item"):
		frappe.db.delete(holder)
	if not frappe.db.count(doctype):
		pytest.skip("this site has no documents that rules could be about")
	gone = first(doctype)
	frappe.delete_doc(doctype, gone)
	install.after_migrate()
	assert not frappe.db.exists(doctype, gone)


def test_a_deleted_status_does_not_come_back_nor_a_rule_that_gave_it():
	frappe.db.delete(RULE, {"status": "Lost Quotation"})
	frappe.delete_doc(STATUS, "Lost Quotation")
	before = everything()
	install.after_migrate()
	assert everything() == before


def test_a_renamed_status_is_not_brought_again_under_its_old_name():
	frappe.rename_doc(STATUS, "Interested", "Curious")
	install.after_migrate()
	assert not frappe.db.exists(STATUS, "Interested")
	assert make_lead(status="Curious").status == "Curious"


def test_a_record_that_the_site_made_itself_stays_beside_the_seeds():
	make_status("Callback", position=15)
	install.after_migrate()
	assert frappe.db.get_value(STATUS, "Callback", "position") == 15


def test_the_link_to_a_lead_is_on_every_sales_document_of_the_site():
	for doctype in ("Opportunity", "CRM Deal", "Quotation", "Sales Order", "Sales Invoice", "Customer"):
		if frappe.db.exists("DocType", doctype):
			assert frappe.get_meta(doctype).get_field(LEAD_LINK).options == "Pipeline Lead", doctype


def test_what_is_switched_on_at_first_reads_as_switched_on():
	settings = frappe.get_doc(SETTINGS)
	for field in settings.meta.fields:
		if field.fieldtype == "Check" and field.default == "1":
			assert settings.get(field.fieldname), field.fieldname


def test_rules_are_kept_as_the_filter_widget_writes_them():
	for rule in frappe.get_all(RULE, fields=["document_type", "filters"]):
		for condition in json.loads(rule.filters):
			assert condition[0] == rule.document_type
			assert len(condition) == 4
