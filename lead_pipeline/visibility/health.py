"""Warn when another app has replaced an override, or an index is missing.

Two apps can stand before the same whitelisted method, and only one is asked. When it is the other one, a lead can be
seen that is hidden, or comes in unchecked; nothing else would say so.
"""

import frappe
from frappe import _
from frappe.utils import format_datetime

from lead_pipeline.constants import APP, JOB, LEAD, SEARCH_INDEX
from lead_pipeline.framework import job_records
from lead_pipeline.framework.failure_log import log_failure
from lead_pipeline.framework.full_text import has_full_text_index
from lead_pipeline.framework.overrides import builds_on, method_in_force

# Hours after which an app that stands in our place is told of again.
REMINDED_AFTER = 24


def methods_of_others() -> dict[str, str]:
	"""Return overridden methods for which the override of another app is in force.

	Whitelisted method → the function of the other app that takes the place of ours.
	"""
	hooks = frappe.get_hooks("override_whitelisted_methods", app_name=APP)
	in_force = {method: method_in_force(method) for method in sorted(hooks)}
	return {method: path for method, path in in_force.items() if path.split(".")[0] != APP}


def classes_of_others() -> list[str]:
	"""Return the DocTypes whose class is another app's that does not build on ours."""
	wanted = frappe.get_hooks("override_doctype_class", app_name=APP)
	return [doctype for doctype in sorted(wanted) if not builds_on(doctype, APP)]


def health_warnings() -> list[str]:
	"""Return the problems of the site's setup as sentences for a manager.

	Empty on a healthy site.
	"""
	found = warnings_of_others()
	if not has_full_text_index(LEAD, SEARCH_INDEX):
		found.append(search_warning())
	return found


def search_warning() -> str:
	return _(
		"The full-text index of leads is missing, so that a search reads all of them, which is slow when there are many. "
		"Ask your administrator to give the database user of this site the right to make indexes, and to run "
		"bench migrate."
	)


def warnings_of_others() -> list[str]:
	"""Return what other apps have put in the place of Lead Pipeline, as sentences."""
	found = [
		_(
			"{0} answers in place of Lead Pipeline when {1} is called. Leads that a user may not see can be seen "
			"there, or come in unchecked."
		).format(path, method)
		for method, path in methods_of_others().items()
	]
	found += [
		_(
			"The class of {0} is another app's that does not build on the one of Lead Pipeline: what Lead Pipeline "
			"does for leads there does not happen."
		).format(_(doctype))
		for doctype in classes_of_others()
	]
	if found:
		found.append(
			_(
				"Ask the maintainers of the other app to call the method or class of Lead Pipeline, or uninstall "
				"one of the two."
			)
		)
	return found


def job_warnings() -> list[str]:
	"""Return which jobs have not run for a day, as sentences for a manager."""
	titles = job_records.titles()
	found = [
		_("{0} has not run since {1}.").format(titles[row.job], format_datetime(row.last_run))
		if row.last_run
		else _("{0} has never run.").format(titles[row.job])
		for row in job_records.standing_still()
	]
	if found:
		found.append(
			_(
				"Ask a System Manager to look whether the scheduler is enabled (System Settings) and whether the "
				"background workers run. Until then statuses, reminders and numbers may be out of date."
			)
		)
	return found


@frappe.whitelist(methods=["GET"])
def jobs_standing_still() -> list[str]:
	"""Return `job_warnings` for the workspace; empty for who may not see the jobs."""
	return job_warnings() if frappe.has_permission(JOB) else []


@job_records.recorded("Health of the Setup")
def report() -> None:
	"""Write the problems of the site's setup to the Error Log (daily, after migrate)."""
	if found := warnings_of_others():
		log_failure(
			_("Another app stands in the place of Lead Pipeline"), "\n".join(found), hours=REMINDED_AFTER
		)
