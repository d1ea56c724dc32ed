"""Number cards and charts of the workspace: the numbers of the list and of plain Python, for users who see different leads."""

# Fixtures that both modules share are imported, and named again as arguments.
# ruff: noqa: F811

import json
from collections import Counter
from datetime import timedelta

import frappe
import pytest
from frappe.utils import get_first_day, get_first_day_of_week, getdate, nowdate

from lead_pipeline.analytics import charts
from lead_pipeline.constants import LEAD, OPEN_CATEGORIES, OWN_LEADS, SETTINGS
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.setup import first_steps
from lead_pipeline.tests.analytics import (
	amount,
	empty,
	is_closed,
	is_open,
	leads,  # noqa: F401
	people,  # noqa: F401
	weighted,
)
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.visibility import permissions

MODULE = "Lead Pipeline"
INBOX_CARD = "Mails and Calls Waiting"


def workspace():
	return frappe.get_doc("Workspace", MODULE)


def card(name: str) -> frappe._dict:
	"""What the desk gets for a card."""
	document = frappe.get_doc("Number Card", name)
	assert document.type == "Custom" and document.is_standard
	return frappe._dict(frappe.get_attr(document.method)(filters=document.filters_json))


def listed(answer: frappe._dict) -> int:
	"""How many leads the list has that a click on the card opens."""
	assert answer.route == ["List", LEAD, "List"]
	conditions = [
		[field, *json.loads(condition)]
		for field, found in answer.route_options.items()
		for condition in found
	]
	return len(frappe.get_list(LEAD, filters=conditions, pluck="name", limit=0, order_by="name asc"))


def test_every_card_is_the_number_of_its_list(leads):
	user, today = frappe.session.user, getdate(nowdate())
	opened = [lead for lead in leads if is_open(lead)]
	week, month = get_first_day_of_week(today), get_first_day(today)
	lately = [
		lead
		for lead in leads
		if is_closed(lead) and lead.status_changed_on.date() >= today - timedelta(days=90)
	]
	mine = [lead for lead in opened if lead.next_contact_by == user]
	expected = {
		"My Steps Due Today": sum(lead.next_step == "Today" for lead in mine),
		"My Overdue Steps": sum(lead.next_step == "Overdue" for lead in mine),
		"Open Leads": len(opened),
		"New Leads This Week": sum(lead.creation.date() >= week for lead in leads),
		"Overdue Steps": sum(lead.next_step == "Overdue" for lead in opened),
		"Leads Without Next Step": sum(lead.next_step == "None" for lead in opened),
		"Stuck Leads": sum(bool(lead.stuck_on and lead.stuck_on <= today) for lead in opened),
		"Leads Won This Month": sum(
			lead.status_category == "Won" and lead.status_changed_on.date() >= month for lead in leads
		),
	}
	for name, number in expected.items():
		answer = card(name)
		assert (answer.value, answer.fieldtype) == (number, "Int"), name
		assert listed(answer) == number, name
	rate = card("Lead Conversion in 90 Days")
	won = sum(lead.status_category == "Won" for lead in lately)
	assert rate.value == (pytest.approx(100 * won / len(lately), abs=0.01) if lately else 0)
	assert listed(rate) == len(lately)
	for name, of in (
		("Expected Lead Revenue", amount),
		("Weighted Lead Revenue", weighted),
	):
		answer = card(name)
		assert answer.value == pytest.approx(sum(map(of, opened)))
		assert listed(answer) == len(opened)
	shown = {row.number_card_name for row in workspace().number_cards}
	assert shown == {*expected, rate_name(), *revenue_names(), INBOX_CARD}


def rate_name() -> str:
	return "Lead Conversion in 90 Days"


def revenue_names() -> tuple[str, str]:
	return "Expected Lead Revenue", "Weighted Lead Revenue"


