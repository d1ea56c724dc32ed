"""The first steps of the workspace, and how existing records complete them."""

# Fixtures of another module are imported, and named again as arguments.
# ruff: noqa: F811

import json

import frappe
import pytest
from frappe.utils import nowdate

from lead_pipeline.constants import LEAD, LEAD_LINK
from lead_pipeline.documents.renaming import linked_doctypes
from lead_pipeline.setup import first_steps
from lead_pipeline.tests.analytics import empty, people  # noqa: F401
from lead_pipeline.tests.factories import make_lead, needs

SELLING, SET_UP = first_steps.ONBOARDINGS


@pytest.fixture(autouse=True)
def nothing_yet(people):
	"""A site on which nobody has done anything."""
	empty()
	for doctype in ("Pipeline Activity", "Pipeline Lead Import", "Pipeline Migration"):
		frappe.db.delete(doctype)
	for doctype in linked_doctypes():
		frappe.db.set_value(doctype, {LEAD_LINK: ("is", "set")}, LEAD_LINK, None, update_modified=False)
	frappe.db.delete("Assignment Rule", {"document_type": LEAD})
	frappe.db.set_value("Web Form", {"doc_type": LEAD}, "published", 0)
	frappe.db.set_value("Email Account", {"append_to": LEAD}, "enable_incoming", 0)
	for name in first_steps.ONBOARDINGS:
		frappe.db.set_value("Module Onboarding", name, "is_complete", 0)
		for step in steps(name):
			step.db_set({"is_complete": 0, "is_skipped": 0})


@pytest.fixture
def switched_on():
	"""Show first steps, as the framework's set-up wizard leaves a site.

	The sandbox has them off.
	"""
	frappe.db.set_single_value("System Settings", "enable_onboarding", 1)
	forget_system_settings()
	yield
	frappe.db.rollback()
	forget_system_settings()


def forget_system_settings() -> None:
	frappe.clear_document_cache("System Settings", "System Settings")
	# What this request has read of them, in all versions of the framework.
	frappe.local.system_settings = frappe.get_doc("System Settings")


def steps(onboarding: str) -> list:
	return frappe.get_doc("Module Onboarding", onboarding).get_steps()


def done(onboarding: str) -> set[str]:
	first_steps.tick_off()
	return {step.name for step in steps(onboarding) if step.is_complete}


def is_complete(onboarding: str) -> bool:
	return bool(frappe.db.get_value("Module Onboarding", onboarding, "is_complete"))


def click(step: str) -> None:
	"""Mark a step as complete, as the framework does.

	It does so when somebody goes to the page that the step names, or saves the form that it has opened.
	"""
	frappe.get_attr("frappe.desk.desktop.update_onboarding_step")(step, "is_complete", 1)


def test_from_nothing_to_a_won_lead():
	needs("Quotation")
	assert done(SELLING) == set()
	lead = make_lead()
	assert done(SELLING) == {"Write Down the First Lead"}
	lead.next_contact_date = nowdate()
	lead.save()
	assert done(SELLING) == {"Write Down the First Lead", "Plan What Comes Next"}
	lead.status = "Replied"
	lead.save()
	assert "Answer the Lead" in done(SELLING)
	lead.status = "Converted"
	lead.save()
	assert "Win the First Lead" in done(SELLING)
	assert not is_complete(SELLING)
	row = frappe.new_doc("Quotation")
	row.update({"name": "QTN-FIRST-OFFER", "pipeline_lead": lead.name})
	row.db_insert()
	done(SELLING)
	assert is_complete(SELLING)


def test_a_step_that_somebody_has_only_looked_at_is_not_taken():
	click("Win the First Lead")
	click("Hand Out New Leads")
	# Without sales documents there is no offer to make, and that step is taken.
	assert done(SELLING) <= {"Make the First Offer"} and done(SET_UP) == set()


