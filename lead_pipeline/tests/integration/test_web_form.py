"""A visitor sends a form: over HTTP, as Guest, against the running web server."""

import json
from concurrent.futures import ThreadPoolExecutor

import frappe
import pytest
import requests

from lead_pipeline.exceptions import FormRefusedError
from lead_pipeline.tests import site, visitors
from lead_pipeline.tests.factories import make_lead
from lead_pipeline.tests.visitors import Visitor, is_thanked, said, settings


def messages(lead: str) -> list[str]:
	return frappe.get_all("Communication", filters={"reference_name": lead}, pluck="content")


class TestWhatCounts:
	def test_a_filled_in_form_becomes_a_lead_with_its_defaults(self, form, visitor):
		answer = visitor.send(
			first_name=" Ada ",
			company_name="",
			description="How much?\nSoon <b>please</b>",
			expected_revenue="250",
		)
		assert is_thanked(answer)
		lead = visitor.lead()
		assert (lead.first_name, lead.lead_name) == ("Ada", "Ada Visitor")
		assert (lead.status, lead.channel, lead.web_form, lead.owner) == (
			"Lead",
			"Web Form",
			form.name,
			"Guest",
		)
		assert (lead.company_name, lead.expected_revenue, lead.lead_owner) == (None, 250, None)
		assert "How much?<br>Soon &lt;b&gt;please&lt;/b&gt;" in lead.description

	def test_markup_and_formulas_of_a_visitor_are_text_and_the_title_can_be_read(self, visitor):
		"""Promise P15, and exports: what a spreadsheet gets calculates nothing."""
		element = "<img src=//canary.example/1>"
		about = {"ticket": visitor.ticket(), "utm_source": f"mail{element}", "utm_medium": element}
		assert is_thanked(
			visitor.send(
				about,
				first_name="",
				last_name=element,
				company_name=f"A < B {element}",
				phone="+49 30 1234567",
			)
		)
		lead = visitor.lead()
		assert (lead.company_name, lead.utm_source, lead.phone) == ("A < B", "mail", "+49 30 1234567")
		assert lead.lead_name == "\u2039img src=//canary.example/1>"
		assert "<img" not in lead.utm_medium
		other = Visitor(visitor.form)
		assert is_thanked(other.send(last_name='=cmd|"/c calc"!A1', company_name="@SUM(1)"))
		assert (other.lead().last_name, other.lead().company_name) == ('cmd|"/c calc"!A1', "SUM(1)")

	def test_a_link_in_what_the_pages_address_says_is_a_link_in_a_name(self, visitor):
		about = {"ticket": visitor.ticket(), "utm_campaign": "https://spam.example"}
		assert is_thanked(visitor.send(about))
		(held,) = visitor.held()
		assert held.reasons == "links"

	@pytest.mark.parametrize(
		("phone", "key"),
		[
			("+49 30/1234567", "+49301234567"),
			("\u202a+49 30 1234567\u202c", "+49301234567"),
			("+1 650-253-0000 ext. 89", "+16502530000"),
		],
	)
	def test_a_number_that_was_copied_from_elsewhere_is_taken(self, visitor, phone, key):
		assert is_thanked(visitor.send(last_name="Visitor", phone=phone))
		assert visitor.lead().phone_key == key

	def test_hidden_read_only_and_unknown_fields_are_ignored(self, visitor):
		assert is_thanked(
			visitor.send(
				status="Converted",
				job_title="Boss",
				lead_owner="Administrator",
				lead_type="Any",
				owner="Administrator",
				docstatus=1,
				enquiries=7,
				origin_key="made up",
				consent_given_on="2020-01-01",
				status_category="Won",
			)
		)
		lead = visitor.lead()
		assert (lead.status, lead.job_title, lead.lead_owner, lead.lead_type) == ("Lead", None, None, None)
		assert (lead.owner, lead.docstatus, lead.enquiries, lead.consent_given_on) == ("Guest", 0, 0, None)
		assert lead.origin_key != "made up"

	def test_what_a_form_shows_can_be_chosen_but_never_bookkeeping(self, further_forms):
		form = further_forms(
			{
				"fieldname": "priority",
				"fieldtype": "Link",
				"label": "Urgency",
				"options": "Pipeline Lead Priority",
			},
			{
				"fieldname": "lead_owner",
				"fieldtype": "Link",
				"label": "Whom?",
				"options": "User",
				"hidden": 1,
			},
			{"fieldname": "origin_key", "fieldtype": "Data", "label": "Key"},
			{"fieldname": "enquiries", "fieldtype": "Int", "label": "Number"},
		)
		# As a form that was made before the app, or by SQL.
		frappe.db.set_value("Web Form Field", {"parent": form.name, "fieldname": "lead_owner"}, "hidden", 0)
		frappe.db.commit()
		frappe.clear_document_cache("Web Form", form.name)
		visitor = Visitor(form.name)
		assert is_thanked(
			visitor.send(priority="High", lead_owner="Administrator", origin_key="made up", enquiries=5)
		)
		lead = visitor.lead()
		assert (lead.priority, lead.lead_owner, lead.enquiries) == ("High", None, 0)
		assert lead.origin_key != "made up"

	@pytest.mark.parametrize(
		("answers", "message"),
		[
			({"email": ""}, "<strong>E-mail</strong> is missing. Fill it in and send the form again."),
			({"email": "no address"}, "is not an e-mail address"),
			({"email": "=1+1@example.com"}, "is not an e-mail address"),
			({"phone": "call me"}, "is not a phone number"),
			({"website": "javascript:alert(1)"}, "is not the address of a website"),
			(
				{"first_name": "x" * 21},
				"<strong>First Name</strong> is too long. Enter at most 20 characters.",
			),
			(
				{"last_name": "x" * 141},
				"<strong>Last Name</strong> is too long. Enter at most 140 characters.",
			),
			(
				{"description": "x" * 10_001},
				"<strong>Message</strong> is too long. Enter at most 10000 characters.",
			),
			({"market_segment": "Huge"}, "<strong>Size</strong> has a value that cannot be chosen."),
			({"expected_closing": "soon"}, "<strong>When</strong> is no date or time. Choose one."),
			({"expected_closing": "3/4/2027"}, "<strong>When</strong> is no date or time. Choose one."),
			({"expected_revenue": "much"}, "<strong>Budget</strong> is no number. Enter digits."),
			({"expected_revenue": "nan"}, "<strong>Budget</strong> is no number. Enter digits."),
			({"expected_revenue": "1001"}, "<strong>Budget</strong> can be 1000 at most."),
			({"first_name": ["a"]}, "<strong>First Name</strong> has a value that it cannot have."),
		],
	)
	def test_what_the_form_does_not_allow_is_refused_with_what_to_do(self, visitor, answers, message):
		answer = visitor.send(**answers)
		assert answer.status_code == 417
		assert message in said(answer)
		assert visitor.leads() == []

	def test_a_form_that_would_tell_visitors_the_names_of_all_users_is_refused(self):
		field = {"fieldname": "lead_owner", "fieldtype": "Link", "label": "Whom?", "options": "User"}
		with pytest.raises(FormRefusedError, match="visitors would see the names of all records of"):
			visitors.make_form(field)
		visitors.make_form(field, login_required=1)

	def test_a_form_on_another_doctype_may_make_a_lead(self):
		frappe.flags.in_web_form = True
		frappe.form_dict.web_form = "form-of-another-app"
		try:
			assert make_lead().status == "Lead"
		finally:
			frappe.flags.in_web_form = False
			frappe.form_dict.pop("web_form")

	def test_a_field_that_is_not_shown_is_not_missed(self, further_forms):
		form = further_forms(
			{
				"fieldname": "industry",
				"fieldtype": "Data",
				"label": "Industry",
				"reqd": 1,
				"depends_on": "company_name",
			}
		)
		assert is_thanked(Visitor(form.name).send())
		assert said(Visitor(form.name).send(company_name="Acme")).startswith(
			"<strong>Industry</strong> is missing."
		)

	def test_a_request_that_is_no_form_is_refused(self, visitor):
		for data in ("[1]", "no json", "x" * 300_000):
			answer = visitor.post({"web_form": visitor.form, "data": data})
			assert answer.status_code == 417
			assert "did not arrive whole" in said(answer)

	@pytest.mark.parametrize(
		"depth, as_text",
		[(100, False), (500, False), (800, False), (900, False), (900, True), (90_000, True)],
	)
	def test_answers_inside_of_answers_are_refused(self, visitor, depth, as_text):
		"""A body that is nested more deeply than that the framework itself does not read."""
		nested = '{"a":' * depth + "1" + "}" * depth
		body = json.dumps({"web_form": visitor.form, "data": nested if as_text else "X"})
		answer = visitor.session.post(
			f"{site.URL}/api/method/{visitors.ACCEPT}",
			data=body if as_text else body.replace('"X"', nested),
			headers={"Content-Type": "application/json"},
			timeout=60,
		)
		assert answer.status_code == 417, answer.text[-800:]

	def test_half_an_emoji_is_no_reason_to_lose_an_enquiry(self, visitor):
		"""An enquiry with half an emoji is not lost.

		A browser sends it when a text was cut in the middle of an emoji; the ticket can be anything.
		"""
		about = {"utm_source": "fair\x00 \ud83d", "ticket": "\ud83d.x.y"}
		assert is_thanked(visitor.send(about, last_name="Visitor \ud83d"))
		(held,) = visitor.held()
		assert held.sender_name == "Visitor ?"