def chart(name: str) -> dict[str, dict]:
	"""Series → label → value, as the desk draws it."""
	document = frappe.get_doc("Dashboard Chart", name)
	source = frappe.get_doc("Dashboard Chart Source", document.source)
	script = frappe.get_attr("frappe.desk.doctype.dashboard_chart_source.dashboard_chart_source.get_config")(
		source.name
	)
	method = next(line for line in script.splitlines() if "method:" in line).split('"')[1]
	data = frappe.get_attr(method)(filters=document.filters_json)
	return {
		series["name"]: dict(zip(data["labels"], series["values"], strict=True))
		for series in data["datasets"]
	}


def test_every_chart_is_what_the_leads_say(leads):
	today = getdate(nowdate())
	opened = [lead for lead in leads if is_open(lead)]
	weeks = chart("New Leads per Week")["New Leads"]
	first = get_first_day_of_week(today) - timedelta(weeks=charts.WEEKS - 1)
	assert len(weeks) == charts.WEEKS
	assert sum(weeks.values()) == sum(lead.creation.date() >= first for lead in leads)
	by_status = Counter(lead.status for lead in opened)
	names = [
		status.name for status in lead_statuses.statuses().values() if status.category in OPEN_CATEGORIES
	]
	assert chart("Open Leads by Status")["Open Leads"] == {name: by_status[name] for name in names}
	since = today - timedelta(days=charts.DAYS)
	new = Counter(lead.channel or "Not Set" for lead in leads if lead.creation.date() >= since)
	assert chart("New Leads by Channel")["New Leads"] == new
	owners = chart("Open Leads by Sales Person")["Open Leads"]
	assert sum(owners.values()) == len(opened)
	forecast = chart("Lead Forecast by Month")
	months = [
		lead
		for lead in opened
		if lead.expected_closing
		and today <= lead.expected_closing < get_first_day(today, d_months=charts.MONTHS)
	]
	for series, of in (("Expected Revenue", amount), ("Weighted Revenue", weighted)):
		assert sum(forecast[series].values()) == pytest.approx(sum(map(of, months)), abs=0.1)


def test_a_user_with_many_leads_has_the_same_numbers_by_another_way(leads, monkeypatch):
	names = [row.number_card_name for row in workspace().number_cards if row.number_card_name != INBOX_CARD]
	few = {name: card(name).value for name in names}
	drawn = {row.chart_name: chart(row.chart_name) for row in workspace().charts}
	monkeypatch.setattr(permissions, "FEW", 1)
	assert {name: pytest.approx(card(name).value) for name in names} == few
	assert {row.chart_name: chart(row.chart_name) for row in workspace().charts} == drawn


def test_the_groups_of_many_leads_follow_what_people_do_to_leads(people, monkeypatch):
	empty()
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	monkeypatch.setattr(permissions, "FEW", 1)
	frappe.set_user(people[0])
	lead, *_others = (make_lead(lead_owner=people[0]) for _number in range(3))
	assert card("Open Leads").value == 3
	lead.update({"status": "Lost", "lost_reason": frappe.db.get_value("Pipeline Lost Reason", {})})
	lead.save()
	assert card("Open Leads").value == 2


def test_who_may_read_no_leads_gets_no_card_and_no_chart(people):
	frappe.set_user(make_user(email="numbers-nobody@example.com"))
	for row in workspace_rows("number_cards"):
		with pytest.raises(frappe.PermissionError):
			card(row.number_card_name)
	for row in workspace_rows("charts"):
		with pytest.raises(frappe.PermissionError):
			chart(row.chart_name)


def workspace_rows(table: str) -> list:
	user = frappe.session.user
	frappe.set_user("Administrator")
	rows = workspace().get(table)
	frappe.set_user(user)
	return rows


