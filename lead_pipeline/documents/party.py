"""The party behind a lead in ERPNext: a Customer, Lead or Prospect.

A Lead or Prospect while nothing is sold.

A document that needs a party takes the one that the lead has or that a person chooses; else one is made from the
lead, with its contact and addresses, and linked back through `party_type` and `party`.
"""

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from lead_pipeline.constants import LEAD, LEAD_LINK, MADE_FOR_SALE, PARTY_TYPES
from lead_pipeline.documents import contact, contact_links, made_for_sale, organization, party_matching, types
from lead_pipeline.documents.contact_links import Record
from lead_pipeline.documents.mapping import missing_fields, on_site, set_known_fields
from lead_pipeline.exceptions import IncompletePartyError, InvalidPartyError
from lead_pipeline.visibility import staff

CUSTOMER, PROSPECT_LEAD, PROSPECT = PARTY_TYPES

# The field of a Customer by which ERPNext knows what it was made from.
CUSTOMER_MADE_FROM = {PROSPECT_LEAD: "lead_name", PROSPECT: "prospect_name"}


def types_for(document_type: str) -> list[str]:
	"""Return what can be the party of such a document on this site."""
	return on_site(types.party_types(document_type))


def type_made_for(document_type: str) -> str | None:
	"""Return what a missing party becomes: a Customer only when something is sold.

	None where such a document has none.
	"""
	possible = types_for(document_type)
	return PROSPECT_LEAD if PROSPECT_LEAD in possible else next(iter(possible), None)


def known_party(lead: Document, document_type: str) -> Record | None:
	"""Return the party that a document gets without asking the user.

	A customer goes before a prospect.
	"""
	own = Record(lead.party_type, lead.party) if lead.party_type and lead.party else None
	if own and own.doctype != CUSTOMER:
		own = customer_of(lead, own) or own
	found = own or customer_of(lead, None)
	return found if found and found.doctype in types_for(document_type) and frappe.db.exists(*found) else None


def customer_of(lead: Document, prospect: Record | None) -> Record | None:
	"""Return the first Customer made from `lead` or its `prospect`.

	`prospect`: the one that the lead was before.
	"""
	if not on_site([CUSTOMER]):
		return None
	made_from = {LEAD_LINK: lead.name}
	if prospect:
		made_from[CUSTOMER_MADE_FROM[prospect.doctype]] = prospect.name
	meta = frappe.get_meta(CUSTOMER)
	for fieldname, source in made_from.items():
		# Without permissions: whose customer it is does not depend on who asks.
		filters = {fieldname: source}
		if meta.has_field(fieldname) and (
			found := frappe.get_all(CUSTOMER, filters, pluck="name", order_by="creation asc", limit=1)
		):
			return Record(CUSTOMER, found[0])
	return None


def refuse_unseen_party(record: Record) -> None:
	if not frappe.db.exists(*record) or not frappe.has_permission(record.doctype, "read", doc=record.name):
		frappe.throw(
			_("There is no {0} {1}, or you may not see it. Choose another one.").format(
				_(record.doctype), frappe.bold(escape_html(record.name))
			),
			InvalidPartyError,
			title=_("Not Found"),
		)


