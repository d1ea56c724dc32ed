"""The first steps of a site, from nothing to a won lead: each is ticked off by what is there, not by who clicked it.

The framework ticks a step when somebody goes through it in a window; leads that came by an import, by mail or from
another user are steps that were taken, too. Looked at when the desk is opened, and no more once all are done.
"""

from collections.abc import Callable

import frappe

from lead_pipeline.constants import ACTIVITY, LEAD, WON

ONBOARDING = "Lead Pipeline"

# Step → whether it was taken. Without permissions: nothing is shown of what is found. That somebody has looked at the
# settings is seen nowhere: this step the framework ticks off when they are saved.
TAKEN: dict[str, Callable[[], bool]] = {
	"Write Down the First Lead": lambda: there_is(LEAD),
	"Plan What Comes Next": lambda: there_is(ACTIVITY),
	"Answer the Lead": lambda: there_is(LEAD, {"status_category": ("!=", "New")}),
	"Win the First Lead": lambda: there_is(LEAD, {"status_category": WON}),
}


def tick_off() -> None:
	"""Tick off the steps that were taken; the whole when all are done or skipped."""
	if frappe.db.get_value("Module Onboarding", ONBOARDING, "is_complete") != 0:
		# Done, or not on this site.
		return
	left = [
		step
		for step in frappe.get_doc("Module Onboarding", ONBOARDING).get_steps()
		if not step.is_complete and not step.is_skipped
	]
	taken = [step for step in left if step.name in TAKEN and TAKEN[step.name]()]
	for step in taken:
		step.db_set("is_complete", 1)
	if len(taken) == len(left):
		frappe.db.set_value("Module Onboarding", ONBOARDING, "is_complete", 1)


def there_is(doctype: str, filters: dict | None = None) -> bool:
	return bool(frappe.get_all(doctype, filters=filters, limit=1, pluck="name", order_by=None))
