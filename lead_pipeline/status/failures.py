"""Record the leads whose status could not be updated, for managers to see.

One row of Pipeline Status Failure for each such lead, with its entry in the Error Log, which only System
Managers see. The row goes when a recompute has succeeded.
"""

import frappe
from frappe import _
from frappe.utils import cstr, now_datetime

from lead_pipeline.constants import LEAD, STATUS_FAILURE

# A document by DocType and name.
Reference = tuple[str, str]

KEPT_OF_ERROR = 500


def note_failure(lead: str, trigger: Reference | None, error: Exception) -> None:
	"""Record that `lead` could not be updated because of `error`.

	`error` is being handled.
	"""
	doctype, name = trigger or (None, None)
	kind = type(error).__name__
	known = frappe.db.get_value(STATUS_FAILURE, {"lead": lead}, ["name", "error"], as_dict=True)
	failure = frappe.get_doc(STATUS_FAILURE, known.name) if known else frappe.new_doc(STATUS_FAILURE)
	failure.update(
		{
			"lead": lead,
			"failed_on": now_datetime(),
			"attempts": (failure.attempts or 0) + 1,
			"error": f"{kind}: {error}"[:KEPT_OF_ERROR],
		}
	)
	if trigger:
		failure.update({"document_type": doctype, "document_name": name})
	if not known or not known.error.startswith(f"{kind}:"):
		# The same failure again is no news: one entry says what to do.
		failure.error_log = log_failure_of_lead(lead, trigger)
	# The lead and the document may be gone, and whoever makes a sale has no right on these rows.
	failure.flags.ignore_links = True
	failure.save(ignore_permissions=True)


def log_failure_of_lead(lead: str, trigger: Reference | None) -> str | None:
	"""Write an entry for `lead` into the Error Log and return its name.

	It holds everything that is needed to act.
	"""
	said = (
		[_("Document: {0} {1}. It was saved nevertheless.").format(_(trigger[0]), trigger[1])]
		if trigger
		else []
	)
	said.append(
		_(
			"The status is computed again in the background and by the hourly repair. If this entry keeps coming back, "
			"open the lead and its status rules and correct what the error below names."
		)
	)
	entry = frappe.log_error(
		title=_("Status of lead {0} could not be updated").format(lead),
		message="\n".join([*said, "", frappe.get_traceback()]),
		reference_doctype=LEAD,
		reference_name=lead,
	)
	return entry and cstr(entry.name)


def failure_of_lead(lead: str) -> frappe._dict | None:
	"""Return the recorded failure of `lead`: `name`, `failed_on`, `attempts`.

	The lead has failed to follow its documents since it last could. Its `error` is for managers only.
	"""
	fields = ["name", "failed_on", "attempts", "error"]
	found = frappe.db.get_value(STATUS_FAILURE, {"lead": lead}, fields, as_dict=True)
	if found and not frappe.has_permission(STATUS_FAILURE):
		found.update({"name": None, "error": None})
	return found


def attempts(lead: str) -> int:
	"""Return how often `lead` has failed to follow since it last could."""
	return frappe.db.get_value(STATUS_FAILURE, {"lead": lead}, "attempts") or 0


def forget_failure(lead: str, attempts: int | None = None) -> None:
	"""Delete the failure of a lead that was updated or deleted.

	With `attempts`: unless it has failed again since then.
	"""
	frappe.db.delete(STATUS_FAILURE, {"lead": lead} | ({} if attempts is None else {"attempts": attempts}))


def leads() -> list[str]:
	"""Return the leads that have failed. Ignores permissions.

	A repair is for all of them.
	"""
	return frappe.get_all(STATUS_FAILURE, pluck="lead", order_by="failed_on asc")
