"""Resolve names and origins of merged leads to the lead they were merged into.

Used for everything that still refers to a lead by its old name: links in mails, integrations, enquiries that arrive
again.
"""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.utils import create_batch, now_datetime
from pypika.queries import QueryBuilder

from lead_pipeline.constants import LEAD, LEAD_MERGE
from lead_pipeline.exceptions import LeadMergedError
from lead_pipeline.framework.cache import CachedRecords
from lead_pipeline.visibility.lead_access import refuse_who_reads_no_leads

NEVER = "never"

# Names in one question to the database.
BATCH_SIZE = 500


def merges_in_force():
	"""Return a query for the merges that are not undone.

	The filters of the framework cannot express that a time is empty.
	"""
	merge = frappe.qb.DocType(LEAD_MERGE)
	return frappe.qb.from_(merge).where(merge.undone_on.isnull())


# Whether this site has merged a lead, ever: most saves need to ask nothing more.
_has_merges = CachedRecords(
	"lead_pipeline_has_merges", lambda: "yes" if merges_in_force().select("name").limit(1).run() else NEVER
)

clear = _has_merges.clear


def survivor_of(name: str | None) -> str | None:
	"""Return the lead that the lead called `name` was merged into.

	Returns None when it was not merged, or when it exists again. One query is enough, as a merge of the survivor
	redirects its earlier merges, too. Ignores permissions.
	"""
	if not name or _has_merges.get() == NEVER:
		return None
	found = survivor_where("merged_lead", name).run(pluck=True)
	return found[0] if found else None


def by_origin(origin_key: str) -> QueryBuilder:
	"""Return a query for the lead that a merged lead with this origin has become."""
	return survivor_where("origin_key", origin_key)


def survivor_where(field: str, value: str) -> QueryBuilder:
	merge = frappe.qb.DocType(LEAD_MERGE)
	return merges_in_force().select(merge.survivor).where(merge[field] == value).limit(1)


def survivors(names: Iterable[str]) -> dict[str, str]:
	"""Return the merged leads among the names, each with its survivor.

	For many names at once.
	"""
	if _has_merges.get() == NEVER:
		return {}
	merge = frappe.qb.DocType(LEAD_MERGE)
	found = {}
	for chunk in create_batch(sorted(set(names)), BATCH_SIZE):
		query = merges_in_force().select(merge.merged_lead, merge.survivor)
		found |= dict(query.where(merge.merged_lead.isin(chunk)).run())
	return found


def remember_merge(name: str, survivor: str) -> None:
	"""Record a merge by the framework, which cannot be undone.

	That is Rename with a tick at Merge.
	"""
	origin, title = frappe.db.get_value(LEAD, name, ["origin_key", "lead_name"]) or (None, None)
	row = frappe.new_doc(LEAD_MERGE)
	row.update({"merged_lead": name, "merged_title": title, "survivor": survivor, "origin_key": origin})
	row.update({"merged_on": now_datetime(), "merged_by": frappe.session.user})
	# Whoever may rename the lead leaves a trace of it.
	row.insert(ignore_permissions=True)


def surviving_name(name: str) -> str:
	"""`name`, or the survivor's name when that lead was merged."""
	if _has_merges.get() == NEVER or frappe.db.exists(LEAD, name):
		return name
	return survivor_of(name) or name


def say_where_it_went(name: str) -> None:
	"""Raise LeadMergedError if a lead was merged into one that the user may see.

	The error names the survivor.
	"""
	survivor = survivor_of(name)
	if survivor and frappe.has_permission(LEAD, doc=survivor):
		frappe.clear_last_message()
		frappe.throw(
			_("{0} was merged into {1}. Use that lead.").format(frappe.bold(name), frappe.bold(survivor)),
			LeadMergedError,
			title=_("Merged"),
		)


@frappe.whitelist(methods=["GET"])
def successor(lead: str) -> str | None:
	"""Return the lead that `lead` was merged into, when the user may see that one.

	Raises PermissionError without a role.
	"""
	refuse_who_reads_no_leads()
	survivor = survivor_of(lead)
	return survivor if survivor and frappe.has_permission(LEAD, doc=survivor) else None
