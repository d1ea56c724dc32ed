"""A mail by template to many leads, to those that may be written to."""

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from lead_pipeline.constants import DISQUALIFIED, LEAD
from lead_pipeline.exceptions import ActionRefusedError, InvalidActionError
from lead_pipeline.reference_data import lead_statuses

TEMPLATE = "Email Template"


@dataclass(frozen=True)
class SendTemplate:
	"""Action: send one mail to each lead, as its own *New Email* would.

	The mail is in the lead's timeline and counts as an answer to it.
	"""

	email_template: str

	def check(self) -> None:
		name = self.email_template
		if not (name and frappe.db.exists(TEMPLATE, name) and frappe.has_permission(TEMPLATE, doc=name)):
			frappe.throw(
				_("{0} is no e-mail template that you can use. Choose another one.").format(
					frappe.bold(escape_html(name or _("Nothing")))
				),
				InvalidActionError,
			)

	def do(self, lead: Document) -> None:
		if reason := why_not_written_to(lead):
			frappe.throw(reason, ActionRefusedError)
		# With it the framework opens a log file of the site.
		from frappe.core.doctype.communication.email import make

		filled = frappe.get_cached_doc(TEMPLATE, self.email_template).get_formatted_email(lead.as_dict())
		make(
			doctype=LEAD,
			name=lead.name,
			recipients=lead.email,
			subject=filled["subject"],
			content=filled["message"],
			send_email=True,
			email_template=self.email_template,
		)

	def said(self, count: int, title: str) -> str:
		if count == 1:
			return _("{0} is written to.").format(frappe.bold(title))
		return _("{0} leads are written to.").format(count)


def why_not_written_to(lead: Document) -> str | None:
	"""Return why a lead must not be written to, or None when it may.

	The reason is a sentence that says what to do.
	"""
	if not lead.has_permission("email"):
		return _("You may not send e-mails from it. Ask its owner, or a Sales Manager.")
	if not lead.email:
		return _("It has no e-mail address. Enter one first.")
	if lead_statuses.category(lead.status) == DISQUALIFIED:
		return _("It is at {0}: nobody writes to it. Reactivate it first.").format(
			frappe.bold(_(lead.status))
		)
	if has_unsubscribed(lead):
		return _("It has unsubscribed from e-mails. Call it instead.")
	return None


def has_unsubscribed(lead: Document) -> bool:
	"""Return whether the address receives no mails at all, or none about this lead.

	Ignores permissions: it is the lead's own wish.
	"""
	of_all = {"email": lead.email, "global_unsubscribe": 1}
	of_lead = {"email": lead.email, "reference_doctype": LEAD, "reference_name": lead.name}
	return any(frappe.db.exists("Email Unsubscribe", filters) for filters in (of_all, of_lead))
