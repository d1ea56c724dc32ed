"""Who is told of a lead.

A user who gets it from somebody else, the managers when nobody has it, and never a user who has left.
"""

import json
from urllib.parse import parse_qs, quote, urlsplit

import frappe
import pytest
from frappe.desk.form import assign_to

from lead_pipeline.activities import actions, handing_over
from lead_pipeline.constants import LEAD
from lead_pipeline.tests import mails, site, visitors
from lead_pipeline.tests.assignment import address, disable, make_rule
from lead_pipeline.tests.bell import GERMAN, MANAGER, NORTH, SOUTH, enquire, request, told
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.imports import Imports
from lead_pipeline.tests.merges import merge
from lead_pipeline.tests.rest import Client


class TestALeadThatNobodyHas:
	def test_the_managers_are_told_once_and_each_in_their_language(self, leads, monkeypatch):
		translate = frappe._

		def translated(text, lang=None, context=None):
			return f"[{lang}] {text}" if "has no sales person" in text else translate(text, lang, context)

		monkeypatch.setattr(handing_over, "_", translated)
		with request("Guest"):
			leads.append(enquire(last_name="Hartmann"))
		with request(NORTH):
			lead = frappe.get_doc(LEAD, leads[0])
			lead.description = "Read."
			lead.save()
		assert told(MANAGER) == ["[en] Hartmann is new and has no sales person."]
		assert told(GERMAN) == ["[de] Hartmann is new and has no sales person."]
		assert told(NORTH) == []
		(link,) = frappe.get_all(
			"Notification Log", {"for_user": MANAGER}, ["document_type", "document_name"]
		)
		assert (link.document_type, link.document_name) == (LEAD, leads[0])

	@pytest.mark.parametrize("way", ["web form", "rest", "mail"])
	def test_whichever_way_it_comes_in(self, way, leads, free_worker):
		who = address()
		if way == "web form":
			form = visitors.make_form()
			frappe.db.commit()
			with visitors.settings(web_minimum_seconds=0):
				assert visitors.is_thanked(visitors.Visitor(form.name, who).send())
		elif way == "rest":
			client = Client(make_user("System Manager", email="told-robot@example.com"))
			client.create(LEAD, email=who, last_name="Robot")
		else:
			account = mails.make_account()
			frappe.db.commit()
			with site.action():
				mails.receive(mails.write(who), account)
		try:
			site.wait_until(lambda: told(MANAGER), "the manager is told")
			leads += frappe.get_all(LEAD, {"email": who}, pluck="name")
			assert len(leads) == len(told(MANAGER)) == 1
			assert told(MANAGER)[0].endswith("is new and has no sales person.")
		finally:
			frappe.db.rollback()
			if way == "web form":
				site.delete("Web Form", form.name)
			if way == "mail":
				site.delete("Email Account", account.name)
			frappe.db.commit()

	def test_not_when_a_rule_or_somebody_gives_it_to_a_person_at_once(self, leads):
		rule = make_rule(NORTH)
		frappe.db.commit()
		try:
			with request("Guest"):
				leads.append(enquire())
		finally:
			site.delete("Assignment Rule", rule.name)
			frappe.db.commit()
		with request("Guest"):
			leads.append(enquire())
			frappe.set_user("Administrator")
			actions.hand_over(leads[-1], SOUTH)
		assert told(MANAGER) == told(GERMAN) == []

	def test_who_is_disabled_or_has_switched_it_off_is_not_told(self, leads):
		disable(GERMAN)
		frappe.db.commit()
		with request("Guest"):
			leads.append(enquire())
		assert (len(told(MANAGER)), told(GERMAN)) == (1, [])
		with visitors.settings(unowned_notifies=0), request("Guest"):
			leads.append(enquire())
		assert len(told(MANAGER)) == 1

	def test_many_become_one_message_that_leads_to_the_list(self, leads):
		for _number in range(5):
			with request("Guest"):
				leads.append(enquire())
		assert told(MANAGER) == ["5 new leads have no sales person."]
		assert query_of_link(MANAGER) == {
			"lead_owner": ["is", "not set"],
			"status_category": ["in", "New,Working,Qualified"],
		}

	def test_the_workspace_counts_them(self, leads):
		workspace = frappe.get_doc("Workspace", "Lead Pipeline")
		(shortcut,) = [row for row in workspace.shortcuts if row.label == "Without Sales Person"]

		def count() -> int:
			query = f"doctype={quote(LEAD)}&filters={quote(shortcut.stats_filter)}"
			return Client(NORTH).call("GET", f"method/frappe.client.get_count?{query}")

		before = count()
		leads += [make_lead().name, make_lead(lead_owner=SOUTH).name, make_lead(status="Disqualified").name]
		frappe.db.commit()
		assert count() == before + 1

	def test_what_was_read_is_not_told_again(self, leads):
		for _number in range(3):
			with request("Guest"):
				leads.append(enquire())
		frappe.db.set_value("Notification Log", {"for_user": MANAGER}, "read", 1)
		with request("Guest"):
			leads.append(enquire(last_name="Fourth"))
		assert len(told(MANAGER)) == 4
		assert told(MANAGER)[-1] == "Fourth is new and has no sales person."


