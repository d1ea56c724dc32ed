"""Mails as a server hands them to the framework's receiver."""

from email.message import EmailMessage
from unittest.mock import patch

import frappe
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.email.receive import EmailServer, InboundMail
from frappe.model.document import Document

from lead_pipeline.capture.mail.account import KeptMail, readable_mail
from lead_pipeline.constants import INBOX_FIELD, LEAD
from lead_pipeline.domain.matching import email_key
from lead_pipeline.tests.factories import needs


def make_account(append_to: str | None = LEAD, *, imap: bool = False, **values) -> Document:
	"""An Email Account, as a POP3 one, or with IMAP and one folder."""
	key = frappe.generate_hash(length=8)
	account = frappe.new_doc("Email Account")
	account.update(
		{
			"email_account_name": f"Leads {key}",
			"email_id": f"leads-{key}@our-company.example",
			"enable_incoming": 1,
			"awaiting_password": 1,
			"use_imap": int(imap),
			"email_server": "mail.our-company.example",
			"append_to": None if imap else append_to,
		}
		| values
	)
	if imap:
		account.append("imap_folder", {"folder_name": "INBOX", "append_to": append_to})
	return account.insert()


def new_address(name: str = "sender") -> str:
	return f"{name}-{frappe.generate_hash(length=8)}@example.com"


def new_id() -> str:
	return f"<{frappe.generate_hash(length=16)}@mail.example.com>"


def write(
	sender: str,
	subject: str | None = "How much is it?",
	text: str | None = "Dear all,\n\nwhat does the large one cost?\n",
	*,
	html: str | None = None,
	files: dict[str, bytes] | None = None,
	**headers: str,
) -> bytes:
	"""Return a mail as bytes.

	`headers`: with _ for -, as in In_Reply_To. The mail has a Message-ID of its own unless one is given.
	"""
	mail = EmailMessage()
	mail["From"] = sender
	mail["To"] = "leads@our-company.example"
	if subject is not None:
		mail["Subject"] = subject
	for name, value in ({"Message_ID": new_id()} | headers).items():
		if value:
			mail[name.replace("_", "-")] = value
	if text is not None or html is None:
		mail.set_content(text or "")
	if html is not None:
		mail.add_alternative(html, subtype="html") if text is not None else mail.set_content(
			html, subtype="html"
		)
	for name, content in (files or {}).items():
		mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
	return mail.as_bytes()


def receive(raw: bytes, account: Document | None = None) -> Document:
	"""Let the framework's receiver process a mail and return its Communication.

	The receiver gets the mail as its account hands it over.
	"""
	account = account or make_account()
	folder = account.imap_folder[0].append_to if account.use_imap else None
	made = KeptMail(
		InboundMail(readable_mail(raw, account), account, uid=1, seen_status=0, append_to=folder)
	).process()
	if not made:
		return frappe.get_last_doc("Communication", {"email_account": account.name})
	return frappe.get_doc(made.doctype, made.name)


def lead_of(mail: Document) -> Document:
	"""The lead on which a received mail has landed."""
	assert mail.reference_doctype == LEAD, (mail.get(INBOX_FIELD), mail.reference_doctype, mail.content)
	return frappe.get_doc(LEAD, mail.reference_name)


def leads_of(address: str) -> list[str]:
	return frappe.get_all(LEAD, filters={"email_key": email_key(address)}, pluck="name")


class Server(EmailServer):
	"""Stands in for a mail server, which has these mails."""

	mails: tuple[bytes, ...] = ()

	def connect(self):
		return True

	def get_messages(self, folder="INBOX"):
		return {"latest_messages": list(self.mails)}

	def select_imap_folder(self, folder):
		return True

	def logout(self):
		pass


def fetch(account: Document, *mails: bytes) -> None:
	"""Let `account` fetch these mails in one batch, as its job does; it commits."""
	with server_with(mails):
		account.receive()


def handed_over(account: Document, *mails: bytes) -> list[KeptMail]:
	"""Return these mails in one batch, as `account` hands them over.

	They are to be processed one by one.
	"""
	with server_with(mails):
		return account.get_inbound_mails()


def server_with(mails: tuple[bytes, ...]):
	server = type("Full", (Server,), {"mails": mails})
	return patch.object(EmailAccount, "get_incoming_server", lambda self, **kwargs: server())


def make_mail(sender: str | None = None, **values):
	"""A mail that belongs to nobody, as an integration writes one down."""
	mail = frappe.new_doc("Communication")
	mail.update(
		{
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Received",
			"subject": "How much is it?",
			"content": "<p>What does the large one cost?</p>",
			"sender": sender or new_address(),
			"sender_full_name": "Jane Doe",
		}
		| values
	)
	return mail.insert(ignore_permissions=True)


def make_call(number: str, **values):
	"""A Call Log as telephony writes it."""
	needs("Call Log")
	call = frappe.new_doc("Call Log")
	call.update(
		{"id": frappe.generate_hash(length=12), "from": number, "to": "100", "type": "Incoming"}
		| {"status": "Completed", "medium": "Trunk"}
		| values
	)
	return call.insert(ignore_permissions=True)