def test_the_workspace_shows_what_it_has_and_has_what_it_shows(people):
	document = workspace()
	content = json.loads(document.content)
	for kind, table, field, key in (
		("number_card", "number_cards", "label", "number_card_name"),
		("chart", "charts", "label", "chart_name"),
		("shortcut", "shortcuts", "label", "shortcut_name"),
	):
		shown = [block["data"][key] for block in content if block["type"] == kind]
		assert shown == [row.get(field) for row in document.get(table)]
	cards = [block["data"]["card_name"] for block in content if block["type"] == "card"]
	assert sorted(cards) == sorted(row.label for row in document.links if row.type == "Card Break")
	for row in [*document.links, *document.shortcuts]:
		kind = row.get("link_type") if row.doctype == "Workspace Link" else row.type
		if row.link_to:
			assert frappe.db.exists(kind, row.link_to), row.link_to
	# As the desk asks for it, in the name of each who may open it.
	for user in (people[0], people[-1]):
		frappe.set_user(user)
		page = frappe.get_attr("frappe.desk.desktop.get_desktop_page")(
			frappe.as_json({"name": MODULE, "title": MODULE, "public": 1})
		)
		assert {each.get("number_card_name") for each in page["number_cards"]["items"]} >= {"Open Leads"}
		assert {each.get("chart_name") for each in page["charts"]["items"]} == {
			row.chart_name for row in document.charts
		}


def test_a_card_of_today_asks_for_what_lies_with_the_user(people):
	empty()
	frappe.set_user(people[0])
	make_lead(next_contact_date=nowdate(), next_contact_by=people[0])
	make_lead(next_contact_date=nowdate(), next_contact_by=people[1])
	assert card("My Steps Due Today").value == 1
	assert card("My Overdue Steps").value == 0


class TestFirstSteps:
	"""They are ticked off by what is there, whoever put it there."""

	@pytest.fixture(autouse=True)
	def nothing_yet(self, people):
		empty()
		frappe.db.delete("Pipeline Activity")
		frappe.db.set_value("Module Onboarding", MODULE, "is_complete", 0)
		for step in self.steps():
			step.db_set({"is_complete": 0, "is_skipped": 0})

	def steps(self) -> list:
		return frappe.get_doc("Module Onboarding", MODULE).get_steps()

	def done(self) -> set[str]:
		first_steps.tick_off()
		return {step.name for step in self.steps() if step.is_complete}

	def test_from_nothing_to_a_won_lead(self):
		assert self.done() == set()
		lead = make_lead()
		assert self.done() == {"Write Down the First Lead"}
		lead.next_contact_date = nowdate()
		lead.save()
		assert self.done() == {"Write Down the First Lead", "Plan What Comes Next"}
		lead.status = "Replied"
		lead.save()
		assert "Answer the Lead" in self.done()
		lead.status = "Converted"
		lead.save()
		assert "Win the First Lead" in self.done()
		assert not frappe.db.get_value("Module Onboarding", MODULE, "is_complete")
		# The framework notes it when the settings are saved in the window that the step has opened.
		frappe.get_attr("frappe.desk.desktop.update_onboarding_step")(self.by_hand(), "is_complete", 1)
		self.done()
		assert frappe.db.get_value("Module Onboarding", MODULE, "is_complete")

	def by_hand(self) -> str:
		(name,) = {step.name for step in self.steps()} - set(first_steps.TAKEN)
		return name

	def test_it_asks_nothing_once_all_is_done(self, count_sql):
		frappe.db.set_value("Module Onboarding", MODULE, "is_complete", 1)
		with count_sql() as statements:
			first_steps.tick_off()
		assert len(statements) <= 1

	def test_a_skipped_step_is_done_too(self):
		for step in self.steps():
			step.db_set("is_skipped", 1)
		self.done()
		assert frappe.db.get_value("Module Onboarding", MODULE, "is_complete")

	def test_the_tour_leads_to_fields_that_the_form_has(self):
		tour = frappe.get_doc("Form Tour", "Your First Lead")
		meta = frappe.get_meta(LEAD)
		assert all(meta.has_field(step.fieldname) for step in tour.steps)


