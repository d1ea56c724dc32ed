"""Find the mail that is being received at this moment (`capture/mail/account.py` sets it).

What the framework's receiver hands over is too little to decide with: to the lead that it wants to make, the sender's
address; to the Communication, no headers.
"""

import frappe
from frappe.model.document import Document


def asks_for(lead: Document) -> bool:
	"""Return whether the mail receiver is inserting `lead`; it passes nothing but the sender's address."""
	return bool(lead.flags.ignore_mandatory) and mail_in_process() is not None


def mail_at_hand(communication: Document):
	"""The `InboundMail` of which the receiver makes this Communication; None when it comes from elsewhere."""
	return mail_in_process() if communication.flags.in_receive else None


def mail_in_process():
	return getattr(frappe.local, "lead_pipeline_mail", None)
