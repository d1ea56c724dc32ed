"""Reference data cannot be changed in a way that stops the app.

Statuses, types, priorities, tags, reasons and channels.
"""

import frappe
import pytest

from lead_pipeline.constants import CATEGORIES, LEAD, SETTING_CATEGORIES, SETTINGS, STATUS
from lead_pipeline.exceptions import InUseError, InvalidReferenceDataError
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.tests.factories import (
	make_lead,
	make_lead_type,
	make_quotation,
	make_status,
	new_lead_type,
)
from lead_pipeline.tests.messages import forget, messages, refused

NAMED = ("Lost", "Disqualified", "Opportunity", "Open", "Replied")


def status(name: str) -> "frappe.model.document.Document":
	return frappe.get_doc(STATUS, name)


def settings(**values) -> "frappe.model.document.Document":
	document = frappe.get_doc(SETTINGS)
	document.update(values)
	return document.save()


@pytest.fixture
def one_open_status():
	"""Disable all open statuses except `Open`.

	No lead has it and the settings name no status.
	"""
	frappe.db.delete(LEAD)
	for fieldname in SETTING_CATEGORIES:
		frappe.db.set_single_value(SETTINGS, fieldname, None)
	for name in ("Lead", "Replied", "Interested", "Opportunity", "Quotation"):
		document = status(name)
		document.disabled = 1
		document.save()


class TestValues:
	def test_a_status_without_a_position_comes_last(self):
		last = max(found.position for found in lead_statuses.statuses().values())
		assert make_status().position == last + 10
		assert list(lead_statuses.statuses())[-1] == "Callback"

	def test_a_position_may_be_zero_and_may_be_there_twice_then_the_name_decides(self):
		make_status("Zulu", position=0)
		make_status("Alpha", position=0)
		assert list(lead_statuses.statuses())[:2] == ["Alpha", "Zulu"]

	def test_a_color_is_a_hexadecimal_number(self):
		found = status("Open")
		for color in ("#fff", "#A1b2C3", " #123456 ", None, ""):
			found.color = color
			found.save()
			assert found.color == ((color or "").strip() or None)

	@pytest.mark.parametrize("doctype", [STATUS, "Pipeline Lead Priority", "Pipeline Lead Tag"])
	def test_anything_else_is_refused(self, doctype):
		name = frappe.get_all(doctype, pluck="name", limit=1)[0]
		for color in ("red", "#12345", "#1234567", "#fff;background:url(//x)", "<b>"):
			document = frappe.get_doc(doctype, name)
			document.color = color
			with refused(InvalidReferenceDataError) as refusal:
				document.save()
			assert "is not a color. Choose one from the palette, or write it as # and six digits" in refusal


@pytest.mark.usefixtures("one_open_status")
class TestLastOpenStatus:
	MESSAGE = (
		"Open is the last status in which a lead is open. "
		"Add or enable another one of the category New, Working, Qualified first."
	)

	def test_cannot_be_disabled(self):
		last = status("Open")
		last.disabled = 1
		with refused(InvalidReferenceDataError) as refusal:
			last.save()
		assert self.MESSAGE in refusal

	def test_cannot_be_closed(self):
		last = status("Open")
		last.category = "Won"
		with refused(InvalidReferenceDataError) as refusal:
			last.save()
		assert self.MESSAGE in refusal

	def test_cannot_be_deleted(self):
		with refused(InvalidReferenceDataError) as refusal:
			status("Open").delete()
		assert self.MESSAGE in refusal

	def test_cannot_be_merged_into_a_closed_one(self):
		with refused(InvalidReferenceDataError) as refusal:
			frappe.rename_doc(STATUS, "Open", "Converted", merge=True)
		assert self.MESSAGE in refusal

	def test_can_change_in_every_other_way(self):
		last = status("Open")
		last.update({"category": "Qualified", "color": "#000000", "protected": 1, "position": 5})
		last.save()
		frappe.rename_doc(STATUS, "Open", "To Do")
		assert (
			next(found.name for found in lead_statuses.statuses().values() if not found.disabled) == "To Do"
		)

	def test_can_go_when_there_is_another_one(self):
		make_status()
		status("Open").delete()
		assert not frappe.db.exists(STATUS, "Open")


