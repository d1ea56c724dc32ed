"""Related records of another app's lead, shown at the new lead as well.

They are left where they are.

Contacts, Addresses, mails, calls and events get one more link. Records that can belong to one document only
(comments, files, tasks, assignments, shares) are copied with their author and date. Rows are written as they are,
without the rules of their DocTypes: this is history, about which nobody is to be notified, and what was valid once
need not be valid now.
"""

import json

import frappe
from frappe import _
from frappe.utils import escape_html, format_datetime

from lead_pipeline.constants import LEAD

COMMENT_FIELDS = ("comment_type", "comment_email", "comment_by", "subject", "content", "published", "seen")
FILE_FIELDS = (
	"file_name",
	"is_private",
	"file_size",
	"file_url",
	"thumbnail_url",
	"folder",
	"content_hash",
	"file_type",
)
TODO_FIELDS = (
	"status",
	"priority",
	"color",
	"date",
	"description",
	"role",
	"assigned_by",
	"sender",
	"allocated_to",
)
SHARE_FIELDS = ("user", "read", "write", "share", "submit", "everyone", "notify_by_email")
WHEN = ("owner", "creation", "modified", "modified_by")


class Source:
	"""A lead of another app by DocType and name, and the `title` of the new `lead`."""

	def __init__(self, doctype: str, name: str, lead: str, title: str):
		self.doctype, self.name, self.lead, self.title = doctype, name, lead, title


def bring(source: Source) -> None:
	"""Give the new lead all that belongs to the old one."""
	for parenttype in ("Contact", "Address"):
		link_records(source, parenttype)
	link_communications(source)
	link_events(source)
	copy_records(
		"Comment", COMMENT_FIELDS, source, "reference_doctype", "reference_name", {"comment_type": "Comment"}
	)
	copy_records("File", FILE_FIELDS, source, "attached_to_doctype", "attached_to_name")
	copy_records("DocShare", SHARE_FIELDS, source, "share_doctype", "share_name")
	copy_records("ToDo", TODO_FIELDS, source, "reference_type", "reference_name", {"status": "Open"})
	copy_notes(source)
	assign_tasks(source.lead)


def link_records(source: Source, parenttype: str) -> None:
	held = {"link_doctype": source.doctype, "link_name": source.name, "parenttype": parenttype}
	for parent in set(frappe.get_all("Dynamic Link", held, pluck="parent", order_by="creation asc")):
		values = {"link_doctype": LEAD, "link_name": source.lead, "link_title": source.lead}
		add_row("Dynamic Link", parenttype, parent, "links", values)


def link_communications(source: Source) -> None:
	"""Link mails and calls to the new lead.

	The framework shows them at every document that they are linked with.
	"""
	direct = {"reference_doctype": source.doctype, "reference_name": source.name}
	linked = {"link_doctype": source.doctype, "link_name": source.name, "parenttype": "Communication"}
	found = {
		*frappe.get_all("Communication", direct, pluck="name", order_by="creation asc"),
		*frappe.get_all("Communication Link", linked, pluck="parent", order_by=None),
	}
	for name in found:
		values = {"link_doctype": LEAD, "link_name": source.lead, "link_title": source.lead}
		add_row("Communication Link", "Communication", name, "timeline_links", values)


def link_events(source: Source) -> None:
	held = {"reference_doctype": source.doctype, "reference_docname": source.name}
	for event in set(frappe.get_all("Event Participants", held, pluck="parent", order_by="creation asc")):
		values = {"reference_doctype": LEAD, "reference_docname": source.lead}
		add_row("Event Participants", "Event", event, "event_participants", values)


def add_row(doctype: str, parenttype: str, parent: str, parentfield: str, values: dict) -> None:
	there = {"parenttype": parenttype, "parent": parent}
	if frappe.db.exists(doctype, there | {key: values[key] for key in values if key != "link_title"}):
		return
	row = frappe.new_doc(doctype)
	row.update(there | {"parentfield": parentfield, "idx": frappe.db.count(doctype, there) + 1} | values)
	# Only the row: a save of its Contact or Event would tell people, and may be refused for what is in it since long.
	row.db_insert()
	frappe.clear_document_cache(parenttype, parent)


def copy_records(
	doctype: str,
	fields: tuple[str, ...],
	source: Source,
	type_field: str,
	name_field: str,
	which: dict | None = None,
) -> None:
	"""Copy the records of `doctype` that belong to the source.

	Each with its author and date.
	"""
	meta = frappe.get_meta(doctype)
	kept = [field for field in fields if meta.has_field(field)]
	filters = {type_field: source.doctype, name_field: source.name, **(which or {})}
	for row in frappe.get_all(doctype, filters=filters, fields=[*kept, *WHEN], order_by="creation asc"):
		add_record(doctype, row | {type_field: LEAD, name_field: source.lead})


