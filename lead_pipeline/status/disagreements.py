"""Keep which leads disagree, as the jobs have found them, and look for them anew.

For the report *Leads That Disagree*: it reads what is kept here, a bounded number of names, and decides about those anew,
so that a lead that was repaired meanwhile is not shown.
"""

from datetime import datetime

import frappe
from frappe import _
from frappe.utils import get_datetime, now_datetime
from redis.exceptions import RedisError

from lead_pipeline.constants import RULE
from lead_pipeline.exceptions import ActionRefusedError
from lead_pipeline.framework import job_records, locks
from lead_pipeline.framework.notifications import tell
from lead_pipeline.status import failures, reconcile

# The record that keeps them, and shows how far a look at all leads has come.
LOOK = job_records.LOOK

# So many names are kept of each kind. More are not read by anybody, and the repair needs no names.
MAX_KEPT = 1000

# A look that was killed or stopped goes on where it was, unless that was so many hours ago.
GOES_ON_HOURS = 1


def kept(include_held: bool) -> tuple[list[str], datetime | None]:
	"""Return the leads that disagreed when it was last looked, and when that was.

	`include_held`: also those that only a hold or a protection keeps.
	"""
	found = job_records.state_of(LOOK)
	names = {*found.get("left", []), *failures.leads(), *(found.get("held", []) if include_held else [])}
	return sorted(names), get_datetime(found["found_on"]) if "found_on" in found else None


def keep(left: list[str], held: list[str], anew: bool = False) -> None:
	"""Keep leads that could not be repaired, and leads that are held.

	`anew`: all leads were looked at, so that what was kept before is forgotten.
	"""
	if not (anew or left or held):
		return
	found = {} if anew else job_records.state_of(LOOK)
	found["left"] = merged(found.get("left", []), left)
	found["held"] = merged(found.get("held", []), held)
	found["found_on"] = str(now_datetime())
	job_records.keep_state(LOOK, found)


def merged(before: list[str], more: list[str]) -> list[str]:
	return list(dict.fromkeys([*before, *more]))[-MAX_KEPT:]


@frappe.whitelist(methods=["POST"])
def look_now() -> dict:
	"""Look at every lead in the background and repair none; returns `message`.

	The user sees how far it has come, and a notification tells the end. Raises PermissionError for users who may not
	write rules, ActionRefusedError when the background jobs cannot be reached.
	"""
	if not frappe.has_permission(RULE, "write"):
		frappe.throw(
			_("You may not look at all leads. Ask somebody with the role Sales Manager."),
			frappe.PermissionError,
		)
	try:
		frappe.enqueue(
			"lead_pipeline.status.disagreements.look_in_background",
			queue="long",
			job_id="lead_pipeline_look_for_disagreements",
			deduplicate=True,
			on_behalf_of=frappe.session.user,
		)
	except RedisError:
		frappe.throw(
			_(
				"The background jobs cannot be reached at this moment. The daily look at all leads does the same."
			),
			ActionRefusedError,
		)
	return {
		"message": _("All leads are being looked at. A notification tells you when the report is up to date.")
	}


def look_in_background(on_behalf_of: str) -> None:
	"""Background job: look at every lead, and tell who has asked for it."""
	frappe.set_user(on_behalf_of)
	frappe.set_user_lang(on_behalf_of)
	unlock = locks.take_lock("look-for-disagreements", 0)
	if not unlock:
		return
	try:
		told = look()
	finally:
		unlock()
	tell(on_behalf_of, told)
	# The end of the job's work.
	frappe.db.commit()


def look() -> str:
	"""Look at all leads and keep those that disagree; return what came of it."""
	began = now_datetime()
	state = job_records.state_of(LOOK)
	place = state.get("look", {})
	if not place or (began - get_datetime(place["on"])).total_seconds() > GOES_ON_HOURS * 3600:
		place = {"after": "", "done": 0, "left": [], "held": []}
	total = reconcile.count_leads_to_examine()
	job_records.write(LOOK, {"status": job_records.RUNNING, "stop_wanted": 0, "total": total})
	while rows := reconcile.next_rows(place["after"]):
		failed: list[str] = []
		held: list[str] = []
		found = reconcile.find_disagreements(rows, failed, held)
		place = {
			"after": rows[-1].name,
			"done": place["done"] + len(rows),
			"left": merged(place["left"], [*failed, *(row.lead for row in found)]),
			"held": merged(place["held"], held),
			"on": str(now_datetime()),
		}
		is_stopped = bool(job_records.kept(LOOK, "stop_wanted"))
		job_records.keep_state(
			LOOK, state | {"look": place}, done=place["done"], total=max(total, place["done"])
		)
		# What was found so far outlives the process.
		frappe.db.commit()
		frappe.publish_progress(
			min(100, place["done"] * 100 // max(1, total)),
			title=_("Looking at the leads"),
			description=_("{0} of {1} leads").format(place["done"], total),
		)
		if is_stopped:
			job_records.write(LOOK, {"status": job_records.STOPPED, "stop_wanted": 0, "last_run": began})
			return _("The look at all leads was stopped. Look again within the hour, and it goes on there.")
	keep(place["left"], place["held"], anew=True)
	text = _("{0} leads looked at, {1} disagree.").format(place["done"], len(place["left"]))
	seconds = (now_datetime() - began).total_seconds()
	values = {"status": job_records.DONE, "done": 0, "total": 0, "last_run": began, "seconds": seconds}
	job_records.write(LOOK, values | {"outcome": text})
	return text
