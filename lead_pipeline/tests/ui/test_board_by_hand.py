"""Cards that a salesperson moves on the board.

By mouse, finger and keyboard, and what happens when they may not move them.
"""

import re
from contextlib import contextmanager

import frappe
from frappe.utils import formatdate
from playwright.sync_api import expect

from lead_pipeline.constants import LEAD
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.tests.factories import make_lead_type
from lead_pipeline.tests.ui.board import (
	Finger,
	board,
	body,
	card,
	cards,
	column,
	drag,
	drop_place,
	look_again,
	middle,
	panel_of,
	show,
	stored,
)

DATE_FORMAT = "mm-dd-yyyy"


def test_a_card_is_dragged_put_back_and_lost_with_a_reason(desk, fair):
	first, second = fair.add("First Ltd", status="Open"), fair.add("Second Ltd", status="Interested")
	show(desk, fair)
	expect(column(desk, "Open").locator(".lead-column-count")).to_have_text("1")

	drag(desk, first, card(desk, second))
	assert sorted(cards(desk, "Interested")) == ["First Ltd", "Second Ltd"]
	assert stored(first, "status") == "Interested"
	expect(column(desk, "Interested").locator(".lead-column-count")).to_have_text("2")
	expect(desk.alert()).to_contain_text("First Ltd")
	place = cards(desk, "Interested")
	desk.page.reload()
	desk.wait()
	assert cards(desk, "Interested") == place, "the order by hand survives"

	drag(desk, first, body(desk, "Replied"))
	desk.page.locator(".lead-undo").click()
	desk.wait()
	assert stored(first, "status") == "Interested"
	assert sorted(cards(desk, "Interested")) == ["First Ltd", "Second Ltd"]

	drag(desk, first, drop_place(desk, "Lost"))
	desk.asked("Why was it lost?")
	desk.dismiss()
	assert sorted(cards(desk, "Interested")) == ["First Ltd", "Second Ltd"]
	drag(desk, first, drop_place(desk, "Lost"))
	desk.asked("Why was it lost?")
	desk.choose("lost_reason", "No budget")
	desk.answer("Set Lost")
	expect(card(desk, first)).to_have_count(0)
	assert stored(first, "status", "lost_reason") == ("Lost", "No budget")


def test_the_keyboard_moves_cards_and_says_so(desk, fair):
	names = [fair.add(f"{word} Ltd", status="Open") for word in ("One", "Two")]
	show(desk, fair)
	keyboard = desk.page.keyboard
	said = board(desk).locator(".lead-board > .sr-only")
	top, below = cards(desk, "Open")
	column(desk, "Open").locator(".lead-card").first.focus()
	keyboard.press("ArrowDown")
	expect(column(desk, "Open").locator(".lead-card").nth(1)).to_be_focused()
	keyboard.press("Space")
	expect(said).to_contain_text(f"{below} is lifted")
	keyboard.press("ArrowUp")
	expect(said).to_have_text("Open, place 1 of 2")
	keyboard.press("Escape")
	assert cards(desk, "Open") == [top, below]
	expect(said).to_have_text(f"{below} was put back.")

	keyboard.press("Space")
	keyboard.press("ArrowRight")
	expect(said).to_have_text("Replied, place 1 of 1")
	keyboard.press("Space")
	desk.wait()
	assert cards(desk, "Replied") == [below]
	expect(said).to_contain_text("Replied")
	name = names[0] if below.startswith("One") else names[1]
	assert stored(name, "status") == "Replied"
	expect(card(desk, name)).to_be_focused()

	keyboard.press("Enter")
	desk.wait()
	panel = panel_of(desk)
	expect(panel.get_by_role("heading", name=below)).to_be_visible()
	keyboard.press("Escape")
	expect(panel).to_be_hidden()
	expect(card(desk, name)).to_be_focused()


def test_a_refusal_explains_itself_and_offers_what_is_allowed(desk, fair):
	fair.add("Other Ltd", status="Interested")
	lead_type = make_lead_type("Lead", "Open", "Opportunity")
	name = fair.add("Typed Ltd", status="Open", lead_type=lead_type.name)
	show(desk, fair)
	drag(desk, name, body(desk, "Interested"))
	dialog = desk.page.locator(".modal.show")
	expect(dialog).to_contain_text(lead_type.name)
	assert cards(desk, "Open") == ["Typed Ltd"]
	assert stored(name, "status") == "Open"
	dialog.get_by_role("button", name="Opportunity", exact=True).click()
	desk.wait()
	assert stored(name, "status") == "Opportunity"
	assert cards(desk, "Opportunity") == ["Typed Ltd"]


def test_a_required_next_step_is_planned_with_the_move_and_goes_with_its_undoing(desk, fair):
	name = fair.add("Steps Ltd", status="Open", lead_owner=desk.user)
	with step_required("Interested"):
		show(desk, fair)
		drag(desk, name, body(desk, "Interested"))
		desk.asked("Plan the Next Step First")
		assert cards(desk, "Open") == ["Steps Ltd"], "it stands where it was until the step is planned"
		desk.type("subject", "Ring them")
		desk.type("due_on", formatdate("2001-01-01", DATE_FORMAT))
		desk.button("Plan").click()
		desk.wait()
		expect(desk.page.locator(".modal.show .lead-refusal")).to_contain_text(
			"is past. Choose today or a later day."
		)
		desk.dismiss()
		assert stored(name, "status") == "Open"
		desk.front.locator(".lead-step-days").get_by_role("button", name="Today", exact=True).click()
		desk.answer("Plan")
		assert cards(desk, "Interested") == ["Steps Ltd"]
		expect(card(desk, name).locator(".lead-step-mark")).to_have_attribute("data-step", "Today")
		assert stored(name, "status", "next_step") == ("Interested", "Today")
		desk.page.locator(".lead-undo").click()
		desk.wait()
		assert cards(desk, "Open") == ["Steps Ltd"]
		assert stored(name, "status", "next_step") == ("Open", "None")


