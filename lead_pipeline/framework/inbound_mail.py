"""Say which mail the framework's receiver is working on, and keep it from making a lead of it by itself.

What the receiver hands over is too little to decide with: to the document that it makes, the sender's address; to the
Communication, no headers. A mail whose account (with IMAP: whose folder) appends to nothing makes no document, and
`capture/mail/receiving.py` decides when it sees the whole mail. Stands on `InboundMail` asking for `append_to` while it
processes a mail, in Frappe 15 and 16.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document

from lead_pipeline.constants import LEAD


@contextmanager
def in_process(mail) -> Iterator[None]:
	"""Let the `InboundMail` be the one at hand in the block; one that would make a lead makes nothing there."""
	account = mail.email_account
	of_mail, of_account = mail.append_to, account.append_to
	mail.lead_pipeline_target = of_mail if account.use_imap else of_account
	if mail.lead_pipeline_target == LEAD:
		mail.append_to = account.append_to = None
	frappe.local.lead_pipeline_mail = mail
	try:
		yield
	finally:
		frappe.local.lead_pipeline_mail = None
		mail.append_to, account.append_to = of_mail, of_account


def mail_at_hand(communication: Document):
	"""Return the `InboundMail` of which the receiver makes this Communication; None when it comes from elsewhere."""
	return getattr(frappe.local, "lead_pipeline_mail", None) if communication.flags.in_receive else None


def target(mail) -> str | None:
	"""Return the DocType to which the account of the mail at hand, or with IMAP the folder, appends."""
	return mail.lead_pipeline_target
