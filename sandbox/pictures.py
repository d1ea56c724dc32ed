"""Take the pictures of docs/ in a browser: `python3 -m sandbox pictures`.

The command starts the demo's site for it. Each picture is what a member of the demo's team sees. Look at all of
them before they are committed.
"""

import os
from collections.abc import Callable
from pathlib import Path

import frappe
from playwright.sync_api import expect

from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site
from lead_pipeline.tests.imports import Imports
from lead_pipeline.tests.ui.browser import browser
from lead_pipeline.tests.ui.desk import Desk
from sandbox.demo import data, stories

DOCS = Path(__file__).parents[1] / "docs"
LARGE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
ROWS = [
	["Lead Name", "Company Name", "Email", "Phone", "Expected Revenue", "Shoe Size"],
	["Ilka Moosbrook", "Moosbrook Nurseries", "ilka@moosbrook.example.com", "+1-715-5550121", "4200", "38"],
	["Perla Goosefeather", "Goosefeather Spa & Pools", "perla@goosefeather.example.com", "", "900", ""],
	["Ilka Moosbrook", "Moosbrook Nurseries", "ilka@moosbrook.example.com", "", "", ""],
	["Tam Riverstone", "Riverstone Bottling", "tam.riverstone", "", "a lot", ""],
	["Una Fairweather", "Fairweather Hotels", "una@fairweather.example.com", "+1-352-5550122", "12500", "41"],
]


class Camera:
	"""The windows of the team, and the pictures of what they show."""

	def __init__(self, chromium):
		self.chromium = chromium
		self.manager = Desk(chromium, data.MANAGER, data.PASSWORD)

	def take(self, name: str, desk: Desk | None = None) -> None:
		desk = desk or self.manager
		desk.wait()
		# What has the focus has a frame, and a mouse that lies somewhere a hint.
		desk.page.evaluate("document.activeElement?.blur()")
		desk.page.mouse.move(0, 0)
		desk.page.wait_for_timeout(600)
		desk.page.screenshot(path=DOCS / f"{name}.png")
		print(f"docs/{name}.png", flush=True)

	@staticmethod
	def has_no_errors(desk: Desk) -> None:
		"""A page on which a script has failed is no picture for anybody."""
		assert desk.errors == [], desk.errors

	def show(self, theme: str, size: dict, desk: Desk | None = None) -> None:
		page = (desk or self.manager).page
		page.set_viewport_size(size)
		page.evaluate("theme => frappe.ui.set_theme ? frappe.ui.set_theme(theme) : 0", theme)
		page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)

	def in_both(self, name: str) -> None:
		"""Large and on a phone, light and dark."""
		for size, ending in ((LARGE, ""), (PHONE, "-390")):
			for theme, further in (("light", ""), ("dark", "-dark")):
				self.show(theme, size)
				self.take(f"{name}{ending}{further}")
		self.show("light", LARGE)


def board(camera: Camera) -> None:
	camera.manager.open("lead-board")
	camera.in_both("board")


def panel(camera: Camera) -> None:
	desk = camera.manager
	desk.open("lead-board")
	desk.front.locator(f'[data-name="{showcase()}"]').first.click()
	camera.take("panel")


def workspace(camera: Camera) -> None:
	camera.manager.open("lead-pipeline")
	camera.in_both("workspace")


def lists_and_forms(camera: Camera) -> None:
	desk = camera.manager
	desk.open("pipeline-lead")
	camera.take("lead-list")
	desk.show(showcase())
	camera.take("lead-form")
	desk.front.locator(".form-tabs .nav-link:visible", has_text="Status History").click()
	camera.take("status-history")
	desk.go("List", "Pipeline Status Rule", "List")
	rule = frappe.get_all("Pipeline Status Rule", {"document_type": "Quotation"}, pluck="name", limit=1)
	if rule:
		desk.go("Form", "Pipeline Status Rule", rule[0])
		camera.take("rule")
	desk.go("Form", "Lead Pipeline Settings")
	camera.take("settings")


def day(camera: Camera) -> None:
	seller = Desk(camera.chromium, data.FIELD[0], data.PASSWORD)
	seller.open("my-day")
	camera.take("my-day", seller)
	seller.open("lead-inbox")
	expect(seller.front.locator(".lead-inbox-row").first).to_be_visible()
	camera.take("inbox", seller)
	camera.has_no_errors(seller)
	seller.close()


def numbers(camera: Camera) -> None:
	desk = camera.manager
	for report in ("Lead Funnel", "Lead Analysis"):
		desk.open("query-report", report)
		if report == "Lead Analysis":
			desk.select("rows", "channel")
			desk.select("columns", "creation Quarter")
		camera.take(f"report-{frappe.scrub(report).replace('_', '-')}")


def merge(camera: Camera) -> None:
	desk = camera.manager
	twin = frappe.get_all(LEAD, {"last_name": "Wintergreen"}, pluck="name", limit=1, order_by="creation desc")
	desk.show(twin[0])
	desk.front.locator(".lead-duplicates summary").click()
	desk.front.get_by_role("button", name="Compare and Merge").first.click()
	desk.wait()
	camera.take("merge")
	desk.dismiss()


def from_a_file(camera: Camera) -> None:
	frappe.set_user(data.MANAGER)
	imports = Imports()
	try:
		run = imports.new(ROWS)
		camera.manager.go("Form", "Pipeline Lead Import", run.name)
		camera.manager.button("Rehearse").click()
		rows = camera.manager.front.locator(".lead-finding-rows tbody tr")
		expect(rows.nth(3)).to_be_visible(timeout=60_000)
		rows.nth(2).evaluate("row => row.scrollIntoView({ block: 'center' })")
		camera.take("import")
	finally:
		imports.undo()


def web_form(camera: Camera) -> None:
	visitor = camera.chromium.new_context(base_url=site.URL, viewport={"width": 1200, "height": 760})
	page = visitor.new_page()
	page.goto("/enquiry")
	page.wait_for_load_state("networkidle")
	page.screenshot(path=DOCS / "web-form.png")
	print("docs/web-form.png", flush=True)
	visitor.close()


def showcase() -> str:
	return frappe.db.get_value(
		LEAD, {"company_name": stories.SHOWCASE_COMPANY}, "name", order_by="creation asc"
	)


# The order in which they are taken: what is made for a picture comes last.
PICTURES: tuple[Callable[[Camera], None], ...] = (
	board,
	panel,
	workspace,
	lists_and_forms,
	day,
	numbers,
	merge,
	web_form,
	from_a_file,
)


def main() -> None:
	home = os.getcwd()
	site.connect()
	wanted = os.environ.get("LEAD_PIPELINE_PICTURES_OF", "").split()
	with browser() as chromium:
		camera = Camera(chromium)
		for take in PICTURES:
			if not wanted or take.__name__ in wanted:
				take(camera)
		camera.has_no_errors(camera.manager)
	os.chdir(home)


if __name__ == "__main__":
	main()
