"""Move a card to another status, another place in the column, or both.

In one transaction. See `README.md` in this folder.
"""

from collections.abc import Callable
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import WorkflowPermissionError
from frappe.utils import cint, escape_html, format_datetime, get_datetime, now_datetime

from lead_pipeline.activities import plan
from lead_pipeline.board import cards, orders, places
from lead_pipeline.board.filters import throw_invalid_board
from lead_pipeline.constants import LEAD, LOST
from lead_pipeline.domain import ranks
from lead_pipeline.domain.ranks import Rank
from lead_pipeline.domain.values import of_json
from lead_pipeline.duplicates import redirects
from lead_pipeline.exceptions import LostReasonRequiredError, NextStepRequiredError, StatusNotAllowedError
from lead_pipeline.framework import transactions
from lead_pipeline.framework.locks import somebody_was_first
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status import explain, workflow
from lead_pipeline.visibility.lead_access import refuse_who_reads_no_leads

# Why a card stays where it is, for the page.
CHANGED, GONE, MERGED, NO_PERMISSION, BUSY = "changed", "gone", "merged", "no_permission", "busy"
NOT_ALLOWED, WORKFLOW, NEEDS_REASON, NEEDS_STEP = "not_allowed", "workflow", "lost_reason", "next_step"
PLACE, OTHER = "place", "refused"

# So often a move is tried that somebody else was quicker at.
ATTEMPTS = 3


@dataclass(frozen=True)
class Wanted:
	"""What a user wants with a card that was at `seen_status` on the screen."""

	seen_status: str
	status: str
	after: str | None = None
	before: str | None = None
	by_hand: bool = False
	lost_reason: str | None = None
	lost_note: str | None = None
	next_step: dict | None = None


class Refused(Exception):
	"""Why a card stays where it is: `why` for the page, `message` for its user."""

	def __init__(self, why: str, message: str, **further: object):
		super().__init__(message)
		self.why = why
		self.message = message
		self.further = further


@frappe.whitelist(methods=["POST"])
def move(
	lead: str,
	seen_status: str,
	status: str | None = None,
	after: str | None = None,
	before: str | None = None,
	lost_reason: str | None = None,
	lost_note: str | None = None,
	next_step: str | dict | None = None,
	by_hand: bool | int | str = 0,
) -> dict:
	"""Move the card of `lead` to `status` and to the place between two cards.

	`seen_status`: the status at which the user has seen the card; the place is between `after` and `before`.
	Returns the new state of the card (`moved`, `card`, `undo`), or why it stays (`moved` False, `why`, `message`):
	then nothing has changed. Raises PermissionError when the user may not read leads at all.
	"""
	wanted = Wanted(
		seen_status=seen_status,
		status=status or seen_status,
		after=after or None,
		before=before or None,
		by_hand=bool(cint(by_hand)),
		lost_reason=lost_reason or None,
		lost_note=lost_note or None,
		next_step=object_of(next_step),
	)
	return answered(lead, lambda: moved(lead, wanted))


@frappe.whitelist(methods=["POST"])
def undo(lead: str, undo: str | dict) -> dict:
	"""Undo a move of the user; `undo` is what `move` has returned.

	Returns the same as `move`.
	"""
	before = object_of(undo) or {}
	return answered(lead, lambda: moved_back(lead, before))


def object_of(given: str | dict | None) -> dict | None:
	found = of_json(given) if isinstance(given, str) and given else given or None
	if found is not None and not isinstance(found, dict):
		throw_invalid_board(_("The board has sent what is no object. Open the board again."))
	return found


def answered(lead: str, work: Callable[[], dict]) -> dict:
	"""Do `work`, which moves the card of `lead`, and return the outcome.

	This is the result of the move, or why the card was not moved.
	"""
	refuse_who_reads_no_leads()
	answers: list[dict] = []
	for _attempt in range(ATTEMPTS):
		errors: list[Exception] = []
		try:
			if transactions.run_in_savepoint(lambda: answers.append(work()), errors.append):
				return answers[-1]
			error = errors[0]
		except Exception as undone:
			# The database has undone the transaction, in which nothing was done but this.
			error = undone
		if not somebody_was_first(error):
			return refusal(lead, error)
		# In a new transaction it shows what somebody else has done.
		frappe.db.rollback()
	return refusal(lead, Refused(BUSY, _("Somebody else is saving this lead at the moment. Try again.")))


