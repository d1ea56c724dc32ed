"""Mails as a server hands them to the framework's receiver."""

from email.message import EmailMessage

import frappe
from frappe.email.receive import InboundMail
from frappe.model.document import Document

from lead_pipeline.constants import LEAD


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
	"""A mail as bytes; `headers` with _ for -, as in In_Reply_To. With a Message-ID of its own unless one is given."""
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
	"""Let the framework's receiver process a mail; return the Communication that it made or knew."""
	account = account or make_account()
	folder = account.imap_folder[0].append_to if account.use_imap else None
	made = InboundMail(raw, account, uid=1, seen_status=0, append_to=folder).process()
	return frappe.get_doc(made.doctype, made.name)