def query_of_link(user: str) -> dict:
	"""Return the filters in the address of the user's only notification.

	As the desk reads them.
	"""
	log = frappe.get_last_doc("Notification Log", {"for_user": user})
	# Notifications of Frappe 15.0 have no address of their own.
	address = log.get("link") or frappe.utils.strip_html(log.email_content).replace("&amp;", "&")
	parts = urlsplit(address)
	assert parts.path.endswith("/pipeline-lead")
	return {
		field: json.loads(value) if value.startswith("[") else value
		for field, (value,) in parse_qs(parts.query).items()
	}


class TestWhoGetsALead:
	@pytest.mark.parametrize(
		"field, said",
		[("lead_owner", "told-north has handed"), ("next_contact_by", "told-north asks you to contact")],
	)
	def test_is_told_by_whom_whichever_field_says_so(self, field, said, leads):
		leads.append(make_lead(lead_owner=NORTH).name)
		frappe.db.commit()
		Client(NORTH).call("PUT", f"resource/{LEAD}/{leads[0]}", **{field: SOUTH})
		frappe.db.rollback()
		(subject,) = told(SOUTH)
		assert subject.startswith(said)
		assert told(NORTH) == told(MANAGER) == []

	def test_also_of_a_new_lead_and_once_when_both_fields_say_so(self, leads):
		with request(NORTH):
			leads.append(make_lead(lead_owner=SOUTH, next_contact_by=SOUTH, lead_name="Pump").name)
		assert told(SOUTH) == ["told-north has handed Pump over to you."]

	def test_not_who_takes_it_nor_who_has_given_it_away_again(self, leads):
		with request(NORTH):
			leads.append(make_lead().name)
			actions.hand_over(leads[0], SOUTH)
			actions.take(leads[0])
		assert told(NORTH) == told(SOUTH) == []

	def test_an_assignment_is_told_by_the_framework_alone(self, leads, free_worker):
		leads.append(make_lead(lead_owner=NORTH).name)
		frappe.db.commit()
		with site.action():
			lead = frappe.get_doc(LEAD, leads[0])
			lead.lead_owner = SOUTH
			lead.save()
			assign_to.add({"doctype": LEAD, "name": lead.name, "assign_to": [SOUTH]})
		site.wait_until(lambda: told(SOUTH), "the framework has told of the assignment")
		(subject,) = told(SOUTH)
		assert "assigned a new task" in subject

	def test_not_when_the_setting_is_off(self, leads):
		with visitors.settings(handover_notifies=0), request(NORTH):
			leads.append(make_lead(lead_owner=SOUTH).name)
		assert told(SOUTH) == []

	def test_nor_of_what_a_script_does(self, leads):
		leads.append(make_lead(lead_owner=SOUTH).name)
		frappe.db.commit()
		assert told(SOUTH) == []

	def test_of_many_in_the_list_one_message(self, leads):
		leads += [make_lead(lead_owner=NORTH).name for _number in range(5)]
		frappe.db.commit()
		Client(NORTH).call(
			"POST",
			"method/frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
			doctype=LEAD,
			docnames=json.dumps(leads),
			action="update",
			data=json.dumps({"lead_owner": SOUTH}),
		)
		frappe.db.rollback()
		assert told(SOUTH) == ["told-north has handed 5 leads over to you."]
		assert query_of_link(SOUTH)["lead_owner"] == SOUTH

	def test_by_a_merge(self, leads):
		kept, other = make_lead(lead_owner=NORTH), make_lead(lead_owner=SOUTH)
		leads += [kept.name, other.name]
		frappe.db.commit()
		with request(NORTH):
			merge(kept, other, lead_owner=other.name)
		assert told(SOUTH) == [f"told-north has handed {kept.lead_name} over to you."]

	def test_by_an_import_in_one_message_each(self, people):
		imports = Imports()
		try:
			frappe.set_user(MANAGER)
			rows = [
				[imports.email(f"{number}"), f"Row {number}", owner]
				for number, owner in enumerate([NORTH] * 4 + [SOUTH] + [MANAGER])
			]
			imports.done([["Email", "Last Name", "Sales Person"], *rows])
		finally:
			imports.undo()
		assert told(NORTH) == ["told-manager has handed 4 leads over to you."]
		assert told(SOUTH) == ["told-manager has handed 1 leads over to you."]
		assert told(GERMAN) == []
		assert [subject for subject in told(MANAGER) if "handed" in subject] == []
