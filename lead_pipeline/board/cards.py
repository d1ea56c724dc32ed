"""What a card shows of its lead."""

from collections import defaultdict
from collections.abc import Collection, Iterable

import frappe
from frappe.model.document import Document
from frappe.utils import cint, flt, get_fullname, getdate, nowdate

from lead_pipeline.board.filters import TAG_ITEM
from lead_pipeline.constants import LEAD, NO_STEP
from lead_pipeline.reference_data import lead_statuses

PRIORITY, TAG = "Pipeline Lead Priority", "Pipeline Lead Tag"

FIELDS = (
	"name",
	"lead_name",
	"company_name",
	"status",
	"lead_type",
	"expected_revenue",
	"currency",
	"probability",
	"lead_owner",
	"status_changed_on",
	"expected_closing",
	"next_step",
	"next_contact_date",
	"stuck_on",
	"enquiries",
	"priority",
	"hold_status",
	"modified",
)


def cards_of_leads(names: Collection[str]) -> dict[str, dict]:
	"""Return the cards of those of the leads that the user may see.

	They contain no field that the user may not read.
	"""
	if not names:
		return {}
	rows = frappe.get_list(
		LEAD, filters={"name": ("in", list(names))}, fields=list(FIELDS), order_by=None, limit=len(names)
	)
	tags, colours = tags_of([row.name for row in rows]), priority_colours()
	return {row.name: card(row, tags[row.name], colours) for row in rows}


def card_of_lead(lead: Document) -> dict:
	"""Return the card of a document at hand, which the user may read."""
	permitted = {*frappe.get_meta(LEAD).get_permitted_fieldnames()} | {"name", "modified"}
	row = frappe._dict({field: lead.get(field) for field in FIELDS if field in permitted})
	tags = [{"name": tag.tag, "color": frappe.get_cached_value(TAG, tag.tag, "color")} for tag in lead.tags]
	colour = frappe.get_cached_value(PRIORITY, row.priority, "color") if row.priority else None
	return card(row, tags, {row.priority: colour})


def card(row: frappe._dict, tags: list[dict], colours: dict[str, str]) -> dict:
	return {
		"name": row.name,
		"title": row.lead_name or row.name,
		"company": row.company_name if row.company_name != row.lead_name else None,
		"status": row.status,
		"lead_type": row.lead_type or None,
		"tags": tags,
		"revenue": flt(row.expected_revenue),
		"currency": row.currency or currency_of_site(),
		"probability": flt(row.probability),
		"owner": row.lead_owner or None,
		"status_changed_on": time_as_json(row.status_changed_on),
		"expected_closing": time_as_json(row.expected_closing),
		"next_step": row.next_step or NO_STEP,
		"next_contact_date": time_as_json(row.next_contact_date),
		"stuck": is_card_stuck(row),
		"enquiries": cint(row.enquiries),
		"priority": row.priority or None,
		"priority_color": colours.get(row.priority),
		"held": bool(row.hold_status),
		"modified": time_as_json(row.modified),
	}


def time_as_json(value: object) -> str | None:
	"""Return a day or a time as JSON has it."""
	return str(value) if value else None


def is_card_stuck(row: frappe._dict) -> bool:
	return (
		bool(row.stuck_on)
		and not lead_statuses.is_closed_status(row.status)
		and getdate(row.stuck_on) <= getdate(nowdate())
	)


def currency_of_site() -> str | None:
	return frappe.db.get_default("currency") or None


def tags_of(names: Collection[str]) -> dict[str, list[dict]]:
	"""Return the tags of these leads.

	Ignores permissions: users who may see a lead see its tags.
	"""
	found: dict[str, list[dict]] = defaultdict(list)
	if not names:
		return found
	item, tag = frappe.qb.DocType(TAG_ITEM), frappe.qb.DocType(TAG)
	rows = (
		frappe.qb.from_(item)
		.left_join(tag)
		.on(tag.name == item.tag)
		.select(item.parent, item.tag, tag.color)
		.where((item.parenttype == LEAD) & (item.parentfield == "tags") & item.parent.isin(sorted(names)))
		.orderby(item.idx)
		.run()
	)
	for lead, name, colour in rows:
		found[lead].append({"name": name, "color": colour})
	return found


def priority_colours() -> dict[str, str]:
	"""Return the colour of each priority.

	Ignores permissions: it is not secret for users who may read a lead.
	"""
	return dict(frappe.get_all(PRIORITY, fields=["name", "color"], as_list=True, order_by=None))


def person_of_card(card: dict) -> dict[str, dict]:
	"""`people_of_cards` for one card, from what the framework keeps of users."""
	if not card["owner"]:
		return {}
	image = frappe.get_cached_value("User", card["owner"], "user_image")
	return {card["owner"]: {"name": get_fullname(card["owner"]), "image": image or None}}


def people_of_cards(cards: Iterable[dict], further: Iterable[str | None] = ()) -> dict[str, dict]:
	"""Return names and pictures of the sales people on these cards.

	Without permissions, as the desk shows them everywhere.
	"""
	users = sorted({card["owner"] for card in cards if card["owner"]} | {user for user in further if user})
	if not users:
		return {}
	rows = frappe.get_all(
		"User",
		filters={"name": ("in", users)},
		fields=["name", "full_name", "user_image"],
		order_by=None,
	)
	return {row.name: {"name": row.full_name or row.name, "image": row.user_image or None} for row in rows}
