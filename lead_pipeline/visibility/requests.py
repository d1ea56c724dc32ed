"""Refuse requests that name a hidden lead, its files, or its fields via a link.

The setting *Sales Users See* hides leads. Most whitelisted methods of the framework that take a DocType and a
name ask for permission on the document; some ask for the DocType only, or not at all. Its list queries join a
linked document (`pipeline_lead.email`) and, before Frappe 16, ask for its DocType only. Some take files by
their names without any check (to unzip them, or to send them with a mail), and a user who writes the address of
a private file into a record gets a File with it, and may read its content. What a report has found for one
user, it shows to all who may run the report. All of this shows in the request itself, whatever its method is
called, so this one place looks at every request, after the framework has found out who sends it.

For managers, and as long as nothing hides leads from the user, no query is sent to the database.
"""

import json
import re
from posixpath import normpath
from urllib.parse import unquote

import frappe
from frappe import _
from werkzeug.wrappers import Request, Response

from lead_pipeline.constants import LEAD, LEAD_LINK, STATUS_LOG
from lead_pipeline.domain import embedding
from lead_pipeline.framework.cache import CachedRecords
from lead_pipeline.visibility import field_levels
from lead_pipeline.visibility.condition_text import among
from lead_pipeline.visibility.endpoints import FILLS_COLUMNS_BY_PERMISSION
from lead_pipeline.visibility.lead_access import throw_not_permitted
from lead_pipeline.visibility.own_leads import may_hide_leads
from lead_pipeline.visibility.permissions import REFERENCES, reports_on_leads
from lead_pipeline.visibility.readable_records import readable_leads, readable_names
from lead_pipeline.visibility.request_texts import requested_columns, segments, stored_report, texts

# Requests whose body is a document: `references.check_references` asks what a document names anew, once it is compared
# with the stored one.
DOCUMENT_PATHS = ("/api/resource/", "/api/v1/resource/", "/api/v2/document/")

# Parameters that hold documents, for the same reason; one or the other method takes names by them.
DOCUMENTS = {"doc", "docs"}

# The address of a method. A dotted path follows, whose dots join nothing.
METHOD_PATH = re.compile(r"^/api/(v[12]/)?method/")

# Parameters with filters, which permission queries answer, and with typed texts.
NOT_NAMES = {"filters", "or_filters", "current_filters", "txt", "text"}

# The framework names files and kept results of reports so, and gives files an address that not everybody may read.
FILE_NAME = re.compile(r"[0-9a-z]{10}")
PRIVATE_FILES = "/private/files/"

# They answer for a hidden lead themselves, and say no more than its name.
ANSWER_THEMSELVES = {"frappe.desk.search.get_link_title"}


def check_request() -> None:
	"""Hook (auth_hooks): refuse a request for a hidden lead or fields behind a link.

	Raises PermissionError. Unlike `before_request`, this hook comes after the user of an API key is known.
	"""
	user, form = frappe.session.user, frappe.local.form_dict
	if user == "Guest":
		return
	field_levels.refuse_unreadable_fields(frappe.request, form, user)
	if not may_hide_leads(user):
		return
	if not answers_itself(frappe.request, form):
		refuse_hidden_leads(frappe.request, form, user)
	refuse_hidden_files(form)
	refuse_results_of_others(form, user)
	refuse_joined_leads(frappe.request, form, user)
	refuse_added_columns(form, user)


def answers_itself(request: Request, form: dict) -> bool:
	"""Return whether the framework will call one of the methods ANSWER_THEMSELVES.

	`cmd` goes before the path.
	"""
	called = form.get("cmd") or METHOD_PATH.sub("", request.path)
	return called in ANSWER_THEMSELVES


def refuse_hidden_leads(request: Request, form: dict, user: str) -> None:
	"""Refuse a request that names a lead that the user may not see.

	Concerns requests whose parameters or path name the DocType of leads and such a lead.
	"""
	names = set(segments(request))
	is_document = request.path.startswith(DOCUMENT_PATHS) and not form.get("cmd")
	for key, value in form.items() if request.method == "GET" or not is_document else ():
		if key not in NOT_NAMES:
			names.update(texts(value, skip_documents=key in DOCUMENTS))
	if LEAD not in names or (leads := readable_leads(user)) is None:
		return
	lead = frappe.qb.DocType(LEAD)
	hidden = lead.name.isin(sorted(names)) & among(lead.name, leads).negate()
	if frappe.qb.from_(lead).select(lead.name).where(hidden).limit(1).run():
		throw_not_permitted(_("There is no such lead, or you may not see it."))