class TestAskingAgain:
	def test_characters_that_nobody_sees_make_no_other_sender(self, form, visitor):
		pasted = Visitor(form.name, f"{visitor.email}\u200b")
		assert is_thanked(pasted.send()) and is_thanked(visitor.send())
		lead = visitor.lead()
		assert (lead.email, lead.enquiries) == (visitor.email, 1)

	def test_a_known_sender_gets_the_same_answer_and_no_twin(self, visitor):
		first = visitor.send(first_name="Ada")
		again = visitor.send(first_name="Other", description="And delivery?")
		assert (again.status_code, again.json()) == (first.status_code, first.json())
		lead = visitor.lead()
		assert (lead.first_name, lead.enquiries) == ("Ada", 1)
		(message,) = messages(lead.name)
		assert "And delivery?" in message and "Other" in message

	def test_a_refusal_does_not_tell_a_known_sender_from_a_stranger(self, form, visitor):
		assert is_thanked(visitor.send())
		known, stranger = visitor.send(phone="call me"), Visitor(form.name).send(phone="call me")
		assert (known.status_code, said(known)) == (stranger.status_code, said(stranger))
		assert messages(visitor.lead().name) == []

	def test_the_same_twice_is_received_once(self, visitor):
		about = {"ticket": visitor.ticket()}
		for _time in range(2):
			assert is_thanked(visitor.send(about, description="Once"))
		assert visitor.lead().enquiries == 0
		about = {"ticket": visitor.ticket()}
		for _time in range(2):
			assert is_thanked(visitor.send(about, description="Once more"))
		assert visitor.lead().enquiries == 1

	def test_eight_at_once_make_one_lead(self, form, visitor):
		def send(number: int) -> requests.Response:
			return Visitor(form.name, visitor.email).send(description=f"Number {number}")

		with ThreadPoolExecutor(8) as pool:
			assert all(is_thanked(answer) for answer in pool.map(send, range(8)))
		lead = visitor.lead()
		assert lead.enquiries == 7
		told = " ".join([lead.description, *messages(lead.name)])
		assert [number for number in range(8) if f"Number {number}" not in told] == []