def test_leads_come_in_by_themselves():
	assert done(SET_UP) == set()
	form = frappe.get_all("Web Form", {"doc_type": LEAD}, pluck="name", order_by="name asc")[0]
	frappe.db.set_value("Web Form", form, "published", 1)
	assert done(SET_UP) == {"Put the Form on the Website"}
	account = frappe.new_doc("Email Account")
	account.update({"name": "First Mails", "enable_incoming": 1, "use_imap": 1})
	account.append("imap_folder", {"folder_name": "INBOX", "append_to": LEAD})
	account.db_insert()
	account.imap_folder[0].db_insert()
	assert "Let Mails Become Leads" in done(SET_UP)
	rule = frappe.new_doc("Assignment Rule")
	rule.update({"name": "By turns", "document_type": LEAD, "disabled": 1})
	rule.db_insert()
	assert "Hand Out New Leads" not in done(SET_UP)
	rule.db_set("disabled", 0)
	assert "Hand Out New Leads" in done(SET_UP)
	leads = frappe.new_doc("Pipeline Lead Import")
	leads.update({"name": "first-import", "status": "Draft"})
	leads.db_insert()
	assert "Bring the Leads That You Have" not in done(SET_UP)
	leads.db_set("status", "Done")
	assert "Bring the Leads That You Have" in done(SET_UP)
	left = {step.name for step in steps(SET_UP)} - done(SET_UP)
	assert left == {step.name for step in steps(SET_UP)} - set(first_steps.TAKEN)
	for step in left:
		click(step)
	done(SET_UP)
	assert is_complete(SET_UP)


def test_all_steps_that_are_ticked_off_are_steps():
	assert {step.name for name in first_steps.ONBOARDINGS for step in steps(name)} >= set(first_steps.TAKEN)


def test_managers_are_led_through_the_set_up_and_sales_users_are_not(people):
	shown = {}
	for user in (people[0], people[-1]):
		frappe.set_user(user)
		shown[user] = [
			onboarding
			for onboarding in first_steps.ONBOARDINGS
			if set(frappe.get_doc("Module Onboarding", onboarding).get_allowed_roles())
			& set(frappe.get_roles())
		]
	assert shown == {people[0]: [SELLING], people[-1]: [SELLING, SET_UP]}
	frappe.set_user("Administrator")
	content = json.loads(frappe.db.get_value("Workspace", "Lead Pipeline", "content"))
	blocks = [each["data"]["onboarding_name"] for each in content if each["type"] == "onboarding"]
	assert blocks == [SELLING, SET_UP]


def test_the_workspace_is_told_what_is_left_to_take(people, switched_on):
	def shown(user: str) -> dict[str, set[str]]:
		frappe.set_user(user)
		lists = first_steps.lists_to_show()
		frappe.set_user("Administrator")
		return {each["title"]: {step.name for step in each["steps"] if step.is_complete} for each in lists}

	seller, manager = people[0], people[-1]
	selling, set_up = (frappe.db.get_value("Module Onboarding", name, "title") for name in (SELLING, SET_UP))
	assert shown(seller) == {selling: done(SELLING)}
	assert set(shown(manager)) == {selling, set_up}
	# Nothing has to be opened again for what somebody else has done meanwhile.
	make_lead()
	assert "Write Down the First Lead" in shown(seller)[selling]
	frappe.db.set_value("Module Onboarding", SELLING, "is_complete", 1)
	assert shown(seller) == {} and set(shown(manager)) == {set_up}
	frappe.db.set_single_value("System Settings", "enable_onboarding", 0)
	forget_system_settings()
	assert shown(manager) == {}


def test_it_asks_nothing_once_all_is_done(count_sql):
	for name in first_steps.ONBOARDINGS:
		frappe.db.set_value("Module Onboarding", name, "is_complete", 1)
	# The framework looks up once which columns there are.
	first_steps.tick_off()
	with count_sql() as statements:
		first_steps.tick_off()
	assert len(statements) <= 1


def test_a_skipped_step_is_done_too():
	for step in steps(SELLING):
		step.db_set("is_skipped", 1)
	done(SELLING)
	assert is_complete(SELLING) and not is_complete(SET_UP)


def test_the_tour_leads_to_fields_that_the_form_has():
	tour = frappe.get_doc("Form Tour", "Your First Lead")
	meta = frappe.get_meta(LEAD)
	assert all(meta.has_field(step.fieldname) for step in tour.steps)


def test_a_step_leads_to_a_page_that_there_is():
	for name in first_steps.ONBOARDINGS:
		for step in steps(name):
			if step.action != "Go to Page":
				assert step.reference_document, step.name
				continue
			kind, _slash, rest = step.path.partition("/")
			record = ("DocType", rest.partition("/")[0])
			doctype, place = record if kind in ("List", "Form") else ("Page", step.path)
			assert frappe.db.exists(doctype, place), step.path
