"""The lead board as a salesperson uses it: by mouse, finger and keyboard, with its panel, on a large and a small window."""

import subprocess
import tempfile
from pathlib import Path

import frappe
import pytest
from frappe.utils import add_days, today
from playwright.sync_api import Locator, expect

from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_lead_type, make_user, needs
from lead_pipeline.tests.ui.attacks import ATTACK, move_over, nothing_ran
from lead_pipeline.tests.ui.desk import Desk

AXE = "4.10.3"


@pytest.fixture
def fair():
	"""Leads of one campaign, by which a board shows them alone."""

	class Fair:
		campaign = f"Fair {frappe.generate_hash(length=8)}"
		made = []

		def add(self, title: str, **values) -> str:
			lead = make_lead(lead_name=title, campaign=self.campaign, **values)
			frappe.db.commit()
			self.made.append(lead.name)
			return lead.name

	fair = Fair()
	yield fair
	frappe.db.rollback()
	for name in fair.made:
		site.delete(LEAD, name)
	frappe.db.commit()


def show(desk: Desk, fair, **filters) -> None:
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
	"""Take a card by the mouse and let it go above `target`, which may appear only when the card is lifted."""
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

	drag(desk, first, column(desk, "Replied").locator(".lead-column-scroll"))
	desk.page.locator(".lead-undo").click()
	desk.wait()
	assert stored(first, "status") == "Interested"
	assert sorted(cards(desk, "Interested")) == ["First Ltd", "Second Ltd"]

	lost = board(desk).locator('.lead-drop[data-status="Lost"]')
	drag(desk, first, lost)
	desk.asked("Why was it lost?")
	desk.dismiss()
	assert sorted(cards(desk, "Interested")) == ["First Ltd", "Second Ltd"]
	drag(desk, first, lost)
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
	drag(desk, name, column(desk, "Interested").locator(".lead-column-scroll"))
	dialog = desk.page.locator(".modal.show")
	expect(dialog).to_contain_text(lead_type.name)
	assert cards(desk, "Open") == ["Typed Ltd"]
	assert stored(name, "status") == "Open"
	dialog.get_by_role("button", name="Opportunity", exact=True).click()
	desk.wait()
	assert stored(name, "status") == "Opportunity"
	assert cards(desk, "Opportunity") == ["Typed Ltd"]


def test_a_move_of_somebody_else_is_seen_and_not_overwritten(desk, fair):
	name = fair.add("Shared Ltd", status="Open")
	show(desk, fair)
	lead = frappe.get_doc(LEAD, name)
	lead.update({"status": "Replied"}).save()
	frappe.db.commit()
	drag(desk, name, column(desk, "Interested").locator(".lead-column-scroll"))
	expect(desk.page.locator(".modal.show")).to_contain_text("Replied")
	assert stored(name, "status") == "Replied"
	assert cards(desk, "Replied") == ["Shared Ltd"], "the card says what happened meanwhile"
	desk.dismiss()
	frappe.get_doc(LEAD, name).update({"status": "Opportunity"}).save()
	frappe.db.commit()
	# Without a socket server: at the next look.
	look_again(desk)
	expect(column(desk, "Opportunity").locator(".lead-card-name")).to_have_text("Shared Ltd")


def look_again(desk: Desk) -> None:
	"""Come back to the window some time after the last look."""
	desk.page.evaluate("frappe.pages['lead-board'].lead_board.then((board) => (board.live.looked_at = 0))")
	desk.page.evaluate("window.dispatchEvent(new Event('focus'))")
	desk.wait()


def test_further_pages_come_on_scrolling(desk, fair):
	for number in range(23):
		fair.add(f"Lead {number:02}", status="Open")
	show(desk, fair)
	scroll = column(desk, "Open").locator(".lead-column-scroll")
	expect(column(desk, "Open").locator(".lead-column-count")).to_have_text("23")
	scroll.evaluate("element => element.scrollTo(0, element.scrollHeight)")
	desk.wait()
	expect(column(desk, "Open").locator(".lead-card-name")).to_have_count(23)
	assert len(set(cards(desk, "Open"))) == 23
	look_again(desk)
	expect(column(desk, "Open").locator(".lead-card-name")).to_have_count(23)


