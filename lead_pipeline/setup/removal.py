"""Remove the app's data from other apps' tables after an uninstall.

What leads and this app have left there. The framework takes an app's DocTypes with their tables and the records
of its module. All else is ours to remove: set by set, as a site may have a million leads. What stays is the
company's own and is named in docs/admin.md: mails, contacts, addresses, events and sales documents, without
their link to the lead.
"""

import base64
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import frappe
from frappe.desk.utils import slug
from frappe.model.delete_doc import delete_dynamic_links
from frappe.query_builder import DocType
from frappe.utils import create_batch
from frappe.utils.global_search import sync_global_search
from pypika.terms import Criterion

from lead_pipeline.constants import (
	APP,
	INBOX_FIELD,
	LEAD,
	LEAD_FOUND,
	LEAD_LINK,
	MADE_FOR_SALE,
	MODULE,
	WAITING_MAIL,
)
from lead_pipeline.setup.custom_fields import FURTHER_FIELDS, INBOX_DOCTYPES, LINKED_DOCTYPES, LINKED_ROWS
from lead_pipeline.setup.indexes import (
	CHANGED_COLUMNS,
	INDEXES,
	POSTGRES_COLUMNS,
	drop_index,
	index_of_column,
)
from lead_pipeline.setup.leftovers import BOOKS, NAMED, OF_TALKS, OLD_NOTICES, RECORDS, SEARCHED, SET_UP, TALK

# The framework's DocType of mails that it could not receive, and the reason of those that waited for the app.
UNHANDLED = "Unhandled Email"
NOT_RECEIVED = "Lead Pipeline was uninstalled before this mail was received."


def remove_everything() -> None:
	"""Remove all data that the app has left in other tables.

	May be run again. Only once the app's own tables are gone: nothing here can be undone.

	Committed step by step: a site may have millions of rows, and what was removed is right without the steps that
	follow.
	"""
	for step in (
		forget_waiting_entries,
		remove_talks,
		release_waiting_mails,
		remove_files,
		remove_records,
		remove_set_up,
		clear_references,
		remove_traces,
		remove_columns,
		remove_indexes,
		remove_sequences,
	):
		step()
		# An uninstall that fails is begun again: what is done is done.
		frappe.db.commit()
	frappe.clear_cache()


@cache
def records_of_app() -> dict[str, list[str]]:
	"""Return the names of the records in the app's own files, by DocType.

	The DocTypes come first.
	"""
	found: dict[str, list[str]] = {}
	for path in sorted(Path(frappe.get_app_path(APP, frappe.scrub(MODULE))).glob("*/*/*.json")):
		record = json.loads(path.read_text())
		if isinstance(record, dict) and record.get("doctype"):
			found.setdefault(record["doctype"], []).append(record["name"])
	return found


def our_doctypes() -> list[str]:
	return records_of_app()["DocType"]


def is_here(doctype: str, *fields: str) -> bool:
	"""Return whether this site has the DocType, with a table, and these columns in it."""
	return frappe.db.table_exists(doctype) and all(frappe.db.has_column(doctype, field) for field in fields)


def forget_waiting_entries() -> None:
	"""Remove the app's entries from the search index and the settings of users.

	What waits in the cache for the search is written first, so that it does not come later.
	"""
	sync_global_search()
	frappe.db.delete("__global_search", {"doctype": ("in", our_doctypes())})
	# The framework's own search finds DocTypes, reports and the like, too.
	for doctype, names in (*records_of_app().items(), ("Module Def", [MODULE])):
		frappe.db.delete("__global_search", {"doctype": doctype, "name": ("in", names)})
	waiting = map(frappe.safe_decode, frappe.cache.hgetall("_user_settings"))
	for key in [key for key in waiting if key.partition("::")[0] in our_doctypes()]:
		frappe.cache.hdel("_user_settings", key)
	settings = frappe.qb.Table("__UserSettings")
	about_leads = settings.doctype.isin(our_doctypes()) | settings.data.like(f"%{escaped(LEAD_LINK)}%")
	frappe.qb.from_(settings).delete().where(about_leads).run()
	frappe.cache.hdel("global_search", "search_priorities")


