"""Answer the search bar of the desk: leads, and what the framework finds.

The framework's index of all records ranks all that it has for every search, and knows no permissions. So no lead is in it.
"""

import frappe
from frappe import _
from frappe.desk.doctype.global_search_settings.global_search_settings import get_doctypes_for_global_search
from frappe.utils import cint, escape_html, global_search

from lead_pipeline.constants import LEAD
from lead_pipeline.search.finding import find_leads
from lead_pipeline.visibility.list_filters import is_one_of

FIELDS = ("lead_name", "company_name", "email", "phone", "mobile_no")


@frappe.whitelist()
def search_everywhere(text: str, start: int = 0, limit: int = 20, doctype: str = "") -> list[dict]:
	"""Return the results of the desk's global search.

	Leads are among them if they are in the Global Search Settings, and stand where these put them.
	"""
	order = list(get_doctypes_for_global_search())
	wanted = LEAD in order and doctype in ("", LEAD) and frappe.has_permission(LEAD)
	found = [] if doctype == LEAD else global_search.search(text, start, limit, doctype)
	found = [row for row in found if row.doctype != LEAD]
	if wanted:
		found += found_leads(text, cint(start), cint(limit))
		found.sort(key=lambda row: order.index(row.doctype) if row.doctype in order else len(order))
	return found


def found_leads(text: str, start: int, limit: int) -> list[frappe._dict]:
	"""Return one page of leads, as the search bar shows results.

	As in the framework's search, an ampersand stands between texts of which each finds what it finds.
	"""
	names: dict[str, None] = {}
	for part in filter(None, (part.strip() for part in text.split("&"))):
		names.update(dict.fromkeys(find_leads(part, most=start + limit)[start : start + limit]))
	# With permissions, so that a field that the user may not read is left out.
	rows = frappe.get_list(
		LEAD, [is_one_of(list(names))], ["name", "status", *FIELDS], order_by=None, limit=0
	)
	known = {row.name: row for row in rows}
	return [described(known[name], text) for name in names if name in known]


def described(lead: frappe._dict, text: str) -> frappe._dict:
	"""Return a search result: name, company and status, then the fields.

	The search bar heads a result with the number of the record, and shows of its content only the parts that hold
	`text`, as HTML.
	"""
	summary = ", ".join(
		dict.fromkeys(filter(None, (lead.get("lead_name"), lead.get("company_name"), _(lead.status))))
	)
	if text.lower() not in summary.lower():
		summary = f"{summary} ({text})"
	meta = frappe.get_meta(LEAD)
	parts = [(_("Lead"), summary), *((meta.get_label(field), lead.get(field)) for field in FIELDS)]
	content = " ||| ".join(f"{label} : {escape_html(value)}" for label, value in parts if value)
	return frappe._dict(
		doctype=LEAD, name=lead.name, title=lead.get("lead_name"), content=content, rank=1, image=None
	)
