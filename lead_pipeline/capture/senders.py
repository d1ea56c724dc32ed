"""Who sends an enquiry: the open lead that a sender has, and one enquiry of a sender at a time."""

from collections.abc import Callable
from typing import TypeVar

import frappe
from frappe.query_builder import Order

from lead_pipeline import concurrency, merged
from lead_pipeline.concurrency import somebody_was_first
from lead_pipeline.constants import LEAD, LEAD_KEY, OPEN_CATEGORIES
from lead_pipeline.domain.matching import email_key

Result = TypeVar("Result")

# Seconds that an enquiry waits for another one of the same sender. After that it goes on: two leads of one sender
# are a smaller harm than a lost enquiry.
PATIENCE = 10

# How often work is begun again when the database says that somebody else was faster.
ATTEMPTS = 3


def open_lead(email: str | None = None, phone_keys: tuple[str, ...] = ()) -> str | None:
	"""The newest open lead of this sender, whoever may see it; None when there is none.

	Found by the e-mail address, main or further, in any spelling. Only who has no address is found by `phone_keys`
	(`domain/matching.phone_key`): a switchboard is dialled by many.
	"""
	lead = frappe.qb.DocType(LEAD)
	if key := email_key(email):
		return newest(lead.email_key == key) or newest(lead.name.isin(with_further((key,))))
	if phone_keys:
		main = lead.phone_key.isin(phone_keys) | lead.mobile_key.isin(phone_keys)
		return newest(main) or newest(lead.name.isin(with_further(phone_keys)))
	return None


def newest(condition) -> str | None:
	lead = frappe.qb.DocType(LEAD)
	found = (
		frappe.qb.from_(lead)
		.select(lead.name)
		.where(condition & lead.status_category.isin(OPEN_CATEGORIES))
		.orderby(lead.creation, order=Order.desc)
		.limit(1)
		.run(pluck=True)
	)
	return found[0] if found else None


def with_further(keys: tuple[str, ...]):
	"""A subquery: the leads that have one of these addresses or numbers beside their main ones."""
	row = frappe.qb.DocType(LEAD_KEY)
	return frappe.qb.from_(row).select(row.lead).where(row.key.isin(keys))


def of_origin(origin_key: str) -> str | None:
	"""The lead that was made from this, or the one that it was merged into."""
	return frappe.db.get_value(LEAD, {"origin_key": origin_key}, "name") or merged.of_origin(origin_key)


def in_turn(sender: str, work: Callable[[], Result]) -> Result:
	"""Do `work` while nothing else is done for the same `sender` on this site, and return what it returns.

	At the beginning of a transaction `work` sees what all others have committed until now, and is begun again, from
	nothing, when the database had to undo it. Inside a transaction that has written something already it is done
	once, as that transaction sees the database. The turn ends with the transaction. Raises what `work` raises.
	"""
	fresh = not frappe.db.transaction_writes
	for attempt in range(1, ATTEMPTS + 1):
		take_turn(sender, fresh)
		try:
			return work()
		except Exception as error:
			if not fresh or attempt == ATTEMPTS or not somebody_was_first(error):
				raise
			frappe.db.rollback()
	raise AssertionError("unreachable")


def take_turn(sender: str, fresh: bool) -> None:
	unlock = concurrency.take_lock(sender, PATIENCE)
	if fresh:
		# Nothing was written: only what was read is forgotten, and with it how the database looked before we waited.
		frappe.db.rollback()
	if unlock:
		frappe.db.after_commit.add(unlock)
		frappe.db.after_rollback.add(unlock)