class TestLastOpenStatusOfAType:
	MESSAGE = (
		"Interested is the last open status of leads of type {0}. "
		"Allow them another one of the category New, Working, Qualified first."
	)

	@pytest.mark.parametrize("change", [{"disabled": 1}, {"category": "Disqualified"}])
	def test_cannot_be_disabled_or_closed(self, change):
		lead_type = make_lead_type("Interested", "Lost")
		last = status("Interested")
		last.update(change)
		with refused(InvalidReferenceDataError) as refusal:
			last.save()
		assert self.MESSAGE.format(lead_type.name) in refusal

	def test_cannot_be_merged_into_a_closed_one(self):
		lead_type = make_lead_type("Interested", "Lost")
		with refused(InvalidReferenceDataError) as refusal:
			frappe.rename_doc(STATUS, "Interested", "Lost", merge=True)
		assert self.MESSAGE.format(lead_type.name) in refusal

	@pytest.mark.parametrize("statuses", [("Lost",), ("Lost", "Converted", "Disqualified")])
	def test_a_type_without_an_open_status_is_refused(self, statuses):
		with refused(InvalidReferenceDataError) as refusal:
			make_lead_type(*statuses, type_name="Dead End")
		assert "A lead of type Dead End could never be open." in refusal
		assert "or leave the table empty to allow all" in refusal

	def test_a_type_whose_only_open_status_is_disabled_is_refused(self):
		disabled = status("Interested")
		disabled.disabled = 1
		disabled.save()
		with refused(InvalidReferenceDataError) as refusal:
			make_lead_type("Interested", "Lost")
		assert "at least one enabled status of the category New, Working, Qualified" in refusal


class TestStatusesOfTheSettings:
	def test_cannot_be_deleted(self):
		for name in NAMED:
			with refused(InvalidReferenceDataError) as refusal:
				status(name).delete()
			assert f"{name} cannot be deleted, because the settings name it as" in refusal
			assert "Choose another one there first: Lead Pipeline Settings" in refusal

	def test_cannot_be_disabled(self):
		for name in NAMED:
			document = status(name)
			document.disabled = 1
			with refused(InvalidReferenceDataError) as refusal:
				document.save()
			assert f"{name} cannot be disabled, because the settings name it as" in refusal

	def test_can_only_move_to_a_category_that_the_setting_takes(self):
		for fieldname, taken in SETTING_CATEGORIES.items():
			name = frappe.db.get_single_value(SETTINGS, fieldname)
			for category in CATEGORIES:
				document = status(name)
				document.category = category
				if category in taken:
					document.save()
					continue
				with refused(InvalidReferenceDataError) as refusal:
					document.save()
				assert f"{name} cannot get another category, because the settings name it as" in refusal
				assert f"It has to be enabled and of the category {', '.join(taken)}." in refusal

	def test_cannot_be_merged_into_one_that_the_setting_does_not_take(self):
		with refused(InvalidReferenceDataError) as refusal:
			frappe.rename_doc(STATUS, "Lost", "Converted", merge=True)
		assert (
			"Lost cannot be merged into this status, because the settings name it as Lost Status." in refusal
		)

	def test_the_settings_refuse_a_wrong_category(self):
		for fieldname, taken in SETTING_CATEGORIES.items():
			with refused(InvalidReferenceDataError) as refusal:
				settings(**{fieldname: "Converted"})
			assert f"Converted cannot be the {frappe.get_meta(SETTINGS).get_label(fieldname)}" in refusal
			assert f"choose an enabled status of the category {', '.join(taken)}." in refusal

	def test_the_settings_refuse_a_disabled_status(self):
		make_status("Gone", category="Lost", disabled=1)
		with refused(InvalidReferenceDataError) as refusal:
			settings(lost_status="Gone")
		assert "Gone cannot be the Lost Status: choose an enabled status of the category Lost." in refusal

	def test_the_settings_may_name_none(self):
		assert not settings(lost_status=None).lost_status

	def test_the_settings_warn_of_types_that_forbid_the_status(self):
		lead_type = make_lead_type("Open", "Lost")
		make_lead_type()
		forget()
		settings(lost_status="Lost Quotation")
		assert (
			f"Lost Status: leads of type {lead_type.name} cannot get the status Lost Quotation, "
			"because their type does not allow it."
		) in messages()
		forget()
		settings(lead_prefix="LEAD")
		assert not messages()

	def test_a_type_warns_of_statuses_of_the_settings_that_it_forbids(self):
		forget()
		lead_type = new_lead_type("Open", "Lost", "Replied").insert()
		assert "Leads of this type cannot get these statuses of the settings" in messages()
		assert "Disqualified Status: Disqualified" in messages()
		assert "Lost Status" not in messages()
		forget()
		lead_type.save()
		assert not messages()


