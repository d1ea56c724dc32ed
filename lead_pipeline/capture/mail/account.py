"""Email Accounts that make leads and lose no mail.

No mail is lost, in whatever state it is, and none keeps the others of its batch from arriving.

The framework reads all fetched mails before it makes the first Communication, and an error in one of them ends the
batch; with POP3 the mails are gone from the server by then. `LeadEmailAccount` takes the place of its class
(hooks.py), on top of the one that another app may have put there. It hands the framework mails that can be read
(`domain/raw_mail.py`); a mail that cannot be received all the same is kept in the lead inbox, with the reason and
the mail itself as a file. Of accounts that make no leads it only says which mail is being received.
"""

import functools
import io
from email.message import EmailMessage

import frappe
from frappe import _
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.email.receive import InboundMail, SentEmailInInboxError
from frappe.model.document import Document
from frappe.utils import escape_html
from PIL import Image

from lead_pipeline.capture.mail import waiting_mails
from lead_pipeline.constants import FAILED, INBOX_FIELD, LEAD
from lead_pipeline.domain import raw_mail
from lead_pipeline.framework import inbound_mail

ACCOUNT = "Email Account"
OVERRIDE = "LeadEmailAccount"

# How often a mail is received anew when the database says that somebody else was faster.
ATTEMPTS = 3

# Pictures of these kinds are opened by the framework when it saves them.
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")


class LeadEmailAccountMixin:
	"""Changes to the framework's Email Account for accounts that make leads.

	The framework's class stands behind this one.
	"""

	def get_incoming_server(self, *args, **kwargs):
		server = super().get_incoming_server(*args, **kwargs)
		return ReadableMessages(server, self) if server and makes_leads(self) else server

	def get_inbound_mails(self) -> list:
		"""Return the mails fetched now, and those that an ended process has left."""
		if not makes_leads(self):
			return [KeptMail(mail) for mail in super().get_inbound_mails()]
		if not waiting_mails.is_alone(self):
			# Another process is receiving them; what comes meanwhile, the next run fetches.
			return []
		fetched = super().get_inbound_mails()
		waiting = waiting_mails.waiting_mails(self)
		mails = []
		for mail in fetched:
			same = (
				each for each in waiting if (each.raw, each.append_to) == (mail.raw_message, mail.append_to)
			)
			written = next(same, None)
			if written:
				waiting.remove(written)
			mails.append(KeptMail(mail, written and written.name))
		return mails + [KeptMail(each.as_fetched(self), each.name) for each in waiting]


class ReadableMessages:
	"""A server whose messages the framework can read; otherwise the server itself.

	It may forget them only when they are written down here.
	"""

	def __init__(self, server, account: Document):
		self.server = server
		self.account = account

	def __getattr__(self, name: str):
		return getattr(self.server, name)

	def get_messages(self, *args, **kwargs) -> dict:
		with inbound_mail.keep_on_server(self.server) as tell_server:
			found = self.server.get_messages(*args, **kwargs) or {}
			found["latest_messages"] = [
				readable_mail(raw, self.account) for raw in found.get("latest_messages") or []
			]
			waiting_mails.write_down(self.account, self.new_ones(found), self.append_to(**kwargs))
			tell_server()
		return found

	def new_ones(self, found: dict) -> list[tuple[bytes, str | None]]:
		"""Return the messages that the framework will receive, each with its UID."""
		uids = found.get("uid_list") or [None] * len(found["latest_messages"])
		seen = found.get("seen_status") or {}
		leaves_seen = self.account.email_sync_option == "UNSEEN"
		return [
			(raw, frappe.safe_decode(uid) if uid else None)
			for raw, uid in zip(found["latest_messages"], uids, strict=False)
			if not (leaves_seen and seen.get(uid) == "SEEN")
		]

	def append_to(self, folder: str = "") -> str | None:
		"""Return what the mails of a folder are appended to; None without IMAP."""
		names = {row.folder_name: row.append_to for row in self.account.imap_folder}
		return names.get(folder.strip('"')) if self.account.use_imap else None


class KeptMail:
	"""A mail that always ends in a Communication when its account makes leads.

	Otherwise the framework's own.
	"""

	def __init__(self, mail: InboundMail, waiting: str | None = None):
		"""`waiting`: the name under which the mail is written down until it is received."""
		self.mail = mail
		self.waiting = waiting

	def __getattr__(self, name: str):
		return getattr(self.mail, name)

	def process(self) -> Document | None:
		"""Receive the mail; what fails is kept for people.

		Raises SentEmailInInboxError, as the framework's, for a mail of
		the account itself, and what keeps even the failure from being saved."""
		if not makes_leads(self.mail.email_account):
			return process(self.mail)
		try:
			received = self.receive()
		except SentEmailInInboxError:
			# The framework undoes what there is, and this mail is of no interest.
			frappe.db.rollback()
			waiting_mails.forget(self.waiting)
			frappe.db.commit()
			raise
		# The framework commits, the mail and that it waits no longer.
		waiting_mails.forget(self.waiting)
		return received

	def receive(self) -> Document | None:
		"""Receive the mail, again when the database says so; keep what fails."""
		for attempt in range(1, ATTEMPTS + 1):
			try:
				return process(self.mail)
			except SentEmailInInboxError:
				raise
			except frappe.QueryDeadlockError:
				frappe.db.rollback()
				if attempt == ATTEMPTS:
					return self.keep()
				self.mail = anew(self.mail)
			except Exception:
				# What a mail can do to the receiver has no common class. The log of errors has the trace.
				return self.keep()
		return None

	def keep(self) -> None:
		"""Put the mail into the inbox as a file, with the reason."""
		reason = frappe.get_traceback()
		frappe.db.rollback()
		keep_unreadable(self.mail, reason)


