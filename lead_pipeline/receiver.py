"""The mail that the framework's receiver is working on at this moment (`frappe/email/receive.py`).

What it hands over is too little to decide with: to the lead that it wants to make, the sender's address; to the
Communication, no headers. The mail itself is only known to the receiver, so it is asked for there, up the stack of calls.
That touches nothing of the framework or of other apps, and holds for whoever calls the receiver: the job for IMAP and POP
accounts, or a script. Where the receiver looks otherwise one day, there is no mail at hand, and all is as the framework
does it by itself.
"""

import sys

from frappe.model.document import Document

MAKES_REFERENCE = "_create_reference_document"
MAKES_COMMUNICATION = "_build_communication_doc"


def asks_for(lead: Document) -> bool:
	"""Whether the receiver is inserting `lead` for a mail, of which it tells the lead nothing but the sender."""
	if not lead.flags.ignore_mandatory:
		return False
	frame = calling(MAKES_REFERENCE)
	return bool(frame) and frame.f_locals.get("parent") is lead


def mail_at_hand(communication: Document):
	"""The `InboundMail` of which the receiver makes this Communication; None when it comes from elsewhere."""
	from frappe.email.receive import InboundMail

	frame = calling(MAKES_COMMUNICATION) if communication.flags.in_receive else None
	mail = frame.f_locals.get("self") if frame else None
	return mail if isinstance(mail, InboundMail) else None


def calling(function: str):
	"""The nearest frame of `function` among those who have called us."""
	frame = sys._getframe(1)
	while frame and frame.f_code.co_name != function:
		frame = frame.f_back
	return frame
