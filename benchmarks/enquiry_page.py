"""R11: the time to serve the page of a form to a guest.

At most three times what the site's contact page costs.
"""

import statistics
import time

import frappe
import requests
from frappe.model.document import Document

from benchmarks.figures import Figure
from lead_pipeline.tests import site, visitors

GOAL = 0.6
ROUNDS = 9
REQUESTS = 12
FRAMEWORKS = "framework's page"


def seconds(session: requests.Session, path: str) -> float:
	"""The median time of an answer, over REQUESTS of them."""
	taken = []
	for _number in range(REQUESTS):
		begun = time.perf_counter()
		answer = session.get(f"{site.URL}/{path}", timeout=120)
		taken.append(time.perf_counter() - begun)
		assert answer.ok, f"{path}: {answer.status_code}"
	return statistics.median(taken)


def stock_page() -> Document:
	"""Create a form with the same fields on another DocType.

	It shows what the framework's own page costs.
	"""
	title = f"Bare {frappe.generate_hash(length=6)}"
	return frappe.get_doc(
		{
			"doctype": "Web Form",
			"title": title,
			"route": frappe.scrub(title),
			"doc_type": "Contact",
			"module": "Contacts",
			"published": 1,
			"web_form_fields": [
				{"fieldname": name, "fieldtype": "Data", "label": name}
				for name in ("first_name", "last_name", "company_name", "department")
			],
		}
	).insert()


def take_times() -> dict[str, list[float]]:
	ours, stock = visitors.make_form(), stock_page()
	frappe.db.commit()
	pages = {"contact page": "contact", "ours": ours.route, FRAMEWORKS: f"{stock.route}/new"}
	session, taken = requests.Session(), {name: [] for name in pages}
	try:
		for path in pages.values():
			seconds(session, path)
		for _round in range(ROUNDS):
			for name, path in pages.items():
				taken[name].append(seconds(session, path))
	finally:
		frappe.db.rollback()
		for form in (ours, stock):
			frappe.delete_doc("Web Form", form.name, force=True)
		frappe.db.commit()
	return taken


def measure() -> list[Figure]:
	taken = take_times()
	base = taken["contact page"]

	def ratios(name: str) -> list[float]:
		return [one / other for one, other in zip(taken[name], base, strict=True)]

	return [
		Figure(
			"R11",
			"a form's page, served to a guest / the site's contact page",
			GOAL,
			False,
			ratios("ours"),
			*(f"{statistics.median(taken[name]) * 1000:.1f} ms" for name in ("ours", "contact page")),
			notes=[f"the framework's own page of the same form: {statistics.median(ratios(FRAMEWORKS)):.0f}"],
		)
	]
