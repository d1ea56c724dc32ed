"""The framework's whitelisted methods that take a document.

Also what to pass to each. They are found, not listed.
"""

import ast
import importlib
import json
from functools import cache
from pathlib import Path

import frappe

from lead_pipeline.constants import LEAD

# What stands in a text that is passed on purpose, and in a lead whose texts may not come out.
SECRET = "Doorsecret"

# Parameters that say of a document, or of documents, which DocType and which name it has.
DOCTYPE_PARAMETERS = (
	*("doctype", "dt", "document_type", "ref_doctype", "reference_doctype", "reference_dt", "for_doctype"),
	*("reminder_doctype", "_doctype", "goal_doctype", "parent_doctype", "docs_type"),
)
NAME_PARAMETERS = (
	*(
		"name",
		"docname",
		"dn",
		"doc_name",
		"reference_name",
		"reference_docname",
		"reference_doc",
		"document",
	),
	*(
		"fid",
		"library_file_name",
		"reminder_docname",
		"ref_name",
		"old",
		"old_name",
		"source_name",
		"reference",
		"ref_docname",
	),
)
NAMES_PARAMETERS = ("names", "docnames", "source_names", "items", "files", "attachments", "file_list")
DOCUMENT_PARAMETERS = ("doc", "docs")

# What else is passed, so that as many methods as possible come as far as to read or write.
VALUES = {
	"fields": ["*"],
	"fieldname": "lead_name",
	"value": SECRET,
	"field": "lead_name",
	"txt": SECRET,
	"text": SECRET,
	"searchfield": "name",
	"start": 0,
	"page_len": 20,
	"filters": {},
	"tag": "Door",
	"tags": ["Door"],
	"content": "By the door",
	"comment_email": "rep@doors.example.com",
	"comment_by": "Rep",
	"add": "Yes",
	"new": "LEAD-DOOR",
	"new_name": "LEAD-DOOR",
	"perm_type": "read",
	"filename": "door.txt",
	"filedata": "door",
	"format": "Standard",
	"file_type": "CSV",
	"action": "Update",
	"data": {"lead_name": "By the door"},
	"following": 1,
	"values": {},
	"current_filters": "[]",
	"stats": ["_user_tags"],
	"user_settings": {},
	"links": {},
	"role": "Sales User",
	"permission_to": "read",
	"ignore_user_permissions": 1,
	"read": 1,
	"method": "frappe.ping",
	"workflow": None,
	"board_name": "Doors",
	"field_name": "status",
	"start_date": "2030-01-01",
	"frequency": "Daily",
	"description": "By the door",
	"remind_at": "2030-01-01 10:00:00",
	"prev": 0,
	"new_parent": "Home",
	"old_parent": "Home",
	"sort_order": "desc",
	"sort_field": "modified",
	"end": "2030-01-01",
	"field_map": {"start": "creation", "end": "modified", "id": "name"},
	"web_form_name": "doors",
	"report_name": "Leads by Day",
	"columns": "[]",
	"report_settings": "{}",
	"label": "Door",
	"title": "Door",
	"selected_children": None,
	"target_doc": None,
	"states": "[]",
	"workflow_state_field": "status",
	"current_state": "New",
	"last_modified": "2030-01-01",
	"parent": LEAD,
	"communication": None,
	"custom_columns": [{"doctype": LEAD, "fieldname": "job_title", "link_field": "lead"}],
	"letterhead": None,
	"message": "",
	"subject": "",
	"assign_to": None,
	"event": None,
	"recipients": "",
	"contact_name": "Door",
	"points": 1,
	"to_user": None,
	"review_type": "Appreciation",
	"reason": "x",
	"query": "",
	"key": "x",
	"scope": "",
	"goal_value_field": "expected_revenue",
	"goal_total_field": "expected_revenue",
	"goal_history_field": "lost_note",
	"goal_doctype_link": "name",
	"goal_field": "expected_revenue",
	"date_field": "creation",
	"filter_str": "1=1",
	"aggregation": "sum",
	"group_by": "lead_name",
	"parent_field": "name",
	"select_columns": "{}",
	"fields_to_fetch": ["lead_name"],
	"options": "{}",
	"based_on": "creation",
	"export_fields": "{}",
	"from_version": None,
	"to_version": None,
	"route": "door",
	"chart_name": None,
	"child_type": "Contact Email",
	"new_order": "[]",
	"order": "{}",
	"user": "rep@doors.example.com",
	"email": "rep@doors.example.com",
	"app_name": "frappe",
	"permlevel": 0,
	"ptype": "read",
	"colname": "Open",
	"from_colname": "Open",
	"to_colname": "Open",
	"old_index": 0,
	"new_index": 0,
	"listview_settings": "{}",
	"removed_listview_fields": "[]",
	"result": "1",
	"new_widgets": "{}",
	"blocks": "[]",
	"public": 0,
	"publish": 1,
	"icon": "",
	"indicator_color": "",
	"tree_method": "frappe.desk.treeview.get_children",
	"email_list": "rep@doors.example.com",
	"template_name": "Door",
	"type": "coordinates",
	"module": "Lead Pipeline",
	"comment": "By the door, which is long enough for a comment",
	"like": 1,
	"reply": "By the door",
	"host_name": "door.example.com",
}