@dataclass(frozen=True)
class Wanted:
	"""The party and the Contact that a person asks for.

	For a document of this type; existing ones where named.
	"""

	document_type: str
	party_type: str | None = None
	party: str | None = None
	contact: str | None = None

	def check(self) -> None:
		"""Raise InvalidPartyError for what such a document cannot have.

		Also for what the user does not see.
		"""
		possible = types_for(self.document_type)
		if self.contact:
			refuse_unseen_party(Record("Contact", self.contact))
		if not possible:
			self.refuse_any_party()
			return
		if self.party_type and self.party_type not in possible:
			refuse_type(
				_("{0} cannot be the party of this document. Choose one of: {1}."), self.party_type, possible
			)
		if self.party:
			refuse_unseen_party(Record(self.made_type, self.party))
		elif self.made_type not in NEW:
			refuse_type(_("{0}: choose an existing one, or one of: {1}."), self.made_type, on_site(NEW))

	def refuse_any_party(self) -> None:
		if self.party_type or self.party:
			frappe.throw(
				_("A {0} has no party. Leave the party out, and try again.").format(
					frappe.bold(_(self.document_type))
				),
				InvalidPartyError,
				title=_("Party not Possible"),
			)

	@property
	def made_type(self) -> str | None:
		return self.party_type or type_made_for(self.document_type)

	def found(self, lead: Document) -> Record | None:
		"""Return the named party, else the one of the lead, if it is of the right kind."""
		if self.party:
			return Record(self.made_type, self.party)
		found = known_party(lead, self.document_type)
		if found and self.party_type in (None, found.doctype):
			return found
		return party_matching.with_same_email(contact.emails(lead), self.made_type)


def refuse_type(message: str, party_type: str, possible: list[str]) -> None:
	names = ", ".join(_(doctype) for doctype in possible)
	frappe.throw(
		message.format(frappe.bold(escape_html(_(party_type))), names),
		InvalidPartyError,
		title=_("Party not Possible"),
	)


def settle_party(lead: Document, wanted: Wanted) -> tuple[Record | None, str | None]:
	"""Make sure that `lead` has a party as `wanted`, and a Contact.

	The caller has locked the lead. Returns both: no Contact when the lead has no person, no party when such a
	document has none. What is missing is made with the user's rights: raises PermissionError, InvalidPartyError or
	IncompletePartyError, which say what to do.
	"""
	wanted.check()
	if not types_for(wanted.document_type):
		return None, settle_contact(lead, wanted)
	party = wanted.found(lead)
	addresses = contact_links.linked_names(Record(lead.doctype, lead.name), "Address")
	person = wanted.contact or contact.contact_of_lead(lead, party)
	person = person or contact.insert_contact(lead, preferred(addresses))
	party = party or insert_party(lead, wanted, person, addresses)
	person = person or contact.contact_of_lead(lead, party)
	for record in (Record(lead.doctype, lead.name), party):
		if person:
			contact_links.add_link("Contact", person, record)
	for address in addresses:
		contact_links.add_link("Address", address, party)
	link_back(lead.name, party)
	if wanted.document_type == CUSTOMER:
		made_for_sale.mark_as_wanted(party.name, lead.name)
	return party, person


def settle_contact(lead: Document, wanted: Wanted) -> str | None:
	"""Return the Contact for a document that has no party.

	Also makes the company's record where the document's app keeps companies itself.
	"""
	own = Record(lead.doctype, lead.name)
	address = preferred(contact_links.linked_names(own, "Address"))
	person = wanted.contact or contact.contact_of_lead(lead) or contact.insert_contact(lead, address)
	if person:
		contact_links.add_link("Contact", person, own)
	organization.insert_company(lead, wanted.document_type, address)
	return person


def preferred(addresses: list[str], mark: str = "is_primary_address") -> str | None:
	"""Return the address with this tick, else the first one."""
	# Without permissions: they are the addresses of a lead that the user may change.
	filters = {"name": ("in", addresses), mark: 1}
	ticked = frappe.get_all("Address", filters, pluck="name", order_by="creation asc", limit=1)
	return next(iter([*ticked, *addresses]), None)


def insert_party(lead: Document, wanted: Wanted, person: str | None, addresses: list[str]) -> Record:
	"""Insert a party with the lead's data.

	A Customer that another document needs is marked as made for that sale only.
	"""
	doctype = wanted.made_type
	if not frappe.has_permission(doctype, "create"):
		frappe.throw(
			_(
				"This needs a {0}, and you may not create one. Choose an existing {0}, or ask somebody who may."
			).format(_(doctype)),
			frappe.PermissionError,
			title=_("Party Missing"),
		)
	document = NEW[doctype](lead, person, addresses)
	if wanted.document_type != CUSTOMER:
		set_known_fields(document, {MADE_FOR_SALE: 1})
	insert_with_advice(document)
	if doctype == PROSPECT_LEAD:
		remove_twins(document, person)
	return Record(doctype, document.name)


