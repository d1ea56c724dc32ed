"""Who hears of a lead: whoever gets it from somebody else, the managers when nobody has it, never who has left."""

import json
from contextlib import contextmanager
from urllib.parse import parse_qs, quote, urlsplit

import frappe
import pytest
from frappe.desk.form import assign_to
from frappe.utils import nowdate
from frappe.utils.background_jobs import get_queue

from lead_pipeline.activities import actions, follow_up, handing_over
from lead_pipeline.capture import calls, enquiries
from lead_pipeline.capture.enquiries import Enquiry
from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.tests import from_a_lead, mails, site, visitors
from lead_pipeline.tests.actions import refusal
from lead_pipeline.tests.assignment import address, assignees, comments, disable, make_rule
from lead_pipeline.tests.factories import make_lead, make_user, needs
from lead_pipeline.tests.imports import Imports
from lead_pipeline.tests.merges import merge
from lead_pipeline.tests.rest import Client

MANAGER, GERMAN, NORTH, SOUTH, GONE = PEOPLE = tuple(
	f"told-{name}@example.com" for name in ("manager", "german", "north", "south", "gone")
)
ASSIGN_TO = "method/frappe.desk.form.assign_to"
TELL_MANAGERS = "lead_pipeline.activities.handing_over.tell_managers"


@pytest.fixture(autouse=True)
def people(clean_transaction):
	"""Users who stay on the site, as making one takes longer than most tests. Other managers of the site are on holiday."""
	for user in (MANAGER, GERMAN):
		make_user("Sales Manager", "Sales User", email=user)
	for user in (NORTH, SOUTH, GONE):
		make_user("Sales User", email=user)
	frappe.db.set_value("User", GERMAN, "language", "de")
	frappe.db.delete("Notification Log", {"for_user": ("in", PEOPLE)})
	frappe.db.commit()
	yield
	frappe.set_user("Administrator")
	frappe.db.rollback()
	frappe.db.set_value("User", {"name": ("in", PEOPLE)}, "enabled", 1)
	frappe.db.delete("Notification Log", {"for_user": ("in", PEOPLE)})
	frappe.db.commit()


def told(user: str) -> list[str]:
	subjects = frappe.get_all(
		"Notification Log", {"for_user": user}, pluck="subject", order_by="creation, name"
	)
	return [frappe.utils.strip_html(subject) for subject in subjects]


def managers_hear() -> None:
	"""Do the jobs that tell managers, as the worker would."""
	queue = get_queue("short")
	jobs = [job for job in queue.jobs if job.kwargs.get("method") == TELL_MANAGERS]
	for job in jobs:
		queue.remove(job)
		handing_over.tell_managers(**job.kwargs["kwargs"])


@contextmanager
def request(user: str):
	"""One request of `user`, committed at its end; the managers hear of it."""
	get_queue("short").empty()
	frappe.set_user(user)
	try:
		with site.action():
			yield
	finally:
		frappe.set_user("Administrator")
	managers_hear()


def enquire(**values) -> str:
	return enquiries.receive(Enquiry("Web Form", {"email": address(), "last_name": "Visitor"} | values)).lead


@pytest.fixture
def leads(people):
	"""Names of leads that were committed, to be deleted afterwards."""
	names = []
	yield names
	site.start_over()
	for name in names:
		site.delete(LEAD, name)
	frappe.db.commit()


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
	"""The filters of the address that the only notification of `user` leads to, as the desk reads them."""
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


class TestHandOver:
	def test_sets_the_sales_person_and_leaves_the_note_in_timeline_and_notification(self, leads):
		leads.append(make_lead(lead_owner=NORTH, lead_name="Pump").name)
		frappe.db.commit()
		answer = Client(NORTH).call(
			"POST",
			"method/lead_pipeline.activities.actions.hand_over",
			leads=leads,
			to=SOUTH,
			note="Call after <b>noon</b>",
		)
		frappe.db.rollback()
		assert frappe.utils.strip_html(answer["message"]) == "Pump is in the hands of told-south now."
		assert frappe.db.get_value(LEAD, leads[0], "lead_owner") == SOUTH
		(subject,) = frappe.get_all("Notification Log", {"for_user": SOUTH}, pluck="subject")
		assert "<b>noon" not in subject and "Call after &lt;b&gt;noon&lt;/b&gt;" in subject
		(comment,) = [text for text in comments(leads[0]) if "handed" in text]
		assert "told-south: Call after" in comment

	@pytest.mark.parametrize("to", [GONE, "nobody@example.com", "Guest"])
	def test_not_to_somebody_who_cannot_work_on_it(self, to):
		disable(GONE)
		lead = make_lead()
		with pytest.raises(frappe.ValidationError, match="Choose somebody else"):
			actions.hand_over(lead.name, to)

	def test_not_to_who_has_it_nor_by_who_may_not_change_it(self):
		lead = make_lead(lead_owner=SOUTH)
		assert "has it already" in refusal(actions.hand_over(lead.name, SOUTH))
		frappe.db.set_single_value(SETTINGS, "lead_visibility", "Own Leads")
		frappe.set_user(NORTH)
		assert "you may not see it" in refusal(actions.hand_over(lead.name, NORTH))


