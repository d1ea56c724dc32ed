"""Received mails: each makes a lead, goes to an open one, or waits in the inbox.

The open lead is that of the mail's sender.

For Email Accounts, and folders of them, that append to Pipeline Lead. The framework's receiver makes the
Communication; to which lead it belongs is decided here, at the moment when it is made, because the receiver would go
by the subject: a stranger who writes the name of a lead into it, or nothing at all, gets into somebody else's lead
that way.
"""

import functools
import hashlib
from collections.abc import Callable
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, strip_html, validate_email_address

from lead_pipeline.activities.communications import is_user
from lead_pipeline.capture import customers, enquiries, senders, strangers
from lead_pipeline.capture.enquiries import Enquiry
from lead_pipeline.capture.mail import mail_text
from lead_pipeline.constants import (
	AUTOMATIC_REPLY,
	BOUNCE,
	CLAIMED,
	COLLEAGUE,
	FAILED,
	INBOX_FIELD,
	LEAD,
	SETTINGS,
)
from lead_pipeline.domain import mail as mails
from lead_pipeline.domain.mail import Author
from lead_pipeline.domain.matching import ascii_email, email_key
from lead_pipeline.domain.strangers import one_line
from lead_pipeline.framework import locks, transactions
from lead_pipeline.framework.inbound_mail import mail_at_hand, target

# What the framework shows for a mail without a subject.
WITHOUT_SUBJECT = "No Subject"

# What a mail says in its Communication.
TEXTS = ("sender", "sender_full_name", "subject", "content", "text_content")

# Shown apart in the timeline, and no news to the lead's status.
AUTOMATED = "Automated Message"


def before_insert(communication: Document, method: str | None = None) -> None:
	"""Hook: say to which document a mail belongs that the receiver is about to save.

	Raises nothing but an error by which the database has undone the transaction; the receiver keeps such a mail.
	"""
	mail = mail_at_hand(communication)
	if not mail or not concerns_leads(communication, mail):
		return

	def put_into_inbox(error: Exception) -> None:
		communication.reference_doctype = communication.reference_name = None
		communication.set(INBOX_FIELD, FAILED)
		log_failed_mail(communication)

	keep_saveable(communication, mail)
	strangers.clean_mail(communication, mail)
	is_decided = transactions.run_in_savepoint(lambda: decide_reference(communication, mail), put_into_inbox)
	if is_decided and is_enquiry(communication, mail):
		# One mail of a sender at a time, so that two of them make one lead.
		locks.run_exclusively(
			email_key(communication.flags.writer.address),
			lambda: transactions.run_in_savepoint(
				lambda: link_with_lead(communication, mail), put_into_inbox
			),
		)


def decide_reference(communication: Document, mail) -> None:
	"""Link the mail to what it answers, else note why it makes no lead.

	The note is made only when there is a reason.
	"""
	head = mail_text.headers(mail.mail)
	settings = frappe.get_cached_doc(SETTINGS)
	own = mails.domains(settings.own_domains)

	# Asked several times of the same address.
	@functools.cache
	def is_ours(address: str) -> bool:
		return is_own(address, own)

	author = author_of(mail.mail, head, is_ours, mails.domains(settings.form_mailers))
	set_author(communication, mail, author)
	reason = mails.why_no_lead(
		communication.sender, head, is_ours, bool(settings.lists_make_leads), author.is_passed_on
	)
	writer = communication.flags.writer = writer_of(communication, mail, author, is_ours)
	if reason == COLLEAGUE and writer.is_forwarded:
		# A colleague hands an enquiry on.
		reason = None
	reference = of_thread(mail, head)
	communication.reference_doctype, communication.reference_name = reference or (None, None)
	if reference and reason in (BOUNCE, AUTOMATIC_REPLY):
		communication.communication_type = AUTOMATED
	if not reference and reason in (None, COLLEAGUE) and mail_text.answers_invitation(mail.mail):
		reason = AUTOMATIC_REPLY
	if not reference and target(mail) == LEAD:
		communication.set(INBOX_FIELD, reason)


