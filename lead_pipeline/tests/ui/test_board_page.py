"""The board as a page of the desk.

Pages of a column, filters, new leads, folded columns, and what the board says when there is nothing to show.
"""

import subprocess
import tempfile
from pathlib import Path

import frappe
import pytest
from frappe.utils import add_days, today
from playwright.sync_api import expect

from lead_pipeline.constants import LEAD
from lead_pipeline.tests.ui.attacks import ATTACK, move_over, nothing_ran
from lead_pipeline.tests.ui.board import (
	board,
	body,
	card,
	cards,
	column,
	drag,
	look_again,
	panel_of,
	show,
	stored,
)
from lead_pipeline.tests.ui.desk import Desk

AXE = "4.10.3"


def test_further_pages_come_on_scrolling(desk, fair):
	fair.add_many(23, status="Open")
	show(desk, fair)
	expect(column(desk, "Open").locator(".lead-column-count")).to_have_text("23")
	expect(column(desk, "Open").locator(".lead-card-name")).to_have_count(20)
	body(desk, "Open").evaluate("element => element.scrollTo(0, element.scrollHeight)")
	desk.wait()
	expect(column(desk, "Open").locator(".lead-card-name")).to_have_count(23)
	assert len(set(cards(desk, "Open"))) == 23
	look_again(desk)
	expect(column(desk, "Open").locator(".lead-card-name")).to_have_count(23)


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


def test_order_and_density_are_chosen_and_kept(desk, fair):
	for title, revenue in (("Low Ltd", 100), ("High Ltd", 300), ("Middle Ltd", 200)):
		fair.add(title, status="Open", expected_revenue=revenue, probability=50)
	show(desk, fair)
	totals = column(desk, "Open").locator(".lead-column-head")
	expect(totals).to_contain_text("600")
	expect(totals).to_contain_text("300")
	assert cards(desk, "Open") == ["Middle Ltd", "High Ltd", "Low Ltd"]
	height = column(desk, "Open").locator(".lead-card").first.bounding_box()["height"]
	board(desk).get_by_role("combobox", name="Order of the cards").select_option(label="Highest revenue")
	desk.wait()
	assert cards(desk, "Open") == ["High Ltd", "Middle Ltd", "Low Ltd"]
	board(desk).get_by_role("button", name="Compact Cards").click()
	desk.wait()
	desk.page.reload()
	desk.wait()
	assert cards(desk, "Open") == ["High Ltd", "Middle Ltd", "Low Ltd"]
	assert column(desk, "Open").locator(".lead-card").first.bounding_box()["height"] < height
	board(desk).get_by_role("button", name="Compact Cards").click()
	# At 200 % a window of 1440 is as wide as one of 720.
	desk.page.set_viewport_size({"width": 720, "height": 450})
	assert desk.page.evaluate("document.documentElement.scrollWidth") <= 720
	expect(column(desk, "Open").get_by_text("High Ltd", exact=True)).to_be_visible()
	desk.page.set_viewport_size({"width": 1440, "height": 900})


def test_the_workspace_leads_to_the_board_and_to_the_list(desk):
	for shortcut, shown in (
		("Lead Board", "#page-lead-board .lead-column"),
		("Opened Leads", ".lead-list-bar [aria-pressed=true]"),
	):
		desk.go("lead-pipeline")
		desk.front.locator(".shortcut-widget-box", has_text=shortcut).click()
		expect(desk.page.locator(shown).first).to_be_visible()
		desk.wait()


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
	name = fair.add("Waiting Ltd", status="Open")
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

	desk.context.set_offline(True)
	expect(notice).to_have_text("You are offline. What you see may be out of date.")
	drag(desk, name, body(desk, "Replied"))
	expect(notice).to_contain_text("You are offline: the lead is where it was.")
	assert cards(desk, "Open") == ["Waiting Ltd"]
	desk.context.set_offline(False)
	expect(notice).to_be_hidden()
	desk.wait()
	desk.page.evaluate("frappe.hide_msgprint(true)")
	assert stored(name, "status") == "Open"


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
	due = fair.add("Visible Ltd", status="Open", priority="Urgent", expected_closing=add_days(today(), -3))
	name = fair.add(
		"Person",
		company_name="Company Ltd",
		status="Interested",
		expected_revenue=1200,
		tags=[{"tag": "Urgent"}],
		lead_owner=desk.user,
		next_contact_date=today(),
		email="person@example.com",
		phone="+49 30 5550144",
	)
	show(desk, fair)
	# As a script of the page: the site's own security policy holds for it as for others.
	desk.page.evaluate(script)
	found = serious(desk, ".lead-board")
	card(desk, name).click()
	desk.wait()
	found += serious(desk, ".lead-panel")
	panel = panel_of(desk)
	for button, title in (
		("Plan a Step", "Plan a Step"),
		("Done: Call", "Done, What Next?"),
		("Move", "Move Call"),
		("Log Call", "Log Call"),
		("Lost", "Why was it lost?"),
		("Disqualify", "Disqualify"),
		("Hand Over", "Hand Over"),
	):
		panel.get_by_role("button", name=button, exact=True).click()
		desk.asked(title)
		found += in_both_themes(desk, ".modal.show")
		desk.dismiss()
	found += in_both_themes(desk, ".lead-board")
	board(desk).get_by_role("button", name="Filters", exact=True).click()
	found += serious(desk, ".lead-board-bar")
	# A refusal.
	frappe.db.set_value(LEAD, due, "status", "Replied")
	frappe.db.commit()
	drag(desk, due, body(desk, "Lead"))
	expect(desk.page.locator(".modal.show .lead-refusal")).to_be_visible()
	found += in_both_themes(desk, ".modal.show")
	desk.dismiss()
	desk.go("my-day")
	found += in_both_themes(desk, ".my-day")
	assert not found, "\n".join(sorted(set(found)))


def in_both_themes(desk: Desk, where: str) -> list[str]:
	found = serious(desk, where)
	desk.page.evaluate("document.documentElement.setAttribute('data-theme', 'dark')")
	found += serious(desk, where)
	desk.page.evaluate("document.documentElement.setAttribute('data-theme', 'light')")
	return found


def serious(desk: Desk, where: str) -> list[str]:
	"""Return what axe calls serious or critical in a part of the page.

	The suggestions of the framework's link fields are left out.
	"""
	answer = desk.page.evaluate(
		"where => axe.run(where, { resultTypes: ['violations'] }).then(({ violations }) => violations)", where
	)
	return [
		f"{violation['id']}: {node['html'][:200]} {node['failureSummary'][:200]}"
		for violation in answer
		if violation["impact"] in ("serious", "critical")
		for node in violation["nodes"]
		if "aria-activedescendant" not in node["failureSummary"]
	]


def axe() -> str:
	"""Return the script of the accessibility checker axe.

	It is fetched once from the package registry; without it there is no test.
	"""
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
