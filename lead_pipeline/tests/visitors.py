"""Visitors of the website and the forms that they fill in.

Over HTTP against the running web server.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
import requests
from frappe.model.document import Document

from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.tests import site

ACCEPT = "frappe.website.doctype.web_form.web_form.accept"
TICKET = "lead_pipeline.capture.form.submission.ticket"
HELD = "Pipeline Held Enquiry"
QUARANTINE = "method/lead_pipeline.capture.form.quarantine"

FIELDS = (
	{"fieldname": "first_name", "fieldtype": "Data", "label": "First Name", "max_length": 20},
	{"fieldname": "last_name", "fieldtype": "Data", "label": "Last Name"},
	{"fieldname": "email", "fieldtype": "Data", "label": "E-mail", "reqd": 1},
	{"fieldname": "phone", "fieldtype": "Data", "label": "Phone"},
	{"fieldname": "company_name", "fieldtype": "Data", "label": "Company"},
	{"fieldname": "website", "fieldtype": "Data", "label": "Website"},
	{"fieldname": "market_segment", "fieldtype": "Select", "label": "Size", "options": "Small\nLarge"},
	{"fieldname": "expected_closing", "fieldtype": "Date", "label": "When"},
	{"fieldname": "expected_revenue", "fieldtype": "Currency", "label": "Budget", "max_value": 1000},
	{"fieldname": "description", "fieldtype": "Text", "label": "Message"},
	{
		"fieldname": "status",
		"fieldtype": "Link",
		"label": "Status",
		"options": "Pipeline Lead Status",
		"hidden": 1,
	},
	{"fieldname": "job_title", "fieldtype": "Data", "label": "Job", "read_only": 1},
)


def make_form(*fields: dict, **values) -> Document:
	"""A published form on leads with FIELDS and further `fields`."""
	title = f"Form {frappe.generate_hash(length=8)}"
	form = frappe.new_doc("Web Form")
	form.update(
		{
			"title": title,
			"route": frappe.scrub(title),
			"doc_type": LEAD,
			"module": "Lead Pipeline",
			"published": 1,
		}
		| values
	)
	for field in (*FIELDS, *fields):
		form.append("web_form_fields", field)
	return form.insert()


def address() -> str:
	return f"visitor-{frappe.generate_hash(length=10)}@example.com"


class Visitor:
	"""Somebody in front of a form, with an address of their own unless told."""

	def __init__(self, form: str, email: str | None = None, **headers: str):
		self.form, self.email = form, email or address()
		self.session = requests.Session()
		self.session.headers.update({"Accept": "application/json"} | headers)

	def ticket(self) -> str:
		answer = self.session.get(
			f"{site.URL}/api/method/{TICKET}", params={"web_form": self.form}, timeout=60
		)
		assert answer.ok, answer.text[:500]
		return answer.json()["message"]["ticket"]

	def send(self, about: dict | None = None, **answers) -> requests.Response:
		"""Fill in the form and send it.

		`about`: what the page says beside the answers, a ticket unless it says otherwise.
		"""
		about = {"ticket": self.ticket()} | (about or {}) if about is None or "ticket" not in about else about
		answers = {"email": self.email, "last_name": "Visitor"} | answers
		return self.post({"web_form": self.form, "data": json.dumps(answers), "about": json.dumps(about)})

	def post(self, body: dict) -> requests.Response:
		return self.session.post(f"{site.URL}/api/method/{ACCEPT}", json=body, timeout=60)

	def leads(self) -> list[str]:
		frappe.db.rollback()
		return frappe.get_all(LEAD, filters={"email": self.email}, pluck="name")

	def lead(self) -> Document:
		(name,) = self.leads()
		return frappe.get_doc(LEAD, name)

	def held(self) -> list[frappe._dict]:
		frappe.db.rollback()
		return frappe.get_all(HELD, filters={"email": self.email}, fields=["*"])

	def why_held(self) -> str:
		"""Why the one enquiry is held that the visitor has sent."""
		(held,) = self.held()
		assert self.leads() == []
		return held.reasons


def spam(form) -> Visitor:
	"""A visitor whose enquiry is held."""
	visitor = Visitor(form.name)
	assert is_thanked(visitor.send(about={"ticket": None}, description="Buy <b>this</b>"))
	return visitor


def is_thanked(answer: requests.Response) -> bool:
	assert answer.ok, answer.text[:3000]
	return answer.json() == {"message": {"received": True}}


def said(answer: requests.Response) -> str:
	"""The server's message to the visitor."""
	return json.loads(json.loads(answer.json()["_server_messages"])[-1])["message"]


@contextmanager
def settings(**values) -> Iterator[None]:
	"""Other settings for everybody, until the end of the block."""
	before = {field: frappe.db.get_single_value(SETTINGS, field) for field in values}

	def store(wanted: dict) -> None:
		document = frappe.get_doc(SETTINGS)
		document.update(wanted).save()
		frappe.db.commit()

	store(values)
	try:
		yield
	finally:
		site.start_over()
		store(before)


@contextmanager
def open_form() -> Iterator[Document]:
	"""Provide a published form without limits, which can be sent at once.

	It is gone after the block with what visitors have sent.
	"""
	site.start_over()
	form = make_form()
	frappe.db.commit()
	with settings(web_minimum_seconds=0, web_limit_sender=0, web_limit_form=0, web_limit_site=0):
		yield form
	forget()
	frappe.delete_doc("Web Form", form.name, force=True)
	frappe.db.commit()


def forget() -> None:
	"""Delete what visitors have left behind."""
	site.start_over()
	of_visitors = ("like", "visitor-%@example.com")
	for lead in frappe.get_all(LEAD, filters={"email": of_visitors}, pluck="name"):
		site.delete(LEAD, lead)
	frappe.db.delete(HELD, {"email": of_visitors})
	frappe.db.delete("Pipeline Known Sender", {"name": of_visitors})
	frappe.db.delete("Pipeline Enquiry Receipt")
	frappe.db.commit()


def wait_for(seconds: float) -> None:
	time.sleep(seconds)
