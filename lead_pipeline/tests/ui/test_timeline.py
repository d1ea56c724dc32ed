"""Changes of status in the framework's own timeline of a lead.

Each change is one readable line.
"""

import re

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.activities import actions, follow_up
from lead_pipeline.activities.timezones import today_of
from lead_pipeline.tests import site
from lead_pipeline.tests.answers import mail_from, mail_to
from lead_pipeline.tests.factories import make_lead, make_opportunity, make_user
from lead_pipeline.tests.ui.desk import Desk


@pytest.fixture
def seller():
	user = make_user("Sales User", password=site.PASSWORD)
	frappe.db.commit()
	return user


@pytest.fixture
def desk(chromium, seller):
	desk = Desk(chromium, seller, site.PASSWORD)
	yield desk
	desk.close()


def test_the_timeline_has_one_readable_line_a_change(desk, seller):
	frappe.set_user(seller)
	lead = make_lead()
	mail_to(lead)
	mail_from(lead)
	frappe.set_user(seller)
	actions.log_call(lead.name, "Wants a price", duration=125)
	actions.follow_up(lead.name, str(today_of(seller)), seller)
	frappe.set_user("Administrator")
	follow_up.remind_of_lead(lead.name)
	opportunity = make_opportunity(lead)
	frappe.set_user(seller)
	actions.lose(lead.name, "No budget", "Next year perhaps")
	actions.reactivate(lead.name)
	actions.disqualify(lead.name, "A student's <b>project</b>")
	frappe.db.commit()

	desk.open("pipeline-lead", lead.name)
	timeline = desk.front.locator(".new-timeline")
	lines = timeline.locator(".timeline-item", has_text="changed the value of Status")
	expect(lines).to_have_count(8)
	# The probability follows the status, in the same line.
	said = [
		re.sub(r", Probability from [^\s,]+ to [^\s,]+", "", " ".join(line.inner_text().split()))
		for line in lines.all()
	]
	for line, part in zip(
		said,
		[
			"You changed the value of Status from Lead to Disqualified with the note: A student's <b>project</b>",
			"You changed the value of Status from Lost to Lead, Lost Reason from No budget to",
			"You changed the value of Status from Opportunity to Lost, ",
			f"changed the value of Status from Open to Opportunity because of Opportunity {opportunity.name}",
			"changed the value of Status from Replied to Open because the day of the next contact has come",
			"You changed the value of Status from Open to Replied because of a call",
			"changed the value of Status from Replied to Open because of a mail from the lead",
			"You changed the value of Status from Lead to Replied because of a mail to the lead",
		],
		strict=True,
	):
		assert part in line
	expect(
		lines.nth(3).get_by_role("link", name=f"because of Opportunity {opportunity.name}")
	).to_be_visible()
	for hidden in ("Status Category", "In this Status since", "Status Chosen by a Person", "Reminded for"):
		expect(timeline).not_to_contain_text(hidden)
	lines.first.scroll_into_view_if_needed()
	desk.picture("timeline")
	assert not desk.errors
