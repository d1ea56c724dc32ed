"""Held enquiries are released or deleted, and their senders are learnt.

No forged answer becomes a record. Tested over HTTP.
"""

import frappe
import pytest
from frappe.permissions import add_permission, reset_perms, update_permission_property

from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import ActionRefusedError, InvalidContactError
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_user
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.visitors import HELD, QUARANTINE, Visitor, is_thanked, said, spam

KNOWN = "Pipeline Known Sender"


class TestRelease:
	def test_a_released_enquiry_is_what_it_would_have_been_and_its_sender_trusted(self, form, seller):
		visitor = spam(form)
		(held,) = visitor.held()
		answer = seller.call("POST", f"{QUARANTINE}.release", held=held.name)
		assert answer == {"done": [held.name], "refused": [], "message": "1 enquiries were released."}
		lead = visitor.lead()
		assert (lead.web_form, lead.channel, lead.status) == (form.name, "Web Form", "Lead")
		assert "Buy &lt;b&gt;this" in lead.description
		assert visitor.held() == []
		assert frappe.db.get_value(KNOWN, visitor.email, "verdict") == "Trusted"
		assert is_thanked(visitor.send(about={"ticket": None}, description="Again, without a ticket"))
		assert visitor.lead().enquiries == 1

	def test_many_at_once_and_twice(self, form, seller):
		many = [spam(form) for _number in range(3)]
		names = [visitor.held()[0].name for visitor in many]
		for _time in range(2):
			answer = seller.call("POST", f"{QUARANTINE}.release", held=names)
			assert (answer["done"], answer["refused"]) == (names, [])
		assert [len(visitor.leads()) for visitor in many] == [1, 1, 1]

	def test_one_sender_gets_one_lead(self, form, seller):
		visitor = spam(form)
		assert is_thanked(visitor.send({"ticket": None}, description="Second"))
		names = [held.name for held in visitor.held()]
		seller.call("POST", f"{QUARANTINE}.release", held=names)
		assert visitor.lead().enquiries == 1

	def test_what_cannot_be_released_stays_with_the_reason(self, form, seller):
		broken, fine = spam(form), spam(form)
		(held,) = broken.held()
		answers = held.answers.replace(broken.email, "no address")
		frappe.db.set_value(HELD, held.name, "answers", answers)
		frappe.db.commit()
		answer = seller.call("POST", f"{QUARANTINE}.release", held=[held.name, fine.held()[0].name])
		assert [refusal["held"] for refusal in answer["refused"]] == [held.name]
		assert "is not an e-mail address" in answer["message"]
		assert len(broken.held()) == 1 and len(fine.leads()) == 1

	def test_deleted_as_spam_the_sender_is_held_from_then_on(self, form, seller):
		visitor = spam(form)
		(held,) = visitor.held()
		answer = seller.call("POST", f"{QUARANTINE}.delete_as_spam", held=[held.name])
		assert answer["message"] == "1 enquiries were deleted as spam."
		assert (visitor.held(), visitor.leads()) == ([], [])
		assert not frappe.db.exists("Deleted Document", {"deleted_name": held.name})
		assert is_thanked(visitor.send())
		assert visitor.why_held() == "spam_sender"
		seller.call("POST", f"{QUARANTINE}.release", held=visitor.held()[0].name)
		frappe.db.rollback()
		assert frappe.db.get_value(KNOWN, visitor.email, "verdict") == "Trusted"

	def test_a_domain_can_be_trusted_or_not_and_an_address_knows_better(self, form):
		domain = f"@{frappe.generate_hash(length=8)}.example.com"
		frappe.get_doc({"doctype": KNOWN, "sender": domain.upper(), "verdict": "Spam"}).insert()
		good = f"good{domain}"
		frappe.get_doc({"doctype": KNOWN, "sender": good, "verdict": "Trusted"}).insert()
		frappe.db.commit()
		try:
			bad = Visitor(form.name, f"bad{domain}")
			assert is_thanked(bad.send())
			assert bad.why_held() == "spam_sender"
			assert is_thanked(Visitor(form.name, good).send(about={"ticket": None}))
			assert len(Visitor(form.name, good).leads()) == 1
		finally:
			site.start_over()
			for name in (domain, good):
				frappe.delete_doc(KNOWN, name)
			frappe.db.delete(HELD, {"email": f"bad{domain}"})
			frappe.delete_doc(LEAD, frappe.db.get_value(LEAD, {"email": good}), force=True)
			frappe.db.commit()

	def test_what_is_no_sender_is_refused(self):
		with pytest.raises(InvalidContactError, match="Enter an e-mail address like"):
			frappe.get_doc({"doctype": KNOWN, "sender": "anybody", "verdict": "Spam"}).insert()


def keep_otherwise(held, **answers) -> None:
	"""Replace the stored answers of a held enquiry by other ones.

	Nobody can do this by the app's own means.
	"""
	kept = frappe.parse_json(held.answers) | answers
	frappe.db.set_value(HELD, held.name, "answers", frappe.as_json(kept))
	frappe.db.commit()