def escaped(text: str) -> str:
	return text.replace("_", r"\_")


def remove_talks() -> None:
	"""Remove the Communications on leads, except mails.

	Calls, enquiries and all else that was noted on a lead as a Communication.

	A mail is the company's correspondence, which it may have to keep.
	"""
	talk = DocType(TALK)
	of_leads = talk.reference_doctype.isin(our_doctypes())
	no_mail = of_leads & (talk.communication_medium.isnull() | (talk.communication_medium != "Email"))
	names = frappe.qb.from_(talk).select(talk.name).where(no_mail)
	for doctype, (holds_doctype, holds_name) in OF_TALKS.items():
		table = DocType(doctype)
		remove_where(doctype, (table[holds_doctype] == TALK) & table[holds_name].isin(names))
	remove_where(TALK, no_mail)


def release_waiting_mails() -> None:
	"""Turn mails that wait to be received (`capture/mail`) into unhandled ones.

	The mail server may have forgotten them, and only the app receives them from here: from now on they are as the framework
	keeps a mail that it could not receive, with the mail itself as text.
	"""
	stored = DocType(UNHANDLED)
	names = frappe.qb.from_(stored).select(stored.name).where(stored.reason == WAITING_MAIL).run(pluck=True)
	# One by one: a mail may be large.
	for name in names:
		mail = base64.b64decode(json.loads(frappe.db.get_value(UNHANDLED, name, "raw"))["mail"])
		frappe.db.set_value(UNHANDLED, name, {"raw": as_text(mail), "reason": NOT_RECEIVED})


def as_text(mail: bytes) -> str:
	"""Return the mail as text; one that is not UTF-8, byte by byte."""
	try:
		text = mail.decode()
	except UnicodeDecodeError:
		text = mail.decode("latin-1")
	# PostgreSQL keeps no text with it.
	return text.replace("\0", "")


def remove_files() -> None:
	"""Remove the files that are attached to leads, imports and the like.

	From the disk, too, unless they are attached elsewhere.
	"""
	remove_where("File", DocType("File").attached_to_doctype.isin(our_doctypes()))


def remove_where(doctype: str, condition: Criterion) -> None:
	"""Remove the rows of `doctype` that match, from the search bar, too."""
	table, found = DocType(doctype), frappe.qb.Table("__global_search")
	if doctype in SEARCHED:
		names = frappe.qb.from_(table).select(table.name).where(condition)
		frappe.qb.from_(found).delete().where((found.doctype == doctype) & found.name.isin(names)).run()
	files = files_where(condition) if doctype == "File" else []
	frappe.qb.from_(table).delete().where(condition).run()
	remove_from_disk(files)


def files_where(condition: Criterion) -> list[frappe._dict]:
	file = DocType("File")
	found = frappe.qb.from_(file).select(file.file_name, file.file_url, file.thumbnail_url).distinct()
	return found.where(condition).run(as_dict=True)


def remove_from_disk(places: list[frappe._dict]) -> None:
	"""Delete from the disk the files that no File names any more.

	By the framework's own means: a site may keep its files elsewhere.
	"""
	for some in create_batch(places, 500):
		urls = [place.file_url for place in some if place.file_url] or [""]
		shared = frappe.get_all("File", {"file_url": ("in", urls)}, pluck="file_url", order_by=None)
		for place in some:
			if place.file_url and place.file_url not in shared:
				frappe.get_doc({"doctype": "File"} | place).delete_file_data_content()


def remove_records() -> None:
	for doctype, fields in RECORDS.items():
		remove_rows(doctype, fields, our_doctypes())
	# Rows of the site's own that were part of a lead.
	for doctype in frappe.get_all(
		"DocType", {"istable": 1, "custom": 1, "is_virtual": 0}, pluck="name", order_by=None
	):
		remove_rows(doctype, ("parenttype",), our_doctypes())


