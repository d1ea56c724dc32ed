"""Assignment Rules assign each new lead to a user who can work on it.

This holds for every way in which a lead is created.
"""

import frappe
import pytest

from lead_pipeline.capture import carts
from lead_pipeline.constants import LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.tests import mails, visitors
from lead_pipeline.tests.assignment import (
	RULE,
	address,
	assignees,
	can_work_on,
	enquire,
	make_rule,
	owner_of,
	sellers,
	somebody_without_leads,
)
from lead_pipeline.tests.data_imports import Import
from lead_pipeline.tests.factories import make_cart, make_lead, make_quotation, make_user
from lead_pipeline.tests.leads import status
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.sales import buyer


class TestEveryWayIn:
	@pytest.mark.parametrize("assignee", [lambda: sellers(1)[0], somebody_without_leads])
	@pytest.mark.parametrize("visibility", ["All Leads", OWN_LEADS])
	def test_a_web_form_that_a_visitor_sends(self, kept, form, assignee, visibility):
		"""A lead from a visitor's web form is assigned to a user who can work on it.

		Frappe refuses the assignment when the assignee has no right yet, as the visitor may share nothing
		(frappe/crm#2272).
		"""
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
		assert carts.receive_cart(cart.name, frappe.utils.now_datetime())
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
		# The author sees the lead; only its owner may share it.
		lead = make_lead(lead_owner=colleague, next_contact_by=author)
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