def insert_with_advice(document: Document) -> None:
	messages = len(frappe.local.message_log)
	try:
		document.insert()
	except frappe.MandatoryError:
		# The framework's list of fields does not say what to do with it.
		del frappe.local.message_log[messages:]
		frappe.throw(
			_(
				"{0} cannot be made from this lead: {1} is mandatory there, and a lead does not have it."
			).format(
				_(document.doctype), ", ".join(frappe.bold(_(label)) for label in missing_fields(document))
			)
			+ " "
			+ _("Create the {0} yourself, and choose it when you create the document.").format(
				_(document.doctype)
			),
			IncompletePartyError,
			title=_("Data Missing"),
		)


def new_customer(lead: Document, person: str | None, addresses: list[str]) -> Document:
	name = lead.company_name or contact.person_of_lead(lead)
	if not name:
		frappe.throw(
			_("A customer needs a name. Enter the name of the person or the company in the lead first."),
			IncompletePartyError,
			title=_("Who is it?"),
		)
	customer = set_known_fields(
		frappe.new_doc(CUSTOMER),
		about(lead)
		| {
			LEAD_LINK: lead.name,
			"customer_name": name,
			"customer_type": "Company" if lead.company_name else "Individual",
			"customer_primary_contact": person,
			"customer_primary_address": preferred(addresses),
		},
	)
	if not lead.company_name:
		set_known_fields(customer, {"salutation": lead.salutation, "gender": lead.gender})
	if lead.party and lead.party_type in CUSTOMER_MADE_FROM:
		set_known_fields(customer, {CUSTOMER_MADE_FROM[lead.party_type]: lead.party})
	return customer


def new_prospect(lead: Document, _person: str | None, _addresses: list[str]) -> Document:
	"""Return an unsaved Lead of ERPNext.

	ERPNext sends quotations to it before there is a customer.
	"""
	own = (
		"salutation",
		"first_name",
		"last_name",
		"gender",
		"job_title",
		"company_name",
		"phone",
		"mobile_no",
	)
	values = about(lead) | {field: lead.get(field) for field in own}
	values["email_id"] = next((row["email_id"] for row in contact.emails(lead)), None)
	values["lead_owner"] = next(iter(staff.first_present(lead.lead_owner, lead.get("_assign"))), None)
	values["lead_name"] = contact.person_of_lead(lead)
	return set_known_fields(frappe.new_doc(PROSPECT_LEAD), values)


def about(lead: Document) -> dict:
	"""Return what every kind of party is told."""
	return {field: lead.get(field) for field in ("website", "industry", "market_segment")}


def remove_twins(prospect: Document, person: str | None) -> None:
	"""Delete the second Contact that ERPNext makes for a new Lead of its own.

	Only for a person who has a Contact.
	"""
	for twin in contact_links.linked_names(Record(prospect.doctype, prospect.name), "Contact"):
		if person and twin != person:
			# Made in this very transaction, by the insert above, from what `person` holds in full.
			frappe.delete_doc("Contact", twin, ignore_permissions=True, delete_permanently=True)


def link_back(lead: str, party: Record) -> None:
	"""Set the party of the lead and save it.

	The lead is read again: the party's own events may have changed its status.

	Saved in any case: a lead that refuses to be saved gets no party that its own event has entered already.
	"""
	document = frappe.get_doc(LEAD, lead, for_update=True)
	document.party_type, document.party = party
	document.save()


# What can be made of a lead. A Prospect of ERPNext is a group of leads, which people put together.
NEW = {CUSTOMER: new_customer, PROSPECT_LEAD: new_prospect}
