"""Cards that people move on the board.

Status and place change in one transaction, refusals give their reason, and no move overwrites another user's.
"""

import frappe
import pytest
from frappe.utils import add_days, formatdate, nowdate

from lead_pipeline.board import columns, moves, panel
from lead_pipeline.constants import CARD_PLACE, LEAD, OWN_LEADS, SETTINGS, STATUS
from lead_pipeline.duplicates import merging
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.tests.board_cards import HERE, WORD, make, refused, shown
from lead_pipeline.tests.factories import make_lead_type, make_quotation, make_status, make_user
from lead_pipeline.tests.leads import log, status


@pytest.fixture
def published(monkeypatch):
	"""What is published in realtime."""
	found = []
	monkeypatch.setattr(
		frappe, "publish_realtime", lambda event=None, message=None, **to: found.append((event, message, to))
	)
	return found


class TestByAPerson:
	def test_a_move_is_a_persons_choice_and_the_answer_is_the_card_as_it_is_now(self, seller):
		lead = make(1)
		answer = moves.move(lead.name, "Lead", "Interested")
		assert (answer["moved"], answer["card"]["status"], answer["card"]["name"]) == (
			True,
			"Interested",
			lead.name,
		)
		assert frappe.utils.strip_html(answer["message"]) == f"{WORD} 1 is at Interested."
		assert (status(lead), log(lead)[-1].cause) == ("Interested", "Person")
		assert (shown(name="Lead"), shown(name="Interested")) == ([], ["1"])
		assert answer["card"] == columns.cards([lead.name])["cards"][lead.name]

	def test_it_stays_until_the_documents_say_something_new(self, sales_documents):
		lead = make(1)
		quotation = make_quotation(lead)
		assert moves.move(lead.name, "Quotation", "Open")["moved"]
		quotation.save()
		assert status(lead) == "Open"

	def test_who_may_only_read_a_lead_places_its_card_but_gives_it_no_status(self, seller):
		frappe.set_user("Administrator")
		lead, other = make(1), make(2)
		frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
		for each in (lead, other):
			each.db_set({"owner": "Administrator", "lead_owner": "Administrator"})
			frappe.share.add(LEAD, each.name, seller)
		frappe.set_user(seller)
		assert moves.move(lead.name, "Lead", after=None, before=other.name, by_hand=1)["moved"]
		assert shown(name="Lead") == ["1", "2"]
		message = "You may not change it. Ask its owner to share it with you, or a Sales Manager."
		assert refused(moves.move(lead.name, "Lead", "Open")) == ("no_permission", message)
		assert message == "You may not change it. Ask its owner to share it with you, or a Sales Manager."

	def test_who_may_not_read_leads_is_refused(self):
		lead = make(1)
		frappe.set_user(make_user())
		with pytest.raises(frappe.PermissionError, match="You may not read leads"):
			moves.move(lead.name, "Lead", "Open")

	def test_others_hear_of_it_by_the_frameworks_own_events_with_no_more_than_the_name(self, published):
		lead = make(1)
		published.clear()
		moves.move(lead.name, "Lead", "Open")
		(message, to) = next(
			(message, to)
			for event, message, to in published
			if event == "list_update" and message["doctype"] == LEAD
		)
		assert {**message, "user": None} == {"doctype": LEAD, "name": lead.name, "user": None}
		assert to == {"after_commit": True}

	def test_a_place_is_told_to_the_same_user_only(self, published):
		lead = make(1)
		published.clear()
		moves.move(lead.name, "Lead", by_hand=1)
		message = {"lead": lead.name, "status": "Lead"}
		assert published == [("lead_board_place", message, {"user": "Administrator", "after_commit": True})]