class TestForgedAnswers:
	"""The stored answers of a held enquiry create a lead and nothing else.

	This holds no matter who has written them.
	"""

	def test_nobody_writes_them(self, form, seller):
		(held,) = spam(form).held()
		forged = {"channel": "Web Form", "values": {"doctype": "User", "email": f"root-{held.email}"}}
		for client in (seller, Client(make_user("Sales Manager")), Client(make_user("System Manager"))):
			answer = client.session.put(
				f"{site.URL}/api/resource/{HELD}/{held.name}",
				json={"answers": frappe.as_json(forged)},
				timeout=60,
			)
			assert answer.status_code == 403, answer.text[:500]
		frappe.db.rollback()
		assert frappe.db.get_value(HELD, held.name, "answers") == held.answers
		document = frappe.get_doc(HELD, held.name)
		document.answers = "{}"
		with pytest.raises(ActionRefusedError, match="A held enquiry cannot be changed"):
			document.save()

	def test_another_document_type_is_not_made(self, form, seller):
		visitor = spam(form)
		(held,) = visitor.held()
		user = {"email": f"root-{held.email}", "first_name": "Root", "roles": [{"role": "System Manager"}]}
		keep_otherwise(held, values={"doctype": "User", "send_welcome_email": 0} | user)
		seller.call("POST", f"{QUARANTINE}.release", held=held.name)
		frappe.db.rollback()
		assert not frappe.db.exists("User", user["email"])
		assert not frappe.db.exists("Has Role", {"role": "System Manager", "parent": user["email"]})
		lead = frappe.get_doc(LEAD, {"email": user["email"]})
		assert (lead.first_name, lead.docstatus) == ("Root", 0)
		site.delete(LEAD, lead.name)
		frappe.db.commit()

	def test_only_what_the_form_shows_comes_into_the_lead(self, form, seller):
		visitor = spam(form)
		(held,) = visitor.held()
		values = {
			"email": visitor.email,
			"last_name": "Visitor",
			"utm_source": "letter",
			"docstatus": 1,
			"name": "LEAD-1999-77777",
			"owner": seller.user,
			"flags": {"ignore_mandatory": True},
			"lead_owner": "Administrator",
			"status": "Converted",
			"probability": 99,
			"enquiries": 7,
			"email_ids": [{"email_id": "row@example.com"}],
			"job_title": "Not shown as a field to fill in",
			"no_such_field": "x",
		}
		keep_otherwise(held, values=values, noted={"web_form": form.name, "assigned_owner": seller.user})
		seller.call("POST", f"{QUARANTINE}.release", held=held.name)
		lead = visitor.lead()
		assert (lead.last_name, lead.utm_source, lead.web_form) == ("Visitor", "letter", form.name)
		assert (lead.docstatus, lead.status) == (0, "Lead") and lead.lead_owner != "Administrator"
		assert (lead.enquiries, lead.job_title, lead.assigned_owner) == (0, None, None)
		assert lead.probability == frappe.db.get_value("Pipeline Lead Status", lead.status, "probability")
		assert lead.name != "LEAD-1999-77777" and lead.email_ids == []
		assert frappe.db.get_value("Pipeline Status Log", {"lead": lead.name}, "changed_on")

	@pytest.mark.parametrize(
		"garbled",
		[
			*("[]", "{", '"text"', "null", '{"channel": 1}', '{"channel": "Web Form", "values": []}'),
			'{"channel": "Web Form", "values": {"last_name": {"a": 1}}}',
			'{"channel": "Web Form", "values": {}, "text": ["a"]}',
			'{"channel": "Web Form", "values": {}, "noted": "x"}',
			'{"channel": "Web Form", "values": {}, "more": "x"}',
		],
	)
	def test_what_cannot_be_read_is_refused_and_the_others_are_released(self, form, seller, garbled):
		broken, fine = spam(form), spam(form)
		(held,) = broken.held()
		frappe.db.set_value(HELD, held.name, "answers", garbled)
		frappe.db.commit()
		answer = seller.call("POST", f"{QUARANTINE}.release", held=[held.name, fine.held()[0].name])
		assert [refusal["held"] for refusal in answer["refused"]] == [held.name]
		assert "What was sent cannot be read any more." in answer["message"]
		assert len(broken.held()) == 1 and len(fine.leads()) == 1

	def test_an_empty_one_does_not_vanish_unsaid(self, form, seller):
		(held,) = spam(form).held()
		frappe.db.set_value(HELD, held.name, "answers", None)
		frappe.db.commit()
		answer = seller.call("POST", f"{QUARANTINE}.release", held=held.name)
		assert "What was sent cannot be read any more." in answer["message"]
		assert answer["done"] == []


class TestWhoMayRelease:
	def test_who_may_not_make_leads_may_not_release(self, form):
		(held,) = spam(form).held()
		role = "Reads Held Enquiries"
		frappe.get_doc({"doctype": "Role", "role_name": role}).insert(ignore_if_duplicate=True)
		add_permission(HELD, role)
		update_permission_property(HELD, role, 0, "delete", 1)
		reader = Client(make_user(role))
		try:
			answer = reader.session.post(
				f"{site.URL}/api/{QUARANTINE}.release", json={"held": held.name}, timeout=60
			)
			assert answer.status_code == 403
			assert "because you may not create leads" in said(answer)
		finally:
			site.start_over()
			reset_perms(HELD)
			frappe.delete_doc("User", reader.user, force=True)
			frappe.delete_doc("Role", role, force=True)
			frappe.db.commit()
		assert frappe.db.exists(HELD, held.name)