def remove_rows(doctype: str, fields: Iterable[str], values: list[str]) -> None:
	for field in fields:
		if values and is_here(doctype, field):
			remove_where(doctype, DocType(doctype)[field].isin(values))


def remove_set_up() -> None:
	gone = {doctype: set(names) for doctype, names in records_of_app().items()}
	for doctype, fields in SET_UP.items():
		for field in fields:
			if is_here(doctype, field):
				names = frappe.get_all(doctype, {field: ("in", our_doctypes())}, pluck="name", order_by=None)
				gone.setdefault(doctype, set()).update(names)
				remove_documents(doctype, names)
	# What came with the app and names no module, such as a step of its onboarding, the framework leaves.
	for doctype, names in records_of_app().items():
		if doctype not in ("DocType", *our_doctypes()) and is_here(doctype):
			left = frappe.get_all(doctype, {"name": ("in", names)}, pluck="name", order_by=None)
			remove_documents(doctype, left)
	for doctype, naming in NAMED.items():
		for other, field in naming.items():
			remove_naming(other, field, sorted(gone.get(doctype, ())))
	remove_log_of_rights(gone)


def remove_log_of_rights(gone: dict[str, set[str]]) -> None:
	"""Remove what Frappe 16 has noted of the rights that these records gave.

	It notes the removal of a record, too, with what the record said.
	"""
	if not is_here("Permission Log"):
		return
	log = DocType("Permission Log")
	for doctype, names in gone.items():
		if names:
			is_of = (log.for_doctype == doctype) & log.for_document.isin(sorted(names))
			is_by = (log.reference_type == doctype) & log.reference.isin(sorted(names))
			frappe.qb.from_(log).delete().where(is_of | is_by).run()


def remove_naming(doctype: str, field: str, names: list[str]) -> None:
	"""Remove what names one of these records, a row of another document or a document."""
	if is_here(doctype, field) and names:
		if frappe.get_meta(doctype).istable:
			remove_rows(doctype, (field,), names)
		else:
			remove_documents(
				doctype, frappe.get_all(doctype, {field: ("in", names)}, pluck="name", order_by=None)
			)


def remove_documents(doctype: str, names: list[str]) -> None:
	for name in names:
		if doctype == "Custom Field":
			drop_column(*frappe.db.get_value(doctype, name, ("dt", "fieldname")))
		if doctype == "Data Import":
			remove_rows("Data Import Log", ("data_import",), [name])
		# Whoever uninstalls the app need not have a right to each; a record of what was deleted would keep it.
		frappe.delete_doc(
			doctype, name, force=True, ignore_on_trash=True, ignore_permissions=True, delete_permanently=True
		)
		# Comments, versions and the like: the framework leaves them to a job, for which there may be no worker.
		delete_dynamic_links(doctype, name)


def clear_references() -> None:
	for doctype, (holds_doctype, fields) in BOOKS.items():
		if is_here(doctype, holds_doctype):
			table = DocType(doctype)
			update = frappe.qb.update(table).where(table[holds_doctype].isin(our_doctypes()))
			for field in fields:
				update = update.set(table[field], None)
			update.run()


