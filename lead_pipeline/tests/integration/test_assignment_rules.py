"""Assignment Rules hand leads out, whichever way they come in, to somebody who can work on them."""

import json
import threading
from collections import Counter

import frappe
import pytest
from frappe.automation.doctype.assignment_rule import assignment_rule as framework

from lead_pipeline.capture import carts, enquiries
from lead_pipeline.capture.enquiries import Enquiry
from lead_pipeline.constants import LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.people import assignment
from lead_pipeline.tests import mails, site, visitors
from lead_pipeline.tests.factories import make_cart, make_lead, make_quotation, make_user
from lead_pipeline.tests.integration.test_lead_import import Import
from lead_pipeline.tests.integration.test_rest import Client
from lead_pipeline.tests.sales import buyer, committed_leads, forget_errors, status, wipe

RULE = "Assignment Rule"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def make_rule(*users: str, **values):
	"""A rule for leads, by turns unless told otherwise."""
	rule = frappe.new_doc(RULE)
	rule.update(
		{
			"name": f"Rule {frappe.generate_hash(length=6)}",
			"document_type": LEAD,
			"description": "A new lead: {{ lead_name }}",
			"assign_condition": "True",
			"rule": "Round Robin",
			"users": [{"user": user} for user in users],
			"assignment_days": [{"day": day} for day in DAYS],
		}
		| values
	)
	return rule.insert()


def sellers(count: int) -> list[str]:
	"""Sales Users who stay on the site: making one takes longer than most tests."""
	users = [make_user("Sales User", email=f"assignee-{number}@example.com") for number in range(count)]
	for user in users:
		frappe.db.set_value("User", user, "enabled", 1)
	return users


def somebody_without_leads() -> str:
	"""A user of the desk whose roles have nothing to do with leads."""
	return make_user("Blogger", email="no-leads@example.com")


def disable(user: str) -> None:
	frappe.db.set_value("User", user, "enabled", 0)


def address() -> str:
	return f"{frappe.generate_hash(length=10)}@example.com"


def assignees(lead: str, status: str = "Open") -> list[str]:
	filters = {"reference_type": LEAD, "reference_name": lead, "status": status}
	return frappe.get_all("ToDo", filters, pluck="allocated_to", order_by="creation asc")


def owner_of(lead: str) -> str | None:
	return frappe.db.get_value(LEAD, lead, "lead_owner")


def comments(lead: str) -> list[str]:
	filters = {"reference_doctype": LEAD, "reference_name": lead, "comment_type": "Info"}
	return [frappe.utils.strip_html(text) for text in frappe.get_all("Comment", filters, pluck="content")]


def told(user: str) -> list[str]:
	return frappe.get_all("Notification Log", {"for_user": user, "type": "Alert"}, pluck="subject")


def errors() -> list[frappe._dict]:
	return frappe.get_all("Error Log", {"reference_doctype": RULE}, ["method", "error", "reference_name"])


def can_work_on(lead: str, user: str) -> bool:
	return all(frappe.has_permission(LEAD, right, doc=lead, user=user) for right in ("read", "write"))


def enquire(**values) -> str:
	return enquiries.receive(Enquiry("Web Form", {"email": address()} | values, text="<p>Hello</p>")).lead


@pytest.fixture
def own_leads():
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	frappe.clear_document_cache(SETTINGS, SETTINGS)


@pytest.fixture
def kept(clean_transaction):
	"""For what commits: rules, leads and settings are as before afterwards."""
	known = set(frappe.get_all(LEAD, pluck="name"))
	settings = frappe.db.get_single_value(SETTINGS, "lead_visibility")
	rules = []

	def keep(*users: str, **values):
		rules.append(make_rule(*users, **values))
		frappe.db.commit()
		return rules[-1]

	with committed_leads(0):
		yield keep
		site.start_over()
		frappe.db.set_single_value(SETTINGS, "lead_visibility", settings)
		for rule in rules:
			frappe.db.delete("ToDo", {"assignment_rule": rule.name})
			frappe.db.delete("Error Log", {"reference_name": rule.name})
			frappe.delete_doc(RULE, rule.name, force=True)
		made = [name for name in frappe.get_all(LEAD, pluck="name") if name not in known]
		for doctype in ("DocShare", "Notification Log"):
			field = "share_name" if doctype == "DocShare" else "document_name"
			frappe.db.delete(doctype, {field: ("in", made)})
		wipe(made)
		frappe.db.commit()