class TestPeopleWhoHaveLeft:
	"""Whoever is told, asked or copied to: not the one who has left, but who is assigned, else the managers."""

	@pytest.fixture
	def lead(self, people):
		lead = make_lead(
			email=address(),
			lead_owner=GONE,
			phone="+49 30 901820",
			lead_name="Pump",
			next_contact_date=nowdate(),
		)
		assign_to.add({"doctype": LEAD, "name": lead.name, "assign_to": [NORTH]})
		frappe.db.delete("Notification Log", {"for_user": ("in", PEOPLE)})
		disable(GONE)
		return lead

	@pytest.fixture(params=["assigned", "nobody"])
	def instead(self, request, lead):
		"""Who is to hear instead."""
		if request.param == "assigned":
			return [NORTH]
		disable(NORTH)
		return [GERMAN, MANAGER]

	def who_was_told(self) -> list[str]:
		users = frappe.get_all(
			"Notification Log", {"for_user": ("in", PEOPLE), "type": "Alert"}, pluck="for_user"
		)
		return sorted(users)

	def test_a_further_enquiry(self, lead, instead):
		enquire(email=lead.email)
		assert self.who_was_told() == instead

	def test_a_call(self, lead, instead):
		call = frappe.new_doc("Communication")
		call.update({"communication_medium": "Phone", "sent_or_received": "Received", "phone_no": lead.phone})
		calls.tell_people(call)
		assert self.who_was_told() == instead

	def test_the_day_of_the_next_contact(self, lead, instead):
		assert lead.name in follow_up.leads_due()
		assert follow_up.remind_of_lead(lead.name)
		assert self.who_was_told() == instead
		assert GONE not in assignees(lead.name)

	def test_a_merge(self, lead, instead):
		merge(make_lead(lead_owner=SOUTH), lead)
		assert self.who_was_told() == instead

	def test_a_lead_that_comes_in_for_them(self, leads):
		disable(GONE)
		frappe.db.commit()
		with request("Administrator"):
			lead = frappe.new_doc(LEAD)
			lead.update({"lead_owner": GONE, "lead_name": "Pump"})
			leads.append(lead.insert(ignore_permissions=True).name)
		assert told(GONE) == []
		assert told(MANAGER) == ["Pump has nobody who works on it: told-gone cannot log in."]

	@pytest.mark.parametrize(
		"way",
		["assign", "assign many", "task", "task of another", "sales person", "next contact", "new lead"],
	)
	def test_nobody_gives_them_a_lead_by_hand(self, way, leads):
		lead = make_lead()
		leads.append(lead.name)
		on_lead = {"reference_type": LEAD, "reference_name": lead.name, "description": "Call"}
		on_lead["assigned_by"] = NORTH
		task = frappe.get_doc({"doctype": "ToDo", "allocated_to": NORTH} | on_lead).insert()
		disable(GONE)
		frappe.db.commit()
		ways = {
			"assign": (
				"POST",
				f"{ASSIGN_TO}.add",
				{"name": lead.name, "doctype": LEAD, "assign_to": json.dumps([GONE])},
			),
			"assign many": (
				"POST",
				f"{ASSIGN_TO}.add_multiple",
				{"name": json.dumps([lead.name]), "doctype": LEAD, "assign_to": json.dumps([GONE])},
			),
			"task": ("POST", "resource/ToDo", {"allocated_to": GONE} | on_lead),
			"task of another": ("PUT", f"resource/ToDo/{task.name}", {"allocated_to": GONE}),
			"sales person": ("PUT", f"resource/{LEAD}/{lead.name}", {"lead_owner": GONE}),
			"next contact": ("PUT", f"resource/{LEAD}/{lead.name}", {"next_contact_by": GONE}),
			"new lead": ("POST", f"resource/{LEAD}", {"lead_owner": GONE, "lead_name": "Pump"}),
		}
		verb, path, values = ways[way]
		with pytest.raises(AssertionError, match="told-gone.*is disabled.*Choose somebody else"):
			Client(NORTH).call(verb, path, **values)
		assert GONE not in assignees(lead.name)

	def test_who_has_left_keeps_what_they_had(self, lead):
		lead.reload()
		lead.job_title = "Buyer"
		lead.save()
		assert lead.lead_owner == GONE

	def test_an_opportunity(self, lead, sales_documents):
		needs("Opportunity")
		assert from_a_lead.new(lead, "Opportunity").opportunity_owner == NORTH
