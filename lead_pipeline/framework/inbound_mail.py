"""Tell which mail the framework's receiver handles, and keep it from making leads.

What the receiver passes on is too little to decide with: the document that it makes gets the sender's address;
the Communication gets no headers. A mail whose account (with IMAP: whose folder) appends to nothing makes no
document, and `capture/mail/receiving.py` decides when it sees the whole mail. Relies on `InboundMail` asking
for `append_to` while it processes a mail, in Frappe 15 and 16.

`keep_on_server` relies on the receiver telling the mail server by one method, `EmailServer._post_retrieve_cleanup`,
that it has a mail.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document

from lead_pipeline.constants import LEAD


@contextmanager
def in_process(mail) -> Iterator[None]:
	"""Make the `InboundMail` the one at hand within the block.

	A mail that would make a lead makes no document there.
	"""
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


@contextmanager
def keep_on_server(server) -> Iterator[Callable[[], None]]:
	"""Let an `EmailServer` fetch mails in the block as if it did not.

	Yields what tells the mail server of them: marks them as read, or deletes them.
	"""
	fetched: list[tuple] = []
	server._post_retrieve_cleanup = lambda *mail: fetched.append(mail)

	def tell_server() -> None:
		del server._post_retrieve_cleanup
		for mail in fetched:
			server._post_retrieve_cleanup(*mail)

	yield tell_server


def mail_at_hand(communication: Document):
	"""Return the `InboundMail` from which the receiver makes this Communication.

	None when the Communication comes from elsewhere.
	"""
	return getattr(frappe.local, "lead_pipeline_mail", None) if communication.flags.in_receive else None


def target(mail) -> str | None:
	"""Return the DocType to which the account of the mail at hand appends.

	With IMAP, the one to which the folder appends.
	"""
	return mail.lead_pipeline_target