class TestWhereFrom:
	def test_campaign_referrer_and_page_are_kept(self, visitor):
		about = {
			"ticket": visitor.ticket(),
			"page": "https://www.example.com/prices?utm_source=fair",
			"referrer": "https://search.example.com/",
			"utm_source": "fair",
			"utm_medium": "print",
			"utm_campaign": "x" * 200,
		}
		assert is_thanked(visitor.send(about))
		lead = visitor.lead()
		assert (lead.utm_source, lead.utm_medium, lead.utm_campaign) == ("fair", "print", "x" * 140)
		assert (lead.landing_page, lead.referrer) == (about["page"], about["referrer"])

	def test_addresses_that_are_none_are_left_out(self, visitor):
		about = {"ticket": visitor.ticket(), "page": "javascript:alert(1)", "referrer": '"><script>'}
		assert is_thanked(visitor.send(about))
		assert (visitor.lead().landing_page, visitor.lead().referrer) == (None, None)


class TestConsent:
	TEXT = "I agree that you answer my enquiry."

	def digest(self) -> str:
		from lead_pipeline.capture import idempotency

		return idempotency.digest(self.TEXT)

	def test_without_consent_the_form_is_refused(self, visitor):
		with settings(web_consent_text=self.TEXT):
			answer = visitor.send()
			assert answer.status_code == 417
			assert said(answer).startswith("Please agree to the processing of your data")
			answer = visitor.send({"ticket": visitor.ticket(), "consent": "another text"})
			assert said(answer).startswith("The text about your data has changed. Reload the page")
		assert visitor.leads() == []

	def test_what_was_agreed_to_and_when_is_kept_also_by_who_asks_again(self, visitor):
		with settings(web_consent_text=self.TEXT):
			for _time in range(2):
				assert is_thanked(visitor.send({"ticket": visitor.ticket(), "consent": self.digest()}))
		lead = visitor.lead()
		assert lead.consent_text == self.TEXT
		assert lead.consent_given_on
		(message,) = messages(lead.name)
		assert "Consent" in message