def refuse_hidden_files(form: dict) -> None:
	"""Refuse a request that names files of hidden leads, by name or by address.

	Hidden are leads that the user may not see. The place in the request does not matter.
	"""
	words = set(texts({key: value for key, value in form.items() if key not in NOT_NAMES}))
	named = files({"name": ("in", names)}) if (names := sorted(filter(FILE_NAME.fullmatch, words))) else []
	addresses = {normpath(unquote(word)) for word in words if word.startswith(("/", "%"))}
	# The framework puts into a mail what its text asks for.
	embedded = {address for word in words for address in embedding.files_in(word)}
	addresses |= {address[max(address.rfind(PRIVATE_FILES), 0) :] for address in embedded}
	private = sorted(address for address in addresses if address.startswith(PRIVATE_FILES))
	at_address = files({"file_url": ("in", private)}) if private else []
	leads = {file.attached_to_name for file in (*named, *at_address) if file.attached_to_doctype == LEAD}
	hidden = leads - readable_names(LEAD, leads)
	if not hidden:
		return

	def is_hidden(file: frappe._dict) -> bool:
		return file.attached_to_doctype == LEAD and file.attached_to_name in hidden

	# Whoever has uploaded the same content has a File with the same address.
	shown = {file.file_url for file in at_address if not is_hidden(file)}
	if any(map(is_hidden, named)) or addresses & {file.file_url for file in at_address} - shown:
		throw_not_permitted(_("There is no such file, or you may not see it."))


def refuse_results_of_others(form: dict, user: str) -> None:
	"""Refuse what a report on leads has found for somebody else, and was kept.

	The framework gives it to all who may run the report, and looks for it under the `user` of the request.
	"""
	report, words = form.get("report_name"), set(texts(form))
	others = isinstance(report, str) and form.get("user") not in (None, "", user) and reports_on_leads(report)
	names = sorted(filter(FILE_NAME.fullmatch, words))
	if not others and names:
		# Ignores permissions: what the user may not see is to be found.
		kept = frappe.get_all(
			"Prepared Report",
			{"name": ("in", names), "owner": ("!=", user)},
			pluck="report_name",
			order_by=None,
		)
		others = any(map(reports_on_leads, kept))
	if others and readable_leads(user) is not None:
		throw_not_permitted(
			_("This was found for somebody who may see other leads than you. Run the report yourself.")
		)


def files(filters: dict) -> list[frappe._dict]:
	"""Return the files of a request, ignoring permissions.

	Files that the user may not see have to be found, too.
	"""
	fields = ["file_url", "attached_to_doctype", "attached_to_name"]
	return frappe.get_all("File", filters=filters, fields=fields, order_by=None)


def refuse_joined_leads(request: Request, form: dict, user: str) -> None:
	"""Leave out columns of linked leads, and refuse other uses of such fields.

	Concerns the columns that a list request takes from a linked lead; everything else with such a field is refused.
	The desk asks for the titles of linked documents in this way; it shows the name where it gets none.
	"""
	asked = {key: value for key, value in form.items() if key != "cmd"}
	is_method = METHOD_PATH.match(request.path)
	place = [segment for segment in segments(request) if not (is_method and "." in segment)]
	values = [*place, *texts(asked), *texts(stored_report(form, "Report Builder"))]
	links = link_fields_to_leads()
	fields = {LEAD_LINK}.union(*(links[value] for value in values if value in links))
	names = "|".join(map(re.escape, sorted(fields)))
	joined = re.compile(rf"(?:^|[,(\s`.])(?:{names})`?\s*\.\s*`?[\w*]", re.IGNORECASE)
	if not any(map(joined.search, values)) or readable_leads(user) is None:
		return
	columns = requested_columns(form)
	kept = [column for column in columns if not (isinstance(column, str) and joined.search(column))]
	rest = texts(asked | {"fields": kept})
	if kept and not any(map(joined.search, rest)):
		form["fields"] = json.dumps(kept)
		return
	throw_not_permitted(
		_(
			"You see only some of the leads, so that lists of other documents cannot show or compare what stands in their leads. Leave out the columns and filters of the lead, or ask a Sales Manager."
		)
	)


