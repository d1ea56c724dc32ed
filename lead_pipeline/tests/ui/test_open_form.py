"""A form that is open, or opened again, shows what the database has.

It does so after documents, colleagues and actions have changed the lead.

The sandbox has no socket server, as many sites have none that works; what the framework would send is sent here by
hand.
"""

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.constants import LEAD
from lead_pipeline.tests.factories import make_lead, make_quotation, make_user
from lead_pipeline.tests.sales import buyer

PANEL = "lead_pipeline.lead_pipeline.doctype.pipeline_lead.form_panel.panel"


@pytest.fixture
def lead():
	lead = make_lead(company_name=f"Open Form {frappe.generate_hash(length=6)}")
	frappe.db.commit()
	yield lead
	frappe.set_user("Administrator")


def quote(lead) -> str:
	"""Somebody else's quotation for the lead, which makes it follow."""
	name = make_quotation(lead, buyer()).name
	frappe.db.commit()
	return name


def by_a_colleague(lead, **values) -> str:
	"""Another salesperson changes the lead and saves; returns their full name."""
	frappe.db.rollback()
	colleague = make_user("Sales User")
	frappe.set_user(colleague)
	doc = frappe.get_doc(LEAD, lead.name)
	doc.update(values)
	doc.save()
	frappe.db.commit()
	frappe.set_user("Administrator")
	return frappe.db.get_value("User", colleague, "full_name")


def says_everywhere(desk, status: str, title: str | None = None) -> None:
	desk.is_at(status)
	expect(desk.front.locator(".title-area .indicator-pill").first).to_have_text(title or status)
	expect(desk.field("why_html").locator(".lead-pill").first).to_have_text(status)
	desk.front.get_by_role("tab", name="Status History").click()
	expect(desk.front.locator(".lead-history .lead-pill").first).to_have_text(status)
	desk.front.get_by_role("tab", name="Details").click()


def notice(desk):
	return desk.front.locator(".lead-notice")


def test_a_form_that_is_opened_again_shows_the_new_status_at_once(desk, lead):
	desk.show(lead.name)
	desk.is_at("Lead")
	desk.go("List", LEAD)
	quotation = quote(lead)
	asked = []
	desk.page.on("request", lambda request: asked.append(request.url))
	desk.page.go_back()
	desk.page.wait_for_function("cur_frm?.doc?.status === 'Quotation'")
	desk.wait()
	says_everywhere(desk, "Quotation")
	expect(desk.field("why_html")).to_contain_text(f"Quotation because of Quotation {quotation}")
	expect(desk.front.locator(".lead-stay").first).to_contain_text(quotation)
	ours = [url for url in asked if "/lead_pipeline." in url and "connections" not in url]
	assert len(ours) == 2 and all(PANEL in url for url in ours), "once for the old document, once for the new"

	# The list → form, with nothing changed: one question of ours.
	desk.go("List", LEAD)
	asked.clear()
	desk.show(lead.name)
	assert [PANEL in url for url in asked if "/lead_pipeline." in url and "connections" not in url] == [True]
	desk.type("job_title", "Buyer")
	desk.save()
	desk.take_status("Interested")
	says_everywhere(desk, "Interested")

	# The documents decide again.
	desk.field("why_html").get_by_role("button", name="Follow the Documents").click()
	expect(desk.alert()).to_contain_text("follows its documents again")
	says_everywhere(desk, "Quotation")
	expect(desk.field("why_html").get_by_role("button")).to_have_count(0)

	# Lost: why is said where the status is explained; the action's own reload shows it.
	desk.act("Lost")
	desk.asked("Why was it lost?")
	offered = desk.field("lost_reason").locator("input")
	offered.click()
	desk.wait()
	expect(desk.field("lost_reason")).to_contain_text("Disabled ones are not shown.")
	desk.choose("lost_reason", "No budget")
	desk.answer("Set Lost")
	says_everywhere(desk, "Lost")
	expect(desk.field("why_html")).to_contain_text("Lost because: No budget")


def test_what_was_typed_stays_and_is_saved_beside_what_others_have_changed(desk, lead):
	desk.show(lead.name)
	desk.type("job_title", "Head of Purchasing")
	colleague = by_a_colleague(lead, expected_revenue=900, email_ids=[{"email_id": "their@example.com"}])
	quote(lead)
	# Away and back, as after Create ▸ Quotation.
	desk.go("List", LEAD)
	desk.show(lead.name)
	says_everywhere(desk, "Quotation", title="Not Saved")
	expect(notice(desk)).to_contain_text("has changed this lead meanwhile")
	expect(notice(desk)).to_contain_text("Status: Lead → Quotation")
	expect(desk.field("job_title").locator("input")).to_have_value("Head of Purchasing")
	# Somebody changes it once more, while the form is in front.
	by_a_colleague(lead, website="https://their.example.com")
	desk.save()
	expect(desk.page.locator(".modal.show")).to_have_count(0)
	expect(notice(desk)).to_have_count(0)
	frappe.db.rollback()
	saved = frappe.get_doc(LEAD, lead.name)
	assert (saved.job_title, saved.expected_revenue, saved.website, saved.status) == (
		"Head of Purchasing",
		900,
		"https://their.example.com",
		"Quotation",
	)
	assert [row.email_id for row in saved.email_ids] == ["their@example.com"]
	assert colleague