def moved(name: str, wanted: Wanted) -> dict:
	lead = lock_visible_lead(name)
	refuse_changed(lead, wanted.seen_status)
	before = {"status": lead.status, "lost_reason": lead.lost_reason, "lost_note": lead.lost_note}
	rows, rank = {}, None
	if wanted.by_hand:
		rows = places.places_of_leads({part for part in (name, wanted.after, wanted.before) if part})
		rank = rank_between(wanted, rows)
		before["place"] = rank_as_json(present_rank(rows[name])) if name in rows else None
	if wanted.status != lead.status:
		if wanted.next_step:
			before["planned"] = plan_step(lead, wanted.next_step)
			lead = lock_visible_lead(name)
		save_status(lead, wanted)
		message = _("{0} is at {1}.").format(card_title(lead), frappe.bold(_(lead.status)))
	else:
		message = _("{0} has its new place, which only you see.").format(card_title(lead))
	if rank:
		place_card(lead, rank, rows)
	before |= {"now": lead.status, "changed_on": str(lead.status_changed_on)}
	return move_answer(lead, message, before)


def moved_back(name: str, before: dict) -> dict:
	lead = lock_visible_lead(name)
	status, now = before.get("status"), before.get("now")
	if not (isinstance(status, str) and isinstance(now, str)):
		throw_invalid_board(_("There is nothing to undo. Move the card by hand."))
	refuse_changed(lead, now, before.get("changed_on"))
	if status != lead.status:
		wanted = Wanted(now, status, lost_reason=before.get("lost_reason"), lost_note=before.get("lost_note"))
		save_status(lead, wanted)
	if planned := before.get("planned"):
		take_back(lead, planned)
	if rank := read_rank(before.get("place")):
		place_card(lead, rank, places.places_of_leads([name]))
	message = _("{0} is back at {1}.").format(card_title(lead), frappe.bold(_(lead.status)))
	return move_answer(lead, message, None)


def take_back(lead: Document, planned: object) -> None:
	"""Cancel the step that was planned with the move.

	Unless it was done or cancelled in the meantime.
	"""
	if any(step["name"] == planned for step in plan.steps_of_form(lead)):
		plan.cancel(planned)


def lock_visible_lead(name: str) -> Document:
	"""Return the lead as it is now, locked to the end of the transaction.

	Raises PermissionError when the user may not see it.
	"""
	lead = frappe.get_doc(LEAD, name, for_update=True)
	if not lead.has_permission("read"):
		raise Refused(GONE, unseen())
	# A move takes no rows from a lead, so the save need not look for those that are gone.
	lead.flags.ignore_children_type = [field.options for field in lead.meta.get_table_fields()]
	return lead


def refuse_changed(lead: Document, seen_status: str, changed_on: str | None = None) -> None:
	"""Refuse to overwrite another user's move.

	Applies when the card is not where this user has seen it.
	"""
	if lead.status == seen_status and changed_on in (None, str(lead.status_changed_on)):
		return
	change = explain.last_change(lead.name)
	values = card_title(lead), frappe.bold(_(lead.status))
	if change and change["by_person"]:
		who = frappe.bold(escape_html(change["changed_by_name"]))
		message = _(
			"{0} was moved to {1} by {2} meanwhile, on {3}. Look at it, and move it again if you still want to."
		)
		values += (who, format_datetime(change["changed_on"]))
	elif change:
		message = _("{0} has followed its documents to {1} meanwhile, on {2}. Its panel says why.")
		values += (format_datetime(change["changed_on"]),)
	else:
		message = _("{0} is at {1} by now. Look at it, and move it again if you still want to.")
	raise Refused(CHANGED, message.format(*values))


def refuse_unwritable(lead: Document) -> None:
	if not lead.has_permission("write"):
		raise Refused(
			NO_PERMISSION, _("You may not change it. Ask its owner to share it with you, or a Sales Manager.")
		)


def save_status(lead: Document, wanted: Wanted) -> None:
	"""Save the lead with the status that the user has chosen.

	Raises what the lead's own checks raise.
	"""
	refuse_unwritable(lead)
	if wanted.status not in lead_statuses.statuses():
		raise Refused(
			NOT_ALLOWED,
			_("There is no status {0} any more. Choose another one.").format(
				frappe.bold(escape_html(wanted.status))
			),
			allowed=list(lead_statuses.choosable_statuses(lead.lead_type)),
		)
	lead.status = wanted.status
	if lead_statuses.category(wanted.status) == LOST and wanted.lost_reason:
		lead.lost_reason, lead.lost_note = wanted.lost_reason, wanted.lost_note
	lead.save()


def plan_step(lead: Document, next_step: dict) -> str:
	"""Plan the step that the user has chosen for the new status; return its name.

	Raises what planning raises.
	"""
	refuse_unwritable(lead)
	return plan.plan(lead.name, **plan.parse_next_step(next_step))["planned"]


