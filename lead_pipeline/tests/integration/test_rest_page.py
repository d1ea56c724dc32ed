"""Every example of docs/rest.md is run as it is printed.

What the page says beside the examples is checked, too.
"""

import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import frappe
import pytest
import requests

import lead_pipeline
from lead_pipeline.constants import ALL_LEADS, LEAD, OWN_LEADS
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_lead_type, make_user
from lead_pipeline.tests.rest import Client, api_key
from lead_pipeline.tests.visitors import address, forget, said, settings

PAGE = Path(lead_pipeline.__file__).parents[1] / "docs" / "rest.md"
CREATE = "lead_pipeline.capture.api.create_lead"
ADA = "ada@example.com"


@pytest.fixture(scope="module")
def seller(connected_site):
	site.start_over()
	client = Client(make_user("Sales User"))
	yield client
	forget()
	for lead in frappe.get_all(LEAD, filters={"email": ADA}, pluck="name"):
		frappe.delete_doc(LEAD, lead, force=True)
	frappe.db.commit()


def create(client: Client, values: dict, key: str | None = None) -> requests.Response:
	body = {"values": values} | ({"idempotency_key": key} if key else {})
	return client.session.post(f"{site.URL}/api/method/{CREATE}", json=body, timeout=60)


def created(answer: requests.Response) -> dict:
	assert answer.ok, answer.text[:2000]
	frappe.db.rollback()
	return answer.json()["message"]


def key() -> str:
	return frappe.generate_hash(length=12)


def leads(email: str) -> list[str]:
	frappe.db.rollback()
	return frappe.get_all(LEAD, filters={"email": email}, pluck="name")


