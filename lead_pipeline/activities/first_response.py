"""First response to a lead: by a mail, a call, or a step that is a contact.

For steps see `saving.py`.
"""

from datetime import datetime

import frappe

from lead_pipeline.constants import LEAD
from lead_pipeline.domain.automation import Message


def is_response(message: Message) -> bool:
	"""Return whether a mail or call is a response to the lead.

	It is when it is a mail sent by a user, or a call in either direction.
	"""
	if message.automatic or message.unsent:
		return False
	return message.is_call or (message.by_user and not message.incoming)


def keep_first_response(lead: str, message: Message, said_on: datetime) -> None:
	"""Keep the moment of the first response of `lead`; the lead does not look changed.

	Raises the database's lock error at once when somebody else is saving the lead: nobody's mail waits for it.
	"""
	if not is_response(message):
		return
	table = frappe.qb.DocType(LEAD)
	unanswered = (table.name == lead) & table.first_response_on.isnull()
	if frappe.qb.from_(table).select(table.name).where(unanswered).for_update(nowait=True).run():
		frappe.db.set_value(LEAD, lead, "first_response_on", said_on, update_modified=False)
