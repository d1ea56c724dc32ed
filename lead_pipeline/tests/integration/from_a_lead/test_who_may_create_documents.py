"""Every method behind *Create*, called by those who may not."""

import frappe
import pytest
import requests
from frappe.permissions import add_user_permission

from lead_pipeline.constants import LEAD
from lead_pipeline.documents import connections, create
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import (
	make_user,
)
from lead_pipeline.tests.from_a_lead import ROLES, party_of, person
from lead_pipeline.tests.messages import refused
from lead_pipeline.tests.rest import Client

METHODS = {
	"choices": (create.choices, {"document_type": "Quotation"}),
	"prepare": (create.prepare, {"document_type": "Quotation"}),
	"new_document": (create.new_document, {"document_type": "Quotation"}),
	"link_opportunity": (create.link_opportunity, {"opportunity": "CRM-OPP-1"}),
}


WRITES = ("prepare", "link_opportunity")


NOT_SEEN = "There is no such lead, or you may not see it."


class TestWhoMay:
	def test_every_whitelisted_method_is_tried_here(self):
		from frappe import whitelisted

		found = {method.__name__ for method in whitelisted if method.__module__ == create.__name__}
		assert found == set(METHODS)

	@pytest.mark.parametrize("method", METHODS)
	def test_guests_strangers_and_the_wrong_verb_are_refused(self, committed, method):
		lead = person()
		committed.append(lead)
		frappe.db.commit()
		_function, arguments = METHODS[method]
		address = f"{site.URL}/api/method/lead_pipeline.documents.create.{method}"
		body = arguments | {"lead": lead.name}
		stranger, seller = Client(make_user()), Client(make_user(*ROLES))
		right, wrong = ("post", "get") if method in WRITES else ("get", "post")

		def status(session, verb) -> int:
			send = {"json": body} if verb == "post" else {"params": body}
			return getattr(session, verb)(address, timeout=60, **send).status_code

		assert status(requests, right) == 403
		assert status(stranger.session, right) == 403
		assert status(seller.session, wrong) == 403
		frappe.db.rollback()
		assert party_of(lead) == (None, None)

	@pytest.mark.parametrize("method", METHODS)
	def test_a_user_without_a_role_is_refused(self, method):
		function, arguments = METHODS[method]
		lead = person()
		frappe.set_user(make_user())
		with refused(frappe.PermissionError) as refusal:
			function(lead.name, **arguments)
		assert NOT_SEEN in refusal

	@pytest.mark.parametrize("method", METHODS)
	def test_a_lead_that_the_user_may_not_see_is_refused_as_if_it_did_not_exist(self, method):
		function, arguments = METHODS[method]
		user = make_user(*ROLES)
		hidden, shown = person(), person()
		add_user_permission(LEAD, shown.name, user)
		frappe.set_user(user)
		for name in (hidden.name, "LEAD-0"):
			with refused(frappe.PermissionError) as refusal:
				function(name, **arguments)
			assert refusal.text == NOT_SEEN

	@pytest.mark.parametrize("method", WRITES)
	def test_who_may_only_read_the_lead_makes_nothing_of_it(self, method):
		function, arguments = METHODS[method]
		user = make_user()
		lead = person()
		frappe.share.add(LEAD, lead.name, user, read=1)
		frappe.set_user(user)
		with refused(frappe.PermissionError) as refusal:
			function(lead.name, **arguments)
		assert (
			refusal.text == "You may not change it. Ask its owner to share it with you, or a Sales Manager."
		)

	def test_connections_are_closed_to_who_may_not_see_the_lead(self):
		user = make_user()
		lead = person()
		frappe.set_user(user)
		with refused(frappe.PermissionError) as refusal:
			connections.count(LEAD, lead.name, "[]")
		assert refusal.text == NOT_SEEN
		assert (
			requests.get(
				f"{site.URL}/api/method/lead_pipeline.documents.connections.count",
				params={"doctype": LEAD, "name": lead.name},
				timeout=60,
			).status_code
			== 403
		)