@pytest.mark.skipif(not PAGE.exists(), reason="needs the repository")
@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
class TestThePage:
	def examples(self, language: str = "bash") -> list[str]:
		return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)

	def run(self, example: str, **values: str) -> dict:
		done = subprocess.run(
			["bash", "-euc", example], env=os.environ | values, capture_output=True, text=True, timeout=120
		)
		assert done.returncode == 0, done.stderr
		return json.loads(done.stdout)

	def test_every_example_does_what_the_page_says(self, seller):
		user = make_user("Sales User")
		values = {"SITE": site.URL, "TOKEN": f"token {api_key(user)}"}
		export, send, read, change, search, refused = self.examples()
		assert set(re.findall(r"export (\w+)=", export)) == set(values)
		(answer,) = (json.loads(text) for text in self.examples("json"))
		said = self.run(send, **values)
		assert said["message"]["created"] is answer["message"]["created"] is True
		assert said["message"].keys() == answer["message"].keys()
		assert self.run(send, **values) == said
		values["LEAD"] = said["message"]["lead"]
		assert self.run(read, **values)["data"]["lead_name"] == "Ada Lovelace"
		changed = self.run(change, **values)["data"]
		assert (changed["status"], changed["expected_revenue"]) == ("Interested", 1200)
		assert self.run(search, **values)["data"] == [
			{"name": values["LEAD"], "lead_name": "Ada Lovelace", "status": "Interested"}
		]
		answer = self.run(refused, **values)
		assert answer["exc_type"] == "InvalidContactError"
		assert "is not an e-mail address" in answer["_server_messages"]

	def test_its_errors_are_those_of_the_app(self):
		from lead_pipeline import exceptions

		named = re.findall(r"^\| (\d+) \| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
		assert len(named) == 5
		for status, name in named:
			error = getattr(exceptions, name, None) or getattr(frappe, name)
			assert error.http_status_code == int(status)


class TestTheSameAgain:
	def test_the_same_request_makes_one_lead_and_gets_the_same_answer(self, seller):
		email, mine = address(), key()
		answers = [created(create(seller, {"email": email}, mine)) for _time in range(3)]
		assert answers == [{"lead": leads(email)[0], "created": True}] * 3

	def test_eight_at_once_too(self, seller):
		email, mine = address(), key()
		with ThreadPoolExecutor(8) as pool:
			answers = list(pool.map(lambda _number: create(seller, {"email": email}, mine).json(), range(8)))
		(lead,) = leads(email)
		assert answers == [{"message": {"lead": lead, "created": True}}] * 8
		assert frappe.db.get_value(LEAD, lead, "enquiries") == 0

	def test_eight_requests_without_a_sender_and_with_one_key_make_one_lead(self, seller):
		name, mine = f"Company {key()}", key()
		with ThreadPoolExecutor(8) as pool:
			answers = list(
				pool.map(lambda _number: create(seller, {"company_name": name}, mine).json(), range(8))
			)
		frappe.db.rollback()
		(lead,) = frappe.get_all(LEAD, filters={"company_name": name}, pluck="name")
		assert answers == [{"message": {"lead": lead, "created": True}}] * 8
		frappe.delete_doc(LEAD, lead, force=True)
		frappe.db.commit()

	def test_its_lead_knows_the_key_when_the_receipt_is_gone(self, seller):
		"""Also a lead that is closed by then, which a further enquiry does not land on."""
		values, request = {"email": address()}, key()
		first = created(create(seller, values, request))
		frappe.get_doc(LEAD, first["lead"]).update({"status": "Disqualified"}).save()
		frappe.db.delete("Pipeline Enquiry Receipt")
		frappe.db.commit()
		assert created(create(seller, values, request)) == first
		assert leads(values["email"]) == [first["lead"]]

	def test_a_further_enquiry_is_counted_once(self, seller):
		email, mine = address(), key()
		created(create(seller, {"email": email}, key()))
		for _time in range(2):
			answer = created(create(seller, {"email": email, "description": "<p>More</p>"}, mine))
			assert answer == {"lead": leads(email)[0], "created": False}
		assert frappe.db.get_value(LEAD, answer["lead"], "enquiries") == 1

	def test_a_key_for_something_else_is_refused(self, seller):
		email, mine = address(), key()
		created(create(seller, {"email": email}, mine))
		answer = create(seller, {"email": email, "first_name": "Other"}, mine)
		assert answer.status_code == 417
		assert "was used for another request before. Send this one with a key of its own" in said(answer)

	def test_a_key_is_its_users_own(self, seller):
		mine, other = key(), Client(make_user("Sales User"))
		first = created(create(seller, {"email": address()}, mine))
		second = created(create(other, {"email": address()}, mine))
		assert first["lead"] != second["lead"] and second["created"]

	def test_without_a_key_a_sender_has_one_open_lead_all_the_same(self, seller):
		email = address()
		assert [created(create(seller, {"email": email}))["created"] for _time in range(2)] == [True, False]
		assert len(leads(email)) == 1


class TestWhatIsRefused:
	@pytest.mark.parametrize(
		("values", "message"),
		[
			({"nonsense": 1}, "A lead has no field <strong>nonsense</strong>."),
			({"owner": "Administrator", "email": ADA}, "A lead has no field <strong>owner</strong>."),
			("[1]", "Send the fields of the lead as an object"),
			({}, "A lead needs a name, a company or an e-mail address."),
			({"email": "no address"}, "is not an e-mail address"),
			# An object where a text belongs would be a question to the database of the sender's own.
			(
				{"lead_owner": {"email": ["like", "a%"]}},
				"<strong>lead_owner</strong> has a value that no field",
			),
			({"email": ["a@example.com"]}, "<strong>email</strong> has a value that no field"),
			({"description": {"x": "y"}}, "<strong>description</strong> has a value that no field"),
			({"first_name": "half an emoji \ud83d"}, "<strong>first_name</strong> has a value that no field"),
			({"first_name": "no\x00character"}, "<strong>first_name</strong> has a value that no field"),
			({"email_ids": "x"}, "<strong>email_ids</strong> is a table"),
			({"tags": [{"tag": {"x": "y"}}]}, "<strong>tags</strong> is a table"),
			("[" * 100_000, "Send the fields of the lead as an object"),
		],
		ids=range(13),
	)
	def test_values_that_are_no_lead(self, seller, values, message):
		answer = create(seller, values)
		assert answer.status_code == 417
		# A text that is none, Frappe 16 refuses before it comes to us.
		assert message in said(answer) or (
			"\\ud83d" in str(values) and said(answer) == "Invalid request body"
		)

	def test_numbers_without_quotes_are_texts_in_fields_of_text(self, seller):
		lead = created(create(seller, {"first_name": 5, "phone": 4930123456, "expected_revenue": 12}))["lead"]
		row = frappe.get_doc(LEAD, lead)
		assert (row.first_name, row.phone, row.expected_revenue) == ("5", "4930123456", 12)

	def test_a_long_key(self, seller):
		assert "is too long. Send at most 1000 characters." in said(
			create(seller, {"email": ADA}, "k" * 1001)
		)

	def test_who_may_not_create_leads(self, seller):
		answer = create(Client(make_user()), {"email": address()})
		assert answer.status_code == 403
		assert "You may not create leads." in said(answer)

	def test_what_the_app_notes_for_itself_cannot_be_sent(self, seller):
		email = address()
		sent = {"email": email, "enquiries": 9, "consent_text": "Yes", "origin_key": "made up"}
		created(create(seller, sent, key()))
		lead = frappe.get_doc(LEAD, leads(email)[0])
		assert (lead.enquiries, lead.consent_text) == (0, None)
		assert lead.origin_key != "made up"

	def test_a_lead_that_the_user_may_not_see_is_not_named(self, seller):
		owner = make_user("Sales User")
		lead = make_lead(email=address(), lead_owner=owner)
		frappe.db.commit()
		with settings(lead_visibility=OWN_LEADS):
			answer = created(create(seller, {"email": lead.email}, key()))
			assert answer == {"lead": None, "created": False}
		assert frappe.db.get_value(LEAD, lead.name, "enquiries") == 1
		assert frappe.db.get_single_value("Lead Pipeline Settings", "lead_visibility") == ALL_LEADS


class TestTheResource:
	"""/api/resource/Pipeline Lead: the framework's own, with the lead's rules."""

	def request(self, client: Client, verb: str, path: str = "", **values) -> requests.Response:
		return client.session.request(verb, f"{site.URL}/api/resource/{LEAD}{path}", json=values, timeout=60)

	def test_a_lead_is_created_with_defaults_and_without_bookkeeping(self, seller):
		sent = {"email": address(), "enquiries": 9, "origin_key": "made up", "status_category": "Won"}
		lead = self.request(seller, "POST", **sent).json()["data"]
		assert (lead["status"], lead["status_category"], lead["enquiries"]) == ("Lead", "New", 0)
		assert lead.get("origin_key") is None
		assert lead["lead_owner"] == seller.user

	def test_what_the_form_refuses_is_refused(self, seller):
		lead_type = make_lead_type("Lead", "Open")
		frappe.db.commit()
		try:
			lead = self.request(seller, "POST", email=address(), lead_type=lead_type.name).json()["data"]
			for values, message in (
				({"email": "no address"}, "is not an e-mail address"),
				({"website": "javascript:alert(1)"}, "is not the address of a website"),
				({"status": "Interested"}, "is not allowed for leads of type"),
				({"status": "No such status"}, "Could not find"),
				({"probability": 200}, "is a percentage"),
				({"expected_closing": "3/4/2027"}, "is no day that can be read in one way only"),
			):
				answer = self.request(seller, "PUT", f"/{lead['name']}", **values)
				assert answer.status_code in (404, 417), values
				assert message in answer.text, values
			assert frappe.get_doc(LEAD, lead["name"]).status == "Lead"
			frappe.delete_doc(LEAD, lead["name"], force=True)
		finally:
			site.start_over()
			for lead in frappe.get_all(LEAD, {"lead_type": lead_type.name}, pluck="name"):
				frappe.delete_doc(LEAD, lead, force=True)
			frappe.delete_doc("Pipeline Lead Type", lead_type.name, force=True)
			frappe.db.commit()

	def test_a_guest_may_do_nothing(self, seller):
		for verb in ("GET", "POST"):
			answer = requests.request(
				verb, f"{site.URL}/api/resource/{LEAD}", json={"email": ADA}, timeout=60
			)
			assert answer.status_code == 403
