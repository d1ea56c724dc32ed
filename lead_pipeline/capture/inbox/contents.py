"""Decide which mails and calls the inbox lists, and who may see them.

Those that came in, with what was decided about them.

Who may see a mail that belongs to nobody: System Managers and Super Email Users every one; others those of accounts
that are given to them (*Email Accounts* of their User), those of accounts that append to leads and are given to
nobody, and what came in without an account. The mails of an account that is given to other users stay theirs. Calls
are seen by all who work with leads, as by all employees in ERPNext.
"""

from datetime import datetime
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import Criterion, Order
from frappe.query_builder.functions import Count
from frappe.utils import get_datetime
from pypika.terms import Field, LiteralValue

from lead_pipeline.activities.communications import ASKED, SPOKEN
from lead_pipeline.capture import calls
from lead_pipeline.constants import CALL_LOG, INBOX_FIELD, LEAD, PUT_ASIDE
from lead_pipeline.domain.matching import ascii_email, phone_keys_of_caller
from lead_pipeline.domain.plain_text import plain_text
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.visibility.readable_records import names_readable_lead

MAIL, CALL = KINDS = ("mail", "call")
READY, IGNORED, DONE = STATES = ("ready", "ignored", "done")

# Roles that the framework lets see the mails of all accounts.
SEE_ALL = {"System Manager", "Super Email User"}

# Characters of a mail that its row shows at most.
EXCERPT = 240
# Characters that can be read there; who needs more opens the mail itself.
MAX_TEXT_LENGTH = 20_000


class Item(NamedTuple):
	"""A mail or call of the inbox.

	`reason`: a value of the inbox field; `lead`: the lead that it is on.

	`text` is the beginning in one line, `whole` the text of a mail with its lines.
	"""

	doctype: str
	name: str
	kind: str
	came_on: datetime
	sender: str
	email: str | None
	phone: str | None
	subject: str
	text: str
	reason: str
	missed: bool
	lead: str | None
	whole: str = ""

	def phone_keys(self) -> tuple[str, ...]:
		return phone_keys_of_caller(self.phone, lead_statuses.default_region())


def find_items(state: str, kind: str | None, limit: int) -> list[Item]:
	"""Return the newest `limit` items in `state` that the user may see.

	`state`: READY, IGNORED or DONE. `kind`: mails or calls; None for both.
	"""
	found = [message(row) for row in messages(state, kind, limit)]
	if kind != MAIL and has_call_logs():
		found += [call(row) for row in call_logs(state, limit)]
	return sorted(found, key=lambda item: item.came_on, reverse=True)[:limit]


def count_items(state: str, kind: str | None = None) -> int:
	"""Return how many there are for the user."""
	row = frappe.qb.DocType("Communication")
	total = frappe.qb.from_(row).select(Count("*")).where(messages_in(row, state, kind)).run()[0][0]
	if kind != MAIL and has_call_logs():
		row = frappe.qb.DocType(CALL_LOG)
		total += frappe.qb.from_(row).select(Count("*")).where(call_logs_in(row, state)).run()[0][0]
	return total


def lock_item(doctype: str, name: str) -> Document:
	"""Return a mail or call, locked, when the user may see it in the inbox.

	Raises PermissionError otherwise.
	"""
	is_known = doctype == "Communication" or (doctype == CALL_LOG and has_call_logs())
	found = is_known and frappe.db.exists(doctype, name)
	document = frappe.get_doc(doctype, name, for_update=True) if found else None
	if not document or not calls.is_incoming(document) or not may_see(document):
		frappe.throw(
			_("This mail or call is not in your inbox. Reload the page; somebody may have deleted it."),
			frappe.PermissionError,
		)
	return document


def as_item(document: Document) -> Item:
	if document.doctype == CALL_LOG:
		links = [link.link_name for link in document.links if link.link_doctype == LEAD]
		return call(frappe._dict(document.as_dict(), lead=next(iter(links), None)))
	return message(frappe._dict(document.as_dict()))


def may_see(document: Document) -> bool:
	if document.doctype == CALL_LOG:
		return True
	accounts = visible_accounts()
	return accounts is None or not document.email_account or document.email_account in accounts


def visible_accounts() -> list[str] | None:
	"""Return the Email Accounts whose unlinked mails the user may see; None for all."""
	if SEE_ALL & set(frappe.get_roles()):
		return None
	# Which account is given to whom is no secret that the answer would tell.
	given = frappe.get_all(
		"User Email",
		filters={"parenttype": "User"},
		fields=["email_account", "parent"],
		limit=0,
		order_by=None,
	)
	own = {row.email_account for row in given if row.parent == frappe.session.user}
	append = set(
		frappe.get_all(
			"Email Account", filters={"append_to": LEAD, "use_imap": 0}, pluck="name", order_by=None
		)
	)
	append |= set(frappe.get_all("IMAP Folder", filters={"append_to": LEAD}, pluck="parent", order_by=None))
	return sorted(own | (append - {row.email_account for row in given}))


def has_call_logs() -> bool:
	return bool(frappe.db.exists("DocType", CALL_LOG))