@pytest.fixture
def form(kept):
	"""A published form that a visitor can send at once."""
	form = visitors.make_form()
	frappe.db.commit()
	with visitors.settings(web_minimum_seconds=0, web_limit_sender=0, web_limit_form=0, web_limit_site=0):
		yield form.name
	visitors.forget()
	frappe.delete_doc("Web Form", form.name, force=True)
	frappe.db.commit()


class TestEveryWayIn:
	@pytest.mark.parametrize("assignee", [lambda: sellers(1)[0], somebody_without_leads])
	@pytest.mark.parametrize("visibility", ["All Leads", OWN_LEADS])
	def test_a_web_form_that_a_visitor_sends(self, kept, form, assignee, visibility):
		"""Frappe refuses it when the assignee has no right yet: the visitor may share nothing (frappe/crm#2272)."""
		user, visitor = assignee(), visitors.Visitor(form)
		kept(user)
		with visitors.settings(lead_visibility=visibility):
			assert visitors.is_thanked(visitor.send(first_name="Ada"))
			frappe.db.rollback()
			frappe.clear_document_cache(SETTINGS, SETTINGS)
			lead = visitor.lead()
			assert assignees(lead.name) == [user]
			assert can_work_on(lead.name, user)
			assert lead.lead_owner == user

	def test_an_enquiry_of_a_visitor_under_own_leads(self, own_leads):
		(user,) = sellers(1)
		make_rule(user)
		frappe.set_user("Guest")
		lead = enquire()
		assert assignees(lead) == [user]
		assert can_work_on(lead, user)
		assert not frappe.db.exists("DocShare", {"share_name": lead})

	def test_an_assignee_without_rights_on_leads_gets_this_one(self, own_leads):
		user = somebody_without_leads()
		make_rule(user)
		frappe.set_user("Guest")
		lead, other = enquire(), None
		assert can_work_on(lead, user)
		frappe.set_user("Administrator")
		frappe.delete_doc(RULE, frappe.get_all(RULE, {"document_type": LEAD}, pluck="name")[0], force=True)
		other = make_lead()
		assert not frappe.has_permission(LEAD, "read", doc=other.name, user=user)

	def test_a_mail(self):
		(user,) = sellers(1)
		make_rule(user)
		mail = mails.receive(mails.write(address()))
		assert mail.reference_doctype == LEAD
		assert (assignees(mail.reference_name), owner_of(mail.reference_name)) == ([user], user)

	def test_a_cart(self):
		(user,) = sellers(1)
		make_rule(user)
		cart = make_cart(email=address())
		assert carts.receive(cart.name, frappe.utils.now_datetime())
		lead = frappe.db.get_value("Quotation", cart.name, "pipeline_lead")
		assert (assignees(lead), owner_of(lead)) == ([user], user)

	def test_an_import(self, kept):
		first, second = sellers(2)
		kept(first, second)
		importing = Import()
		try:
			document = importing.run(
				[["Company Name", "Lead is an Organization"], *([f"Imported {n}", 1] for n in range(4))]
			)
			leads = importing.results(document)
			assert [assignees(lead) for lead in leads] == [[first], [second], [first], [second]]
		finally:
			importing.undo()

	def test_a_request_over_rest(self, kept):
		(user,) = sellers(1)
		kept(user)
		client = Client(make_user("Sales User"))
		lead = client.create(LEAD, company_name="Over REST", is_organization=1)
		frappe.db.rollback()
		assert assignees(lead["name"]) == [user]
		# Who makes a lead is its sales person; the rule only assigns it.
		assert owner_of(lead["name"]) == client.user
		client.update(lead | {"doctype": LEAD}, job_title="Buyer")
		frappe.db.rollback()
		assert assignees(lead["name"]) == [user]

	def test_a_known_sender_does_not_change_who_is_assigned(self):
		first, second = sellers(2)
		make_rule(first, second)
		email = address()
		lead = enquire(email=email)
		assert enquire(email=email) == lead
		assert assignees(lead) == [first]


