"""The desk as a user meets it: log in, open, type, choose, save, read."""

import os
from copy import copy
from pathlib import Path
from urllib.parse import quote, urlencode

from playwright.sync_api import Browser, Error, Locator, Page, expect

from lead_pipeline.tests import site
from lead_pipeline.tests.ui.browser import BEFORE_PAGE, IS_IDLE

# Errors of the framework's own scripts that change nothing for anybody: a field for numbers selects what has the focus a
# moment later, whatever that is by then; a chart is drawn again when its page is gone already.
OF_THE_FRAMEWORK = (
	"document.activeElement.select is not a function",
	"Failed to execute 'removeChild' on 'Node'",
)

NUMBERS = ("Int", "Float", "Currency", "Percent")


class Desk:
	"""One user's browser window on the site under test."""

	def __init__(self, chromium: Browser, user: str, password: str, url: str = site.URL, **window):
		self.url, self.user = url, user
		# A dialog that fades in does not listen to its buttons: this user has asked the system for no motion.
		window = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"} | window
		self.context = chromium.new_context(base_url=url, **window)
		# A passing test needs seconds; a failing one should not take minutes to say so.
		self.context.set_default_timeout(15_000)
		self.errors: list[str] = []
		self.page = self.new_page()
		answer = self.context.request.post("/api/method/login", form={"usr": user, "pwd": password})
		assert answer.ok, answer.text()

	def new_page(self) -> Page:
		page = self.context.new_page()
		page.add_init_script(BEFORE_PAGE)
		page.on("pageerror", lambda error: self.note_error(page, error))
		return page

	def tab(self) -> "Desk":
		"""A second tab of the same user, which leaves the form in this one as it is."""
		tab = copy(self)
		tab.page = self.new_page()
		return tab

	def note_error(self, page: Page, error: Error) -> None:
		"""Record an error on a page of this app.

		Errors in the forms of other apps are ignored.
		"""
		known = error.message.startswith(OF_THE_FRAMEWORK) and "assets/lead_pipeline" not in (
			error.stack or ""
		)
		if "pipeline" in page.url and not known:
			self.errors.append(f"{page.url} {error.message}\n{error.stack}")

	def close(self) -> None:
		self.context.close()

	def open(self, *route: str, **filters: str) -> None:
		"""Open a page of the desk by its address and wait until it is loaded.

		A list is opened with `filters`.
		"""
		address = "/app/" + "/".join(quote(part) for part in route)
		self.page.goto(f"{address}?{urlencode(filters)}" if filters else address)
		self.wait()

	def go(self, *route: str) -> None:
		"""Follow a link within the desk to the page of this route.

		What the desk has loaded stays loaded.
		"""
		# A new window, or one that was left on a page outside the desk.
		if not self.page.evaluate("Boolean(window.frappe?.set_route)"):
			self.page.goto("/app/lead-pipeline")
		self.wait()
		# What was said on the last page.
		self.page.evaluate("$('#alert-container .desk-alert').remove()")
		self.page.evaluate("route => frappe.set_route(...route)", list(route))
		self.wait()

	def show(self, lead: str) -> None:
		"""The form of a lead that this window has not shown yet."""
		self.go("Form", "Pipeline Lead", lead)

	def wait(self) -> None:
		"""Wait until the desk has had no request under way for a moment.

		One answer often causes the next request.
		"""
		self.look()
		self.page.evaluate("window.idle_since = null")
		self.page.wait_for_function(IS_IDLE, timeout=60_000)

	def field(self, fieldname: str) -> Locator:
		"""The visible control of a field in the form or dialog in front."""
		return self.front.locator(f'.frappe-control[data-fieldname="{fieldname}"]:visible').last

	def look(self) -> None:
		"""Bring this tab to the front.

		The browser draws a tab behind another only once a second.
		"""
		if len(self.context.pages) > 1:
			self.page.bring_to_front()

	@property
	def front(self) -> Locator:
		"""The dialog that is open, else the page that is shown."""
		self.look()
		dialog = self.page.locator(".modal.show")
		return dialog.last if dialog.count() else self.page.locator(".page-container:visible").last

	def type(self, fieldname: str, value: str) -> None:
		"""Type into a field and leave it."""
		field = self.field(fieldname)
		control = field.locator("input:visible, textarea:visible").first
		if field.get_attribute("data-fieldtype") in NUMBERS:
			# A moment after a number was entered the framework selects whatever has the focus by then.
			control.focus()
			self.wait()
		control.fill(value)
		control.press("Tab")
		self.look_elsewhere()

	def check(self, fieldname: str) -> None:
		self.field(fieldname).locator("input[type=checkbox]:visible").first.check()
		self.wait()

	def choose(self, fieldname: str, value: str) -> None:
		"""Type into a link field and take the suggestion."""
		control = self.field(fieldname).locator("input:visible").first
		control.click()
		control.fill(value)
		self.wait()
		suggestion = (
			self.field(fieldname)
			.locator('.awesomplete :is(li, [role="option"])')
			.filter(has_text=value)
			.first
		)
		suggestion.click()
		self.wait()

	def is_not_offered(self, fieldname: str, value: str) -> None:
		"""Type into a link field and expect the server's answer to leave it out."""
		control = self.field(fieldname).locator("input:visible").first
		control.click()
		with self.page.expect_response(lambda response: "search_link" in response.url) as found:
			control.fill(value)
		answer = found.value.json()
		# Frappe 15.0 has called it differently.
		rows = answer.get("message") or answer.get("results") or []
		assert value not in [row["value"] for row in rows]
		self.wait()
		offered = self.field(fieldname).locator('.awesomplete :is(li, [role="option"])')
		expect(offered.filter(has_text=value)).to_have_count(0)

	def select(self, fieldname: str, value: str) -> None:
		self.field(fieldname).locator("select").select_option(value)
		self.wait()

	def button(self, label: str) -> Locator:
		return self.front.get_by_role("button", name=label, exact=True).locator("visible=true").first

	def save(self) -> None:
		"""Save the form with the keyboard and wait until it is saved.

		This is how a quick user saves.
		"""
		self.page.keyboard.press("Control+s")
		self.wait()
		expect(
			self.page.locator(".page-container:visible .indicator-pill.orange", has_text="Not Saved")
		).to_have_count(0)
		self.wait()

	def create(self, doctype: str) -> None:
		"""Take `doctype` from the form's menu Create and wait for its new form."""
		self.wait()
		self.front.locator('.inner-group-button[data-label="Create"] button:visible').click()
		self.front.locator(".inner-group-button .dropdown-menu.show").get_by_text(doctype, exact=True).click()
		self.page.wait_for_function(
			"doctype => window.cur_frm?.doctype === doctype && cur_frm.is_new()", arg=doctype
		)
		self.wait()

	def fill_row(self, table: str, links: dict[str, str], values: dict[str, str], fetched: str) -> None:
		"""Fill the first row of a child table: link fields are chosen, others typed.

		The server fills the field `fetched` once it knows the links; who types before that loses what was typed.
		"""
		grid = self.field(table)
		if not grid.locator(".grid-body .grid-row").count():
			grid.locator(".grid-add-row").click()
		row = grid.locator(".grid-body .grid-row").first
		for fieldname, value in (links | values).items():
			cell = row.locator(f'[data-fieldname="{fieldname}"]').first
			cell.click()
			box = cell.locator("input").first
			box.fill(value)
			self.wait()
			if fieldname in links:
				self.page.locator(
					'.awesomplete :is(li, [role="option"]):visible', has_text=value
				).first.click()
				self.page.wait_for_function(
					"([table, fetched]) => cur_frm.doc[table][0][fetched]", arg=[table, fetched]
				)
			else:
				# The tab key in the last column of the last row adds a row, which cannot be saved empty.
				box.blur()
			self.wait()

	def act(self, action: str) -> None:
		"""Press the button of `action` above the fields of a lead."""
		self.wait()
		self.front.locator(".lead-actions").get_by_role("button", name=action, exact=True).click()
		self.wait()

	def offers(self, *labels: str, menu: str | None = None) -> None:
		"""Expect the form to offer exactly these actions.

		With `menu`: expect that menu to have exactly these entries.
		"""
		if not menu:
			expect(self.front.locator(".lead-actions [data-action]")).to_have_text(list(labels))
			return
		entries = self.front.locator(f'.inner-group-button[data-label="{menu}"] .dropdown-item')
		expect(entries).to_have_text(list(labels))

	def is_at(self, status: str, why: str | None = None) -> None:
		"""Expect the lead's form to show this status as the present one."""
		expect(self.front.locator(".lead-statuses [aria-checked=true]"), why).to_have_text(status)

	def take_status(self, status: str) -> None:
		"""Click a status in the row of statuses, a closed one in its menu."""
		self.wait()
		button = self.front.locator(f'.lead-statuses [data-status="{status}"]')
		if not button.is_visible():
			self.front.locator(".lead-closed-toggle").click()
		button.click()
		self.wait()

	def lists(self, *names: str) -> None:
		"""Expect the list in front to show just these documents, in this order."""
		rows = self.front.locator(".list-row-container .list-row-checkbox")
		expect(rows).to_have_count(len(names))
		for row, name in zip(rows.all(), names, strict=True):
			expect(row).to_have_attribute("data-name", name)

	def row(self, name: str) -> Locator:
		"""The row of a document in the list in front."""
		return self.front.locator(".list-row-container", has=self.page.locator(f'[data-name="{name}"]'))

	def tick(self, *names: str) -> None:
		for name in names:
			self.row(name).locator(".list-row-checkbox").check()

	def act_on_ticked(self, action: str) -> None:
		"""Take `action` from the list's menu Actions.

		For three seconds after it was loaded, the framework does not load a list again: what is done by then is not shown.
		"""
		self.wait()
		self.page.wait_for_function("!cur_list.last_args")
		self.front.locator(".actions-btn-group button:visible").click()
		self.front.locator(".actions-btn-group .dropdown-menu.show").get_by_text(action, exact=True).click()
		self.wait()

	def look_for(self, text: str) -> None:
		"""Type into the search box above the list of leads and wait for its answer."""
		self.front.locator(".lead-search").fill(text)
		self.page.wait_for_function("text => cur_list.lead_bar.searched === text", arg=text)
		self.wait()

	def press(self, button: str) -> None:
		"""Press a button above the list of leads and wait until the list is updated."""
		found = self.front.locator(".lead-list-bar").get_by_role("button", name=button, exact=True)
		can_be_released = button not in ("Opened", "To Qualify", "Closed", "All")
		pressed = can_be_released and found.get_attribute("aria-pressed") == "true"
		found.click()
		expect(found).to_have_attribute("aria-pressed", "false" if pressed else "true")
		self.wait()

	def asked(self, title: str) -> None:
		"""Wait for the dialog with this title; fields and buttons are its own from now on."""
		expect(self.page.locator(".modal.show .modal-title").last).to_have_text(title)
		self.wait()
		self.look_elsewhere()

	def look_elsewhere(self) -> None:
		"""Take the focus from the field that has it.

		A moment later, its suggestions would cover the buttons below it.
		"""
		self.page.evaluate("document.activeElement.blur()")
		self.wait()

	def answer(self, button: str) -> None:
		"""Press a button of the dialog in front and wait until the server is done."""
		self.wait()
		shown = self.page.locator(".modal.show")
		count = shown.count()
		self.button(button).click()
		expect(shown).to_have_count(count - 1)
		self.wait()

	def message(self) -> Locator:
		"""The message that stays until the user closes it."""
		return self.page.locator(".modal.show .msgprint").last

	def alert(self) -> Locator:
		"""The message in the corner."""
		return self.page.locator("#alert-container .alert-message").last

	def dismiss(self) -> None:
		"""Close the dialog or message in front."""
		self.wait()
		shown = self.page.locator(".modal.show")
		count = shown.count()
		message = self.page.locator(".modal.show:has(.msgprint)")
		# A message lies above the dialog that it is about, wherever it stands in the page.
		(message if message.count() else shown).last.locator(".btn-modal-close:visible").click()
		expect(shown).to_have_count(count - 1)
		self.wait()

	def submit(self) -> None:
		self.button("Submit").click()
		self.confirm()
		self.page.wait_for_function("cur_frm.doc.docstatus === 1")
		self.wait()

	def cancel(self) -> None:
		self.button("Cancel").click()
		self.confirm()
		self.page.wait_for_function("cur_frm.doc.docstatus === 2")
		self.wait()

	def delete(self) -> None:
		"""Delete the document in front, by the form's menu."""
		self.wait()
		self.front.locator(".menu-btn-group:visible button").first.click()
		self.front.locator(".menu-btn-group .dropdown-menu.show").get_by_text("Delete", exact=True).click()
		form = self.page.url
		self.confirm()
		# The form goes away, or the server says why not.
		self.page.wait_for_function(
			"form => location.href !== form || document.querySelector('.modal.show .msgprint')", arg=form
		)
		self.wait()

	def confirm(self) -> None:
		"""Say yes to the question in front."""
		self.wait()
		self.page.locator(
			".modal.show .btn-primary:visible, .modal.show .btn-modal-primary:visible"
		).last.click()
		self.wait()

	def document(self) -> dict:
		"""The document of the form in front, as the browser holds it."""
		return self.page.evaluate("cur_frm.doc")

	def picture(self, name: str) -> None:
		"""Keep a picture of the window when LEAD_PIPELINE_PICTURES names a folder."""
		if folder := os.environ.get("LEAD_PIPELINE_PICTURES"):
			self.page.screenshot(path=Path(folder) / f"{name}.png")
