"""Table of the documents that a lead follows: each type is a row.

A new type of document is added here.

Data only, without the framework. Read by the custom fields, the seeded rules, the link to a lead, parties, *Create*,
what a new document is filled with, Connections, the migration and the uninstall. Two things have to be written where
the framework looks for them, and tests compare them with this table: the `doc_events` in `hooks.py` and the switch in
Lead Pipeline Settings.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from lead_pipeline.constants import MADE_FOR_SALE, PARTY_TYPES

CUSTOMER = "Customer"
DEAL = "CRM Deal"
OPPORTUNITY = "Opportunity"


class Source(NamedTuple):
	"""DocType that a document can be made from, and the fields that name it.

	The field of its party can name it, too. `fields`: its own fields with the name of the source; `rows`: its
	tables, with the field of a row that has it.
	"""

	doctype: str
	fields: tuple[str, ...] = ()
	rows: dict[str, str] = {}


class Party(NamedTuple):
	"""Fields of a document for its party, and the types that fit.

	The field with the type (None: always a Customer), and the field with the name.
	"""

	type_field: str | None
	name_field: str
	types: tuple[str, ...] = (CUSTOMER,)


class Organization(NamedTuple):
	"""Company of a document in another app's own records.

	Their DocType and its title field, and the document's field.
	"""

	doctype: str
	title_field: str
	field: str


class SeededRule(NamedTuple):
	"""Status rule that a site gets once.

	`filters`: field, operator and value of each.
	"""

	position: int
	name: str
	filters: tuple[tuple[str, str, str], ...]
	status: str


@dataclass(frozen=True)
class DocumentType:
	"""What the app knows of one type of document.

	link_after: the field after which the link to a lead stands on its form.
	row_links: DocTypes of its rows that can name leads of their own → the field after which their link stands.
	switch: the setting that offers it in the menu *Create*.
	sources: what it can be made from; the first one that it names decides whose document it is.
	party: whom it is for; None when it has no party of ERPNext.
	organization: its company, where the app of the document keeps companies itself.
	contact_table: its table of Contacts, where it has several.
	status_records: DocType of its statuses, where rules ask what those mean.
	sells: whether it gets a row with the expected revenue even without an item.
	other_leads: DocType of another app's lead → the field by which the document names it, for the migration.
	values: its field → the field of the lead that fills it; of several the last one that the site knows.
	rules: the rules that a site with such documents gets.
	"""

	link_after: str
	switch: str
	row_links: dict[str, str] = field(default_factory=dict)
	sources: tuple[Source, ...] = ()
	party: Party | None = None
	organization: Organization | None = None
	contact_table: str | None = None
	status_records: str | None = None
	sells: bool = False
	other_leads: dict[str, str] = field(default_factory=dict)
	values: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
	rules: tuple[SeededRule, ...] = ()


# What it costs to be one of these is one look-up when it has no lead. In the order of the menu.
TYPES = {
	OPPORTUNITY: DocumentType(
		link_after="party_name",
		switch="create_opportunity",
		party=Party("opportunity_from", "party_name", PARTY_TYPES),
		other_leads={"Lead": "party_name"},
		values={
			"title": "lead_name",
			"opportunity_amount": "expected_revenue",
			"currency": "currency",
			"probability": "probability",
			"expected_closing": "expected_closing",
			"opportunity_owner": "lead_owner",
			"source": "channel",
			"campaign": "campaign",
			"website": "website",
			"industry": "industry",
			"market_segment": "market_segment",
			"job_title": "job_title",
			"phone": "phone",
			# What ERPNext 16 has in place of source and campaign. What the address said by which the lead came is more exact.
			"utm_source": ("channel", "utm_source"),
			"utm_medium": "utm_medium",
			"utm_campaign": ("campaign", "utm_campaign"),
		},
		rules=(
			SeededRule(40, "Opportunity in progress", (("status", "not in", "Lost,Closed"),), "Opportunity"),
			SeededRule(60, "Opportunity lost", (("status", "=", "Lost"),), "Lost"),
		),
	),
	# Frappe CRM's. What a status means is its type; the companies and the people are records of the CRM's own.
	DEAL: DocumentType(
		link_after="lead",
		switch="create_crm_deal",
		organization=Organization("CRM Organization", "organization_name", "organization"),
		contact_table="contacts",
		status_records="CRM Deal Status",
		other_leads={"CRM Lead": "lead"},
		values={
			"lead_name": "lead_name",
			"salutation": "salutation",
			"first_name": "first_name",
			"last_name": "last_name",
			"gender": "gender",
			"job_title": "job_title",
			"email": "email",
			"mobile_no": "mobile_no",
			"phone": "phone",
			"website": "website",
			"industry": "industry",
			"territory": "territory",
			"no_of_employees": "no_of_employees",
			"annual_revenue": "annual_revenue",
			"source": "channel",
			"deal_owner": "lead_owner",
			"currency": "currency",
			"deal_value": "expected_revenue",
			"expected_deal_value": "expected_revenue",
			"probability": "probability",
			"expected_closure_date": "expected_closing",
		},
		rules=(
			SeededRule(22, "Deal won", (("status.type", "=", "Won"),), "Converted"),
			SeededRule(
				42, "Deal in progress", (("status.type", "in", "Open,Ongoing,On Hold"),), "Opportunity"
			),
			SeededRule(62, "Deal lost", (("status.type", "=", "Lost"),), "Lost"),
		),
	),
	"Quotation": DocumentType(
		link_after="party_name",
		switch="create_quotation",
		row_links={"Quotation Item": "prevdoc_docname"},
		sources=(
			Source(OPPORTUNITY, ("opportunity",), {"items": "prevdoc_docname"}),
			Source(DEAL, ("crm_deal",)),
		),
		party=Party("quotation_to", "party_name", PARTY_TYPES),
		other_leads={"Lead": "party_name"},
		rules=(
			SeededRule(
				30,
				"Quotation in progress",
				(
					("docstatus", "in", "0,1"),
					("status", "not in", "Lost,Expired,Cancelled"),
					("order_type", "!=", "Shopping Cart"),
				),
				"Quotation",
			),
			# What a visitor of the shop has put into a cart is no offer, before it is ordered or a quotation is asked for.
			SeededRule(
				35,
				"Cart sent off",
				(
					("docstatus", "=", "1"),
					("status", "not in", "Lost,Expired,Cancelled"),
					("order_type", "=", "Shopping Cart"),
				),
				"Quotation",
			),
			SeededRule(
				50, "Quotation lost", (("docstatus", "in", "0,1"), ("status", "=", "Lost")), "Lost Quotation"
			),
		),
	),
	"Sales Order": DocumentType(
		link_after="customer",
		switch="create_sales_order",
		row_links={"Sales Order Item": "prevdoc_docname"},
		sources=(Source("Quotation", rows={"items": "prevdoc_docname"}),),
		party=Party(None, "customer"),
		sells=True,
		rules=(SeededRule(10, "Sales Order not cancelled", (("docstatus", "in", "0,1"),), "Converted"),),
	),
	"Sales Invoice": DocumentType(
		link_after="customer",
		switch="create_sales_invoice",
		row_links={"Sales Invoice Item": "sales_order"},
		sources=(Source("Sales Order", rows={"items": "sales_order"}),),
		party=Party(None, "customer"),
		sells=True,
	),
	CUSTOMER: DocumentType(
		link_after="customer_type",
		switch="create_customer",
		sources=(Source(OPPORTUNITY, ("opportunity_name",)), Source(DEAL, ("crm_deal",))),
		other_leads={"Lead": "lead_name"},
		# One that came into being on the way to an order is no news: the order is.
		rules=(SeededRule(20, "Customer made from the lead", ((MADE_FOR_SALE, "=", "0"),), "Converted"),),
	),
}

# All DocTypes of rows that can name a lead → the field after which the link stands.
ROW_LINKS = {row: after for kind in TYPES.values() for row, after in kind.row_links.items()}

# What stands under *Sales* in the Connections of a lead; a party stands under *Party*.
SALES = tuple(doctype for doctype in TYPES if doctype not in PARTY_TYPES)


def party_types(doctype: str) -> tuple[str, ...]:
	"""Return the DocTypes that can be the party of such a document, on any site.

	Making a Customer is about a Customer itself.
	"""
	kind = TYPES[doctype]
	if doctype == CUSTOMER:
		return (CUSTOMER,)
	return kind.party.types if kind.party else ()