def refuse_added_columns(form: dict, user: str) -> None:
	"""Refuse columns of leads, or of records that refer to leads, in other reports.

	Users can add such columns to a report. Frappe 15.0 fills them from all documents, see
	`endpoints.custom_field_data`.
	"""
	if FILLS_COLUMNS_BY_PERMISSION:
		return
	named = {*texts(form.get("custom_columns")), *texts(stored_report(form, "Custom Report"))}
	if named.isdisjoint((LEAD, STATUS_LOG, *REFERENCES)) or readable_leads(user) is None:
		return
	throw_not_permitted(
		_(
			"You see only some of the leads. Take the columns of leads out of the report, or ask a Sales Manager."
		)
	)


def links_to_leads() -> dict[str, list[str]]:
	"""DocType → its Link fields that lead to a lead, customisations included."""
	links: dict[str, list[str]] = {}
	for table, parent in (("DocField", "parent"), ("Custom Field", "dt")):
		# Without permissions: how the site is made, not what is in it.
		rows = frappe.get_all(
			table,
			filters={"fieldtype": "Link", "options": LEAD},
			fields=[f"{parent} as doctype", "fieldname"],
			order_by=None,
		)
		for row in rows:
			links.setdefault(row.doctype, []).append(row.fieldname)
	return links


_links = CachedRecords("lead_pipeline_links_to_leads", links_to_leads)


def link_fields_to_leads() -> dict[str, list[str]]:
	return _links.get()


def clear_links(document=None, method: str | None = None) -> None:
	"""Hook of DocType and Custom Field: a type gets, or loses, a link to leads."""
	_links.clear()


def hide_titles(response: Response, request: Request) -> None:
	"""Hook (after_request): remove the titles of hidden leads from a form's response.

	The framework adds the titles of all linked documents to a document that it sends to the desk, without a check.
	A link whose title it does not know shows its name.
	"""
	session = getattr(frappe.local, "session", None)
	if not session or session.user == "Guest" or not response or response.mimetype != "application/json":
		return
	if f"{LEAD}::".encode() not in response.get_data() or not may_hide_leads(session.user):
		return
	answer = json.loads(response.get_data())
	titles = answer.get("_link_titles") if isinstance(answer, dict) else None
	for key in titles or {}:
		doctype, _separator, name = key.partition("::")
		if doctype == LEAD and not is_lead_visible(name):
			titles[key] = name
	if titles:
		response.set_data(json.dumps(answer))


def hide_documents(response: Response, request: Request) -> None:
	"""Hook (after_request): remove hidden documents from the timeline of a lead.

	The timeline comes with a lead's form. Hidden are documents that the user may not read. The framework keeps with
	a change which document it was made for, and shows it to all who see the changed document.
	"""
	session = getattr(frappe.local, "session", None)
	if not session or session.user == "Guest" or not response or response.mimetype != "application/json":
		return
	if b"updater_reference" not in response.get_data() or frappe.form_dict.get("doctype") != LEAD:
		return
	answer = json.loads(response.get_data())
	docinfo = answer.get("docinfo") if isinstance(answer, dict) else None
	changed = [hide_document(version) for version in (docinfo or {}).get("versions") or ()]
	if any(changed):
		response.set_data(json.dumps(answer))


def hide_document(version: dict) -> bool:
	"""Remove from a Version the document that it was made for; return whether it did.

	The Version is as the form gets it. Mails and calls stay: they are in the same timeline.
	"""
	data = json.loads(version.get("data") or "{}")
	reference = data.get("updater_reference") or {}
	doctype, name = reference.get("doctype"), reference.get("docname")
	if not name or doctype == "Communication" or readable_names(doctype, [name]):
		return False
	del data["updater_reference"]
	version["data"] = json.dumps(data)
	return True


def is_lead_visible(lead: str) -> bool:
	return bool(frappe.db.exists(LEAD, lead)) and bool(frappe.has_permission(LEAD, doc=lead))