class TestInUse:
	@pytest.fixture(autouse=True)
	def no_leads_of_other_tests(self, clean_transaction):
		frappe.db.delete(LEAD)

	def test_a_status_says_by_how_many_and_what_to_do(self):
		make_status()
		make_lead(status="Callback"), make_lead(status="Callback")
		make_lead_type("Callback"), make_lead_type("Callback", "Open"), make_lead_type("Callback")
		with refused(InUseError) as refusal:
			status("Callback").delete()
		assert "Pipeline Lead Status Callback cannot be deleted, because it is in use: " in refusal
		assert "in use: 2 Pipeline Lead, 3 Pipeline Lead Type." in refusal
		assert "Disable it" in refusal
		assert "tick Merge" in refusal

	def test_a_status_that_a_person_chose_before_the_documents_is_in_use(self):
		make_status()
		make_quotation(make_lead(status="Callback"))
		with refused(InUseError) as refusal:
			status("Callback").delete()
		assert "1 Pipeline Lead." in refusal

	@pytest.mark.usefixtures("sales_documents")
	def test_a_status_of_a_rule_is_in_use(self):
		make_status("Ordered", category="Won")
		rule = frappe.get_doc("Pipeline Status Rule", {"document_type": "Customer"})
		rule.status = "Ordered"
		rule.save()
		with refused(InUseError) as refusal:
			status("Ordered").delete()
		assert "1 Pipeline Status Rule." in refusal

	def test_a_status_that_leads_only_had_can_go_and_the_log_still_tells_of_it(self):
		make_status()
		lead = make_lead(status="Callback")
		lead.status = "Interested"
		lead.save()
		status("Callback").delete()
		assert frappe.get_all("Pipeline Status Log", {"lead": lead.name, "from_status": "Callback"})

	@pytest.mark.parametrize(
		"doctype, values",
		[
			("Pipeline Lead Priority", {"priority": "High"}),
			("Pipeline Lost Reason", {"lost_reason": "No budget"}),
			("Pipeline Channel", {"channel": "Directory"}),
		],
	)
	def test_every_other_record_says_so_too(self, doctype, values):
		make_lead(**values)
		name = next(iter(values.values()))
		with refused(InUseError) as refusal:
			frappe.delete_doc(doctype, name)
		assert f"{doctype} {name} cannot be deleted, because it is in use: 1 Pipeline Lead." in refusal
		assert ("Disable it" in refusal) == frappe.get_meta(doctype).has_field("disabled")

	@staticmethod
	def make_tag() -> str:
		"""One that no other test uses, as some leave leads behind."""
		return frappe.get_doc({"doctype": "Pipeline Lead Tag", "tag_name": "Spare Parts"}).insert().name

	def test_a_tag_counts_leads_not_rows(self):
		tag = self.make_tag()
		make_lead(tags=[{"tag": tag}])
		with refused(InUseError) as refusal:
			frappe.delete_doc("Pipeline Lead Tag", tag)
		assert "because it is in use: 1 Pipeline Lead." in refusal

	@pytest.mark.usefixtures("sales_documents")
	def test_a_type_of_leads_and_rules_is_in_use(self):
		lead_type = make_lead_type()
		make_lead(lead_type=lead_type.name)
		rule = frappe.get_doc("Pipeline Status Rule", {"document_type": "Customer"})
		rule.lead_type = lead_type.name
		rule.save()
		with refused(InUseError) as refusal:
			lead_type.delete()
		assert "1 Pipeline Lead" in refusal and "1 Pipeline Status Rule" in refusal

	def test_what_nobody_uses_can_go(self):
		for doctype, name in (
			(STATUS, make_status().name),
			("Pipeline Lead Type", make_lead_type().name),
			("Pipeline Lead Priority", "High"),
			("Pipeline Lead Tag", self.make_tag()),
			("Pipeline Lost Reason", "No budget"),
			("Pipeline Channel", "Directory"),
		):
			frappe.delete_doc(doctype, name)
			assert not frappe.db.exists(doctype, name)