def makes_leads(account: Document) -> bool:
	"""Return whether the account appends to Pipeline Lead.

	With IMAP, whether one of its folders does.
	"""
	if account.use_imap:
		return any(folder.append_to == LEAD for folder in account.imap_folder)
	return account.append_to == LEAD


def readable_mail(raw: bytes | str, account: Document) -> bytes:
	"""Return the mail in a form that the framework can read.

	If there is none, a mail that says so, with the original as a file.
	"""
	raw = raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else raw
	try:
		mended = raw_mail.repair_mail(raw)
		# From Frappe 16 on, the reader asks the account of the mail how large an attachment may be.
		InboundMail(mended, account)
	except Exception as error:
		# As above: nothing is known of what the reader raises for what is no mail.
		return substitute(raw, error)
	return mended


def substitute(raw: bytes, error: Exception) -> bytes:
	"""Return a mail in place of one that cannot be read.

	It has no sender, so that it waits in the inbox.
	"""
	mail = EmailMessage()
	mail["From"] = raw_mail.NOBODY
	mail["Subject"] = _("A mail that cannot be read")
	mail["Message-ID"] = raw_mail.made_message_id(raw)
	mail.set_content(
		_(
			"The mail server has delivered a mail that cannot be read ({0}). It is attached as it came."
		).format(type(error).__name__)
	)
	mail.add_attachment(raw, maintype="application", subtype="octet-stream", filename="mail.eml")
	return mail.as_bytes()


def process(mail: InboundMail) -> Document | None:
	if makes_leads(mail.email_account):
		keep_damaged_pictures(mail)
	with inbound_mail.in_process(mail):
		return mail.process()


def anew(mail: InboundMail) -> InboundMail:
	"""Return a fresh copy of the mail, without the state of the first attempt.

	The database has undone that attempt.
	"""
	return type(mail)(mail.raw_message, mail.email_account, mail.uid, mail.seen_status, mail.append_to)


def keep_damaged_pictures(mail: InboundMail) -> None:
	"""Rename pictures that cannot be opened, so that they are saved unchanged.

	With the new name nothing takes the file for a picture; else it would be refused.
	"""
	for attachment in mail.attachments:
		name = attachment["fname"]
		if name.lower().endswith(PICTURES) and not is_picture(attachment["fcontent"]):
			attachment["fname"] = f"{name}.damaged"
			if name in mail.cid_map:
				mail.cid_map[attachment["fname"]] = mail.cid_map.pop(name)


def is_picture(content: bytes) -> bool:
	try:
		with Image.open(io.BytesIO(content)) as picture:
			picture.load()
	except Exception:
		# What the many formats of pictures raise for a broken file has no common class.
		return False
	return True


def keep_unreadable(mail: InboundMail, reason: str) -> None:
	"""Create a Communication in the inbox for a mail that could not be received.

	It has what is known of the mail, and all of the mail as a file.
	"""
	frappe.log_error(
		title=_("An e-mail could not be received"),
		message="\n".join([_("It is kept in the lead inbox, with the mail itself as a file."), "", reason]),
	)
	text = escape_html(_("This mail could not be received as it is. It is attached."))
	communication = frappe.new_doc("Communication")
	communication.update(
		{
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Received",
			"email_account": mail.email_account.name,
			"subject": (mail.subject or "")[:140] or _("A mail that cannot be read"),
			"sender": mail.from_email or None,
			"content": f"<p>{text}</p>",
			"message_id": mail.message_id or None,
			"uid": mail.uid,
			INBOX_FIELD: FAILED,
		}
	)
	# Nobody receives mails with rights of their own.
	communication.insert(ignore_permissions=True)
	file = frappe.new_doc("File")
	file.update(
		{
			"file_name": "mail.eml",
			"attached_to_doctype": communication.doctype,
			"attached_to_name": communication.name,
			"is_private": 1,
			"content": mail.raw_message,
		}
	)
	# As above.
	file.insert(ignore_permissions=True)


def __getattr__(name: str) -> type[EmailAccount]:
	"""Return the class of Email Accounts on this site.

	The framework asks for it by this name.
	"""
	if name != OVERRIDE:
		raise AttributeError(name)
	paths = frappe.get_hooks("override_doctype_class").get(ACCOUNT, [])
	others = [path for path in paths if not path.startswith(__name__)]
	return lead_email_account_on(frappe.get_attr(others[-1]) if others else EmailAccount)


@functools.cache
def lead_email_account_on(base: type[EmailAccount]) -> type[EmailAccount]:
	return type(OVERRIDE, (LeadEmailAccountMixin, base), {"__module__": __name__})
