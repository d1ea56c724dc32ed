"""Hooks of records that name a lead: who names, assigns, renames or merges one must be allowed to see or change it.

The framework asks for the right to write the record; what the record tells, or gives, of another document it does not ask.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.meta import Meta

from lead_pipeline.constants import LEAD
from lead_pipeline.visibility import staff
from lead_pipeline.visibility.permissions import (
	REFERENCES,
	may_hide_leads,
	refuse_unseen_lead,
	throw_not_permitted,
)


def check_references(document: Document, method: str | None = None) -> None:
	"""Hook of records that can tell of other documents: one that newly names a lead is for who may see that lead.

	What the framework or the app writes in the name of a user, past the user's rights, it has asked for.
	"""
	if document.flags.ignore_permissions or not may_hide_leads(frappe.session.user):
		return
	before = None if document.is_new() else document.get_doc_before_save()
	for lead in sorted(leads_named(document) - (leads_named(before) if before else set())):
		refuse_unseen_lead(lead)


def name_leads_only(document: Document, method: str | None = None) -> None:
	"""Hook of Contact and Address: their links keep the names of leads, not their titles, which all who read it see.

	The desk shows the title to those who may see the lead.
	"""
	for link in document.links:
		if link.link_doctype == LEAD:
			link.link_title = link.link_name


def correct_titles(lead: str) -> None:
	"""Give the links of Contacts and Addresses the present name of `lead`; its old one says what it was called."""
	link = frappe.qb.DocType("Dynamic Link")
	is_old = (link.link_doctype == LEAD) & (link.link_name == lead) & (link.link_title != lead)
	frappe.qb.update(link).set(link.link_title, lead).where(is_old).run()


def leads_named(document: Document) -> set[str]:
	"""Return the leads that a record names by a type and a name, in itself or in its rows."""
	return {
		row.get(name_field)
		for row in (document, *document.get_all_children())
		for type_field, name_field in references_of(row.meta)
		if row.get(type_field) == LEAD and row.get(name_field)
	}


def references_of(meta: Meta) -> set[tuple[str, str]]:
	"""Return the pairs of fields of a DocType that say of a document which type and which name it has."""
	dynamic = {(field.options, field.fieldname) for field in meta.get_dynamic_link_fields()}
	return dynamic | ({REFERENCES[meta.name]} if meta.name in REFERENCES else set())


def check_todo(todo: Document, method: str | None = None) -> None:
	"""Hook of ToDo: who is assigned sees the lead, so only who sees it may assign it by hand.

	In any status: the framework keeps everybody in `_assign` whose ToDo is not cancelled, older versions also those
	whose ToDo is closed, and an empty status counts as open. What the framework assigns, it has asked for.
	"""
	if todo.reference_type != LEAD:
		return
	todo.status = todo.status or "Open"
	if todo.flags.ignore_permissions or is_given_up(todo):
		return
	fields = ("reference_type", "reference_name", "allocated_to", "status")
	if todo.is_new() or any(map(todo.has_value_changed, fields)):
		check_may_assign(todo.reference_type, todo.reference_name)
	if todo.is_new() or todo.has_value_changed("allocated_to"):
		staff.refuse_disabled_users([todo.allocated_to])


def is_given_up(todo: Document) -> bool:
	"""Return whether the ToDo says of the same lead and user that it is done or cancelled now: that shows nobody a lead."""
	before = None if todo.is_new() else todo.get_doc_before_save()
	same = before and all(
		before.get(field) == todo.get(field) for field in ("reference_type", "reference_name", "allocated_to")
	)
	return bool(same) and (
		todo.status == "Cancelled" or (todo.status == "Closed" and before.status in ("Open", "Closed"))
	)


def check_may_assign(doctype: str, name: str) -> None:
	if doctype == LEAD and not frappe.has_permission(LEAD, doc=name):
		throw_not_permitted(
			_("You cannot assign a lead that you cannot see. Ask its owner or a Sales Manager to do it.")
		)


def check_rename(lead: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""Hook of Pipeline Lead: Frappe 15.0 asks for a right to write leads at all, not to write this one.

	Assignments and shares of a merged lead go to the other one, which the user must own, too.
	"""
	if not frappe.has_permission(LEAD, "write", doc=old):
		throw_not_permitted(
			_("You cannot rename or merge a lead that you cannot change. Ask its owner or a Sales Manager.")
		)
	if merge and not frappe.has_permission(LEAD, "write", doc=new):
		throw_not_permitted(
			_(
				"You cannot merge into a lead that you cannot change. Ask its owner or a Sales Manager to do it."
			)
		)
