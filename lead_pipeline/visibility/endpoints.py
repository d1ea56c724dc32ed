"""Wrap framework methods that skip row-level permissions, for leads.

Most of the framework checks the permission on each document. The whitelisted methods here check the DocType
only, or nothing at all; `override_whitelisted_methods` in hooks.py puts these functions in front of them. For
all DocTypes other than leads they change nothing.
"""

import inspect

import frappe
from frappe import _, client
from frappe.desk import listview, notifications, query_report, reportview, search
from frappe.desk.doctype.dashboard_chart import dashboard_chart
from frappe.desk.doctype.tag.tag import get_tagged_docs
from frappe.desk.form import assign_to as assignments
from frappe.desk.form import linked_with
from frappe.model import default_fields
from frappe.model.document import Document
from frappe.utils import cint, sbool

from lead_pipeline.constants import ACTIVITY, LEAD, PARTY_TYPES, STATUS_LOG
from lead_pipeline.visibility import list_filters, list_numbers, staff
from lead_pipeline.visibility.lead_access import (
	refuse_unseen_lead,
	refuse_who_reads_no_leads,
	throw_not_permitted,
)
from lead_pipeline.visibility.permissions import REFERENCES
from lead_pipeline.visibility.readable_records import readable_leads
from lead_pipeline.visibility.references import check_may_assign
from lead_pipeline.visibility.suggestions import describe_suggestions

# Since the framework asks for the column of certain documents, it lists those that the user may see.
FILLS_COLUMNS_BY_PERMISSION = "names" in inspect.signature(query_report.get_data_for_custom_field).parameters


@frappe.whitelist()
def search_link(doctype: str, txt: str, **options) -> list | None:
	"""Return the suggestions of a link field.

	A caller may ask to *ignore user permissions*, which lifts every restriction.
	"""
	refuse_without_right_to_search(doctype)
	found = frappe.call(search.search_link, doctype=doctype, txt=txt, **restricted(doctype, options))
	if doctype == LEAD:
		# Frappe 15.0 puts what it has found into the response.
		describe_suggestions(frappe.response.get("results") if found is None else found)
	return found


@frappe.whitelist()
def search_widget(doctype: str, txt: str, **options) -> list | None:
	refuse_without_right_to_search(doctype)
	return frappe.call(search.search_widget, doctype=doctype, txt=txt, **restricted(doctype, options))


def refuse_without_right_to_search(doctype: str) -> None:
	"""Refuse who may not even select leads: Frappe 15.0 would end in an error."""
	if doctype == LEAD and not frappe.only_has_select_perm(LEAD):
		refuse_who_reads_no_leads()


def restricted(doctype: str, options: dict) -> dict:
	"""Return the options without the one that lifts all restrictions.

	Applies to leads and to DocTypes whose records can refer to a lead.
	"""
	if doctype in (LEAD, STATUS_LOG, ACTIVITY, *REFERENCES):
		options.pop("ignore_user_permissions", None)
	return options


@frappe.whitelist()
def link_title(doctype: str, docname: str) -> str | None:
	"""The title behind a link: the framework tells it of every document."""
	if doctype == LEAD and frappe.db.exists(LEAD, docname) and not frappe.has_permission(LEAD, doc=docname):
		return docname
	return search.get_link_title(doctype, docname)


@frappe.whitelist()
def linked_documents(doctype: str, docname: str) -> dict[str, list]:
	"""Return the documents that are linked with a document (menu *Links* of forms).

	Examples: comments on a lead, leads or notifications of a user.
	"""
	if doctype == LEAD:
		frappe.get_doc(LEAD, docname).check_permission()
	elif readable_leads(frappe.session.user) is None:
		return linked_with.get(doctype, docname)
	found = {}
	for linked, how in linked_with.get_linked_doctypes(doctype).items():
		if frappe.has_permission(linked) and (rows := linked_rows(doctype, docname, linked, how)):
			found[linked] = rows
	return found


def linked_rows(doctype: str, docname: str, linked: str, how: dict) -> list[dict]:
	"""Return the linked documents of one DocType that the user may see."""
	try:
		found = linked_with.get_linked_docs(doctype, docname, linkinfo={linked: how}).get(linked) or []
	except frappe.PermissionError:
		# Newer versions refuse all when the user may not read one field: it is one kind less in the answer.
		frappe.clear_last_message()
		return []
	# The newest ones say, besides the documents, how many they have left out.
	return only_readable(linked, found["docs"] if isinstance(found, dict) else found)


def only_readable(doctype: str, rows: list[dict]) -> list[dict]:
	names = [row["name"] for row in rows]
	seen = set(
		frappe.get_list(doctype, filters={"name": ("in", names)}, pluck="name", limit=0, order_by=None)
	)
	return [row for row in rows if row["name"] in seen]