def rank_between(wanted: Wanted, rows: dict[str, frappe._dict]) -> Rank:
	"""Return the rank of the place between two cards.

	One of the cards is enough, as the other may have been moved in the meantime.
	"""
	names = [name for name in (wanted.after, wanted.before) if name]
	known = {name: present_rank(rows[name]) for name in names if is_at(rows.get(name), wanted.status)}
	above, beneath = known.get(wanted.after), known.get(wanted.before)
	if names and not known:
		raise Refused(
			PLACE,
			_(
				"The cards beside this place are not at {0} any more. Open the board again, and choose another place."
			).format(frappe.bold(escape_html(_(wanted.status)))),
		)
	if not above:
		return ranks.on_top(beneath, now_datetime())
	return ranks.between(above, beneath) if beneath else ranks.below(above)


def is_at(row: frappe._dict | None, status: str) -> bool:
	return bool(row) and row.lead_status == status


def present_rank(row: frappe._dict) -> Rank:
	"""Return the current rank of a card for this user.

	This is where the user placed it, else the time when it came into its column.
	"""
	if row.name and row.status == row.lead_status:
		return Rank(get_datetime(row.moment), row.tie or "")
	return orders.rank_of(row.status_changed_on, row.lead)


def rank_as_json(rank: Rank) -> list[str]:
	return [str(rank.moment), rank.tie]


def read_rank(given: object) -> Rank | None:
	try:
		moment, tie = given
		return Rank(get_datetime(moment), str(tie)[: ranks.MAX_TIE_LENGTH])
	except (TypeError, ValueError):
		return None


def place_card(lead: Document, rank: Rank, rows: dict[str, frappe._dict]) -> None:
	places.write_place(lead.name, lead.status, rank, rows.get(lead.name))
	# The other windows of the same user; nobody else has this order.
	frappe.publish_realtime(
		"lead_board_place",
		{"lead": lead.name, "status": lead.status},
		user=frappe.session.user,
		after_commit=True,
	)


def move_answer(lead: Document, message: str, undo: dict | None) -> dict:
	card = cards.card_of_lead(lead)
	return {
		"moved": True,
		"why": None,
		"message": message,
		"notes": notes_on_move(lead),
		"allowed": [],
		"card": card,
		"people": cards.person_of_card(card),
		"successor": None,
		"undo": undo,
	}


def notes_on_move(lead: Document) -> list[str]:
	"""Return what its user may not expect of the status from now on."""
	found = []
	if lead.hold_status:
		found.append(
			_("Its status is held: no document moves it until {0} is unticked.").format(
				frappe.bold(_(lead.meta.get_label("hold_status")))
			)
		)
	if (status := lead_statuses.statuses().get(lead.status)) and status.protected:
		found.append(
			_("Only a person takes a lead out of {0}: it is protected.").format(frappe.bold(_(lead.status)))
		)
	return found


def refusal(name: str, error: Exception) -> dict:
	"""Return what `move` answers when nothing was done.

	Raises `error` when it is none that its user can do something about.
	"""
	refused = as_refused(name, error)
	if not refused:
		raise error
	shown = refused.further.get("successor") or name
	card = cards.cards_of_leads([shown]).get(shown)
	return {
		"moved": False,
		"why": refused.why,
		"message": refused.message,
		"notes": [],
		"allowed": refused.further.get("allowed", []),
		"card": card,
		"people": cards.people_of_cards([card] if card else []),
		"successor": refused.further.get("successor"),
		"undo": None,
	}


def as_refused(name: str, error: Exception) -> Refused | None:
	if isinstance(error, Refused):
		return error
	message = str(error)
	if isinstance(error, frappe.DoesNotExistError) and not frappe.db.exists(LEAD, name):
		successor = redirects.successor(name)
		return Refused(MERGED, message, successor=successor) if successor else Refused(GONE, unseen())
	if isinstance(error, StatusNotAllowedError):
		return Refused(NOT_ALLOWED, message, allowed=list(lead_statuses.choosable_statuses(type_of(name))))
	if isinstance(error, LostReasonRequiredError):
		return Refused(NEEDS_REASON, message)
	if isinstance(error, NextStepRequiredError):
		return Refused(NEEDS_STEP, message)
	if isinstance(error, WorkflowPermissionError):
		return Refused(WORKFLOW, message, allowed=workflow.next_statuses(frappe.get_doc(LEAD, name)))
	if isinstance(error, frappe.PermissionError):
		return Refused(NO_PERMISSION, message)
	return Refused(OTHER, message) if isinstance(error, frappe.ValidationError) and message else None


def type_of(name: str) -> str | None:
	return frappe.db.get_value(LEAD, name, "lead_type")


def unseen() -> str:
	return _("There is no such lead, or you may not see it.")


def card_title(lead: Document) -> str:
	return frappe.bold(escape_html(lead.get_title()))
