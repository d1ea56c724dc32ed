"""Find the parties and Opportunities that may belong to a lead already.

Parties of the same company or with the same e-mail, and Opportunities that belong to no lead. All of it is
looked up with the user's permissions, for it is shown to them.
"""

import frappe
from frappe.model.document import Document
from frappe.utils import cstr

from lead_pipeline.constants import LEAD_LINK
from lead_pipeline.documents import contact, contact_links
from lead_pipeline.documents.contact_links import Record
from lead_pipeline.documents.mapping import on_site
from lead_pipeline.documents.types import OPPORTUNITY
from lead_pipeline.visibility.lead_access import readable_lead

# Where a party has the name of its company.
NAMES = {"Customer": "customer_name", "Lead": "company_name", "Prospect": "company_name"}

# The e-mail fields of the parties of which ERPNext wants one for each e-mail only.
UNIQUE_EMAIL = {"Lead": "email_id"}

# What the list of a search shows of an Opportunity beside its name, and how many it looks at.
SEARCH_FIELDS = ("customer_name", "title", "status")
MAX_FOUND = 50


def namesake(lead: Document, party_types: list[str]) -> Record | None:
	"""Return the first party that is called like the lead's company, in whatever case."""
	for party_type in party_types:
		if found := first_called(lead.company_name, party_type, NAMES[party_type]):
			return Record(party_type, found)
	return None


def first_called(name: str | None, doctype: str, field: str) -> str | None:
	"""Return the first record of `doctype` that has this `name` in `field`.

	Ignores case.
	"""
	if not name or not frappe.has_permission(doctype):
		return None
	# LIKE is what ignores case on every database; its own signs in a name are meant as they are.
	pattern = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
	found = frappe.get_list(
		doctype, {field: ("like", pattern)}, pluck="name", order_by="creation asc", limit=1
	)
	return found[0] if found else None


def with_same_email(emails: list[dict], party_type: str) -> Record | None:
	"""Return the party with the first of `emails`, where it must be unique.

	There a second party with it would be refused.
	"""
	if not emails or party_type not in UNIQUE_EMAIL or not frappe.has_permission(party_type):
		return None
	filters = {UNIQUE_EMAIL[party_type]: emails[0]["email_id"]}
	found = frappe.get_list(party_type, filters, pluck="name", order_by="creation asc", limit=1)
	return Record(party_type, found[0]) if found else None


@frappe.whitelist(methods=["GET"])
@frappe.validate_and_sanitize_search_inputs
def search_opportunities(
	doctype: str,
	txt: str,
	searchfield: str,
	start: int,
	page_len: int,
	filters: dict | str,
) -> list[tuple]:
	"""Query of the field *Existing Opportunity*: Opportunities without a lead.

	This lead's own people first. Without a search text only those of its party, its contacts, its e-mail or its
	company: those of strangers have to be searched for by name, customer, title or status.
	"""
	lead = readable_lead(frappe.parse_json(filters)["lead"])
	if not on_site([OPPORTUNITY]):
		return []
	free = {LEAD_LINK: ("is", "not set")}
	fields = ["name", *(field for field in SEARCH_FIELDS if frappe.get_meta(OPPORTUNITY).has_field(field))]

	def find(either: dict) -> list[tuple]:
		return frappe.get_list(
			OPPORTUNITY,
			filters=free,
			or_filters=either,
			fields=fields,
			order_by="modified desc",
			limit=MAX_FOUND,
			as_list=True,
		)

	near = [row for row in find(near_to(lead)) if not txt or txt.lower() in " ".join(map(cstr, row)).lower()]
	others = find({field: ("like", f"%{txt}%") for field in fields}) if txt else []
	found = list(dict.fromkeys([*map(tuple, near), *map(tuple, others)]))
	return found[start : start + page_len]


def near_to(lead: Document) -> dict:
	"""Return conditions for the Opportunities that probably belong to this lead.

	Any one of them is enough.
	"""
	emails = [row["email_id"] for row in contact.emails(lead)]
	either = {
		"party_name": lead.party,
		"customer_name": lead.company_name or lead.lead_name,
		"contact_person": contact_links.linked_names(Record(lead.doctype, lead.name), "Contact"),
		"contact_email": emails,
	}
	return {
		field: ("in", value) if isinstance(value, list) else value for field, value in either.items() if value
	}


def has_free_opportunities(party: Record | None) -> bool:
	"""Return whether there is an Opportunity without a lead.

	With `party`: one that belongs to this party.
	"""
	filters = {LEAD_LINK: ("is", "not set")}
	if party:
		filters |= {"opportunity_from": party.doctype, "party_name": party.name}
	return bool(frappe.get_list(OPPORTUNITY, filters=filters, limit=1, order_by=None))
