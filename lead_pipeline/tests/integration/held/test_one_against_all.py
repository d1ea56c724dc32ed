"""One sender cannot block the web form or hold enquiries for the others.

Tested over HTTP.
"""

import frappe
import pytest
from frappe.model.base_document import get_controller

from lead_pipeline.capture import idempotency
from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site, visitors
from lead_pipeline.tests.visitors import Visitor, is_thanked, settings


class TestOneAgainstAll:
	"""One sender cannot block the web form or hold enquiries for the others."""

	@pytest.fixture(autouse=True)
	def nothing_yet(self, form):
		site.start_over()
		frappe.db.delete("Pipeline Enquiry Receipt")
		frappe.db.commit()

	def junk(self, form, number: int, email: str | None = None) -> list[int]:
		"""Junk of every kind in turn; the answers' status codes."""
		used = Visitor(form.name)
		ticket = used.ticket()
		kinds = ({"ticket": None}, {"ticket": "1.2.3"}, {"ticket": used.ticket(), "second_homepage": "x"})
		answers = []
		for count in range(number):
			sender = Visitor(form.name, email)
			answers.append(sender.send(kinds[count % len(kinds)], description=f"Number {count}").status_code)
		assert is_thanked(used.send({"ticket": ticket}))
		return answers

	def test_junk_by_a_form_does_not_shut_it(self, form):
		with settings(web_limit_form=2):
			assert self.junk(form, 5) == [200] * 5
			genuine = Visitor(form.name)
			assert is_thanked(genuine.send())
		assert len(genuine.leads()) == 1

	def test_a_flood_of_junk_is_refused_and_shuts_nothing(self, form):
		with settings(web_limit_form=2, web_limit_site=4):
			assert self.junk(form, 6) == [200] * 4 + [429] * 2
			genuine = Visitor(form.name)
			assert is_thanked(genuine.send())
		assert len(genuine.leads()) == 1

	def test_junk_by_one_form_does_not_shut_another(self, form):
		other = visitors.make_form()
		frappe.db.commit()
		with settings(web_limit_form=1, web_limit_site=3):
			self.junk(form, 4)
			genuine = Visitor(other.name)
			assert is_thanked(genuine.send())
		assert len(genuine.leads()) == 1
		site.start_over()
		frappe.delete_doc(LEAD, genuine.leads()[0], force=True)
		frappe.delete_doc("Web Form", other.name, force=True)
		frappe.db.commit()

	def test_junk_with_a_persons_address_does_not_hold_what_she_writes(self, form):
		person = Visitor(form.name)
		with settings(web_limit_sender=2):
			self.junk(form, 3, person.email)
			assert is_thanked(person.send())
		assert len(person.leads()) == 1
		assert len(person.held()) == 3

	def test_what_a_program_sends_with_a_key_does_not_stop_visitors(self, form, seller):
		made = [
			seller.call(
				"POST",
				"method/lead_pipeline.capture.api.create_lead",
				values={"email": visitors.address()},
				idempotency_key=frappe.generate_hash(),
			)
			for _number in range(3)
		]
		assert all(answer["created"] for answer in made)
		with settings(web_limit_site=2):
			assert is_thanked(Visitor(form.name).send())

	def test_one_network_address_has_a_part_of_the_forms_limit(self, form):
		busy, before = {"X-Forwarded-For": "198.51.100.77"}, getattr(frappe.local, "request_ip", None)
		frappe.local.request_ip = "198.51.100.77"
		client = idempotency.client()
		frappe.local.request_ip = before
		for number in range(20):
			idempotency.write_receipt(f"genuine-{number}", form=form.name, client=client)
		frappe.db.commit()
		with settings(web_limit_form=23):
			for _number in range(3):
				again = Visitor(form.name, **busy)
				assert is_thanked(again.send())
				assert again.why_held() == "client_limit"
			genuine = Visitor(form.name, **{"X-Forwarded-For": "198.51.100.78"})
			assert is_thanked(genuine.send())
		assert len(genuine.leads()) == 1

	def test_an_address_of_the_network_is_kept_nowhere_and_says_nothing_when_a_proxy_hides_it(self, form):
		assert is_thanked(Visitor(form.name, **{"X-Forwarded-For": "203.0.113.9"}).send())
		assert is_thanked(Visitor(form.name).send())
		frappe.db.rollback()
		rows = frappe.get_all(idempotency.RECEIPT, fields=["*"], order_by="creation asc")
		assert "203.0.113.9" not in frappe.as_json(rows)
		assert [bool(row.client) for row in rows] == [True, False]


def test_receipts_are_kept_for_some_time_only(clean_transaction):
	frappe.db.delete(idempotency.RECEIPT)
	for name, age in (("old", 31), ("young", 29)):
		idempotency.write_receipt(name, form="Form")
		frappe.db.set_value(idempotency.RECEIPT, name, "creation", frappe.utils.add_days(None, -age))
	(row,) = [
		row for row in frappe.get_doc("Log Settings").logs_to_clear if row.ref_doctype == idempotency.RECEIPT
	]
	get_controller(row.ref_doctype).clear_old_logs(days=row.days)
	assert frappe.get_all(idempotency.RECEIPT, pluck="name") == ["young"]