class TestUndo:
	def test_it_restores_status_and_place_as_a_persons_choice(self):
		one, two, three = (make(number) for number in (1, 2, 3))
		undo = moves.move(two.name, "Lead", "Interested", by_hand=1)["undo"]
		assert shown(name="Lead") == ["3", "1"]
		answer = moves.undo(two.name, frappe.as_json(undo))
		assert (answer["moved"], frappe.utils.strip_html(answer["message"])) == (
			True,
			f"{WORD} 2 is back at Lead.",
		)
		assert shown(name="Lead") == ["3", "2", "1"]
		assert [(row.to_status, row.cause) for row in log(two)][-2:] == [
			("Interested", "Person"),
			("Lead", "Person"),
		]

	def test_it_restores_a_place_alone(self):
		one, two = make(1), make(2)
		undo = moves.move(one.name, "Lead", before=two.name, by_hand=1)["undo"]
		assert moves.undo(one.name, undo)["moved"]
		assert shown(name="Lead") == ["2", "1"]

	def test_a_loss_is_undone_and_its_undoing_needs_no_reason(self):
		reason = frappe.get_all("Pipeline Lost Reason", pluck="name", limit=1)[0]
		lead = make(1)
		undo = moves.move(lead.name, "Lead", "Lost", lost_reason=reason, lost_note="Too late")["undo"]
		again = moves.move(lead.name, "Lost", "Open")["undo"]
		assert refused(moves.undo(lead.name, undo))[0] == "changed"
		assert moves.undo(lead.name, again)["moved"]
		stored = frappe.get_doc(LEAD, lead.name)
		assert (stored.status, stored.lost_reason, stored.lost_note) == ("Lost", reason, "Too late")

	def test_what_somebody_has_moved_on_stays(self, seller):
		lead = make(1)
		undo = moves.move(lead.name, "Lead", "Open")["undo"]
		frappe.set_user("Administrator")
		moves.move(lead.name, "Open", "Replied")
		moves.move(lead.name, "Replied", "Open")
		frappe.set_user(seller)
		why, message = refused(moves.undo(lead.name, undo))
		assert why == "changed"
		assert message.startswith(f"{WORD} 1 was moved to Open by Administrator meanwhile, on ")

	@pytest.mark.parametrize("undo", ["{}", "[]", "text", '{"status": ["Open"], "now": 1}'])
	def test_what_no_move_has_answered_is_refused(self, undo):
		lead = make(1)
		with pytest.raises(frappe.ValidationError, match="nothing to undo|no object"):
			if refused_as(moves.undo, lead.name, undo):
				raise frappe.ValidationError("There is nothing to undo.")
		assert status(lead) == "Lead"


def refused_as(work, *arguments) -> bool:
	answer = work(*arguments)
	return not answer["moved"] and "nothing to undo" in answer["message"]


class TestRefusals:
	"""A refused move leaves the lead unchanged and says what to do.

	The card in the answer is the one to go back.
	"""

	def check(self, lead, wanted: tuple[str, str], *arguments, **further) -> dict:
		answer = moves.move(lead.name, *arguments, **further)
		assert refused(answer) == wanted
		assert status(lead) == "Lead"
		assert answer["card"]["status"] == "Lead"
		return answer

	def test_a_status_that_the_type_forbids(self):
		lead = make(1)
		lead.lead_type = make_lead_type("Lead", "Open").name
		lead.save()
		message = (
			f"Status Replied is not allowed for leads of type {lead.lead_type}. Allowed are: Lead, Open."
		)
		answer = self.check(lead, ("not_allowed", message), "Lead", "Replied")
		assert answer["allowed"] == ["Lead", "Open"]

	def test_a_disabled_status_and_one_that_is_not_there(self):
		lead = make(1)
		make_status("Callback", disabled=1)
		there_is_none = "There is no status {} any more. Choose another one."
		for name, message in (
			("Callback", "Status Callback is disabled. Choose one of: Lead, Open, "),
			("No Such Status", there_is_none.format("No Such Status")),
			("<img src=x onerror=alert(1)>", there_is_none.format("&lt;img src=x onerror=alert(1)&gt;")),
		):
			why, said = refused(moves.move(lead.name, "Lead", name))
			assert (why, status(lead)) == ("not_allowed", "Lead")
			assert said.startswith(message)

	def test_a_loss_without_a_reason_and_with_one_that_cannot_be_chosen(self):
		lead = make(1)
		wanted = ("lost_reason", "Choose a Lost Reason before you set the status Lost.")
		self.check(lead, wanted, "Lead", "Lost")
		answer = moves.move(lead.name, "Lead", "Lost", lost_reason="No Such Reason")
		assert (answer["moved"], answer["why"]) == (False, "refused")
		assert "No Such Reason" in answer["message"]
		assert status(lead) == "Lead"

	def test_a_card_that_somebody_has_moved_meanwhile(self, seller):
		lead = make(1)
		frappe.set_user("Administrator")
		moves.move(lead.name, "Lead", "Open")
		frappe.set_user(seller)
		answer = moves.move(lead.name, "Lead", "Interested")
		why, message = refused(answer)
		assert why == "changed"
		assert message.startswith(f"{WORD} 1 was moved to Open by Administrator meanwhile, on ")
		assert message.endswith("Look at it, and move it again if you still want to.")
		assert (answer["card"]["status"], status(lead)) == ("Open", "Open")

	def test_a_card_that_has_followed_its_documents_meanwhile(self, sales_documents):
		lead = make(1)
		make_quotation(lead)
		why, message = refused(moves.move(lead.name, "Lead", "Open"))
		assert why == "changed"
		assert message.startswith(f"{WORD} 1 has followed its documents to Quotation meanwhile, on ")
		assert message.endswith("Its panel says why.")

	def test_a_card_that_is_gone_or_hidden_is_answered_for_alike(self, seller):
		frappe.set_user("Administrator")
		gone, hidden = make(1), make(2)
		frappe.delete_doc(LEAD, gone.name)
		hidden.db_set({"owner": "Administrator", "lead_owner": "Administrator"})
		frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
		frappe.set_user(seller)
		answers = [moves.move(lead.name, "Lead", "Open") for lead in (gone, hidden)]
		assert [refused(answer) for answer in answers] == [
			("gone", "There is no such lead, or you may not see it.")
		] * 2
		assert answers[0] == answers[1]
		assert answers[0]["card"] is None
		assert status(hidden) == "Lead"

	def test_a_card_that_was_merged_shows_the_survivor(self):
		one, two = make(1), make(2)
		merging.merge(two.name, [one.name])
		answer = moves.move(one.name, "Lead", "Open")
		assert refused(answer) == ("merged", f"{one.name} was merged into {two.name}. Use that lead.")
		assert (answer["successor"], answer["card"]["name"], status(two)) == (two.name, two.name, "Lead")

	def test_a_place_that_does_not_exist(self):
		lead, other = make(1), make(2)
		moves.move(other.name, "Lead", "Open")
		message = "The cards beside this place are not at Lead any more. Open the board again, and choose another place."
		for neighbours in ({"after": other.name}, {"before": "LEAD-1999-00001", "after": other.name}):
			self.check(lead, ("place", message), "Lead", by_hand=1, **neighbours)
		assert not frappe.get_all(CARD_PLACE, {"lead": ("in", [lead.name, other.name])})

	def test_one_of_two_neighbours_is_enough(self):
		one, two, three = (make(number) for number in (1, 2, 3))
		moves.move(three.name, "Lead", "Open")
		assert moves.move(one.name, "Lead", after=three.name, before=two.name, by_hand=1)["moved"]
		assert shown(name="Lead") == ["1", "2"]

	def test_nothing_is_left_of_a_move_that_is_refused_at_its_end(self):
		lead = make(1)
		answer = moves.move(lead.name, "Lead", "Lost", by_hand=1)
		places = frappe.get_all(CARD_PLACE, {"lead": lead.name})
		assert (answer["why"], places) == ("lost_reason", [])
		assert frappe.local.message_log == []