def test_the_panel_edits_in_place_hands_over_and_goes_on_to_the_next(desk, fair):
	colleague = make_user("Sales User")
	name = fair.add(
		"Panel Ltd", status="Open", phone="+49 30 5550144", email="panel@example.com", lead_owner=desk.user
	)
	other = fair.add("Next Ltd", status="Open")
	show(desk, fair)
	card(desk, name).click()
	desk.wait()
	panel = panel_of(desk)
	expect(panel.get_by_role("link", name="Call +49 30 5550144")).to_have_attribute(
		"href", "tel:+49305550144"
	)
	expect(panel.locator(".lead-why")).to_be_visible()

	job = panel.locator('[data-fieldname="job_title"] input')
	job.fill("Buyer")
	job.press("Tab")
	desk.wait()
	assert stored(name, "job_title") == "Buyer"

	panel.locator(".lead-panel-owner").click()
	desk.asked("Hand Over")
	desk.choose("to", colleague)
	desk.answer("Hand Over")
	assert stored(name, "lead_owner") == colleague

	titles = {name: "Panel Ltd", other: "Next Ltd"}
	order = [
		element.get_attribute("data-name") for element in column(desk, "Open").locator(".lead-card").all()
	]
	key = "ArrowDown" if order.index(name) == 0 else "ArrowUp"
	panel.locator(".lead-panel-title").focus()
	desk.page.keyboard.press(key)
	expect(panel.locator(".lead-panel-title")).to_have_text(titles[other])
	desk.wait()
	panel.locator(".lead-panel-tools").get_by_role("link", name="Open", exact=True).click()
	desk.wait()
	assert desk.page.evaluate("cur_frm.doc.name") == other


def test_a_step_is_done_and_the_next_one_planned_in_the_panel(desk, fair):
	needs("Pipeline Activity")
	name = fair.add("Planned Ltd", status="Open", lead_owner=desk.user)
	show(desk, fair)
	card(desk, name).click()
	desk.wait()
	panel = panel_of(desk)
	panel.get_by_role("button", name="Plan a Step").click()
	desk.asked("Plan a Step")
	desk.type("subject", "Ask for the plans")
	desk.page.locator(".modal.show").get_by_role("button", name="Today", exact=True).click()
	desk.answer("Plan")
	expect(card(desk, name).locator(".lead-step-mark")).to_have_attribute("data-step", "Today")
	panel.get_by_role("button", name="Done: Ask for the plans").click()
	desk.asked("Done, What Next?")
	desk.type("feedback", "They send them tomorrow")
	desk.type("subject", "Read the plans")
	desk.page.locator(".modal.show").get_by_role("button", name="Tomorrow", exact=True).click()
	desk.answer("Done")
	expect(card(desk, name).locator(".lead-step-mark")).to_have_attribute("data-step", "Planned")
	expect(panel).to_contain_text("Read the plans")
	expect(panel.locator(".lead-panel-timeline")).to_contain_text("They send them tomorrow")


def test_filters_are_kept_in_the_address_and_go_to_the_list_and_back(desk, fair):
	mine = fair.add("Mine Ltd", status="Open", lead_owner=desk.user, priority="High")
	other = fair.add("Other Ltd", status="Open", lead_owner="Administrator")
	show(desk, fair)
	board(desk).get_by_role("button", name="My Leads").click()
	expect(card(desk, other)).to_have_count(0)
	expect(card(desk, mine)).to_be_visible()
	address = desk.page.url
	assert "lead_owner=" in address

	tab = desk.tab()
	tab.page.goto(address)
	tab.wait()
	expect(card(tab, mine)).to_be_visible()
	expect(card(tab, other)).to_have_count(0)
	tab.page.close()

	board(desk).get_by_role("button", name="List", exact=True).click()
	desk.wait()
	desk.lists(mine)
	desk.front.get_by_role("button", name="Board", exact=True).click()
	desk.wait()
	expect(card(desk, mine)).to_be_visible()
	expect(card(desk, other)).to_have_count(0)

	board(desk).get_by_role("button", name="My Leads").click()
	search = board(desk).get_by_role("searchbox", name="Search leads")
	search.fill("Other")
	expect(card(desk, mine)).to_have_count(0)
	expect(card(desk, other)).to_be_visible()
	search.fill("nobody has this name")
	expect(board(desk).locator(".lead-board-notice")).to_contain_text("No lead matches the filters.")


def test_a_lead_is_added_to_a_column_and_columns_fold(desk, fair):
	fair.add("There Ltd", status="Open")
	show(desk, fair)
	column(desk, "Interested").get_by_role("button", name="New lead in Interested").click()
	desk.type("first_name", "Newly")
	desk.type("last_name", "Added")
	desk.answer("Save")
	expect(column(desk, "Interested").locator(".lead-card-name")).to_have_text("Newly Added")
	fair.made.append(column(desk, "Interested").locator(".lead-card").get_attribute("data-name"))

	column(desk, "Open").get_by_role("button", name="Fold Open").click()
	desk.wait()
	desk.page.reload()
	desk.wait()
	expect(column(desk, "Open").locator(".lead-card-name")).to_be_hidden()
	column(desk, "Open").get_by_role("button", name="Unfold Open").click()
	expect(column(desk, "Open").locator(".lead-card-name")).to_be_visible()