def author_of(message, head: dict[str, str], is_ours: Callable[[str], bool], mailers: set[str]) -> Author:
	"""Return the author of the mail, whatever the framework has read.

	See `domain/mail.author`.
	"""
	senders = mail_text.mailboxes_in(message, "From")
	answers_to = mail_text.mailboxes_in(message, "Reply-To")
	if senders and is_ours(senders[0].address):
		# A mailing list of ours that several people read puts itself into From.
		answers_to += mail_text.mailboxes_in(message, "X-Original-From", "X-Original-Sender")
	return mails.author(senders, answers_to, head, is_ours, lambda address: mails.is_listed(address, mailers))


def set_author(communication: Document, mail, author: Author) -> None:
	"""Make the author the sender of the Communication.

	Also show the address to which answers are wanted.
	"""
	communication.flags.author = author
	communication.sender = None
	if author.mailbox:
		address = author.mailbox.address.lower()
		# The framework saves no other address than one in ASCII.
		communication.sender = next(filter(is_address, (address, ascii_email(address))), None)
		name = one_line(author.mailbox.name) or communication.sender_full_name
		communication.sender_full_name = cstr(name)[: frappe.db.VARCHAR_LEN]
	if author.answers_to:
		line = _("Wants answers to: {0}").format(author.answers_to)
		for holder in (communication, mail):
			is_html = mail.content_type == "text/html"
			holder.content = (f"<p>{escape_html(line)}</p>" if is_html else f"{line}\n\n") + cstr(
				holder.content
			)


def is_enquiry(communication: Document, mail) -> bool:
	return target(mail) == LEAD and not communication.reference_name and not communication.get(INBOX_FIELD)


def keep_saveable(communication: Document, mail) -> None:
	"""Correct what the framework would refuse to save.

	A mail that is not saved is lost with POP3.

	These are a sender that is no e-mail address, a subject of which nothing is left without its markup, and on
	PostgreSQL the character NUL.
	"""
	for field in TEXTS:
		if "\x00" in cstr(communication.get(field)):
			communication.set(field, communication.get(field).replace("\x00", ""))
	# From here the receiver writes it once more, with the pictures in it.
	mail.content = cstr(mail.content).replace("\x00", "")
	if communication.sender and not is_address(communication.sender):
		# The framework reads some names with commas and quotes as a part of the address.
		communication.sender_full_name = communication.sender_full_name or communication.sender
		communication.sender = None
	if not strip_html(communication.subject or "").strip():
		communication.subject = WITHOUT_SUBJECT


def is_address(text: str) -> bool:
	return bool(text) and validate_email_address(text) == text


def concerns_leads(communication: Document, mail) -> bool:
	"""Return whether the account or folder makes leads, or a lead was found.

	Found by the receiver, by whatever means.
	"""
	return LEAD in (target(mail), communication.reference_doctype)


def of_thread(mail, head: dict[str, str]) -> tuple[str, str] | None:
	"""Return DocType and name of the document that the mail answers.

	By Message-ID alone; None when it answers nothing that is known here.
	"""
	parent = mail.parent_email_queue() or mail.parent_communication()
	if parent and exists(parent.reference_doctype, parent.reference_name):
		return parent.reference_doctype, parent.reference_name
	ids = mails.thread(head)
	for doctype in ("Communication", "Email Queue") if ids else ():
		# Whoever knows the Message-ID has the mail; no user asks here.
		found = frappe.get_all(
			doctype,
			filters={"message_id": ("in", ids), "reference_name": ("is", "set")},
			fields=["message_id", "reference_doctype", "reference_name"],
			order_by="creation desc",
		)
		for row in sorted(found, key=lambda row: ids.index(row.message_id) if row.message_id in ids else 0):
			if exists(row.reference_doctype, row.reference_name):
				return row.reference_doctype, row.reference_name
	return None


def exists(doctype: str | None, name: str | None) -> bool:
	return bool(doctype and name and frappe.db.exists("DocType", doctype) and frappe.db.exists(doctype, name))