class TestAutomaticChanges:
	def test_a_sale_assigns_and_takes_back_though_its_author_may_share_nothing(self, own_leads):
		user = somebody_without_leads()
		make_rule(user, assign_condition='status == "Quotation"', unassign_condition='status != "Quotation"')
		colleague, author = sellers(2)
		lead = make_lead(lead_owner=colleague)
		customer = buyer()
		frappe.set_user(author)
		assert not frappe.has_permission(LEAD, "share", doc=lead.name)
		quotation = make_quotation(lead, customer)
		assert status(lead) == "Quotation"
		assert assignees(lead.name) == [user]
		assert can_work_on(lead.name, user)
		frappe.set_user("Administrator")
		quotation.delete()
		assert status(lead) == "Lead"
		assert assignees(lead.name) == []
		assert assignees(lead.name, "Cancelled") == [user]

	def test_a_close_condition_closes_it(self):
		(user,) = sellers(1)
		make_rule(user, close_condition='status_category == "Won"')
		lead = make_lead()
		assert assignees(lead.name) == [user]
		lead.reload()
		lead.status = "Converted"
		lead.save()
		assert assignees(lead.name, "Closed") == [user]


class TestWhoseTurn:
	def test_by_turns(self):
		users = sellers(3)
		make_rule(*users)
		assert [assignees(make_lead().name) for _number in range(4)] == [
			[user] for user in [*users, users[0]]
		]

	def test_by_turns_across_transactions(self, kept):
		users = sellers(3)
		rule = kept(*users)
		found = []
		for _number in range(4):
			with site.action():
				lead = make_lead()
			found += assignees(lead.name)
		assert found == [*users, users[0]]
		assert frappe.db.get_value(RULE, rule.name, "last_user") == users[0]

	def test_what_was_undone_was_nobodys_turn(self, kept):
		users = sellers(2)
		kept(*users)
		with pytest.raises(frappe.ValidationError), site.action():
			make_lead()
			frappe.throw("Something else fails")
		with site.action():
			lead = make_lead()
		assert assignees(lead.name) == [users[0]]

	def test_a_disabled_user_is_passed_over(self):
		first, second, third = sellers(3)
		make_rule(first, second, third)
		disable(second)
		assert [assignees(make_lead().name)[0] for _number in range(4)] == [first, third, first, third]

	def test_who_was_disabled_after_the_last_turn_does_not_begin_the_round_again(self):
		first, second, third = sellers(3)
		rule = make_rule(first, second, third)
		rule.db_set("last_user", second)
		disable(second)
		assert assignees(make_lead().name) == [third]

	def test_who_comes_back_is_asked_again(self):
		first, second = sellers(2)
		make_rule(first, second)
		disable(second)
		assert assignees(make_lead().name) == [first]
		frappe.db.set_value("User", second, "enabled", 1)
		assert assignees(make_lead().name) == [second]

	def test_a_user_of_the_portal_is_passed_over(self):
		first, second = sellers(2)
		make_rule(first, second)
		frappe.db.set_value("User", first, "user_type", "Website User")
		assert assignees(make_lead().name) == [second]

	def test_by_load(self):
		busy, idle = sellers(2)
		make_rule(busy, idle, rule="Load Balancing")
		for number in range(3):
			frappe.get_doc(
				{
					"doctype": "ToDo",
					"reference_type": LEAD,
					"reference_name": make_lead().name,
					"allocated_to": busy,
					"description": f"Task {number}",
				}
			).insert()
		frappe.db.delete("ToDo", {"allocated_to": idle})
		assert assignees(make_lead().name) == [idle]
		disable(idle)
		assert assignees(make_lead().name) == [busy]

	def test_by_a_field(self):
		seller, contact = sellers(2)
		make_rule(rule="Based on Field", field="next_contact_by")
		assert assignees(make_lead(next_contact_by=contact).name) == [contact]
		disable(seller)
		lead = make_lead()
		frappe.db.set_value(LEAD, lead.name, "next_contact_by", seller)
		lead.reload()
		lead.save()
		assert assignees(lead.name) == []
		assert len(comments(lead.name)) == 1

	def test_many_at_once_are_handed_out_fairly_and_nobody_waits(self, kept):
		users = sellers(4)
		kept(*users)
		failed, leads = [], []

		def enquire_often() -> None:
			site.connect()
			try:
				for _number in range(10):
					with site.action():
						leads.append(enquire())
			except Exception as error:
				failed.append(error)
			finally:
				frappe.destroy()

		threads = [threading.Thread(target=enquire_often) for _number in range(4)]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
		assert not failed
		frappe.db.rollback()
		counts = Counter(user for lead in leads for user in assignees(lead))
		assert sum(counts.values()) == 40
		# The rounds of requests at the same moment overlap; each of the four has got a good part all the same.
		assert min(counts[user] for user in users) >= 4, counts

	def test_an_open_transaction_keeps_no_other_enquiry_waiting(self, kept):
		users = sellers(2)
		kept(*users)
		with site.somebody_else(enquire), site.action():
			lead = enquire()
		assert assignees(lead) == [users[0]]