def remove_traces() -> None:
	"""Remove what the framework keeps about the app itself.

	A later install then begins as the first one did.
	"""
	for column in ("doctype", "value"):
		frappe.db.delete("Singles", {column: ("in", our_doctypes())})
	frappe.db.delete("Patch Log", {"patch": ("like", f"{escaped(APP)}.%")})
	for doctype in ("Desktop Icon", "Workspace Sidebar"):
		if is_here(doctype, "app"):
			remove_documents(doctype, frappe.get_all(doctype, {"app": APP}, pluck="name", order_by=None))
	if is_here("User", "default_workspace"):
		of_app = {"default_workspace": ("in", records_of_app()["Workspace"])}
		frappe.db.set_value("User", of_app, "default_workspace", None, update_modified=False)
	frappe.db.delete("Block Module", {"module": MODULE})
	frappe.db.delete(
		"Property Setter", {"field_name": ("in", [LEAD_LINK, LEAD_FOUND, MADE_FOR_SALE, INBOX_FIELD])}
	)
	job = DocType("Scheduled Job Type")
	of_app = job.method.like(f"{escaped(APP)}.%")
	jobs = [name for (name,) in frappe.qb.from_(job).select(job.name).where(of_app).run()]
	remove_rows("Scheduled Job Log", ("scheduled_job_type",), jobs)
	remove_rows("Scheduled Job Type", ("name",), jobs)
	for doctype, names in records_of_app().items():
		frappe.db.delete("Deleted Document", {"deleted_doctype": doctype, "deleted_name": ("in", names)})
	deleted, visited = DocType("Deleted Document"), DocType("Route History")
	of_module = (deleted.deleted_doctype == "Module Def") & (deleted.deleted_name == MODULE)
	in_module = deleted.data.like(f'%"module": "{MODULE}"%')
	frappe.qb.from_(deleted).delete().where(of_module | in_module).run()
	error = DocType("Error Log")
	about_leads = error.error.like(f"%{escaped(APP)}%") | error.error.like(f"%{LEAD}%")
	remove_where("Error Log", about_leads)
	remove_notices()
	pages = [*our_doctypes(), *records_of_app().get("Page", ()), *records_of_app().get("Report", ())]
	for page in pages:
		frappe.qb.from_(visited).delete().where(
			visited.route.like(f"%/{page}%") | (visited.route == page)
		).run()


def remove_notices() -> None:
	"""Remove the app's notifications that are not about a single lead.

	They are known by their link to the list of leads (`framework/notifications.py`). Older ones have no link; those
	that name leads are known by their words.
	"""
	bell = DocType("Notification Log")
	leads_to_list = bell.email_content.like(f"%/{slug(LEAD)}%")
	names_leads = Criterion.any(bell.subject.like(words) for words in OLD_NOTICES)
	of_leads = leads_to_list | (bell.email_content.isnull() & names_leads)
	remove_where("Notification Log", bell.document_type.isnull() & (bell.type == "Alert") & of_leads)


def remove_columns() -> None:
	"""Remove the columns of the app's fields; their indexes go with them."""
	for doctype in (*LINKED_DOCTYPES, *LINKED_ROWS):
		drop_column(doctype, LEAD_LINK)
	for doctype, fields in FURTHER_FIELDS.items():
		for field in fields:
			drop_column(doctype, field["fieldname"])
	for doctype in INBOX_DOCTYPES:
		drop_column(doctype, INBOX_FIELD)


def drop_column(doctype: str, field: str) -> None:
	"""Drop the column of a removed Custom Field.

	The framework would leave it. A DocType's own column stays.
	"""
	if doctype in our_doctypes() or not is_here(doctype, field):
		return
	if not frappe.db.exists("DocField", {"parent": doctype, "fieldname": field}):
		# The framework has a way to add a column, none to drop one.
		frappe.db.sql_ddl(f"alter table `tab{doctype}` drop column `{field}`")


def remove_indexes() -> None:
	"""Remove the indexes on tables of others; those of our own went with their tables."""
	named = {name: doctype for name, (doctype, _columns) in INDEXES.items()}
	named |= {
		index_of_column(doctype, column): doctype for doctype, column in CHANGED_COLUMNS | POSTGRES_COLUMNS
	}
	ours = our_doctypes()
	for name, doctype in named.items():
		if doctype not in ours and is_here(doctype):
			drop_index(doctype, name)


def remove_sequences() -> None:
	for doctype in our_doctypes():
		# Nor one to drop a sequence.
		frappe.db.sql_ddl(f"drop sequence if exists `{frappe.scrub(doctype)}_id_seq`")
