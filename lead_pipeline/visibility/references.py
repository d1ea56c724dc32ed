"""Check the permission on a lead that a record refers to, or that is renamed.

Hooks: users who name, assign, rename or merge a lead must be allowed to see or change it. The framework checks
the right to write the record; it does not check the other document that the record shows or gives access to.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.meta import Meta

from lead_pipeline.constants import LEAD
from lead_pipeline.visibility import staff
from lead_pipeline.visibility.lead_access import refuse_unseen_lead, throw_not_permitted
from lead_pipeline.visibility.own_leads import may_hide_leads
from lead_pipeline.visibility.permissions import REFERENCES


def check_references(document: Document, method: str | None = None) -> None:
	"""Hook (validate): refuse a record that newly names a lead its user may not see.

	For records that can refer to other documents. What the framework or the app writes in the name of a user, past
	the user's rights, has been checked by them.
	"""
	if document.flags.ignore_permissions or not may_hide_leads(frappe.session.user):
		return
	before = None if document.is_new() else document.get_doc_before_save()
	for lead in sorted(leads_named(document) - (leads_named(before) if before else set())):
		refuse_unseen_lead(lead)


def name_leads_only(document: Document, method: str | None = None) -> None:
	"""Hook (validate): keep names instead of titles of leads in links.

	Concerns Contact and Address, whose readers all see the titles in the links. The desk shows the title of a lead
	to those who may see the lead.
	"""
	for link in document.links:
		if link.link_doctype == LEAD:
			link.link_title = link.link_name


def correct_titles(lead: str) -> None:
	"""Set the present name of `lead` in the links of Contacts and Addresses.

	The old one would show what the lead was called.
	"""
	link = frappe.qb.DocType("Dynamic Link")
	is_old = (link.link_doctype == LEAD) & (link.link_name == lead) & (link.link_title != lead)
	frappe.qb.update(link).set(link.link_title, lead).where(is_old).run()


def leads_named(document: Document) -> set[str]:
	"""Return the leads that a record or its rows name by a type and a name."""
	return {
		row.get(name_field)
		for row in (document, *document.get_all_children())
		for type_field, name_field in references_of(row.meta)
		if row.get(type_field) == LEAD and row.get(name_field)
	}


def references_of(meta: Meta) -> set[tuple[str, str]]:
	"""Return the pairs of fields of a DocType that hold type and name of a document."""
	dynamic = {(field.options, field.fieldname) for field in meta.get_dynamic_link_fields()}
	return dynamic | ({REFERENCES[meta.name]} if meta.name in REFERENCES else set())


def check_todo(todo: Document, method: str | None = None) -> None:
	"""Hook (validate): require that a user who assigns a lead may see it.

	Assigned users see the lead, so only users who see it may assign it by hand. In any status: the framework keeps
	all users in `_assign` whose ToDo is not cancelled, older versions also those whose ToDo is closed, and an empty
	status counts as open. What the framework assigns, it has checked itself.
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
	"""Return whether the ToDo is now closed or cancelled, for the same lead and user.

	Such a change shows nobody a lead.
	"""
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
	"""Hook (before_rename): require the right to write the lead that is renamed.

	Frappe 15.0 asks for a right to write leads in general, not to write this one. Assignments and shares of a
	merged lead go to the other one, which the user must own, too.
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
