"""Require that users who link a document to a lead may see that lead.

Such a link moves the lead (setting *Sales Users See*). What the app itself finds out (`lead_link.set_lead`)
counts for every author: a document made from the documents of a lead belongs to that lead.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.constants import LEAD, LEAD_LINK
from lead_pipeline.documents import lead_link
from lead_pipeline.visibility.own_leads import sees_all


def drop(document: Document) -> set[str]:
	"""Remove the leads that the author may not see from a new document.

	Returns them. The document is not refused: one that was mapped or duplicated brings its lead along, and the sale
	must go through. The documents that it was made from say afterwards which lead it belongs to.
	"""
	unseen = hidden(document, set(lead_link.leads_of(document)))
	for linked in (document, *document.get_all_children()) if unseen else ():
		if linked.get(LEAD_LINK) in unseen:
			linked.set(LEAD_LINK, None)
	return unseen


def report_dropped_leads(document: Document, unseen: set[str]) -> None:
	"""Report the dropped leads that the document has not got back.

	To the author, and to managers in the Error Log.
	"""
	lost = unseen - set(lead_link.leads_of(document)) if unseen else set()
	if not lost:
		return
	frappe.msgprint(
		_("{0} is saved without its lead: there is no such lead, or you may not see it.").format(
			_(document.doctype)
		)
	)
	frappe.log_error(
		title=_("A {0} was saved without its lead").format(_(document.doctype)),
		message=_(
			"{0} made it and may not see {1}. Set its field {2} by hand, if it belongs to this lead."
		).format(frappe.session.user, ", ".join(sorted(lost)), _("Pipeline Lead")),
		reference_doctype=document.doctype,
	)


def refuse_unseen_leads(document: Document) -> None:
	"""Refuse a lead that the author of a change may not see.

	Only leads that the change sets. Raises PermissionError.
	"""
	before = document.get_doc_before_save()
	known = set(lead_link.leads_of(before)) if before else set()
	if hidden(document, set(lead_link.leads_of(document)) - known):
		frappe.throw(
			_(
				"There is no such lead, or you may not see it. Choose another lead, or leave the field as it was."
			),
			frappe.PermissionError,
		)


def hidden(document: Document, leads: set[str]) -> set[str]:
	"""Return those of `leads` that the author may not see.

	A lead that is gone is hidden from nobody.
	"""
	if not leads or document.flags.ignore_permissions or sees_all(frappe.session.user):
		return set()
	return {
		lead for lead in leads if frappe.db.exists(LEAD, lead) and not frappe.has_permission(LEAD, doc=lead)
	}
