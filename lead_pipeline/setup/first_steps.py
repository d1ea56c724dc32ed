"""The first steps of a site (onboarding), from nothing to a won lead.

Each step is ticked off by what is there, not by who clicked it. The framework ticks a step when somebody goes
through it in a window, or merely opens the page that it names; leads that came by an import, by mail or from
another user are steps that were taken, too. Checked when the desk is opened (Frappe 15) or the workspace (16), and
no more once all steps are done.
"""

from collections.abc import Callable

import frappe
from frappe import _

from lead_pipeline.constants import ACTIVITY, LEAD, WON
from lead_pipeline.status import rules
from lead_pipeline.visibility.lead_access import refuse_who_reads_no_leads

# For who sells, and for who sets the pipeline up.
ONBOARDINGS = ("Lead Pipeline", "Lead Pipeline Set-Up")

# Step → whether it was taken. Without permissions: nothing is shown of what is found. That somebody has looked at the
# statuses or the settings is seen nowhere: these steps the framework ticks off.
TAKEN: dict[str, Callable[[], bool]] = {
	"Write Down the First Lead": lambda: there_is(LEAD),
	"Plan What Comes Next": lambda: there_is(ACTIVITY),
	"Answer the Lead": lambda: there_is(LEAD, {"status_category": ("!=", "New")}),
	"Make the First Offer": lambda: there_is_a_document(),
	"Win the First Lead": lambda: there_is(LEAD, {"status_category": WON}),
	"Bring the Leads That You Have": lambda: there_is("Pipeline Lead Import", {"status": "Done"})
	or there_is("Pipeline Migration", {"status": "Done"}),
	"Put the Form on the Website": lambda: there_is("Web Form", {"doc_type": LEAD, "published": 1}),
	"Let Mails Become Leads": lambda: mails_become_leads(),
	"Hand Out New Leads": lambda: there_is("Assignment Rule", {"document_type": LEAD, "disabled": 0}),
}


def tick_off() -> None:
	"""Tick off the steps that were taken, and no others.

	Steps that were only looked at lose their tick.
	"""
	for name in frappe.get_all(
		"Module Onboarding",
		{"name": ("in", ONBOARDINGS), "is_complete": 0},
		pluck="name",
		order_by="name asc",
	):
		tick_off_steps(name)


def tick_off_steps(onboarding: str) -> None:
	"""The same for one list of steps; the whole is done when all are done or skipped."""
	steps = [
		step for step in frappe.get_doc("Module Onboarding", onboarding).get_steps() if not step.is_skipped
	]
	for step in steps:
		taken = TAKEN[step.name]() if step.name in TAKEN else bool(step.is_complete)
		if taken != bool(step.is_complete):
			step.db_set("is_complete", int(taken))
	if all(step.is_complete for step in steps):
		frappe.db.set_value("Module Onboarding", onboarding, "is_complete", 1)


@frappe.whitelist(methods=["POST"])
def lists_to_show() -> list[dict]:
	"""Tick off what was taken, and return the lists that the user has yet to take.

	Frappe 15 shows the lists of a workspace itself, and keeps what is ticked off as the desk is opened. Frappe 16 does
	neither: it has a panel that floats over the corner of every page. There the desk's script asks for the lists and
	puts them on the workspace. Titles are translated; the steps have all of their fields. Empty where System Settings
	have switched Enable Onboarding off. Raises PermissionError when the user may not read leads.
	"""
	refuse_who_reads_no_leads()
	if not frappe.get_system_settings("enable_onboarding"):
		return []
	tick_off()
	documents = [frappe.get_doc("Module Onboarding", name) for name in ONBOARDINGS]
	roles = set(frappe.get_roles())
	return [
		{
			"label": _(document.name),
			"title": _(document.title),
			"subtitle": _(document.get("subtitle") or ""),
			"success": _(document.get("success_message") or ""),
			"steps": [step.as_dict() for step in document.get_steps()],
		}
		for document in documents
		if not document.is_complete and roles.intersection(document.get_allowed_roles())
	]


def there_is(doctype: str, filters: dict | None = None) -> bool:
	return bool(frappe.get_all(doctype, filters=filters, limit=1, pluck="name", order_by=None))


def there_is_a_document() -> bool:
	"""Whether a lead has a document, or the site has none that a lead could have."""
	types = rules.linked_types()
	return not types or any(there_is(each, {rules.lead_link(each): ("is", "set")}) for each in types)


def mails_become_leads() -> bool:
	if there_is("Email Account", {"enable_incoming": 1, "append_to": LEAD}):
		return True
	accounts = frappe.get_all("IMAP Folder", {"append_to": LEAD}, pluck="parent", order_by=None)
	return there_is("Email Account", {"enable_incoming": 1, "name": ("in", accounts or [""])})