def messages(state: str, kind: str | None, limit: int) -> list[frappe._dict]:
	row = frappe.qb.DocType("Communication")
	columns = (
		"name subject sender sender_full_name phone_no communication_medium communication_date creation "
		"text_content content reference_doctype reference_name"
	)
	query = frappe.qb.from_(row).select(*(row[column] for column in columns.split()), row[INBOX_FIELD])
	query = query.where(messages_in(row, state, kind)).orderby(row.creation, order=Order.desc).limit(limit)
	return query.run(as_dict=True)


def messages_in(row, state: str, kind: str | None) -> Criterion:
	condition = (row.sent_or_received == "Received") & (row.communication_type == "Communication")
	condition &= row.email_status.isnull() | row.email_status.notin(("Spam", "Trash"))
	if kind:
		is_call = row.communication_medium == SPOKEN
		condition &= is_call if kind == CALL else row.communication_medium.isnull() | ~is_call
	accounts = visible_accounts()
	if accounts is not None:
		without = row.email_account.isnull() | (row.email_account == "")
		condition &= (without | row.email_account.isin(accounts)) if accounts else without
	if state == DONE:
		return (
			condition
			& (row.reference_doctype == LEAD)
			& (row.communication_medium != ASKED)
			& is_lead_seen(row.reference_name, "Communication")
		)
	# Both, because the index has both.
	for field in (row.reference_doctype, row.reference_name):
		condition &= field.isnull() | (field == "")
	put_aside = row[INBOX_FIELD].isin(PUT_ASIDE) | (row.status == "Closed")
	waits = row[INBOX_FIELD].isnull() | row[INBOX_FIELD].notin(PUT_ASIDE)
	open_still = row.status.isnull() | (row.status != "Closed")
	return condition & (put_aside if state == IGNORED else waits & open_still)


def is_lead_seen(field: Field, listed: str | None = None) -> Criterion:
	"""Return the condition that `field` names a lead that a list shows to the user.

	For a query with parameters. `listed`: see `names_readable_lead`.
	"""
	column = field.get_sql(quote_char="`", with_namespace=True)
	is_readable = names_readable_lead(column, frappe.session.user, listed)
	return field.notnull() & LiteralValue((is_readable or "1=1").replace("%", "%%"))


def call_logs(state: str, limit: int) -> list[frappe._dict]:
	row = frappe.qb.DocType(CALL_LOG)
	columns = ["name", "from", "status", "start_time", "creation", "summary"]
	found = (
		frappe.qb.from_(row)
		.select(*(row[column] for column in columns), row[INBOX_FIELD])
		.where(call_logs_in(row, state))
		.orderby(row.creation, order=Order.desc)
		.limit(limit)
		.run(as_dict=True)
	)
	if state == DONE and found:
		names = [entry.name for entry in found]
		links = frappe.get_all(
			"Dynamic Link",
			filters={"parenttype": CALL_LOG, "parent": ("in", names), "link_doctype": LEAD},
			fields=["parent", "link_name"],
			order_by="idx asc",
		)
		leads = {link.parent: link.link_name for link in links}
		for entry in found:
			entry.lead = leads.get(entry.name)
	return found


def call_logs_in(row, state: str) -> Criterion:
	link = frappe.qb.DocType("Dynamic Link")
	on_lead = (link.parenttype == CALL_LOG) & (link.link_doctype == LEAD)
	if state == DONE:
		on_lead &= is_lead_seen(link.link_name)
	linked = frappe.qb.from_(link).select(link.parent).where(on_lead)
	incoming = row.type == "Incoming"
	if state == DONE:
		return incoming & row.name.isin(linked)
	put_aside = row[INBOX_FIELD].isin(PUT_ASIDE)
	waits = row[INBOX_FIELD].isnull() | row[INBOX_FIELD].notin(PUT_ASIDE)
	return incoming & row.name.notin(linked) & (put_aside if state == IGNORED else waits)


def message(row: frappe._dict) -> Item:
	text = (plain_text(row.content or "") or row.text_content or "")[:MAX_TEXT_LENGTH]
	is_call = row.communication_medium == SPOKEN
	email = ascii_email(row.sender)
	return Item(
		doctype="Communication",
		name=row.name,
		kind=CALL if is_call else MAIL,
		came_on=get_datetime(row.communication_date or row.creation),
		sender=row.sender_full_name or "",
		email=None if is_call else email,
		phone=row.phone_no if is_call or not email else None,
		subject=row.subject or "",
		text=excerpt(text),
		reason=row.get(INBOX_FIELD) or "",
		missed=False,
		lead=row.reference_name if row.reference_doctype == LEAD else None,
		whole=text,
	)


def call(row: frappe._dict) -> Item:
	return Item(
		doctype=CALL_LOG,
		name=row.name,
		kind=CALL,
		came_on=get_datetime(row.start_time or row.creation),
		sender="",
		email=None,
		phone=row.get("from"),
		subject="",
		text=excerpt(row.summary or ""),
		reason=row.get(INBOX_FIELD) or "",
		missed=row.status in ("No Answer", "Busy", "Canceled", "Failed"),
		lead=row.get("lead"),
	)


def excerpt(text: str) -> str:
	"""Return the beginning of a text in one line."""
	line = " ".join(text[: EXCERPT * 4].split())
	return line if len(line) <= EXCERPT else line[:EXCERPT].rsplit(" ", 1)[0] + " …"