class TestNotifications:
	"""Ready to be switched on, and harmless when they are."""

	NAMES = (
		"Lead Handed Over",
		"Lead Step Due",
		"Lead Stuck",
		"New Lead Without Sales Person",
		"Lead Won",
		"Lead Lost",
	)

	@pytest.fixture(autouse=True)
	def written_at_once(self, monkeypatch):
		"""The framework leaves writing a notice to the worker."""
		enqueue = frappe.enqueue

		def now(method, *args, **options):
			if str(method).endswith("make_notification_logs"):
				return frappe.get_attr(method)(options["doc"], options["users"])
			return enqueue(method, *args, **options)

		monkeypatch.setattr(frappe, "enqueue", now)

	def switch_on(self) -> None:
		for name in self.NAMES:
			frappe.db.set_value("Notification", name, "enabled", 1)
		frappe.cache.hdel("notifications", LEAD)

	def told(self, user: str, lead: str) -> list[str]:
		return frappe.get_all(
			"Notification Log",
			{"for_user": user, "document_name": lead, "type": "Alert"},
			pluck="subject",
			order_by="creation asc",
		)

	def test_they_are_off_until_somebody_wants_them(self):
		for name in self.NAMES:
			document = frappe.get_doc("Notification", name)
			assert (document.enabled, document.is_standard, document.document_type) == (0, 1, LEAD)

	def test_each_says_what_happened_to_whom_it_concerns(self, people):
		self.switch_on()
		owner, manager = people[0], people[-1]
		name = "Müller <b>& Söhne</b> {{ 7 * 7 }}"
		lead = make_lead(company_name=name, lead_name=name, lead_owner=None)
		assert any("without a sales person" in text for text in self.told(manager, lead.name))
		lead.lead_owner = owner
		lead.save()
		assert any("is yours now" in text for text in self.told(owner, lead.name))
		lead.status = "Converted"
		lead.save()
		assert any("is won" in text for text in self.told(owner, lead.name))
		lead.status = "Open"
		lead.save()
		lead.update({"status": "Lost", "lost_reason": frappe.db.get_value("Pipeline Lost Reason", {})})
		lead.save()
		assert any("is lost" in text for text in self.told(manager, lead.name))
		for text in [*self.told(owner, lead.name), *self.told(manager, lead.name)]:
			assert "<b>&" not in text and "{{ 7 * 7 }}" in text

	def test_what_is_due_or_stuck_is_told_in_the_morning(self, people, monkeypatch):
		# The framework commits after each of them.
		monkeypatch.setattr(frappe.db, "commit", lambda: None)
		self.switch_on()
		due = make_lead(next_contact_date=nowdate(), next_contact_by=people[0], lead_owner=people[0])
		stuck = make_lead(lead_owner=people[0])
		frappe.db.set_value(LEAD, stuck.name, "stuck_on", nowdate())
		from frappe.email.doctype.notification.notification import trigger_notifications

		trigger_notifications(None, "daily")
		assert any("next step" in text for text in self.told(people[0], due.name))
		assert any("is stuck" in text for text in self.told(people[0], stuck.name))
		assert any("is stuck" in text for text in self.told(people[-1], stuck.name))


def test_a_lead_is_printed(people, monkeypatch):
	# The framework's access log commits.
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	lead = make_lead(
		company_name="Print <b>Ltd</b>",
		email="print@example.com",
		expected_revenue=1234.5,
		probability=40,
		expected_closing="2026-12-24",
		description="<p>All about it</p>",
	)
	html = frappe.get_print(LEAD, lead.name, print_format="Lead Sheet")
	for text in ("Print &lt;b&gt;Ltd", "print@example.com", "1,234.5", "All about it", "24-12-2026"):
		assert text in html.replace("2026-12-24", "24-12-2026").replace("12-24-2026", "24-12-2026"), text
	assert "<b>Ltd" not in html.split("lead-print")[-1]
	empty_one = make_lead(company_name="Nothing Else Ltd")
	assert "Nothing Else Ltd" in frappe.get_print(LEAD, empty_one.name, print_format="Lead Sheet")