class TestNextStep:
	@pytest.fixture(autouse=True)
	def required(self):
		"""Interested takes no lead without a next step."""
		frappe.db.set_value(STATUS, "Interested", "next_step_required", 1)
		lead_statuses.clear()
		yield
		frappe.db.rollback()
		lead_statuses.clear()

	def test_a_status_that_requires_one_asks_for_it_and_plans_what_is_answered(self):
		lead = make(1)
		answer = moves.move(lead.name, "Lead", "Interested")
		assert (refused(answer)[0], status(lead)) == ("next_step", "Lead")
		step = {"due_on": "tomorrow", "activity_type": "Call", "subject": "Ring them"}
		answer = moves.move(lead.name, "Lead", "Interested", next_step=frappe.as_json(step))
		assert (answer["moved"], answer["card"]["next_step"]) == (True, "Planned")
		assert [step["subject"] for step in panel.panel(lead.name)["steps"]] == ["Ring them"]
		assert shown(name="Interested") == ["1"]
		assert columns.columns(HERE | {"next_step": ["Planned"]})["columns"][3]["count"] == 1
		assert moves.undo(lead.name, answer["undo"])["moved"]
		assert (status(lead), panel.panel(lead.name)["steps"]) == ("Lead", [])

	def test_a_step_that_cannot_be_planned_leaves_the_card_where_it_is(self):
		lead = make(1)
		why, message = refused(
			moves.move(lead.name, "Lead", "Interested", next_step={"due_on": "2001-01-01"})
		)
		assert (why, message) == (
			"refused",
			f"{formatdate('2001-01-01')} is past. Choose today or a later day.",
		)
		assert status(lead) == "Lead"


def test_a_stuck_lead_is_marked_and_found():
	lead, other = make(1), make(2)
	frappe.db.set_value(LEAD, lead.name, "stuck_on", nowdate())
	frappe.db.set_value(LEAD, other.name, "stuck_on", add_days(nowdate(), 1))
	found = columns.columns(HERE | {"stuck": True})["columns"][0]["cards"]
	assert [(card["name"], card["stuck"]) for card in found] == [(lead.name, True)]


def test_a_held_lead_is_moved_and_it_is_said_that_documents_do_not(sales_documents):
	lead = make(1, hold_status=1)
	answer = moves.move(lead.name, "Lead", "Open")
	assert answer["moved"]
	assert [frappe.utils.strip_html(note) for note in answer["notes"]] == [
		"Its status is held: no document moves it until Hold the Status is unticked."
	]


def test_a_protected_status_is_given_and_left_by_a_person():
	lead = make(1)
	answer = moves.move(lead.name, "Lead", "Disqualified")
	assert answer["moved"]
	assert [frappe.utils.strip_html(note) for note in answer["notes"]] == [
		"Only a person takes a lead out of Disqualified: it is protected."
	]
	assert moves.move(lead.name, "Disqualified", "Open")["notes"] == []
	assert status(lead) == "Open"
