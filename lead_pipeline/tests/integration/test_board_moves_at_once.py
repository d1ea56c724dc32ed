"""Moves of a card at the same time as another move or a save of the lead.

Also which queries a move needs.
"""

import threading

import frappe
import pytest

from lead_pipeline.board import moves
from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site
from lead_pipeline.tests.board_cards import refused
from lead_pipeline.tests.leads import log, status
from lead_pipeline.tests.sales import committed_leads


@pytest.fixture
def two_leads(clean_transaction):
	with committed_leads(2) as leads:
		yield leads


def in_another_connection(work) -> threading.Thread:
	def run() -> None:
		site.connect()
		try:
			work()
			frappe.db.commit()
		finally:
			frappe.destroy()

	thread = threading.Thread(target=run)
	thread.start()
	return thread


def test_of_two_moves_at_once_one_wins_and_the_other_hears_of_it(two_leads):
	lead = two_leads[0].name
	answers, barrier = [], threading.Barrier(2)

	def work(name: str):
		def move() -> None:
			barrier.wait()
			answers.append(moves.move(lead, "Lead", name))

		return move

	threads = [in_another_connection(work(name)) for name in ("Open", "Interested")]
	for thread in threads:
		thread.join()
	frappe.db.rollback()
	assert sorted(answer["moved"] for answer in answers) == [False, True]
	won = next(answer for answer in answers if answer["moved"])
	(lost,) = (answer for answer in answers if not answer["moved"])
	assert (lost["why"], lost["card"]["status"], status(lead)) == (
		"changed",
		won["card"]["status"],
		won["card"]["status"],
	)
	said = frappe.utils.strip_html(lost["message"])
	assert f" was moved to {status(lead)} by Administrator meanwhile, on " in said
	assert said.endswith("Look at it, and move it again if you still want to.")
	assert len(log(lead)) == 2


def test_a_move_while_somebody_else_saves_the_lead_says_to_try_again(two_leads):
	lead = two_leads[0].name

	def hold() -> None:
		frappe.db.get_value(LEAD, lead, "name", for_update=True)

	with site.somebody_else(hold), site.little_patience():
		why, message = refused(moves.move(lead, "Lead", "Open"))
	assert (why, message) == ("busy", "Somebody else is saving this lead at the moment. Try again.")


@pytest.mark.parametrize("by_hand", [0, 1])
def test_a_move_takes_at_most_15_statements(seller, two_leads, count_sql, by_hand):
	one, two = two_leads
	frappe.set_user(seller)
	# What a process reads once and keeps.
	frappe.get_meta("Pipeline Card Place")
	moves.move(one.name, "Lead", "Open")
	with count_sql() as statements:
		answer = moves.move(one.name, "Open", "Lead", before=two.name if by_hand else None, by_hand=by_hand)
	assert answer["moved"]
	# A savepoint asks nothing of a table.
	asked = [text for text in statements if "savepoint" not in text]
	assert len(asked) <= 15, "\n".join(asked)
