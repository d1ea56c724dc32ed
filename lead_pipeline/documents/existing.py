"""What could be behind a lead already: the same company, the same e-mail, an Opportunity of nobody's lead.

All of it is looked up with the user's permissions, for it is shown to them.
"""

import frappe
from frappe.model.document import Document

from lead_pipeline.constants import LEAD_LINK
from lead_pipeline.documents.links import Record

# Where a party has the name of its company.
NAMES = {"Customer": "customer_name", "Lead": "company_name", "Prospect": "company_name"}

# The e-mail fields of the parties of which ERPNext wants one for each e-mail only.
UNIQUE_EMAIL = {"Lead": "email_id"}


def namesake(lead: Document, party_types: list[str]) -> Record | None:
	"""The first party that is called like the lead's company, in whatever case."""
	for party_type in party_types:
		if not lead.company_name or not frappe.has_permission(party_type):
			continue
		# LIKE is what ignores case on every database; its own signs in a name are meant as they are.
		pattern = lead.company_name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
		filters = {NAMES[party_type]: ("like", pattern)}
		if found := frappe.get_list(party_type, filters, pluck="name", order_by="creation asc", limit=1):
			return Record(party_type, found[0])
	return None


def with_same_email(emails: list[dict], party_type: str) -> Record | None:
	"""The party with the first of `emails`, where a second one would be refused."""
	if not emails or party_type not in UNIQUE_EMAIL or not frappe.has_permission(party_type):
		return None
	filters = {UNIQUE_EMAIL[party_type]: emails[0]["email_id"]}
	found = frappe.get_list(party_type, filters, pluck="name", limit=1)
	return Record(party_type, found[0]) if found else None


def has_free_opportunities(party: Record | None) -> bool:
	"""Whether there is an Opportunity that belongs to no lead, and to `party` if there is one."""
	filters = {LEAD_LINK: ("is", "not set")}
	if party:
		filters |= {"opportunity_from": party.doctype, "party_name": party.name}
	return bool(frappe.get_list("Opportunity", filters=filters, limit=1))
