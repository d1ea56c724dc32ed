"""Enquiries that look like spam: held back, released, deleted; their senders are learnt. Over HTTP."""

import frappe
import pytest
from frappe.model.base_document import get_controller
from frappe.permissions import add_permission, reset_perms, update_permission_property

from lead_pipeline.capture import idempotency
from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import ActionRefusedError, InvalidContactError
from lead_pipeline.tests import site, visitors
from lead_pipeline.tests.factories import make_user
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.visitors import HELD, Visitor, is_thanked, said, settings

KNOWN = "Pipeline Known Sender"
QUARANTINE = "method/lead_pipeline.capture.form.quarantine"


@pytest.fixture(scope="module")
def form(connected_site):
	site.start_over()
	form = visitors.make_form()
	frappe.db.commit()
	limits = dict.fromkeys(("web_minimum_seconds", "web_limit_sender", "web_limit_form", "web_limit_site"), 0)
	with settings(**limits):
		yield form
	visitors.forget()
	frappe.delete_doc("Web Form", form.name, force=True)
	frappe.db.commit()


@pytest.fixture
def visitor(form):
	return Visitor(form.name)


@pytest.fixture(scope="module")
def seller(connected_site):
	site.start_over()
	return Client(make_user("Sales User"))


def why(visitor: Visitor) -> str:
	(held,) = visitor.held()
	assert visitor.leads() == []
	return held.reasons


def spam(form) -> Visitor:
	"""A visitor whose enquiry is held."""
	visitor = Visitor(form.name)
	assert is_thanked(visitor.send(about={"ticket": None}, description="Buy <b>this</b>"))
	return visitor


class TestWhatIsHeld:
	def test_a_field_that_people_do_not_see_is_filled_in(self, visitor):
		assert is_thanked(visitor.send({"ticket": visitor.ticket(), "second_homepage": "x"}))
		assert why(visitor) == "trap"

	def test_all_fields_that_there_are_are_filled_in(self, visitor):
		assert is_thanked(visitor.send(second_homepage="https://example.com"))
		assert why(visitor) == "trap"

	@pytest.mark.parametrize("ticket", [None, "", "1.2.3", "1700000000000.abc.0000"])
	def test_a_forged_ticket_is_none(self, visitor, ticket):
		assert is_thanked(visitor.send({"ticket": ticket}))
		assert why(visitor) == "no_ticket"

	def test_faster_than_people_fill_in(self, visitor):
		with settings(web_minimum_seconds=600):
			assert is_thanked(visitor.send({"ticket": visitor.ticket()}))
			assert why(visitor) == "too_fast"
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
		assert why(other) == "used_ticket"

	def test_links_in_a_name(self, visitor):
		assert is_thanked(visitor.send(first_name="www.example.com"))
		assert why(visitor) == "links"

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


class TestOneAgainstAll:
	"""What somebody sends shuts the form for nobody else, and holds nobody else's enquiry."""

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
				assert why(again) == "client_limit"
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
		assert why(visitor) == "spam_sender"
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
			assert why(bad) == "spam_sender"
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
	"""Write other answers into a held enquiry than were sent, as nobody can by the app's own means."""
	kept = frappe.parse_json(held.answers) | answers
	frappe.db.set_value(HELD, held.name, "answers", frappe.as_json(kept))
	frappe.db.commit()


class TestForgedAnswers:
	"""What is kept of a held enquiry builds a lead and nothing else, whoever has written it."""

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
