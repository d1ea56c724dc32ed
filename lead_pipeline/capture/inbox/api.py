"""Methods for the page *Lead Inbox*: mails and calls that belong to nobody.

Each waits for a decision. lsFusion's tabs *Calls* and *Emails* with their filter *Ready*, here *Waiting*, and their
buttons *Create*, *Attach* and *Ignored*. For users who may create or write leads. `entries` are pairs of DocType and
name, as a list or JSON.
"""

import json
from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from lead_pipeline.activities import bulk
from lead_pipeline.capture.inbox import actions, contents, matches
from lead_pipeline.capture.inbox.contents import DONE, KINDS, READY, STATES, Item
from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import InvalidActionError
from lead_pipeline.framework import locks, selection, transactions

PAGE_SIZE = 20

# More in one request would keep the user waiting without a sign.
MAX_ENTRIES = 100


@frappe.whitelist(methods=["GET", "POST"])
def items(state: str = READY, kind: str | None = None, limit: int = PAGE_SIZE) -> dict:
	"""Return the newest mails and calls of the inbox.

	`rows`, whether there are `more`, and how many are `ready` of each kind.
	"""
	refuse_who_may_not_decide()
	check_list(state, kind)
	limit = min(max(cint(limit), 1), 500)
	found = contents.find_items(state, kind, limit + 1)
	shown = found[:limit]
	leads = leads_on(shown) if state == DONE else matches.matches_of(shown)
	files = file_names(shown)
	return {
		"rows": [as_row(item, match, files) for item, match in zip(shown, leads, strict=True)],
		"more": len(found) > limit,
		"ready": {each: contents.count_items(READY, each) for each in KINDS},
	}


@frappe.whitelist(methods=["GET", "POST"])
def ready(filters: str | dict | list | None = None) -> dict:
	"""Return how many mails and calls wait for the user, for a number card.

	`filters` is what the framework passes to every card.
	"""
	refuse_who_may_not_decide()
	return {"value": contents.count_items(READY), "fieldtype": "Int", "route": ["lead-inbox"]}


@frappe.whitelist(methods=["POST"])
def create(entries: str | list) -> dict:
	"""Make a lead of each mail or call; one for each sender."""
	return decide_each(
		entries,
		actions.make_lead,
		_("{0} mail or call is on its lead now."),
		_("{0} mails and calls are on their leads now."),
	)


@frappe.whitelist(methods=["POST"])
def attach(entries: str | list, lead: str | None = None) -> dict:
	"""Attach each mail or call to `lead`.

	Without `lead`, to the lead that has its address or number.
	"""
	return decide_each(
		entries,
		lambda document: actions.attach_to_lead(document, lead),
		_("{0} was attached."),
		_("{0} were attached."),
	)


@frappe.whitelist(methods=["POST"])
def ignore(entries: str | list) -> dict:
	"""Put them aside: they have nothing to do with sales."""
	return decide_each(entries, actions.put_aside, _("{0} is ignored now."), _("{0} are ignored now."))


@frappe.whitelist(methods=["POST"])
def restore(entries: str | list) -> dict:
	"""Take them back into the list of what is ready."""
	return decide_each(
		entries, actions.make_ready, _("{0} waits for a decision again."), _("{0} wait for a decision again.")
	)


def decide_each(entries: str | list, action: Callable[[Document], str | None], one: str, many: str) -> dict:
	"""Run `action` on each entry separately.

	Returns `done` (with its lead), `refused` (with the reason) and a message.
	"""
	refuse_who_may_not_decide()
	done, refused = [], []
	for doctype, name in pairs(entries):
		decide_one(doctype, name, action, done, refused)
	said = [(one if len(done) == 1 else many).format(len(done))] if done else []
	said += list(dict.fromkeys(entry["reason"] for entry in refused))[: bulk.SPELLED_OUT]
	return {"done": done, "refused": refused, "message": " ".join(said)}


def decide_one(doctype: str, name: str, action: Callable, done: list, refused: list) -> None:
	def do() -> None:
		lead = action(contents.lock_item(doctype, name))
		done.append({"doctype": doctype, "name": name, "lead": lead})

	def note_refusal(error: Exception) -> None:
		refused.append({"doctype": doctype, "name": name, "reason": selection.reason_of(error)})

	locks.run_exclusively(
		sender_of_entry(doctype, name), lambda: transactions.run_in_savepoint(do, note_refusal)
	)


def sender_of_entry(doctype: str, name: str) -> str:
	"""Return the key that tells one sender from another, for taking turns.

	The entry is not checked yet, so the key must not be shown to anybody.
	"""
	if doctype not in ("Communication", contents.CALL_LOG) or not frappe.db.exists(doctype, name):
		return name
	item = contents.as_item(frappe.get_doc(doctype, name))
	return next((key for _kind, key in matches.keys_of_item(item)), name)


def pairs(entries: str | list) -> list[tuple[str, str]]:
	"""Return each entry once.

	Raises InvalidActionError for no entries, for too many, and for a value that is not an entry.
	"""
	try:
		given = json.loads(entries) if isinstance(entries, str) else entries
		found = list(dict.fromkeys((str(doctype), str(name)) for doctype, name in given))
	except (ValueError, TypeError):
		found = []
	if not found:
		frappe.throw(_("No mail or call was chosen. Choose at least one first."), InvalidActionError)
	if len(found) > MAX_ENTRIES:
		frappe.throw(
			_("These are too many at once. Choose at most {0}.").format(MAX_ENTRIES), InvalidActionError
		)
	return found


def refuse_who_may_not_decide() -> None:
	if not (frappe.has_permission(LEAD, "create") or frappe.has_permission(LEAD, "write")):
		frappe.throw(
			_("The inbox is for those who work with leads. Ask your administrator for the role Sales User."),
			frappe.PermissionError,
		)


def check_list(state: str, kind: str | None) -> None:
	if state not in STATES or (kind and kind not in KINDS):
		frappe.throw(
			_("There is no such list. Choose one of {0}, and one of {1} or nothing.").format(
				", ".join(STATES), ", ".join(KINDS)
			),
			InvalidActionError,
		)


def leads_on(found: list[Item]) -> list[matches.Match]:
	"""Return the lead of each entry that is done.

	The list has only those entries that the user may see.
	"""
	leads = {row.name: row for row in matches.leads_with("name", [item.lead for item in found if item.lead])}
	return [matches.Match(leads.get(item.lead), hidden=False) for item in found]


def file_names(found: list[Item]) -> dict[str, list[str]]:
	"""Return name of the mail → names of its files.

	Users who may see the mail may read the names of its files.
	"""
	names = [item.name for item in found if item.doctype == "Communication"]
	files = {}
	rows = frappe.get_all(
		"File",
		filters={"attached_to_doctype": "Communication", "attached_to_name": ("in", names)},
		fields=["attached_to_name", "file_name"],
		order_by="creation asc",
	)
	for row in rows if names else ():
		files.setdefault(row.attached_to_name, []).append(row.file_name)
	return files


def as_row(item: Item, match: matches.Match, files: dict[str, list[str]]) -> dict:
	"""Plain values; the page escapes them."""
	return {
		"doctype": item.doctype,
		"name": item.name,
		"kind": item.kind,
		"came_on": str(item.came_on),
		"sender": item.sender,
		"address": item.email or item.phone or "",
		"subject": item.subject,
		"text": item.text,
		"whole": item.whole if item.whole != item.text else "",
		"reason": item.reason,
		"missed": item.missed,
		"files": files.get(item.name, []),
		"lead": matches.lead_as_shown(match.lead),
		"hidden": match.hidden,
	}
