"""Number cards and charts of the workspace.

They show the numbers of the list and of plain Python, for users who see different leads.
"""

# Fixtures that both modules share are imported, and named again as arguments.
# ruff: noqa: F811

import json
from collections import Counter
from datetime import timedelta

import frappe
import pytest
from frappe.permissions import add_user_permission
from frappe.utils import (
	add_months,
	get_first_day,
	get_first_day_of_week,
	getdate,
	now_datetime,
	nowdate,
)

from lead_pipeline.analytics import charts, recent
from lead_pipeline.constants import LEAD, OPEN_CATEGORIES, OWN_LEADS, SETTINGS
from lead_pipeline.reference_data import lead_statuses
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
from lead_pipeline.visibility import own_leads

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
	trends(leads)
	for name, of in (
		("Expected Lead Revenue", amount),
		("Weighted Lead Revenue", weighted),
	):
		answer = card(name)
		assert answer.value == pytest.approx(sum(map(of, opened)))
		assert listed(answer) == len(opened)
	shown = {row.number_card_name for row in workspace().number_cards}
	assert shown == {*expected, rate_name(), *revenue_names(), INBOX_CARD}


def trends(leads) -> None:
	"""Check the numbers with which the cards compare the current ones.

	The number at this time of the week or month before, and the conversion of the 90 days before.
	"""
	now, today = now_datetime(), getdate(nowdate())
	week = get_first_day_of_week(today)
	won = [lead for lead in leads if lead.status_category == "Won"]
	last_week = sum(
		week - timedelta(days=7) <= lead.creation.date() and lead.creation < now - timedelta(days=7)
		for lead in leads
	)
	last_month = sum(
		get_first_day(today, d_months=-1) <= lead.status_changed_on.date()
		and lead.status_changed_on < add_months(now, -1)
		for lead in won
	)
	first, days = today - timedelta(days=90), timedelta(days=90)
	closed = [
		lead for lead in leads if is_closed(lead) and first - days <= lead.status_changed_on.date() < first
	]
	rate = 100 * sum(lead.status_category == "Won" for lead in closed) / len(closed) if closed else 0
	for name, before, text in (
		("New Leads This Week", last_week, f"{last_week} by this time last week"),
		("Leads Won This Month", last_month, f"{last_month} by this day last month"),
		("Lead Conversion in 90 Days", rate, "% in the 90 days before"),
	):
		answer = card(name)
		assert answer.trend["text"].endswith(text)
		assert answer.trend["change"] == pytest.approx(answer.value - before, abs=0.02)


def rate_name() -> str:
	return "Lead Conversion in 90 Days"


def revenue_names() -> tuple[str, str]:
	return "Expected Lead Revenue", "Weighted Lead Revenue"


def chart(name: str) -> dict[str, dict]:
	"""Series → label → value, as the desk draws it."""
	data = drawn(name)
	return {
		series["name"]: dict(zip(data["labels"], series["values"], strict=True))
		for series in data["datasets"]
	}


def drawn(name: str) -> dict:
	document = frappe.get_doc("Dashboard Chart", name)
	source = frappe.get_doc("Dashboard Chart Source", document.source)
	script = frappe.get_attr("frappe.desk.doctype.dashboard_chart_source.dashboard_chart_source.get_config")(
		source.name
	)
	method = next(line for line in script.splitlines() if "method:" in line).split('"')[1]
	return frappe.get_attr(method)(filters=document.filters_json)


def test_every_chart_is_what_the_leads_say(leads):
	today = getdate(nowdate())
	opened = [lead for lead in leads if is_open(lead)]
	weeks = chart("New Leads per Week")["New Leads"]
	first = get_first_day_of_week(today) - timedelta(weeks=recent.WEEKS - 1)
	assert len(weeks) == recent.WEEKS
	assert sum(weeks.values()) == sum(lead.creation.date() >= first for lead in leads)
	by_status = Counter(lead.status for lead in opened)
	names = [
		status.name for status in lead_statuses.statuses().values() if status.category in OPEN_CATEGORIES
	]
	assert chart("Open Leads by Status")["Open Leads"] == {name: by_status[name] for name in names}
	since = today - timedelta(days=recent.DAYS)
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


def test_every_bar_of_a_chart_opens_the_leads_that_it_shows(leads):
	for name in (
		"New Leads per Week",
		"Open Leads by Status",
		"New Leads by Channel",
		"Open Leads by Sales Person",
	):
		data = drawn(name)
		(series,) = data["datasets"]
		for value, filters in zip(series["values"], data["leads"], strict=False):
			assert len(frappe.get_list(LEAD, filters, pluck="name", limit=0, order_by="name asc")) == value
		assert len(data["leads"]) in (len(data["labels"]), len(data["labels"]) - 1)
	data = drawn("Lead Forecast by Month")
	of = {lead.name: amount(lead) for lead in leads}
	for value, filters in zip(data["datasets"][0]["values"], data["leads"], strict=True):
		found = frappe.get_list(LEAD, filters, pluck="name", limit=0, order_by="name asc")
		assert sum(of[name] for name in found) == pytest.approx(value, abs=0.01)


def test_a_user_with_many_leads_has_the_same_numbers_by_another_way(leads, monkeypatch):
	names = [row.number_card_name for row in workspace().number_cards if row.number_card_name != INBOX_CARD]
	few = {name: card(name).value for name in names}
	drawn = {row.chart_name: chart(row.chart_name) for row in workspace().charts}
	monkeypatch.setattr(own_leads, "MAX_NAMED_LEADS", 1)
	assert {name: pytest.approx(card(name).value) for name in names} == few
	assert {row.chart_name: chart(row.chart_name) for row in workspace().charts} == drawn


def test_the_groups_of_many_leads_follow_what_people_do_to_leads(people, monkeypatch):
	empty()
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	monkeypatch.setattr(own_leads, "MAX_NAMED_LEADS", 1)
	frappe.set_user(people[0])
	lead, *_others = (make_lead(lead_owner=people[0]) for _number in range(3))
	assert card("Open Leads").value == 3
	lead.update({"status": "Lost", "lost_reason": frappe.db.get_value("Pipeline Lost Reason", {})})
	lead.save()
	assert card("Open Leads").value == 2


def test_numbers_of_many_leads_leave_out_what_else_is_hidden(people, monkeypatch):
	empty()
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	monkeypatch.setattr(own_leads, "MAX_NAMED_LEADS", 1)
	channels = frappe.get_all("Pipeline Channel", pluck="name", order_by="name asc", limit=2)
	for channel in channels:
		make_lead(lead_owner=people[0], channel=channel)
	make_lead(lead_owner=people[1], next_contact_by=people[1])
	frappe.set_user(people[0])
	names = ("Open Leads", "New Leads This Week", "Stuck Leads")
	assert [card(name).value for name in names] == [2, 2, 0]
	frappe.set_user("Administrator")
	add_user_permission("Pipeline Channel", channels[0], people[0])
	frappe.set_user(people[0])
	assert [card(name).value for name in names] == [1, 1, 0]
	assert [listed(card(name)) for name in names] == [1, 1, 0]


def test_what_was_kept_does_not_outlast_the_right_to_see_it(people):
	empty()
	make_lead(lead_owner=people[1])
	frappe.set_user(people[0])
	assert card("Open Leads").value == 1
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	assert card("Open Leads").value == 0


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
