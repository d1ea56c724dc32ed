"""When a lead may be deleted, and what goes with it.

The log, ToDos, shares, comments and files go with the lead and communications stay without it, as the
framework does with every document; the inbox has them among the ignored ones. A Contact or an Address that has no
other use goes, too.
"""

import frappe
from frappe import _
from frappe.model.delete_doc import check_if_doc_is_dynamically_linked, check_if_doc_is_linked
from frappe.model.document import Document
from frappe.model.dynamic_links import get_dynamic_link_map
from frappe.model.rename_doc import get_link_fields
from frappe.utils import get_link_to_form

from lead_pipeline.constants import (
	ACTIVITY,
	DISTINCT_LEADS,
	IGNORED,
	INBOX_FIELD,
	LEAD,
	LEAD_KEY,
	LEAD_MERGE,
	PUT_ASIDE,
)
from lead_pipeline.exceptions import LeadHasDocumentsError
from lead_pipeline.framework.messages import throw_with_links

# So many documents are named; nobody reads more of them in a message.
MAX_NAMED_DOCUMENTS = 5
PEOPLE_AND_PLACES = ("Contact", "Address")

# A document by DocType and name.
Reference = tuple[str, str]


def refuse_with_documents(lead: Document) -> None:
	"""Raise LeadHasDocumentsError while documents hold `lead`.

	Documents that hold it are those that the framework would not leave with a dangling link.
	"""
	if documents := documents_holding(lead):
		throw_with_links(
			_("{0} cannot be deleted as long as these belong to it: {1}.").format(
				frappe.bold(lead.name), documents_named(documents)
			)
			+ "<br><br>"
			+ _(
				"Give these documents another lead, or delete them. If the lead has come to nothing, "
				"keep it and disqualify it or set it to lost."
			),
			LeadHasDocumentsError,
			title=_("Lead has Documents"),
		)


def documents_holding(lead: Document) -> list[Reference]:
	"""Return the first documents that refer to `lead` by a Link or Dynamic Link.

	One more than are named in the message.
	"""
	held_by = [
		(link.parent, {link.fieldname: lead.name})
		for link in get_link_fields(lead.doctype)
		if not link.issingle
	]
	held_by += [
		(link.parent, {link.options: lead.doctype, link.fieldname: lead.name})
		for link in get_dynamic_link_map().get(lead.doctype, [])
	]
	ignored = {*frappe.get_hooks("ignore_links_on_delete"), *PEOPLE_AND_PLACES}
	found: dict[Reference, None] = {}
	for doctype, filters in held_by:
		if doctype not in ignored and frappe.db.exists("DocType", doctype, cache=True):
			found |= dict.fromkeys(
				reference for reference in holders(doctype, filters) if reference[0] not in ignored
			)
		if len(found) > MAX_NAMED_DOCUMENTS:
			break
	return list(found)[: MAX_NAMED_DOCUMENTS + 1]


def holders(doctype: str, filters: dict) -> list[Reference]:
	"""Return the documents that refer to the lead, also those hidden from the user."""
	meta = frappe.get_meta(doctype)
	if meta.get("is_virtual") or meta.issingle:
		return []
	if not meta.istable:
		return [
			(doctype, name)
			for name in frappe.get_all(
				doctype, filters=filters, pluck="name", limit=MAX_NAMED_DOCUMENTS + 1, order_by="creation asc"
			)
		]
	rows = frappe.get_all(doctype, filters=filters, fields=["parenttype", "parent"], order_by="parent asc")
	return [(row.parenttype, row.parent) for row in rows]


def documents_named(documents: list[Reference]) -> str:
	"""Return links to the documents.

	What the user may not see, or what is too much, is not named.
	"""
	visible = [
		document
		for document in documents[:MAX_NAMED_DOCUMENTS]
		if frappe.has_permission(document[0], doc=document[1])
	]
	links = [f"{_(doctype)} {get_link_to_form(doctype, name)}" for doctype, name in visible]
	if len(visible) < len(documents):
		links.append(_("documents that are not shown here"))
	return ", ".join(links)


def release_contacts_and_addresses(lead: Document) -> None:
	"""Unlink the lead from its Contacts and Addresses, and delete unused ones."""
	ours = {"link_doctype": lead.doctype, "link_name": lead.name, "parenttype": ("in", PEOPLE_AND_PLACES)}
	# Without permissions: they lose their lead, whoever may see them.
	linked = frappe.get_all("Dynamic Link", filters=ours, fields=["parenttype", "parent"], order_by=None)
	frappe.db.delete("Dynamic Link", ours)
	# Contacts first: an Address may be a Contact's.
	for row in sorted(linked, key=lambda row: PEOPLE_AND_PLACES.index(row.parenttype)):
		frappe.clear_document_cache(row.parenttype, row.parent)
		document = frappe.get_doc(row.parenttype, row.parent)
		if not is_used(document):
			# They belonged to this lead alone, and the user may delete the lead.
			document.delete(ignore_permissions=True)


def put_messages_aside(lead: str) -> None:
	"""Put what came in for a lead that is being deleted among the ignored.

	Without its lead it would wait in the inbox for a decision that has been taken. Who wants it back finds it there.
	"""
	row = frappe.qb.DocType("Communication")
	of_lead = (row.reference_doctype == LEAD) & (row.reference_name == lead)
	came_in = (row.sent_or_received == "Received") & (row.communication_type == "Communication")
	# What no person wrote keeps its reason.
	is_open = row[INBOX_FIELD].isnull() | row[INBOX_FIELD].notin(PUT_ASIDE)
	frappe.qb.update(row).set(row[INBOX_FIELD], IGNORED).where(of_lead & came_in & is_open).run()


def forget_notes(lead: str) -> None:
	"""Delete the notes about a lead that is being deleted.

	Steps, keys, pairs, what was merged into it.
	"""
	frappe.db.delete(ACTIVITY, {"lead": lead})
	frappe.db.delete(LEAD_KEY, {"lead": lead})
	frappe.db.delete(DISTINCT_LEADS, {"lead": lead})
	frappe.db.delete(DISTINCT_LEADS, {"other_lead": lead})
	frappe.db.delete(LEAD_MERGE, {"survivor": lead})


def is_used(document: Document) -> bool:
	"""Return whether anything else uses this Contact or Address.

	Another party, a document or a user.
	"""
	if document.get("links") or document.get("user"):
		return True
	try:
		check_if_doc_is_linked(document)
		check_if_doc_is_dynamically_linked(document)
	except frappe.LinkExistsError:
		frappe.clear_last_message()
		return True
	return False
