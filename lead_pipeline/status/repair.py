"""Repair leads on request of a manager, at once or in the background.

Chosen leads at once, all of them in the background with progress. This is what the hourly job does, but now and
with a result for the user.
"""

import frappe
from frappe import _
from frappe.utils.background_jobs import get_job_status
from redis.exceptions import RedisError
from rq.job import JobStatus

from lead_pipeline.constants import LEAD, RULE
from lead_pipeline.exceptions import ActionRefusedError, InvalidActionError
from lead_pipeline.framework.notifications import tell
from lead_pipeline.framework.selection import names_of
from lead_pipeline.status import hourly_repair, recompute

# More chosen leads than these are better left to the background.
IN_REQUEST = 200


@frappe.whitelist(methods=["POST"])
def recompute_all() -> dict:
	"""Recompute every lead in the background, with progress.

	At the end the user gets a notification. Returns `message`. Raises PermissionError for users who may not write
	rules, ActionRefusedError when the background jobs cannot be reached.
	"""
	check_manager()
	try:
		frappe.enqueue(
			"lead_pipeline.status.repair.in_background",
			queue="long",
			job_id=free_job(frappe.session.user),
			deduplicate=True,
			on_behalf_of=frappe.session.user,
		)
	except RedisError:
		frappe.throw(
			_(
				"The background jobs cannot be reached at this moment. The hourly repair does the same; "
				"on the server, {0} does it now."
			).format("<code>bench lead-pipeline reconcile</code>"),
			ActionRefusedError,
			title=_("Recompute"),
		)
	message = _("All leads are being recomputed in the background. A notification tells you the result.")
	frappe.msgprint(message, alert=True, indicator="blue")
	return {"message": message}


def free_job(user: str) -> str:
	"""Return the id of a job of this user that has not begun.

	A job that has begun may have passed some leads by older rules.
	"""
	first, second = (f"lead_pipeline_recompute_all_{user}_{number}" for number in (1, 2))
	return second if get_job_status(first) == JobStatus.STARTED else first


def in_background(on_behalf_of: str) -> None:
	"""Background job: Repair the leads that disagree and notify the user.

	Commits after each lead. A run that is killed goes on within the hour where it was.
	"""
	# A job that the framework starts a second time has forgotten for whom it runs.
	frappe.set_user(on_behalf_of)
	frappe.set_user_lang(on_behalf_of)
	try:
		hourly_repair.ask_for_round(on_behalf_of)
		# A run that is under way reads it in a transaction of its own.
		frappe.db.commit()
		hourly_repair.repair_pieces(on_behalf_of)
	except Exception:
		# Whatever ends the job, the person who waits for it is told; the notification outlives the failure.
		frappe.db.rollback()
		tell(on_behalf_of, _("The leads could not be recomputed. The Error Log says why; then try again."))
		frappe.db.commit()
		raise


@frappe.whitelist(methods=["POST"])
def repair(leads: str | list) -> dict:
	"""Give the chosen leads the status that their documents justify, at once.

	`leads`: names, or JSON of a list. Returns `repaired`, `failed` (names) and `message`. Raises PermissionError
	when the user may not write rules or one of the leads, InvalidActionError for no lead or more than IN_REQUEST.
	"""
	check_manager()
	names = names_of(leads)
	if len(names) > IN_REQUEST:
		frappe.throw(
			_("Choose at most {0} leads, or recompute all of them in the background.").format(IN_REQUEST),
			InvalidActionError,
			title=_("Too Many"),
		)
	for name in names:
		check_visible(name)
	repaired, failed = [], []
	for name in names:
		(repaired if agrees_after_repair(name) else failed).append(name)
	message = (
		_("The lead agrees with its documents now.")
		if len(repaired) == 1
		else _("{0} leads agree with their documents now.").format(len(repaired))
	)
	if failed:
		message += " " + _("{0} could not be repaired; the Error Log says why: {1}.").format(
			len(failed), ", ".join(failed)
		)
	return {"repaired": repaired, "failed": failed, "message": message}


def check_manager() -> None:
	if not frappe.has_permission(RULE, "write"):
		frappe.throw(
			_("You may not repair leads. Ask somebody with the role Sales Manager."), frappe.PermissionError
		)


def check_visible(name: str) -> None:
	"""Raise PermissionError for a lead that is missing or not writable.

	The answer is the same in both cases, so that nobody learns here which leads there are.
	"""
	if not frappe.db.exists(LEAD, name) or not frappe.has_permission(LEAD, "write", doc=name):
		frappe.throw(
			_("There is no lead {0}, or you may not change it.").format(
				frappe.bold(frappe.utils.escape_html(name))
			),
			frappe.PermissionError,
		)


def agrees_after_repair(lead: str) -> bool:
	recompute.repair_safely(lead)
	decision = recompute.decide_for(frappe.db.get_value(LEAD, lead, recompute.STATE_FIELDS, as_dict=True))
	return decision.status == frappe.db.get_value(LEAD, lead, "status")
