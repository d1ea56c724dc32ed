"""Create documents and Customers from a lead (the button *Create* of its form).

The documents are those of the types of `types.py`.

Two steps. `prepare` makes and links what a document needs, once, however often it is called; `new_document`
returns the document itself, unsaved, as the framework's own mapping does. Between them the transaction ends, so
that the second of two clicks sees what the first one has made.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from lead_pipeline.constants import LEAD, LEAD_LINK, PARTY_TYPES, SETTINGS
from lead_pipeline.documents import contact, party, party_matching, prefill
from lead_pipeline.documents.contact_links import Record
from lead_pipeline.documents.mapping import on_site
from lead_pipeline.documents.types import CUSTOMER, OPPORTUNITY, TYPES
from lead_pipeline.exceptions import DocumentNotOfferedError, InvalidPartyError, LeadIsBusyError
from lead_pipeline.framework.locks import has_changed, held_through_commits, somebody_was_first
from lead_pipeline.visibility.lead_access import readable_lead, writable_lead

# So often a lead may change, between looking at it and locking it, before who clicked is asked to click again.
CHANGES_AT_ONCE = 8

# Seconds that a click waits for another one on the same lead: as long as MariaDB waits for a row.
LOCK_TIMEOUT_SECONDS = 50


def documents_offered() -> list[str]:
	"""Return the documents that the user can make from a lead.

	Those that are switched on, exist on this site, and that the user may create.
	"""
	return [doctype for doctype in switched_on() if frappe.has_permission(doctype, "create")]


def switched_on() -> list[str]:
	settings = frappe.get_cached_doc(SETTINGS)
	return on_site(doctype for doctype, kind in TYPES.items() if settings.get(kind.switch))


@frappe.whitelist(methods=["GET"])
def choices(lead: str, document_type: str) -> dict:
	"""Return what a person may decide before such a document is made of `lead`.

	`party_types`: what its party can be; `party_type` and `party`: the one that it has, else an existing one of that
	company (OroCRM looks for its account by the name, too), else what would be made; `contact`: the one that it has;
	`opportunities`: whether there are existing ones to choose; `ask`: whether there is anything to decide.
	"""
	document = readable_lead(lead)
	refuse_not_offered(document_type)
	known = party.known_party(document, document_type)
	proposed = known or party_matching.namesake(document, party.types_for(document_type))
	opportunities = document_type == OPPORTUNITY and party_matching.has_free_opportunities(known)
	return {
		"party_types": party.types_for(document_type),
		"party_type": proposed.doctype if proposed else party.type_made_for(document_type),
		"party": proposed.name if proposed else None,
		"contact": contact.contact_of_lead(document, known),
		"opportunities": opportunities,
		"ask": bool((party.types_for(document_type) and not known) or opportunities),
	}


@frappe.whitelist(methods=["POST"])
def prepare(
	lead: str,
	document_type: str,
	party_type: str | None = None,
	party_name: str | None = None,
	contact_name: str | None = None,
) -> dict:
	"""Give `lead` the party and the Contact that a document needs.

	Existing ones if named, else new ones.

	`party_type` alone says what kind of party it has to be. Safe to repeat: what the lead has is taken, not made
	again. All or nothing, but for a Contact with a phone: ERPNext commits it, and the next attempt takes it.
	Returns `party_type`, `party` (None for a document that has none) and `contact` (None when the lead has no
	person). For *Create ▸ Customer* this is all there is to do: lsFusion's *Create legal entity*.
	"""
	with one_at_a_time(lead):
		document = lock_for_documents(lead)
		refuse_not_offered(document_type)
		wanted = party.Wanted(document_type, party_type or None, party_name or None, contact_name or None)
		behind, person = party.settle_party(document, wanted)
	party_type, name = behind or (None, None)
	return {"party_type": party_type, "party": name, "contact": person}


@contextmanager
def one_at_a_time(lead: str) -> Iterator[None]:
	"""Let only one request at a time create documents from a lead.

	The second of two clicks finds what the first one has made and committed. The lead's own lock does not last that
	long: ERPNext commits while a Contact with a phone is inserted. Raises LeadIsBusyError when the lock cannot be
	had.
	"""
	with held_through_commits(f"{LEAD}:{lead}", LOCK_TIMEOUT_SECONDS) as is_ours:
		if not is_ours:
			refuse_busy()
		yield


def lock_for_documents(lead: str) -> Document:
	"""Lock the lead in a transaction that sees all committed changes of it.

	Returns the lead. A transaction that waits here for another save of the lead began before that save and would
	not see what was saved; PostgreSQL reports this as an error. Nothing has been written yet, so the transaction
	begins again. Raises LeadIsBusyError when another transaction is always first.
	"""
	document = None
	for _time in range(CHANGES_AT_ONCE):
		document = lock_as_seen(lead)
		if document:
			break
		frappe.db.rollback()
	if not document:
		refuse_busy()
	return document


def lock_as_seen(lead: str) -> Document | None:
	"""Return the lead, locked; None when it has changed since this transaction began."""
	try:
		document = writable_lead(lead)
	except Exception as error:
		if has_changed(error):
			return None
		if somebody_was_first(error):
			# It has been waited for long enough.
			refuse_busy()
		raise
	return document if frappe.db.get_value(LEAD, lead, "modified") == document.modified else None


def refuse_busy() -> None:
	frappe.throw(
		_("Somebody else is changing this lead at this moment. Try again."),
		LeadIsBusyError,
		title=_("Lead in Use"),
	)


@frappe.whitelist(methods=["GET"])
def new_document(lead: str, document_type: str, contact_name: str | None = None) -> Document:
	"""Return an unsaved document of this type, filled from `lead`.

	Also filled with what `prepare` has found.
	"""
	document = readable_lead(lead)
	refuse_not_offered(document_type, but=CUSTOMER)
	behind = party.known_party(document, document_type)
	if contact_name:
		party.refuse_unseen_party(Record("Contact", contact_name))
	return prefill.new(
		document, document_type, behind, contact_name or contact.contact_of_lead(document, behind)
	)


@frappe.whitelist(methods=["POST"])
def link_opportunity(lead: str, opportunity: str) -> dict:
	"""Link an existing Opportunity to `lead` instead of making a new one.

	A lead without a party gets the party of the Opportunity. Raises InvalidPartyError when the
	Opportunity belongs to another lead.
	"""
	with one_at_a_time(lead):
		document = lock_for_documents(lead)
		found = writable_opportunity(opportunity)
		other = found.get(LEAD_LINK)
		if other and other != document.name:
			frappe.throw(
				_(
					"{0} belongs to another lead already. Choose another one, or change its field {1} first."
				).format(
					frappe.bold(escape_html(found.name)), frappe.bold(_(found.meta.get_label(LEAD_LINK)))
				),
				InvalidPartyError,
				title=_("Opportunity not Possible"),
			)
		if not other:
			found.set(LEAD_LINK, document.name)
			found.save()
		if not document.party and found.opportunity_from in PARTY_TYPES and found.party_name:
			party.link_back(document.name, Record(found.opportunity_from, found.party_name))
	return {"doctype": found.doctype, "name": found.name}


def writable_opportunity(name: str) -> Document:
	if on_site([OPPORTUNITY]):
		party.refuse_unseen_party(Record(OPPORTUNITY, name))
	else:
		refuse_not_offered(OPPORTUNITY)
	document = frappe.get_doc(OPPORTUNITY, name, for_update=True)
	document.check_permission("write")
	return document


def refuse_not_offered(document_type: str, but: str | None = None) -> None:
	"""Refuse a document that the user cannot make from a lead.

	Raises DocumentNotOfferedError, or PermissionError.
	"""
	if document_type in switched_on() and document_type != but:
		if frappe.has_permission(document_type, "create"):
			return
		frappe.throw(
			_("You may not create a {0}. Ask your administrator for a role that may.").format(
				frappe.bold(_(document_type))
			),
			frappe.PermissionError,
			title=_("Not Permitted"),
		)
	frappe.throw(
		_("{0} is not made from leads here. A Sales Manager can switch it on in the {1}.").format(
			frappe.bold(escape_html(document_type)), frappe.bold(_(SETTINGS))
		),
		DocumentNotOfferedError,
		title=_("Not Offered"),
	)
