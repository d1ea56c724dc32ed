"""R10: enquiries per second through all guards, with 8 clients.

Compared with the framework's endpoint on a bare DocType.
"""

import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import frappe
import requests
from frappe.model.document import Document
from frappe.utils.password import get_encryption_key

from benchmarks import bare
from benchmarks.figures import Figure, in_turn
from lead_pipeline.constants import LEAD
from lead_pipeline.domain import form_token
from lead_pipeline.tests import site, visitors

GOAL = 1.0
CLIENTS = 8
EACH = 8
ROUNDS = 9
NO_LIMITS = dict.fromkeys(("web_limit_sender", "web_limit_form", "web_limit_site"), 1_000_000)


def measure() -> list[Figure]:
	with bare.doctype():
		forms = visitors.make_form(), bare.form(visitors.FIELDS)
		frappe.db.commit()
		try:
			with visitors.settings(web_minimum_seconds=0, **NO_LIMITS):
				return [compare(*forms)]
		finally:
			bare.forget_people()
			for form in forms:
				frappe.delete_doc("Web Form", form.name, force=True)
			frappe.db.commit()


def compare(form: Document, bare_form: Document) -> Figure:
	sent: list[str] = []

	def ours() -> float:
		bodies = [enquiry(form.name) for _number in range(CLIENTS * EACH)]
		sent.extend(json.loads(body["data"])["email"] for body in bodies)
		return rate(bodies)

	def theirs() -> float:
		answers = [{"web_form": bare_form.name, "data": json.dumps(bare.person())}]
		return rate(answers * (CLIENTS * EACH))

	# What is read once and kept is read by now.
	ours(), theirs()
	found = in_turn(ROUNDS, ours, theirs)
	frappe.db.rollback()
	kept = frappe.get_all(LEAD, filters={"web_form": form.name}, pluck="email")
	lost, twice = len(set(sent) - set(kept)), len(kept) - len(set(kept))
	return Figure(
		"R10",
		"web enquiries per second, all guards / the framework's endpoint on a bare DocType",
		GOAL,
		True,
		[one / other for one, other in found],
		*(f"{statistics.median(rates):.0f}/s" for rates in zip(*found, strict=True)),
		notes=[f"{CLIENTS} clients; of {len(sent)} enquiries lost: {lost}, twice: {twice}"],
	)


def enquiry(form: str) -> dict:
	"""A new sender with a ticket, as a page has got it while somebody typed."""
	number = frappe.generate_hash(length=20)
	ticket = form_token.issue_token(get_encryption_key(), form, number, time.time() - 60)
	about = {"ticket": ticket, "page": "https://www.example.com/"}
	return {"web_form": form, "data": json.dumps(bare.person()), "about": json.dumps(about)}


def rate(bodies: list[dict]) -> float:
	"""Requests per second when every client sends its part one after the other."""

	def client(number: int) -> None:
		session = requests.Session()
		for index, body in enumerate(bodies[number::CLIENTS]):
			post(session, body, f"10.{number}.{index}.{int(time.time() * 10) % 250}")

	begun = time.perf_counter()
	with ThreadPoolExecutor(CLIENTS) as pool:
		list(pool.map(client, range(CLIENTS)))
	return len(bodies) / (time.perf_counter() - begun)


def post(session: requests.Session, body: dict, claim: str) -> None:
	# The framework's own limit believes what this header says; without it the run would end after ten requests.
	path = f"{site.URL}/api/method/{visitors.ACCEPT}"
	answer = session.post(path, json=body, headers={"X-Forwarded-For": claim}, timeout=120)
	assert answer.ok, answer.text[:500]
