"""Helpers for tests of the lead board as its user sees it.

They open it, find cards and columns, and drag by mouse and finger.
"""

from urllib.parse import urlencode

import frappe
from playwright.sync_api import Locator, expect

from lead_pipeline.constants import CARD_PLACE, LEAD
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead
from lead_pipeline.tests.ui.desk import Desk


class Fair:
	"""Leads of one campaign, by which a board shows them alone."""

	def __init__(self):
		self.campaign = f"Fair {frappe.generate_hash(length=8)}"
		self.made: list[str] = []

	def add(self, title: str, **values) -> str:
		"""A lead with this title; returns its name."""
		lead = make_lead(lead_name=title, campaign=self.campaign, **values)
		frappe.db.commit()
		self.made.append(lead.name)
		return lead.name

	def add_many(self, number: int, **values) -> None:
		"""Add `number` leads, named "Lead 00" and so on.

		The first is saved; the others are rows like its own.
		"""
		first = self.add("Lead 00", **values)
		columns = frappe.db.get_table_columns(LEAD)
		(row,) = frappe.db.get_values(LEAD, first, columns, as_dict=True)
		rows = [row | {"name": f"{first}-{n}", "lead_name": f"Lead {n:02}"} for n in range(1, number)]
		frappe.db.bulk_insert(LEAD, columns, [[each[column] for column in columns] for each in rows])
		frappe.db.commit()

	def forget(self) -> None:
		frappe.db.rollback()
		names = frappe.get_all(LEAD, {"campaign": self.campaign}, pluck="name")
		for name in {*self.made} & {*names}:
			site.delete(LEAD, name)
		frappe.db.delete(LEAD, {"campaign": self.campaign})
		frappe.db.delete(CARD_PLACE, {"lead": ("in", [*self.made, *names])})
		frappe.db.commit()


def show(desk: Desk, fair: Fair, **filters) -> None:
	"""Open the board with the leads of this fair.

	In a window that already shows the board, it is opened by a link within the desk.
	"""
	query = urlencode({"campaign": fair.campaign, "_order": "hand"} | filters)
	if desk.page.evaluate("Boolean(window.frappe?.pages?.['lead-board']?.lead_board)"):
		desk.page.evaluate(
			"""query => {
				document.querySelector("#page-lead-board .lead-panel-tools > :last-child")?.click();
				$("#alert-container .desk-alert").remove();
				history.pushState(null, null, `${location.pathname.split("/").slice(0, 2).join("/")}/lead-board?${query}`);
				frappe.router.route();
			}""",
			query,
		)
		desk.wait()
	else:
		desk.open("lead-board", campaign=fair.campaign, **filters)
	expect(board(desk).locator(".lead-column").first).to_be_visible()
	desk.wait()


def board(desk: Desk) -> Locator:
	"""The page, also while a dialog lies above it."""
	return desk.page.locator("#page-lead-board")


def panel_of(desk: Desk) -> Locator:
	return board(desk).locator(".lead-panel")


def card(desk: Desk, name: str) -> Locator:
	return board(desk).locator(f'.lead-card[data-name="{name}"]')


def column(desk: Desk, status: str) -> Locator:
	return board(desk).locator(f'section.lead-column[data-status="{status}"]')


def body(desk: Desk, status: str) -> Locator:
	"""Where the cards of a column stand."""
	return column(desk, status).locator(".lead-column-scroll")


def drop_place(desk: Desk, status: str) -> Locator:
	"""A closed status in the bar that appears while a card is lifted."""
	return board(desk).locator(f'.lead-drop[data-status="{status}"]')


def cards(desk: Desk, status: str) -> list[str]:
	"""The titles of the cards in a column, from top to bottom."""
	return column(desk, status).locator(".lead-card-name").all_text_contents()


def stored(name: str, *fields: str):
	frappe.db.rollback()
	return frappe.db.get_value(LEAD, name, list(fields) if len(fields) > 1 else fields[0])


def middle(element: Locator) -> tuple[float, float]:
	box = element.bounding_box()
	return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(desk: Desk, name: str, target: Locator) -> None:
	"""Drag a card with the mouse and drop it on `target`.

	`target` may appear only when the card is lifted.
	"""
	mouse = desk.page.mouse
	x, y = middle(card(desk, name))
	mouse.move(x, y)
	mouse.down()
	mouse.move(x + 12, y + 12, steps=4)
	expect(desk.page.locator(".lead-board-dragging")).to_be_visible()
	x, y = middle(target)
	# Whoever is above the middle of a card means the place above it.
	mouse.move(x, y - 6, steps=10)
	# What is below the pointer is looked at twenty times a second.
	desk.page.wait_for_timeout(150)
	mouse.up()
	desk.wait()


def look_again(desk: Desk) -> None:
	"""Come back to the window some time after the last look."""
	desk.page.evaluate("frappe.pages['lead-board'].lead_board.then((board) => (board.live.looked_at = 0))")
	desk.page.evaluate("window.dispatchEvent(new Event('focus'))")
	desk.wait()


class Finger:
	"""One finger on the screen, by the browser's own touch events."""

	def __init__(self, desk: Desk):
		self.session = desk.context.new_cdp_session(desk.page)

	def down(self, x: float, y: float) -> None:
		self.send("touchStart", [{"x": x, "y": y}])

	def move(self, x: float, y: float) -> None:
		self.send("touchMove", [{"x": x, "y": y}])

	def up(self) -> None:
		self.send("touchEnd", [])

	def send(self, kind: str, points: list[dict]) -> None:
		self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
