"""Field names and status meanings of the leads of other apps.

By their DocTypes only: none of these apps need be installed, and nothing of them is imported.
"""

from dataclasses import dataclass, field

import frappe
from frappe.query_builder.functions import Count

from lead_pipeline.constants import DISQUALIFIED, LOST, NEW, QUALIFIED, STATUS, WORKING
from lead_pipeline.reference_data import lead_statuses, seeds


@dataclass(frozen=True)
class Source:
	"""The leads of another app.

	`fields`: of the other app's lead → of ours, of the same kind; `made`: links whose records are found by name or
	made; `category_of`: field of the status record that says what it means, with our categories for its values;
	`is_party`: whether it can stand behind a lead as its party.
	"""

	doctype: str
	fields: dict[str, str]
	made: dict[str, str]
	categories: dict[str, str] = field(default_factory=dict)
	status_doctype: str | None = None
	is_party: bool = False


SAME = (
	"lead_name",
	"salutation",
	"last_name",
	"gender",
	"job_title",
	"phone",
	"mobile_no",
	"website",
	"lead_owner",
)

SOURCES = {
	"Lead": Source(
		doctype="Lead",
		fields={
			**dict.fromkeys(SAME),
			"company_name": None,
			"email_id": "email",
			"campaign_name": "campaign",
			"utm_campaign": None,
			"utm_medium": None,
			"market_segment": None,
			"industry": None,
			"contact_by": "next_contact_by",
			"contact_date": "next_contact_date",
		},
		made={"source": "channel", "utm_source": "channel"},
		is_party=True,
	),
	"CRM Lead": Source(
		doctype="CRM Lead",
		fields={
			**dict.fromkeys(SAME),
			"organization": "company_name",
			"email": None,
			"industry": None,
			"lost_notes": "lost_note",
		},
		made={"source": "channel", "lost_reason": "lost_reason"},
		status_doctype="CRM Lead Status",
		# A lead that was won there has become a deal, which is what qualified means here.
		categories={"Open": NEW, "Ongoing": WORKING, "On Hold": WORKING, "Won": QUALIFIED, "Lost": LOST},
	),
}

# Names that say more than the type that they have there.
DISQUALIFYING = {"junk", "unqualified", "do not contact", "spam"}


def available() -> list[str]:
	"""Return the sources that this site has."""
	return [doctype for doctype in SOURCES if frappe.db.exists("DocType", doctype)]


def statuses_of_source(source: Source) -> dict[str, int]:
	"""Return every status that leads of the source have → how many have it."""
	# Without permissions: numbers for the table that somebody with the right to migrate fills in.
	lead = frappe.qb.DocType(source.doctype)
	query = frappe.qb.from_(lead).select(lead.status, Count("*")).groupby(lead.status).orderby(lead.status)
	found: dict[str, int] = {}
	for status, number in query.run():
		found[status or ""] = found.get(status or "", 0) + number
	return found


def proposed(source: Source) -> list[dict]:
	"""Return the proposed table of statuses.

	Each status of the other app with ours of the same meaning.
	"""
	meanings = {}
	if source.status_doctype and frappe.get_meta(source.status_doctype).has_field("type"):
		meanings = dict(
			frappe.get_all(source.status_doctype, fields=["name", "type"], as_list=True, order_by=None)
		)
	return [
		{
			"source_status": status,
			"leads": number,
			"status": ours(status, source.categories.get(meanings.get(status))),
		}
		for status, number in statuses_of_source(source).items()
	]


def ours(status: str, category: str | None) -> str | None:
	"""Return our status of the same name, else the first of the same meaning.

	A seeded status that was renamed is found by its original name, too.
	"""
	known = {name.casefold(): name for name in lead_statuses.choosable_statuses(None)}
	renamed = seeds.present_seed_name(seeds.load_seeds(), STATUS, status)
	if found := known.get(renamed.casefold()) or known.get(status.casefold()):
		return found
	if status.casefold() in DISQUALIFYING:
		category = DISQUALIFIED
	fitting = [
		name for name in lead_statuses.choosable_statuses(None) if lead_statuses.category(name) == category
	]
	return next(iter(fitting), None)