class TestNobodyFits:
	def test_the_lead_is_saved_and_says_it_once(self):
		first, second = sellers(2)
		rule = make_rule(first, second)
		disable(first)
		disable(second)
		lead = enquire()
		assert assignees(lead) == []
		(said,) = comments(lead)
		assert said == f"assigned nobody: {rule.name} found no user who can log in. Assign somebody by hand."
		frappe.get_doc(LEAD, lead).save()
		assert len(comments(lead)) == 1

	def test_the_managers_are_told_once_a_day(self):
		(user,) = sellers(1)
		manager = make_user("Sales Manager")
		rule = make_rule(user)
		disable(user)
		enquire()
		enquire()
		assert told(manager) == [f"Assignment Rule {rule.name} finds nobody who can log in"]
		(entry,) = errors()
		assert "Enable one of its users or add others" in entry.error
		assert entry.reference_name == rule.name

	def test_another_rule_finds_somebody(self):
		gone, here = sellers(2)
		make_rule(gone, priority=2)
		make_rule(here, priority=1)
		disable(gone)
		lead = enquire()
		assert assignees(lead) == [here]
		assert comments(lead) == []

	def test_applied_from_the_list_it_is_said_too(self):
		(user,) = sellers(1)
		lead = make_lead()
		make_rule(user)
		disable(user)
		framework.bulk_apply(LEAD, json.dumps([lead.name]))
		assert len(comments(lead.name)) == 1


class TestOwner:
	def test_who_is_assigned_becomes_the_sales_person_of_a_lead_that_has_none(self):
		(user,) = sellers(1)
		make_rule(user)
		lead = make_lead()
		assert (lead.lead_owner, owner_of(lead.name)) == (user, user)
		lead.job_title = "Buyer"
		lead.save()
		assert owner_of(lead.name) == user

	def test_the_sales_person_whom_somebody_chose_stays(self):
		user, chosen = sellers(2)
		make_rule(user)
		lead = make_lead(lead_owner=chosen)
		assert (assignees(lead.name), owner_of(lead.name)) == ([user], chosen)

	def test_the_next_assignment_takes_over_what_the_last_one_gave(self):
		first, second = sellers(2)
		make_rule(first, assign_condition='job_title != "Chief"', unassign_condition='job_title == "Chief"')
		make_rule(second, assign_condition='job_title == "Chief"', unassign_condition='job_title != "Chief"')
		lead = make_lead()
		assert owner_of(lead.name) == first
		lead.job_title = "Chief"
		lead.save()
		assert (assignees(lead.name), owner_of(lead.name)) == ([second], second)
		version = frappe.get_last_doc("Version", {"ref_doctype": LEAD, "docname": lead.name})
		assert ["lead_owner", first, second] in json.loads(version.data)["changed"]

	@pytest.mark.parametrize("back", [False, True])
	def test_but_not_what_a_person_chose_since(self, back):
		first, second, chosen = sellers(3)
		make_rule(first, assign_condition='job_title != "Chief"', unassign_condition='job_title == "Chief"')
		make_rule(second, assign_condition='job_title == "Chief"', unassign_condition='job_title != "Chief"')
		lead = make_lead()
		for person in (chosen, first) if back else (chosen,):
			lead.lead_owner = person
			lead.save()
		lead.job_title = "Chief"
		lead.save()
		assert assignees(lead.name) == [second]
		assert owner_of(lead.name) == (first if back else chosen)

	def test_without_an_assignment_the_sales_person_stays(self):
		(user,) = sellers(1)
		make_rule(user, assign_condition='status == "Lead"', unassign_condition='status != "Lead"')
		lead = make_lead()
		lead.status = "Open"
		lead.save()
		assert (assignees(lead.name), owner_of(lead.name)) == ([], user)

	def test_nothing_of_this_when_it_is_switched_off(self):
		frappe.db.set_single_value(SETTINGS, "assignee_becomes_owner", 0)
		(user,) = sellers(1)
		make_rule(user)
		lead = make_lead()
		assert (assignees(lead.name), owner_of(lead.name)) == ([user], None)

	def test_a_person_who_assigns_chooses_no_sales_person(self):
		(user,) = sellers(1)
		lead = make_lead()
		frappe.get_attr("frappe.desk.form.assign_to.add")(
			{"doctype": LEAD, "name": lead.name, "assign_to": [user]}
		)
		assert (assignees(lead.name), owner_of(lead.name)) == ([user], None)

	def test_an_open_form_has_to_be_read_again_after_rules_were_applied_from_the_list(self):
		lead = make_lead()
		(user,) = sellers(1)
		make_rule(user)
		framework.bulk_apply(LEAD, json.dumps([lead.name]))
		assert owner_of(lead.name) == user
		lead.job_title = "Buyer"
		with pytest.raises(frappe.TimestampMismatchError):
			lead.save()

	def test_who_was_assigned_cannot_be_made_up_by_a_client(self):
		first, second = sellers(2)
		lead = make_lead(lead_owner=first, assigned_owner=first)
		assert frappe.db.get_value(LEAD, lead.name, "assigned_owner") is None
		lead.assigned_owner = first
		lead.save()
		make_rule(second)
		lead.reload()
		lead.save()
		assert owner_of(lead.name) == first


