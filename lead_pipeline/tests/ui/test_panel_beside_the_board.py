"""The panel beside the board: a lead is worked on without leaving the page."""

from playwright.sync_api import expect

from lead_pipeline.tests.factories import make_user
from lead_pipeline.tests.ui.board import card, column, look_again, middle, panel_of, show, stored


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


def test_what_is_typed_for_a_lead_stays_with_it(desk, fair):
	"""Also when the next one is opened before the server has answered."""
	one, two = fair.add("One Ltd", status="Open"), fair.add("Two Ltd", status="Open")
	show(desk, fair)
	card(desk, one).click()
	desk.wait()
	panel = panel_of(desk)
	panel.get_by_role("textbox", name="Write a comment").fill("Only for One")
	held = []
	validating = "**/api/method/frappe.client.validate_link*"
	desk.page.route(validating, lambda route: held.append(route))
	priority = panel.locator('[data-fieldname="priority"] input')
	priority.fill("High")
	priority.blur()
	for _attempt in range(50):
		if held:
			break
		desk.page.wait_for_timeout(100)
	card(desk, two).click()
	expect(panel.locator(".lead-panel-title")).to_have_text("Two Ltd")
	expect(panel.get_by_role("textbox", name="Write a comment")).to_have_value("")
	for route in held:
		route.continue_()
	desk.page.unroute(validating)
	desk.wait()
	assert (stored(one, "priority"), stored(two, "priority")) == ("High", None)
	expect(panel.locator(".lead-panel-title")).to_have_text("Two Ltd")


def test_a_button_that_is_held_down_while_others_change_the_lead_is_pressed(desk, fair):
	name = fair.add("Held Ltd", status="Open", lead_owner=desk.user)
	show(desk, fair)
	card(desk, name).click()
	desk.wait()
	panel = panel_of(desk)
	for button in (
		panel.get_by_role("radio", name="Replied", exact=True),
		panel.get_by_role("button", name="Plan a Step", exact=True),
		panel.get_by_role("button", name="Log Call", exact=True),
	):
		desk.page.mouse.move(*middle(button))
		desk.page.mouse.down()
		look_again(desk)
		desk.page.mouse.up()
		desk.wait()
		if desk.page.locator(".modal.show").count():
			desk.dismiss()
		else:
			assert stored(name, "status") == "Replied"
			expect(panel.locator("[aria-checked=true]")).to_have_text("Replied")