def is_own(address: str, own_domains: set[str]) -> bool:
	"""Return whether the address is one of the company's own.

	That of an Email Account or of a user who works here, or one in a domain that the settings name.
	"""
	key = email_key(address) or address
	return (
		mails.is_in(key, own_domains)
		or bool(frappe.db.exists("Email Account", {"email_id": ("in", (key, address))}))
		or is_user(key)
	)


def link_with_lead(communication: Document, mail) -> None:
	if lead := lead_of(enquiry_of_mail(communication, mail), communication.flags.writer.is_proven):
		communication.reference_doctype, communication.reference_name = LEAD, lead
	else:
		communication.set(INBOX_FIELD, CLAIMED)


def enquiry_of_mail(communication: Document, mail) -> Enquiry:
	"""Return what the mail says, as any channel says it."""
	address, name, *_rest = communication.flags.writer
	subject = "" if communication.subject == WITHOUT_SUBJECT else communication.subject
	text = mail_text.description_html(
		subject, mail_text.newly_written(mail.text_content, mail.html_content, communication.subject)
	)
	if answers_to := communication.flags.author.answers_to:
		line = escape_html(_("Wants answers to: {0}").format(answers_to))
		text += f"<p>{line}</p>"
	noted = {"origin_key": origin_of_mail(mail.message_id, address)} if mail.message_id else {}
	values = {"email": address} | mails.person_of_name(name) | customers.customer_of_address(address)
	return Enquiry("E-mail", values, subject, text, noted)


class Writer(NamedTuple):
	"""The writer of the text of an enquiry.

	`is_proven`: whether somebody vouches for that; `is_forwarded`: whether another person has sent it on.
	"""

	address: str | None
	name: str | None
	is_proven: bool
	is_forwarded: bool = False


def writer_of(communication: Document, mail, author: Author, is_ours: Callable[[str], bool]) -> Writer:
	"""Return the author of the mail, or of the mail that it forwards.

	The latter when a colleague has forwarded it, or somebody who has added nothing.

	Only a colleague's word counts as proof of that: anybody can write a heading above a text.
	"""
	address = ascii_email(communication.sender)
	sender = Writer(address, communication.sender_full_name, author.is_proven)
	forward = mail_text.forwarded(mail.text_content, mail.html_content, communication.subject)
	if not address or not forward or not forward.address or is_ours(forward.address):
		return sender
	if is_ours(address) or not forward.own:
		return Writer(forward.address, one_line(forward.name), is_ours(address), is_forwarded=True)
	return sender


def origin_of_mail(message_id: str, address: str) -> str:
	"""Return the key of a lead that was made of a mail.

	Whoever invents a Message-ID of others gets no further with it.
	"""
	return "mail:" + hashlib.sha256(f"{message_id} {email_key(address)}".encode(errors="replace")).hexdigest()


def lead_of(enquiry: Enquiry, is_proven: bool = True) -> str | None:
	"""Return the lead made of this mail before, the sender's open one, or a new one.

	The Communication itself is what stands in the timeline, so a further enquiry is only counted and notified. None
	when the sender has an open lead and nobody vouches for the mail being theirs: a user decides.
	"""
	known = senders.known_sender(enquiry.noted.get("origin_key"), enquiry.values["email"])
	if known.of_origin:
		return known.of_origin
	if known.open and not is_proven:
		return None
	if known.open:
		enquiries.count_enquiry(known.open)
		enquiries.tell_of_enquiry(known.open)
		return known.open
	return enquiries.make_lead_of(enquiry)


def log_failed_mail(communication: Document) -> None:
	"""One entry in the Error Log, with everything that is needed to act."""
	frappe.log_error(
		title=_("An e-mail could not become a lead"),
		message="\n".join(
			[
				_("Sender: {0}. Subject: {1}.").format(communication.sender, communication.subject),
				_(
					"The mail is kept: the lead inbox shows it. Correct what the error below names, "
					"then press Create there."
				),
				"",
				frappe.get_traceback(),
			]
		),
	)
