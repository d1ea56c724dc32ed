"""The users of the demo find something to try.

Mails that they may write, an inbox, a held enquiry, and a rule that assigns leads.
"""

import frappe
import pytest

from lead_pipeline.capture.inbox import api
from lead_pipeline.constants import LEAD, MODULE


@pytest.fixture
def data(clean_transaction):
	"""Set up the demo without the months before, and return its data.

	The tasks and mails that wait on its desk are there.
	"""
	# An installed app has no demo; the repository has.
	data = pytest.importorskip("sandbox.demo.data")
	from sandbox.demo import incoming, set_up
	from sandbox.demo.stage import Clock

	now = frappe.utils.now_datetime()
	with Clock() as clock:
		set_up.set_up()
		incoming.set_up_answers()
		incoming.arrive(clock, now)
	return data


def test_people_land_on_the_pipeline_and_have_something_to_answer(data):
	for email, *_names in data.USERS:
		frappe.set_user(email)
		if frappe.get_meta("User").has_field("default_workspace"):
			assert frappe.db.get_value("User", email, "default_workspace") == MODULE
		# The composer reads the accounts.
		assert frappe.has_permission("Email Account") and frappe.has_permission("Email Template")
		assert frappe.has_permission("Communication", "create")
	waiting = api.items(limit=100)["rows"]
	kinds = {row["kind"] for row in waiting}
	assert len(waiting) >= 12 and len(kinds) == 2
	frappe.set_user("Administrator")
	assert len(frappe.get_all("Email Template", {"name": ("in", [row[0] for row in data.TEMPLATES])})) >= 2
	assert frappe.db.count("Pipeline Held Enquiry", {"email": data.HELD[0]["email"]}) == 1
	rule = frappe.get_doc("Assignment Rule", data.RULE)
	assert (rule.document_type, rule.disabled) == (LEAD, 0) and rule.users
	assert frappe.db.get_value("Web Form", {"doc_type": LEAD, "route": "enquiry"}, "published")