@contextmanager
def step_required(status: str):
	"""While the block lasts, no lead gets this status without a next step."""
	set_required(status, 1)
	try:
		yield
	finally:
		set_required(status, 0)


def set_required(status: str, required: int) -> None:
	frappe.db.rollback()
	frappe.db.set_value("Pipeline Lead Status", status, "next_step_required", required)
	lead_statuses.clear()
	frappe.db.commit()


def test_a_move_of_somebody_else_is_seen_and_not_overwritten(desk, fair):
	name = fair.add("Shared Ltd", status="Open")
	show(desk, fair)
	by_a_colleague(name, status="Replied")
	drag(desk, name, body(desk, "Interested"))
	expect(desk.page.locator(".modal.show")).to_contain_text(
		"Shared Ltd was moved to Replied by Administrator meanwhile"
	)
	assert stored(name, "status") == "Replied"
	assert cards(desk, "Replied") == ["Shared Ltd"], "the card says what happened meanwhile"
	desk.dismiss()
	by_a_colleague(name, status="Opportunity")
	# Without a socket server: at the next look.
	look_again(desk)
	expect(column(desk, "Opportunity").locator(".lead-card-name")).to_have_text("Shared Ltd")

	by_a_colleague(name, status="Quotation", priority="Urgent")
	other = fair.add("New Ltd", status="Quotation")
	# With one: as the framework tells it.
	desk.page.evaluate(
		"""names => frappe.realtime.socket.listeners("list_update").forEach((hear) =>
			names.forEach((name) => hear({ doctype: "Pipeline Lead", name, user: "Administrator" })))""",
		[name, other],
	)
	expect(column(desk, "Quotation").locator(".lead-card-name")).to_have_count(2)
	assert sorted(cards(desk, "Quotation")) == ["New Ltd", "Shared Ltd"]
	expect(card(desk, name)).to_have_class(re.compile("lead-priority-"))
	expect(column(desk, "Quotation").locator(".lead-column-count")).to_have_text("2")


def by_a_colleague(name: str, **values) -> None:
	frappe.db.rollback()
	frappe.get_doc(LEAD, name).update(values).save()
	frappe.db.commit()


def test_from_right_to_left_columns_and_arrow_keys_go_the_other_way(desk, fair):
	name = fair.add("شركة الاختبار", status="Open")
	frappe.db.set_value("User", desk.user, "language", "ar")
	frappe.clear_cache(user=desk.user)
	frappe.db.commit()
	try:
		desk.page.goto("about:blank")
		show(desk, fair)
		assert desk.page.evaluate("getComputedStyle(document.body).direction") == "rtl"
		places = [column(desk, status).bounding_box()["x"] for status in ("Lead", "Open", "Replied")]
		assert places == sorted(places, reverse=True)
		assert desk.page.evaluate("document.documentElement.scrollWidth") <= 1440
		drag(desk, name, body(desk, "Replied"))
		assert cards(desk, "Replied") == ["شركة الاختبار"]
		card(desk, name).focus()
		for key in ("Space", "ArrowLeft", "Space"):
			desk.page.keyboard.press(key)
		desk.wait()
		assert stored(name, "status") == "Interested", "the next column is on the left"
		desk.picture("board-right-to-left")
	finally:
		frappe.db.rollback()
		frappe.db.set_value("User", desk.user, "language", None)
		frappe.clear_cache(user=desk.user)
		frappe.db.commit()
		desk.page.goto("about:blank")


def test_a_finger_swipes_columns_lifts_a_card_and_fills_the_screen_with_the_panel(open_window, fair):
	phone = open_window("Sales User", viewport={"width": 390, "height": 844}, has_touch=True)
	name = fair.add("Finger Ltd", status="Lead")
	show(phone, fair)
	assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
	widths = [box.bounding_box()["width"] for box in board(phone).locator(".lead-column").all()]
	assert min(widths) > 300, "one column at a time"

	x, y = middle(card(phone, name))
	touch = Finger(phone)
	touch.down(x, y)
	phone.page.wait_for_timeout(350)
	touch.move(x + 5, y + 5)
	lost = drop_place(phone, "Disqualified")
	expect(lost).to_be_visible()
	x, y = middle(lost)
	for step in (2, 1, 0):
		touch.move(x, y - step)
		phone.page.wait_for_timeout(100)
	touch.up()
	phone.wait()
	expect(card(phone, name)).to_have_count(0)
	assert stored(name, "status") == "Disqualified"
	phone.page.locator(".lead-undo").tap()
	phone.wait()
	card(phone, name).tap()
	phone.wait()
	panel = panel_of(phone).bounding_box()
	# Beside the room for the bar that scrolls the page, which a version leaves.
	assert (panel["x"], panel["width"]) == (0, phone.page.evaluate("document.documentElement.offsetWidth"))
	assert phone.errors == []