def test_a_board_without_columns_or_server_says_what_to_do(desk, fair):
	fair.add("Waiting Ltd", status="Open")
	columns = "**/api/method/lead_pipeline.board.columns.columns*"
	# A type that forbids all open statuses cannot be saved; what the page does with such an answer can be seen.
	said = {"columns": [], "people": {}, "message": "All statuses are <b>disabled</b>. Enable one."}
	desk.page.route(columns, lambda route: route.fulfill(json={"message": said}))
	desk.open("lead-board")
	expect(board(desk).locator(".lead-board-nothing")).to_contain_text(
		"All statuses are disabled. Enable one."
	)
	desk.page.unroute(columns)

	desk.page.route(columns, lambda route: route.abort())
	desk.open("lead-board", campaign=fair.campaign)
	notice = board(desk).locator(".lead-board-notice")
	expect(notice).to_contain_text("The server did not answer")
	desk.page.unroute(columns)
	# The framework has said so, too.
	desk.page.evaluate("frappe.hide_msgprint(true)")
	notice.get_by_role("button", name="Try Again").click()
	expect(column(desk, "Open").locator(".lead-card-name")).to_have_text("Waiting Ltd")


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
	lost = board(phone).locator('.lead-drop[data-status="Disqualified"]')
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
	assert (panel["x"], panel["width"]) == (0, 390)
	assert phone.errors == []


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


def test_nothing_that_somebody_wrote_runs(desk, fair):
	name = fair.add("Attack", status="Open", job_title=ATTACK, description=ATTACK, first_name=ATTACK)
	frappe.db.set_value(LEAD, name, {"lead_name": ATTACK, "company_name": f"Co {ATTACK}"})
	comment = {
		"comment_type": "Comment",
		"reference_doctype": LEAD,
		"reference_name": name,
		"content": ATTACK,
	}
	frappe.get_doc({"doctype": "Comment", **comment}).insert(ignore_permissions=True)
	frappe.db.commit()
	show(desk, fair)
	expect(card(desk, name)).to_contain_text("<img")
	card(desk, name).click()
	desk.wait()
	expect(board(desk).locator(".lead-panel-title")).to_contain_text("<img")
	move_over(desk)
	panel_of(desk).get_by_role("radio", name="Replied", exact=True).click()
	desk.wait()
	move_over(desk)
	nothing_ran(desk)
	assert board(desk).locator(".lead-board img:not(.lead-avatar img)").count() == 0


def test_a_checker_of_accessibility_finds_nothing_serious(desk, fair):
	script = axe()
	fair.add("Visible Ltd", status="Open", priority="Urgent", expected_closing=add_days(today(), -3))
	name = fair.add(
		"Person",
		company_name="Company Ltd",
		status="Interested",
		expected_revenue=1200,
		tags=[{"tag": "Urgent"}],
	)
	show(desk, fair)
	# As a script of the page: the site's own security policy holds for it as for others.
	desk.page.evaluate(script)
	found = serious(desk, ".lead-board")
	card(desk, name).click()
	desk.wait()
	found += serious(desk, ".lead-panel")
	desk.page.evaluate("document.documentElement.setAttribute('data-theme', 'dark')")
	found += serious(desk, ".lead-board")
	desk.page.evaluate("document.documentElement.setAttribute('data-theme', 'light')")
	board(desk).get_by_role("button", name="Filters", exact=True).click()
	found += serious(desk, ".lead-board-bar")
	assert found == []


def serious(desk: Desk, where: str) -> list[str]:
	"""What axe calls serious or critical in a part of the page."""
	answer = desk.page.evaluate(
		"where => axe.run(where, { resultTypes: ['violations'] }).then(({ violations }) => violations)", where
	)
	return [
		f"{violation['id']}: {node['html'][:200]} {node['failureSummary'][:200]}"
		for violation in answer
		if violation["impact"] in ("serious", "critical")
		for node in violation["nodes"]
	]


def axe() -> str:
	"""The checker's script, fetched once from the package registry; without one there is no test."""
	folder = Path(tempfile.gettempdir()) / f"lead-pipeline-axe-{AXE}"
	script = folder / "package" / "axe.min.js"
	if not script.is_file():
		folder.mkdir(exist_ok=True)
		try:
			command = ["npm", "pack", f"axe-core@{AXE}", "--silent"]
			subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=True)
			(packed,) = folder.glob("*.tgz")
			subprocess.run(["tar", "xzf", packed.name], cwd=folder, timeout=60, check=True)
		except (OSError, subprocess.SubprocessError, ValueError):
			pytest.skip(f"axe-core {AXE} cannot be had from the package registry here")
	return script.read_text()