@frappe.whitelist()
def count(
	doctype: str, filters: dict | list | str | None = None, debug: bool = False, cache: bool = False
) -> int:
	"""Return how many records match the filters.

	Frappe 15.0 counts all of them, so that any filter answers a question about a lead.
	"""
	if readable_leads(frappe.session.user) is None:
		return client.get_count(doctype, filters, debug, cache)
	# As newer versions do for everybody: the list's own count, with the list's permissions.
	frappe.local.form_dict = frappe._dict(doctype=doctype, filters=client.get_safe_filters(filters))
	return reportview.get_count()


@frappe.whitelist()
def open_count(doctype: str, name: str, items: str | list | None = None) -> dict:
	"""Return the counts in the Connections of a form.

	The framework counts all leads, including those that the user may not see.
	"""
	links = frappe.get_meta(doctype).get_dashboard_data()
	groups = [group.get("items") for group in links.transactions or []]
	wanted = frappe.parse_json(items) or [item for group in groups for item in group]
	if doctype == LEAD:
		refuse_unseen_lead(name)
		# Who is behind a lead need not name it: its form asks `documents/connections.count` for that.
		return notifications.get_open_count(
			doctype, name, [item for item in wanted if item not in PARTY_TYPES]
		)
	if LEAD not in wanted or LEAD in (links.internal_links or {}):
		return notifications.get_open_count(doctype, name, items)
	answer = notifications.get_open_count(doctype, name, [item for item in wanted if item != LEAD])
	count = {"open_count": 0, "count": leads_linked_with(links, name)}
	# Frappe 15.0 answers with a list and calls the document type otherwise.
	if isinstance(answer["count"], list):
		answer["count"].append({"name": LEAD} | count)
	else:
		answer["count"]["external_links_found"].append({"doctype": LEAD} | count)
	return answer


def leads_linked_with(links: frappe._dict, name: str) -> int:
	"""Return how many leads that the user may see are linked to the document.

	At most as many as the framework counts.
	"""
	if not frappe.has_permission(LEAD):
		return 0
	field = (links.non_standard_fieldnames or {}).get(LEAD) or links.fieldname
	filters = {field: name}
	if dynamic := (links.dynamic_links or {}).get(field):
		doctype, type_field = dynamic
		filters[type_field] = doctype
	return len(frappe.get_list(LEAD, filters=filters, limit=100, order_by=None))


@frappe.whitelist()
@frappe.read_only()
def group_by_count(doctype: str, current_filters: str, field: str) -> list[dict]:
	"""Return the counts in the list's side bar.

	The framework counts the leads of each assignee over all leads, and reads all leads for the others.
	"""
	if doctype != LEAD:
		return listview.get_group_by_count(doctype, current_filters, field)
	meta = frappe.get_meta(LEAD)
	known = {list_numbers.ASSIGNEES, *default_fields, *meta.get_permitted_fieldnames()}
	if field not in known:
		throw_not_permitted(_("There is no such field, or you may not read it."))
	values = list_numbers.count_values(frappe.parse_json(current_filters), field)
	linked = meta.get_field(field) and meta.get_link_doctype(field)
	if linked and frappe.get_meta(linked).show_title_field_in_link:
		# Frappe 16 shows it instead of the name.
		title = frappe.get_meta(linked).get_title_field()
		for value in values:
			value["title"] = value["name"] and frappe.db.get_value(linked, value["name"], title)
	return values


@frappe.whitelist()
@frappe.read_only()
def list_count(
	doctype: str, fields: str | list = "[]", limit: str | int = 0, distinct: str | bool = False
) -> int | None:
	"""Return how many records a list has, at most `limit`, as the desk asks for it.

	The framework counts among all leads until it has found so many that the user sees.
	"""
	# Leads found by a child row are counted once, which is the framework's to do.
	if doctype != LEAD or not cint(limit) or sbool(distinct):
		return reportview.get_count()
	asked = reportview.get_form_params()
	filters = list_filters.name_assigned_leads(asked.filters)
	return list_numbers.count(filters, asked.or_filters, cint(limit))


@frappe.whitelist()
@frappe.read_only()
def list_rows(doctype: str, fields: str | list, filters: str | list | dict | None = None) -> list | dict:
	"""Return the rows of a list, as the desk asks for them.

	The framework looks for an assignee in the text of every lead, and sorts all leads with a tag.
	"""
	if doctype != LEAD:
		return reportview.get()
	form, asked = frappe.local.form_dict, frappe.parse_json(filters)
	if "_assign" in str(filters):
		asked = form.filters = list_filters.name_assigned_leads(asked)
	for lately in list_filters.changed_lately(asked, form.get("order_by")):
		form.filters = lately
		page = reportview.get()
		# A full page of those that were changed last is the page of all.
		if isinstance(page, dict) and len(page.get("values", ())) >= cint(form.get("page_length")) > 0:
			return page
		form.filters = asked
	return reportview.get()