def add_record(doctype: str, values: dict) -> None:
	document = frappe.new_doc(doctype)
	document.update(values)
	document.name = frappe.generate_hash(length=10)
	# History, not news: with its author and its day, and nobody is told.
	document.db_insert()


def copy_notes(source: Source) -> None:
	"""Copy notes, calls, tasks and history of the other app.

	It keeps them in records of its own; here they become comments.
	"""
	for row in records_of(
		"CRM Note", {"parenttype": source.doctype, "parent": source.name}, ["note", "added_by", "added_on"]
	):
		add_comment(source.lead, row.note, row.added_by, row.added_on)
	held = {"reference_doctype": source.doctype, "reference_docname": source.name}
	for row in records_of("FCRM Note", held, ["title", "content", "owner", "creation"]):
		add_comment(
			source.lead, f"<b>{escape_html(row.title)}</b><br>{row.content or ''}", row.owner, row.creation
		)
	for row in records_of(
		"CRM Call Log", held, ["type", "status", "from", "to", "start_time", "owner", "creation"]
	):
		said = [_(row.type or ""), f"{row['from'] or ''} → {row['to'] or ''}", _(row.status or "")]
		add_comment(
			source.lead, escape_html(", ".join(filter(None, said))), row.owner, row.start_time or row.creation
		)
	tasks(source, held)
	copy_history(source)


def tasks(source: Source, held: dict) -> None:
	fields = [
		"title",
		"description",
		"status",
		"assigned_to",
		"due_date",
		"owner",
		"creation",
		"modified",
		"modified_by",
	]
	for row in records_of("CRM Task", held, fields):
		said = f"<b>{escape_html(row.title or '')}</b><br>{row.description or ''}"
		if row.status in ("Done", "Canceled"):
			add_comment(source.lead, f"{said}<br>{escape_html(_(row.status))}", row.owner, row.creation)
			continue
		values = {key: row[key] for key in WHEN}
		values |= {"description": said, "allocated_to": row.assigned_to or row.owner, "date": row.due_date}
		values |= {"status": "Open", "priority": "Medium", "assigned_by": row.owner}
		add_record("ToDo", values | {"reference_type": LEAD, "reference_name": source.lead})


def copy_history(source: Source) -> None:
	"""The changes of status that the other app has logged, as one comment."""
	held = {"parenttype": source.doctype, "parent": source.name}
	rows = records_of(
		"CRM Status Change Log", held, ["from", "to", "to_date", "from_date", "log_owner"], "idx"
	)
	lines = [
		f"{escape_html(row['from'] or '')} → {escape_html(row['to'] or '')}: "
		f"{format_datetime(row.to_date or row.from_date)} {escape_html(row.log_owner or '')}"
		for row in rows
		if row["to"]
	]
	if lines:
		add_comment(source.lead, "<br>".join([escape_html(_("Statuses there:")), *lines]))


def records_of(
	doctype: str, filters: dict, fields: list[str], order_by: str = "creation"
) -> list[frappe._dict]:
	"""Return records of another app, as far as it is on the site and has these fields."""
	if not frappe.db.exists("DocType", doctype):
		return []
	known = {*frappe.get_meta(doctype).get_valid_columns()}
	if not set(filters) <= known:
		return []
	# Some of these fields are words of SQL, which the builder puts into quotes.
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(*(table[field] for field in fields if field in known))
	for field, value in filters.items():
		query = query.where(table[field] == value)
	found = query.orderby(table[order_by]).run(as_dict=True)
	return [frappe._dict(dict.fromkeys(fields) | row) for row in found]


def add_comment(lead: str, content: str | None, by: str | None = None, on=None) -> None:
	"""A comment of the user `by` on that day, else of who migrates, now."""
	if not content:
		return
	by, on = by or frappe.session.user, on or frappe.utils.now()
	values = {
		"comment_type": "Comment",
		"reference_doctype": LEAD,
		"reference_name": lead,
		"content": content,
	}
	who = {"comment_email": by, "comment_by": frappe.utils.get_fullname(by)}
	add_record("Comment", values | who | {"owner": by, "creation": on, "modified": on, "modified_by": by})


def assign_tasks(lead: str) -> None:
	"""Set who is shown as assigned in the list from the open tasks.

	As the framework does it.
	"""
	open_ones = {"reference_type": LEAD, "reference_name": lead, "status": "Open"}
	people = frappe.get_all("ToDo", open_ones, pluck="allocated_to", order_by="creation asc")
	if people := [user for user in dict.fromkeys(people) if user]:
		frappe.db.set_value(LEAD, lead, "_assign", json.dumps(people), update_modified=False)
