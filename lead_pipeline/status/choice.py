"""A person takes back the status that they chose: the lead follows its documents again."""

import frappe
from frappe import _
from frappe.utils import escape_html

from lead_pipeline import permissions
from lead_pipeline.exceptions import ActionRefusedError
from lead_pipeline.status import recompute


@frappe.whitelist(methods=["POST"])
def follow_documents(lead: str) -> dict:
	"""Give `lead` the status that its documents say, whatever a person chose before; return `status` and `message`.

	The choice is forgotten: when the documents say nothing any more, the lead returns to its first status. Raises
	PermissionError when the user may not change the lead, ActionRefusedError when there is nothing to follow.
	"""
	doc = permissions.writable_lead(lead)
	if doc.hold_status:
		refuse(
			_("Its status is held. Untick {0} first.").format(
				frappe.bold(_(doc.meta.get_label("hold_status")))
			)
		)
	if not recompute.decide_for(doc).fact:
		refuse(_("It has no document that says a status. Choose the status yourself."))
	doc.flags.choice_taken_back = True
	doc.save()
	message = _("{0} follows its documents again. Its status is {1}.").format(
		frappe.bold(escape_html(doc.lead_name)), frappe.bold(_(doc.status))
	)
	return {"status": doc.status, "message": message}


def refuse(message: str) -> None:
	frappe.throw(message, ActionRefusedError, title=_("Follow the Documents"))
