"""Enquiries that look like spam are held back, and who sees them. Over HTTP."""

import frappe
import pytest

from lead_pipeline.tests import site, visitors
from lead_pipeline.tests.factories import make_user
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.visitors import HELD, QUARANTINE, Visitor, is_thanked, said, settings, spam


class TestWhatIsHeld:
	def test_a_field_that_people_do_not_see_is_filled_in(self, visitor):
		assert is_thanked(visitor.send({"ticket": visitor.ticket(), "second_homepage": "x"}))
		assert visitor.why_held() == "trap"

	def test_all_fields_that_there_are_are_filled_in(self, visitor):
		assert is_thanked(visitor.send(second_homepage="https://example.com"))
		assert visitor.why_held() == "trap"

	@pytest.mark.parametrize("ticket", [None, "", "1.2.3", "1700000000000.abc.0000"])
	def test_a_forged_ticket_is_none(self, visitor, ticket):
		assert is_thanked(visitor.send({"ticket": ticket}))
		assert visitor.why_held() == "no_ticket"

	def test_faster_than_people_fill_in(self, visitor):
		with settings(web_minimum_seconds=600):
			assert is_thanked(visitor.send({"ticket": visitor.ticket()}))
			assert visitor.why_held() == "too_fast"
		with settings(web_minimum_seconds=1):
			patient = Visitor(visitor.form)
			ticket = patient.ticket()
			visitors.wait_for(1.1)
			assert is_thanked(patient.send({"ticket": ticket}))
			assert len(patient.leads()) == 1

	def test_a_ticket_counts_once(self, form, visitor):
		ticket = visitor.ticket()
		assert is_thanked(visitor.send({"ticket": ticket}))
		assert len(visitor.leads()) == 1
		other = Visitor(form.name)
		assert is_thanked(other.send({"ticket": ticket}))
		assert other.why_held() == "used_ticket"

	def test_links_in_a_name(self, visitor):
		assert is_thanked(visitor.send(first_name="www.example.com"))
		assert visitor.why_held() == "links"

	def test_the_limit_of_a_sender_holds_whatever_address_the_request_claims(self, form, visitor):
		with settings(web_limit_sender=2):
			for number in range(4):
				claims = {"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}"}
				sender = Visitor(form.name, visitor.email, **claims)
				assert is_thanked(sender.send(description=f"Number {number}"))
		assert [held.reasons for held in visitor.held()] == ["sender_limit"] * 2
		assert visitor.lead().enquiries == 1

	def test_the_limit_of_a_form_holds_for_new_senders_from_anywhere(self, form):
		frappe.db.delete("Pipeline Enquiry Receipt")
		frappe.db.commit()
		with settings(web_limit_form=2):
			senders = [Visitor(form.name, **{"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(4)]
			for sender in senders:
				assert is_thanked(sender.send())
		assert [len(sender.leads()) for sender in senders] == [1, 1, 0, 0]
		assert [len(sender.held()) for sender in senders] == [0, 0, 1, 1]

	def test_above_the_limit_of_the_site_the_visitor_is_told_to_come_again(self, form):
		frappe.db.delete("Pipeline Enquiry Receipt")
		frappe.db.commit()
		with settings(web_limit_site=1):
			assert is_thanked(Visitor(form.name).send())
			late = Visitor(form.name)
			answer = late.send()
			assert answer.status_code == 429
			assert "send the form again in a few minutes" in said(answer)
		assert (late.leads(), late.held()) == ([], [])

	def test_far_above_the_limit_of_a_form_too(self, form):
		"""What is held takes room on the disk, and nobody looks through tens of thousands."""
		frappe.db.delete("Pipeline Enquiry Receipt")
		frappe.db.commit()
		with settings(web_limit_form=1):
			senders = [Visitor(form.name) for _number in range(11)]
			answers = [sender.send({"ticket": None}) for sender in senders]
		assert [answer.status_code for answer in answers] == [200] * 10 + [429]
		assert [len(sender.held()) for sender in senders] == [1] * 10 + [0]

	def test_all_that_was_sent_is_kept(self, form):
		visitor = Visitor(form.name)
		about = {"ticket": None, "page": "https://www.example.com/"}
		assert is_thanked(visitor.send(about, first_name="Ada", unknown="kept, too", description="Hello"))
		(held,) = visitor.held()
		assert (held.sender_name, held.web_form, held.message) == ("Ada Visitor", form.name, "Hello")
		assert all(text in held.sent for text in ("kept, too", "https://www.example.com/"))

	def test_what_is_held_is_as_strictly_checked(self, visitor):
		answer = visitor.send({"ticket": None}, phone="call me")
		assert "is not a phone number" in said(answer)
		assert visitor.held() == []

	def test_the_same_is_held_once(self, visitor):
		for _time in range(2):
			assert is_thanked(visitor.send({"ticket": None}))
		assert len(visitor.held()) == 1

	def test_a_known_sender_is_held_too(self, visitor):
		assert is_thanked(visitor.send())
		assert is_thanked(visitor.send({"ticket": None}, description="More"))
		assert visitor.lead().enquiries == 0
		assert len(visitor.held()) == 1

	def test_a_user_who_is_logged_in_is_nobody_to_suspect(self, form, seller):
		email = visitors.address()
		body = {"web_form": form.name, "data": frappe.as_json({"email": email, "last_name": "By a user"})}
		seller.call("POST", f"method/{visitors.ACCEPT}", **body)
		assert len(Visitor(form.name, email).leads()) == 1


class TestWhoMaySeeThem:
	def test_who_has_no_role_may_not(self, form):
		(held,) = spam(form).held()
		stranger = Client(make_user())
		for method in ("release", "delete_as_spam"):
			answer = stranger.session.post(
				f"{site.URL}/api/{QUARANTINE}.{method}", json={"held": held.name}, timeout=60
			)
			assert answer.status_code == 403
			assert "Ask your administrator for the role Sales User." in said(answer)
		assert stranger.session.get(f"{site.URL}/api/resource/{HELD}", timeout=60).status_code == 403
		assert frappe.db.exists(HELD, held.name)

	def test_a_held_enquiry_is_no_lead_for_anybody(self, form, seller):
		visitor = spam(form)
		assert seller.call("GET", f'resource/Pipeline Lead?filters=[["email","=","{visitor.email}"]]') == []
		assert not frappe.db.exists("Communication", {"sender": visitor.email})
		assert not frappe.db.exists("ToDo", {"reference_type": HELD})

	def test_a_client_cannot_make_one_up(self, seller):
		answer = seller.session.post(
			f"{site.URL}/api/resource/{HELD}", json={"sender_name": "Made up", "answers": "{}"}, timeout=60
		)
		assert answer.status_code == 403