# They take no parameters, and read the whole form: called with what their name says.
READ_THE_FORM = (
	"frappe.desk.reportview.get",
	"frappe.desk.reportview.get_list",
	"frappe.desk.reportview.get_count",
	"frappe.desk.reportview.export_query",
	"frappe.desk.reportview.delete_items",
	"frappe.desk.form.utils.remove_attach",
	"frappe.handler.upload_file",
)

# Not called, with the reason.
IRRELEVANT = {
	"frappe.handler.logout": "ends the session",
	"frappe.handler.web_logout": "ends the session",
	"frappe.sessions.clear": "empties caches, takes no document",
	"frappe.website.doctype.web_form.web_form.accept": "a web form's own rights, see test_who_may_send_a_form.py",
	"frappe.website.doctype.web_form.web_form.get_form_data": "a web form's own rights, see test_who_may_send_a_form.py",
	"frappe.website.doctype.web_form.web_form.get_link_options": "a web form's own rights, see test_who_may_send_a_form.py",
	"frappe.utils.print_format.download_pdf": "needs a program for PDF; as get_html_and_style",
	"frappe.utils.print_format.download_multi_pdf": "needs a program for PDF; as get_html_and_style",
	"frappe.utils.print_format.print_by_server": "needs a print server; asks as get_html_and_style",
	"frappe.utils.weasyprint.download_pdf": "needs a program for PDF; asks as get_html_and_style",
}


@cache
def whitelisted() -> dict[str, tuple[list[str], set[str]]]:
	"""Return the parameters of every whitelisted function of the framework.

	Dotted path → (all parameters, those without a default). Read from the source: a decorator may hide them. Methods of
	documents are left out: they ask for the document.
	"""
	root = Path(frappe.__file__).parent
	found = {}
	for path in sorted(root.rglob("*.py")):
		module = ".".join(("frappe", *path.relative_to(root).with_suffix("").parts)).removesuffix(".__init__")
		source = path.read_text(errors="ignore")
		if "test" in module or "whitelist(" not in source:
			continue
		try:
			loaded = importlib.import_module(module)
		except Exception:
			# Of an optional library that this machine does not have.
			continue
		for node in ast.parse(source).body:
			if isinstance(node, ast.FunctionDef) and getattr(loaded, node.name, None) in frappe.whitelisted:
				found[f"{module}.{node.name}"] = parameters(node.args)
	return found


def parameters(given: ast.arguments) -> tuple[list[str], set[str]]:
	names = [argument.arg for argument in (*given.posonlyargs, *given.args)]
	required = set(names[: len(names) - len(given.defaults)])
	keywords = zip(given.kwonlyargs, given.kw_defaults, strict=True)
	required |= {argument.arg for argument, default in keywords if default is None}
	return names + [argument.arg for argument in given.kwonlyargs], required


TAKES_A_DOCUMENT = {*DOCTYPE_PARAMETERS, *NAME_PARAMETERS, *NAMES_PARAMETERS, *DOCUMENT_PARAMETERS}


def generic_methods() -> dict[str, list[str]]:
	"""Return the methods that can be given a document of any kind.

	Dotted path → the names of its parameters.
	"""
	found = {}
	for path, (names, _required) in whitelisted().items():
		if path not in IRRELEVANT and (path in READ_THE_FORM or TAKES_A_DOCUMENT.intersection(names)):
			found[path] = names
	return found


def form_for(names: list[str], doctype: str, name: str, document: dict) -> dict:
	"""Return values for the parameters with these names.

	For a method that reads the whole form: values for all of them.
	"""
	wanted = names or [*DOCTYPE_PARAMETERS, *NAME_PARAMETERS, *NAMES_PARAMETERS, "fields", "filters"]
	known = dict.fromkeys(DOCTYPE_PARAMETERS, doctype) | dict.fromkeys(NAME_PARAMETERS, name)
	known |= dict.fromkeys(NAMES_PARAMETERS, json.dumps([name])) | dict.fromkeys(
		DOCUMENT_PARAMETERS, json.dumps(document, default=str)
	)
	form = {key: value for key, value in (VALUES | known).items() if key in wanted}
	if not names:
		form["fields"] = json.dumps(["*"])
	return {
		key: json.dumps(value) if isinstance(value, list | dict) else value for key, value in form.items()
	}