def test_when_both_changed_a_field_the_user_decides(desk, lead):
	desk.show(lead.name)
	desk.type("job_title", "Mine")
	colleague = by_a_colleague(lead, job_title="Theirs", industry="Pumps")
	desk.page.keyboard.press("Control+s")
	desk.wait()
	expect(notice(desk)).to_contain_text(f"You and {colleague} have both changed Job Title.")
	frappe.db.rollback()
	assert frappe.db.get_value(LEAD, lead.name, "job_title") == "Theirs", "nothing is overwritten unasked"
	notice(desk).get_by_role("button", name="Take Theirs Instead").click()
	desk.type("first_name", "Ada")
	desk.wait()
	desk.save()
	assert desk.document()["job_title"] == "Theirs"

	desk.type("job_title", "Mine again")
	by_a_colleague(lead, job_title="Theirs again")
	# As the framework's socket server would tell it.
	desk.page.evaluate(
		"""name => {
			const told = { doctype: "Pipeline Lead", name, modified: "2100-01-01 00:00:00.000000" };
			frappe.realtime.socket.listeners("doc_update").forEach((hear) => hear(told));
		}""",
		lead.name,
	)
	expect(notice(desk)).to_contain_text("Theirs again")
	desk.wait()
	expect(desk.front.locator(".form-message:visible")).to_have_count(0)
	expect(desk.field("job_title").locator("input")).to_have_value("Mine again")
	desk.save()
	frappe.db.rollback()
	assert frappe.db.get_value(LEAD, lead.name, ["job_title", "industry"]) == ("Mine again", "Pumps")


def test_rows_that_both_added_are_all_kept(desk, lead):
	tags = []
	for tag in ("Mine", "Theirs", "Before"):
		tags.append(
			frappe.get_doc({"doctype": "Pipeline Lead Tag", "tag_name": f"{tag} {lead.name}"}).insert().name
		)
	mine, theirs, before = tags
	lead.append("tags", {"tag": before})
	lead.save()
	frappe.db.commit()
	desk.show(lead.name)
	desk.page.evaluate(
		"""([tag]) => { cur_frm.add_child("tags", { tag }); cur_frm.refresh_field("tags"); cur_frm.dirty(); }""",
		[mine],
	)
	by_a_colleague(lead, tags=[{"tag": before}, {"tag": theirs}])
	desk.save()
	frappe.db.rollback()
	assert {row.tag for row in frappe.get_doc(LEAD, lead.name).tags} == {mine, theirs, before}


def test_who_comes_back_to_the_window_sees_what_was_done_elsewhere(desk, lead):
	desk.show(lead.name)
	quote(lead)
	desk.page.evaluate("window.dispatchEvent(new Event('focus'))")
	desk.page.wait_for_function("cur_frm.doc.status === 'Quotation'")
	desk.wait()
	says_everywhere(desk, "Quotation")


def test_a_lead_that_was_merged_or_deleted_meanwhile_says_so(desk, lead):
	kept, gone = make_lead(), make_lead()
	frappe.db.commit()
	for name in (lead.name, gone.name):
		desk.show(name)
	desk.go("List", LEAD)
	frappe.rename_doc(LEAD, lead.name, kept.name, merge=True)
	frappe.delete_doc(LEAD, gone.name)
	frappe.db.commit()
	desk.show(lead.name)
	desk.page.wait_for_function("name => cur_frm?.doc?.name === name", arg=kept.name)
	expect(desk.alert()).to_contain_text("was merged into")
	desk.wait()
	desk.go("Form", LEAD, gone.name)
	desk.page.wait_for_function("frappe.get_route()[0] === 'List'")
	expect(desk.alert()).to_contain_text("was deleted, or you may not see it any more")

	# What was typed stays where it can be copied.
	desk.show(kept.name)
	desk.type("job_title", "Typed in vain")
	frappe.delete_doc(LEAD, kept.name)
	frappe.db.commit()
	desk.page.evaluate("window.dispatchEvent(new Event('focus'))")
	expect(notice(desk)).to_contain_text("cannot be saved here")
	expect(desk.field("job_title").locator("input")).to_have_value("Typed in vain")
	desk.page.evaluate("cur_frm.doc.__unsaved = 0")
	desk.go("List", LEAD)


def test_no_picker_offers_what_the_app_keeps_for_itself(desk, lead):
	labels = [field.label for field in frappe.get_meta(LEAD).fields if field.report_hide]
	assert len(labels) > 10
	desk.open("pipeline-lead", "view", "report")
	offered = desk.page.evaluate(
		"""async () => {
			const found = {};
			const select = new frappe.ui.FieldSelect({ parent: $("<div>"), doctype: "Pipeline Lead", select() {} });
			found.filters = select.options.map(({ label }) => label);
			found.groups = Object.values(cur_list.group_by_control.get_group_by_fields()).flat().map(({ label }) => label);
			found.columns = Object.values(cur_list.get_columns_for_picker()).flat().map(({ label }) => label);
			found.sorting = cur_list.sort_selector.args.options.map(({ label }) => label);
			await frappe.require("data_import_tools.bundle.js");
			const exporter = new frappe.data_import.DataExporter("Pipeline Lead", "Insert New Records");
			await new Promise((done) => setTimeout(done, 300));
			found.exports = exporter.dialog.$wrapper.find(".checkbox-options .label-area").get().map((label) => label.textContent.trim());
			exporter.dialog.hide();
			return found;
		}"""
	)
	for picker, shown in offered.items():
		assert len(shown) > 3, picker
		assert not [label for label in labels if label in shown], picker
	assert "Status Category" in offered["filters"]
	desk.open("pipeline-lead")
	expect(desk.front.locator('.custom-actions [data-view="Kanban"], [data-view="Kanban"]')).to_have_count(0)