class TestNoHarm:
	def test_a_condition_that_fails_harms_no_lead(self):
		(user,) = sellers(1)
		manager = make_user("Sales Manager")
		rule = make_rule(user, assign_condition="no_such_field > 1")
		frappe.clear_messages()
		frappe.set_user("Guest")
		lead = enquire()
		assert frappe.db.exists(LEAD, lead)
		assert assignees(lead) == []
		# A visitor learns nothing of it.
		assert frappe.local.message_log == []
		assert told(manager) == [f"Assignment Rule {rule.name} failed"]
		(entry,) = errors()
		assert "The lead was saved without an assignment by it." in entry.error
		assert "no_such_field" in entry.error

	def test_a_description_that_cannot_be_rendered_harms_no_lead(self):
		(user,) = sellers(1)
		rule = make_rule(user)
		frappe.db.set_value(RULE, rule.name, "description", "{{ no_such.field }}")
		lead = enquire()
		assert frappe.db.exists(LEAD, lead)
		assert assignees(lead) == []
		assert errors()[0].method == f"Assignment Rule {rule.name} failed"

	def test_without_sharing_an_assignee_who_may_see_no_leads_is_not_assigned(self):
		frappe.db.set_single_value("System Settings", "disable_document_sharing", 1)
		frappe.clear_document_cache("System Settings", "System Settings")
		frappe.local.system_settings = frappe.get_doc("System Settings")
		rule = make_rule(somebody_without_leads())
		lead = enquire()
		assert assignees(lead) == []
		assert errors()[0].method == f"Assignment Rule {rule.name} failed"

	def test_rules_for_other_documents_are_the_frameworks_own(self):
		(user,) = sellers(1)
		disable(user)
		rule = make_rule(user, document_type="Note")
		assert frappe.get_doc(RULE, rule.name).get_user({}) == user

	def test_it_builds_on_the_class_that_another_app_has_put_there(self):
		class Others(framework.AssignmentRule):
			pass

		assert issubclass(assignment.careful(Others), Others)
		assert isinstance(frappe.get_doc(RULE, make_rule(*sellers(1)).name), assignment.Careful)

	def test_a_client_cannot_assign_in_the_name_of_a_rule(self, kept):
		"""What a rule assigns is shared with its assignee, whoever asks."""
		rule = kept(*sellers(1), assign_condition="False")
		outsider = somebody_without_leads()
		client = Client(make_user("Sales User"))
		lead = client.create(LEAD, company_name="Not to be shared", is_organization=1)["name"]
		client.call(
			"POST",
			"method/frappe.desk.form.assign_to.add",
			doctype=LEAD,
			name=lead,
			assign_to=json.dumps([sellers(1)[0]]),
			assignment_rule=rule.name,
		)
		frappe.db.rollback()
		assert frappe.get_all("ToDo", {"reference_name": lead}, pluck="assignment_rule") == [None]
		todo = frappe.new_doc("ToDo")
		todo.update({"reference_type": LEAD, "reference_name": lead, "allocated_to": outsider})
		todo.update({"assignment_rule": rule.name, "description": "Look"})
		todo.insert()
		assert not frappe.db.exists("DocShare", {"share_name": lead, "user": outsider})
		frappe.db.delete("ToDo", {"reference_name": lead})
		frappe.db.commit()


@pytest.fixture(autouse=True)
def no_old_errors(clean_transaction):
	frappe.db.delete("Error Log", {"reference_doctype": RULE})
	yield
	forget_errors()
	frappe.db.rollback()
