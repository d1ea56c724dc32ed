"""Mails that were fetched and are not received yet, kept by the database.

The framework fetches up to a hundred mails; the mail server counts them as read, or forgets them, before the first one
is received. When its worker is killed then, or the database goes away, the rest would be lost. So they are written down
before the server may forget them, and the next run of the account takes up what was left.
"""

import base64
import json
from collections.abc import Iterable
from typing import NamedTuple

import frappe
from frappe.email.receive import InboundMail
from frappe.model.document import Document
from frappe.utils import now_datetime

from lead_pipeline.constants import WAITING_MAIL
from lead_pipeline.framework.locks import take_lock

# The framework's own place for mails that could not be received; it empties it after a month.
STORE = "Unhandled Email"


class WaitingMail(NamedTuple):
	"""A mail with what the framework knows of it; `name`: of its row in STORE."""

	name: str
	raw: bytes
	uid: str | None
	append_to: str | None

	def as_fetched(self, account: Document) -> InboundMail:
		"""Return the mail as the framework's receiver takes it."""
		return InboundMail(self.raw, account, self.uid, "UNSEEN", self.append_to)


def write_down(account: Document, mails: Iterable[tuple[bytes, str | None]], append_to: str | None) -> None:
	"""Keep fetched mails, as pairs of the mail and its UID, until they are received.

	Commits: from now on the mail server may forget them.
	"""
	now = now_datetime()
	columns = (
		"name",
		"creation",
		"modified",
		"owner",
		"modified_by",
		"email_account",
		"uid",
		"reason",
		"raw",
	)
	rows = [
		(
			frappe.generate_hash(length=20),
			*(now, now, frappe.session.user, frappe.session.user),
			*(account.name, uid, WAITING_MAIL),
			json.dumps({"mail": base64.b64encode(raw).decode(), "append_to": append_to}),
		)
		for raw, uid in mails
	]
	if rows:
		# Nobody reacts to them: no events, no checks, one statement.
		frappe.db.bulk_insert(STORE, columns, rows)
		# Whatever happens to this process, the mails are there.
		frappe.db.commit()


def waiting_mails(account: Document) -> list[WaitingMail]:
	"""Return the mails of `account` that wait, the oldest first."""
	rows = frappe.get_all(
		STORE,
		filters={"email_account": account.name, "reason": WAITING_MAIL},
		fields=["name", "uid", "raw"],
		order_by="creation asc, name asc",
	)
	found = []
	for row in rows:
		kept = json.loads(row.raw)
		found.append(WaitingMail(row.name, base64.b64decode(kept["mail"]), row.uid, kept["append_to"]))
	return found


def is_alone(account: Document) -> bool:
	"""Return whether no other process receives mails of `account`, and keep it so.

	Then what waits was left by one that has ended. Holds until the connection to the database ends, as it does with
	the job or the request.
	"""
	return take_lock(f"mails of {account.name}", 0) is not None


def forget(name: str | None) -> None:
	"""Delete a mail's row, in the transaction in which the mail was received."""
	if name:
		frappe.db.delete(STORE, {"name": name})
