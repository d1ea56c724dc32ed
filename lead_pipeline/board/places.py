"""Places of cards that users have moved by hand.

There is one row for each card that a user has placed, and none for the others. A row counts as long as its lead is
in the status in which it was placed; `clean` deletes the others.
"""

from collections import defaultdict
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.query_builder import Order
from frappe.utils import add_to_date, get_datetime, now_datetime

from lead_pipeline.board.filters import Scope, all_of, read_scope
from lead_pipeline.constants import CARD_PLACE, LEAD
from lead_pipeline.domain.ranks import Rank
from lead_pipeline.framework import job_records
from lead_pipeline.visibility.condition_text import literal

# So many placed cards of a user are looked at, those that were placed last; all others stand in their own order.
MAX_PLACES = 2000

# Days after which a card that has left its column, and has not come back, loses its place there.
KEPT_DAYS = 1

BATCH_SIZE = 1000


def places_of_user(statuses: Iterable[str], scope: Scope) -> dict[str, dict[str, Rank]]:
	"""Return the ranks of the leads that the user has placed, by status and lead."""
	statuses = list(statuses)
	if not statuses:
		return {}
	place, lead = frappe.qb.DocType(CARD_PLACE), frappe.qb.DocType(LEAD)
	mine = (place.user == literal(frappe.session.user)) & place.status.isin(list(map(literal, statuses)))
	query = (
		frappe.qb.from_(place)
		.join(lead)
		.on((lead.name == place.lead) & (lead.status == place.status))
		.select(place.lead, place.status, place.moment, place.tie)
		.where(all_of(scope, mine))
		.orderby(place.modified, order=Order.desc)
		.limit(MAX_PLACES)
	)
	found: dict[str, dict[str, Rank]] = defaultdict(dict)
	for row in scope.ask(query.get_sql()):
		# What two windows have written at once: the newer one counts.
		found[row.status].setdefault(row.lead, Rank(get_datetime(row.moment), row.tie or ""))
	return found


def places_of_leads(names: Iterable[str]) -> dict[str, frappe._dict]:
	"""Return status and place of those of the leads that the user sees.

	The fields are `lead_status`, `status_changed_on`, and the place given by the user. `name` is the row's, None
	without one. In one query.
	"""
	place, lead = frappe.qb.DocType(CARD_PLACE), frappe.qb.DocType(LEAD)
	query = (
		frappe.qb.from_(lead)
		.left_join(place)
		.on((place.lead == lead.name) & (place.user == literal(frappe.session.user)))
		.select(lead.name.as_("lead"), lead.status.as_("lead_status"), lead.status_changed_on)
		.select(place.name, place.status, place.moment, place.tie)
		.where(all_of(read_scope(None), lead.name.isin([literal(name) for name in sorted(names)])))
		.orderby(place.modified)
	)
	return {row.lead: row for row in read_scope(None).ask(query.get_sql())}


def write_place(lead: str, status: str, rank: Rank, before: frappe._dict | None) -> None:
	"""Note that the user has placed `lead` there; `before`: the row that there is."""
	values = {"status": status, "moment": rank.moment, "tie": rank.tie or None}
	if before and before.name:
		frappe.db.set_value(CARD_PLACE, before.name, values)
		return
	moment, user = now_datetime(), frappe.session.user
	values |= {"name": frappe.generate_hash(length=10), "user": user, "lead": lead}
	values |= {"creation": moment, "modified": moment, "owner": user, "modified_by": user}
	# One statement: what is written here needs no checks, and nobody has a right to write it by hand.
	frappe.get_doc({"doctype": CARD_PLACE} | values).db_insert()


def forget_lead(lead, method: str | None = None) -> None:
	"""Hook of Pipeline Lead (on_trash): nobody has placed a lead that is gone."""
	frappe.db.delete(CARD_PLACE, {"lead": lead.name})


@job_records.recorded("Places of Cards", lambda count: _("{0} outdated places deleted.").format(count))
def clean() -> int:
	"""Daily scheduler job: delete outdated places.

	A place is outdated when its lead has left the column or is gone. Returns the number of deleted places.
	"""
	place, lead = frappe.qb.DocType(CARD_PLACE), frappe.qb.DocType(LEAD)
	query = (
		frappe.qb.from_(place)
		.left_join(lead)
		.on((lead.name == place.lead) & (lead.status == place.status))
		.select(place.name)
		.where(lead.name.isnull() & (place.modified < add_to_date(now_datetime(), days=-KEPT_DAYS)))
		.limit(BATCH_SIZE)
	)
	done = 0
	while names := query.run(pluck=True):
		frappe.db.delete(CARD_PLACE, {"name": ("in", names)})
		done += len(names)
		# Each batch stands alone: a long run must not lose what it has done when it is stopped.
		frappe.db.commit()
	return done