@frappe.whitelist()
@frappe.read_only()
def list_tags(stats: str, doctype: str, filters: str | list | dict | None = None) -> dict:
	"""Return the tags in the list's side bar.

	The framework reads the tags of every lead that the list shows.
	"""
	asked = frappe.parse_json(filters) or []
	if doctype != LEAD or frappe.parse_json(stats) != ["_user_tags"] or not isinstance(asked, list):
		return reportview.get_sidebar_stats(stats, doctype, filters)
	return {"stats": {"_user_tags": list_numbers.count_tags(asked)}}


@frappe.whitelist()
def custom_field_data(doctype: str, field: str, names: list | str | None = None) -> dict:
	"""Return the values of a column that a user adds to a report.

	Frappe 15.0 takes them from all documents of the DocType.
	"""
	if FILLS_COLUMNS_BY_PERMISSION or readable_leads(frappe.session.user) is None:
		return frappe.call(query_report.get_data_for_custom_field, doctype=doctype, field=field, names=names)
	return dict(frappe.get_list(doctype, fields=["name", field], as_list=True, limit=0, order_by="name asc"))


@frappe.whitelist()
def tagged(doctype: str, tag: str) -> list:
	"""Return the names of the documents with a tag.

	The framework checks the permission on the DocType only.
	"""
	if doctype == LEAD and not frappe.has_permission(LEAD):
		throw_not_permitted(_("You may not read leads. Ask your administrator for the role Sales User."))
	found = get_tagged_docs(doctype, tag)
	if doctype != LEAD or readable_leads(frappe.session.user) is None:
		return found
	names = [name for (name,) in found]
	return frappe.get_list(LEAD, filters={"name": ("in", names)}, as_list=True, limit=0, order_by="name asc")


@frappe.whitelist()
def chart(chart_name: str | None = None, chart: str | dict | None = None, **options) -> dict:
	"""Return the data of a chart.

	The framework caches the data of the first user for all others, and counts all records for a heatmap.
	"""
	asked = frappe.get_doc("Dashboard Chart", chart_name) if chart_name else frappe.parse_json(chart) or {}
	options |= {"chart_name": chart_name, "chart": chart}
	if (
		asked.get("document_type") not in (LEAD, STATUS_LOG, ACTIVITY)
		or readable_leads(frappe.session.user) is None
	):
		return frappe.call(dashboard_chart.get, **options)
	if asked.get("type") == "Heatmap":
		throw_not_permitted(
			_("A heatmap counts all leads, and you see only some. Choose another kind of chart.")
		)
	# Neither from what others were shown nor kept for them: in this way the framework reads all from the chart itself.
	return dashboard_chart.get(chart=as_asked(asked, options), no_cache=1)


def as_asked(asked: Document | dict, options: dict) -> dict:
	"""Return the chart with what a user has chosen for this look at it."""
	values = dict(asked.as_dict() if isinstance(asked, Document) else asked)
	for name in ("from_date", "to_date", "timespan", "time_interval", "heatmap_year"):
		values[name] = options.get(name) or values.get(name)
	if filters := frappe.parse_json(options.get("filters")):
		values["filters_json"] = frappe.as_json(filters)
	return values


@frappe.whitelist(methods=["POST"])
def assign(args: dict | str | None = None) -> list | None:
	"""Assign a document, if the user may see it.

	Assigned users see the lead, so only users who see it may assign it (Frappe 15.0 does not check this).
	"""
	args = asked_for(args)
	check_may_assign(args.doctype, args.name)
	refuse_disabled_assignees(args)
	return assignments.add(args)


@frappe.whitelist(methods=["POST"])
def assign_many(args: dict | str | None = None) -> None:
	args = asked_for(args)
	for name in frappe.parse_json(args.name):
		check_may_assign(args.doctype, name)
	refuse_disabled_assignees(args)
	assignments.add_multiple(args)


def refuse_disabled_assignees(args: frappe._dict) -> None:
	if args.doctype == LEAD:
		staff.refuse_disabled_users(frappe.parse_json(args.assign_to) or [])


def asked_for(args: dict | str | None) -> frappe._dict:
	"""Return what a client asks to assign.

	Only a rule itself assigns in its name: what it assigns has further effects.
	"""
	args = frappe._dict(frappe.parse_json(args) or frappe.form_dict)
	if args.doctype == LEAD:
		args.pop("assignment_rule", None)
	return args
