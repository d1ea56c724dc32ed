"""Methods for the form of a migration.

The table of statuses, the dry run, the migration, findings.
"""

import frappe
from frappe import _
from frappe.desk.utils import provide_binary_file
from frappe.model.document import Document

from lead_pipeline.capture.importing import jobs, results, written_files
from lead_pipeline.capture.migration import sources
from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import ActionRefusedError, InvalidActionError

RUN = "Pipeline Migration"


@frappe.whitelist()
def offered() -> list[str]:
	"""Return the sources that this site has.

	Raises PermissionError for users who may not migrate.
	"""
	check_may_migrate()
	return sources.available()


@frappe.whitelist()
def propose(source: str) -> list[dict]:
	"""Return the proposed table of statuses for `source`.

	Rows with `source_status`, `leads` (number of them), `status` (of Lead Pipeline).
	"""
	check_source(source)
	return sources.proposed(sources.SOURCES[source])


@frappe.whitelist(methods=["POST"])
def rehearse(migration: str) -> dict:
	"""Start the dry run of every lead of the source in the background.

	It finds out what each would become. Returns what `state` returns.
	"""
	doc = own_migration(migration, "write")
	jobs.start_work(doc, jobs.REHEARSAL)
	return state(doc.name)


@frappe.whitelist(methods=["POST"])
def start(migration: str) -> dict:
	"""Start the migration in the background, or continue an interrupted one.

	It migrates what the dry run has checked. Returns what `state` returns.
	"""
	doc = own_migration(migration, "write")
	if jobs.state_of_work(doc)[0] not in ("Rehearsed", "Stopped"):
		frappe.throw(
			_("Rehearse the migration first: you will see what would become of each lead."),
			ActionRefusedError,
			title=_("Migration"),
		)
	jobs.start_work(doc, jobs.IMPORT)
	return state(doc.name)


@frappe.whitelist()
def state(migration: str) -> dict:
	"""Return where the migration stands: what `findings.state` returns."""
	return results.state_of_run(own_migration(migration))


@frappe.whitelist()
def rows(migration: str, kind: str | None = None, start: int = 0) -> list[dict]:
	"""Return a page of the leads of the source, with their results.

	What each of them is or has become.
	"""
	return results.page_of_results(own_migration(migration), kind, start)


@frappe.whitelist()
def download(migration: str) -> None:
	"""Answers with the result of every lead as a file."""
	doc = own_migration(migration)
	content = written_files.write_xlsx({_("Leads"): results.result_table(doc)})
	provide_binary_file(_("Result of {0}").format(doc.name), "xlsx", content)


def own_migration(migration: str, ptype: str = "read") -> Document:
	"""Return the migration, when the user may migrate leads from its source.

	Raises PermissionError otherwise.
	"""
	check_may_migrate()
	if not frappe.db.exists(RUN, migration) or not frappe.has_permission(RUN, ptype, doc=migration):
		frappe.throw(_("There is no such migration, or it is somebody else's."), frappe.PermissionError)
	doc = frappe.get_doc(RUN, migration)
	check_source(doc.source)
	return doc


def check_may_migrate() -> None:
	if not (frappe.has_permission(RUN, "create") and frappe.has_permission(LEAD, "import")):
		frappe.throw(
			_("You may not migrate leads. Ask your administrator for the role Sales Manager."),
			frappe.PermissionError,
		)


def check_source(source: str) -> None:
	check_may_migrate()
	if source not in sources.available():
		frappe.throw(
			_("This site has no leads of that kind. Choose one of: {0}.").format(
				", ".join(sources.available())
			),
			InvalidActionError,
			title=_("Migration"),
		)
	if not frappe.has_permission(source, "read"):
		frappe.throw(_("You may not see the leads of {0}.").format(_(source)), frappe.PermissionError)
