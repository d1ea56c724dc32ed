"""R10: enquiries per second through all guards, against the framework's endpoint on a bare DocType; 8 clients."""

import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import frappe
import requests

from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site, visitors
from lead_pipeline.tests.visitors import ACCEPT

GOAL = 0.9
CLIENTS = 8
EACH = 25
ROUNDS = 7
BARE = "Pipeline Benchmark Bare"


def bare_doctype() -> None:
	"""A DocType with as many fields as a form fills in, and nothing else."""
	if not frappe.db.exists("DocType", BARE):
		fields = [
			{"fieldname": f"text_{number}", "fieldtype": "Data", "label": f"Text {number}"}
			for number in range(12)
		]
		frappe.get_doc(
			{
				"doctype": "DocType",
				"name": BARE,
				"module": "Custom",
				"custom": 1,
				"autoname": "hash",
				"fields": fields,
			}
		).insert()


def bare_form():
	title = f"Bare {frappe.generate_hash(length=6)}"
	fields = [{"fieldname": f"text_{n}", "fieldtype": "Data", "label": f"Text {n}"} for n in range(6)]
	return frappe.get_doc(
		{
			"doctype": "Web Form",
			"title": title,
			"route": frappe.scrub(title),
			"doc_type": BARE,
			"module": "Custom",
			"published": 1,
			"web_form_fields": fields,
		}
	).insert()


def post(session: requests.Session, body: dict, claim: str) -> None:
	# The framework's own limit believes what this header says; without it the run would end after ten requests.
	answer = session.post(
		f"{site.URL}/api/method/{ACCEPT}", json=body, headers={"X-Forwarded-For": claim}, timeout=120
	)
	assert answer.ok, answer.text[:500]


def rate(bodies: list[list[dict]]) -> float:
	"""Requests per second when every client sends its bodies one after the other."""

	def client(number: int) -> None:
		session = requests.Session()
		for index, body in enumerate(bodies[number]):
			post(session, body, f"10.{number}.{index}.{int(time.time()) % 250}")

	begun = time.perf_counter()
	with ThreadPoolExecutor(CLIENTS) as pool:
		list(pool.map(client, range(CLIENTS)))
	return sum(len(part) for part in bodies) / (time.perf_counter() - begun)


def enquiries_for(form: str) -> list[list[dict]]:
	"""New senders with a ticket each; the tickets are got beforehand, as a page gets them while people type."""
	session = requests.Session()

	def body() -> dict:
		answer = session.get(
			f"{site.URL}/api/method/{visitors.TICKET}", params={"web_form": form}, timeout=60
		)
		answers = {
			"email": visitors.address(),
			"first_name": "Ada",
			"last_name": "Visitor",
			"company_name": "Engines",
		}
		answers |= {"phone": "+49 30 901820", "description": "How much is it?"}
		about = {"ticket": answer.json()["message"]["ticket"], "page": "https://www.example.com/"}
		return {"web_form": form, "data": json.dumps(answers), "about": json.dumps(about)}

	return [[body() for _index in range(EACH)] for _client in range(CLIENTS)]


def bare_for(form: str) -> list[list[dict]]:
	answers = {f"text_{number}": "some text" for number in range(6)}
	return [[{"web_form": form, "data": json.dumps(answers)}] * EACH for _client in range(CLIENTS)]


def main() -> None:
	site.connect()
	bare_doctype()
	form, bare = visitors.make_form(), bare_form()
	frappe.db.commit()
	high = dict.fromkeys(("web_limit_sender", "web_limit_form", "web_limit_site"), 100_000)
	ours, stock, sent = [], [], []
	try:
		with visitors.settings(web_minimum_seconds=0, **high):
			for _round in range(ROUNDS):
				bodies = enquiries_for(form.name)
				sent += [json.loads(body["data"])["email"] for part in bodies for body in part]
				ours.append(rate(bodies))
				stock.append(rate(bare_for(bare.name)))
			frappe.db.rollback()
			kept = frappe.get_all(LEAD, filters={"web_form": form.name}, pluck="email")
	finally:
		visitors.forget()
		for one in (form, bare):
			frappe.delete_doc("Web Form", one.name, force=True)
		frappe.delete_doc("DocType", BARE, force=True)
		frappe.db.commit()
	ratio = statistics.median(one / other for one, other in zip(ours, stock, strict=True))
	print(f"Frappe {frappe.__version__}, {', '.join(frappe.get_installed_apps())}; {frappe.db.db_type}")
	print(
		f"ours {statistics.median(ours):.0f} per second, framework's {statistics.median(stock):.0f} per second"
	)
	print(f"ratio {ratio:.2f}   goal: at least {GOAL}, {'met' if ratio >= GOAL else 'NOT met'}")
	print(f"lost: {len(set(sent) - set(kept))}, twice: {len(kept) - len(set(kept))}, of {len(sent)}")


if __name__ == "__main__":
	main()
