"""R11: the page of a form, served to a guest, in at most three times what the site's contact page costs."""

import statistics
import time

import frappe
import requests
from frappe.model.document import Document

from lead_pipeline.tests import site, visitors

GOAL = 3
ROUNDS = 9
REQUESTS = 12


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
	"""A form with the same fields on another DocType: what the framework's own page costs."""
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


def measure() -> dict[str, list[float]]:
	ours, stock = visitors.make_form(), stock_page()
	frappe.db.commit()
	pages = {"contact page": "contact", "ours": ours.route, "framework's": f"{stock.route}/new"}
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


def main() -> None:
	site.connect()
	taken = measure()
	base = taken["contact page"]
	print(f"Frappe {frappe.__version__}, {', '.join(frappe.get_installed_apps())}; {frappe.db.db_type}")
	for name, found in taken.items():
		ratio = statistics.median(one / other for one, other in zip(found, base, strict=True))
		goal = f"   goal: at most {GOAL}, {'met' if ratio <= GOAL else 'NOT met'}" if name == "ours" else ""
		print(f"{name:15} {statistics.median(found) * 1000:8.1f} ms   ratio {ratio:6.2f}{goal}")


if __name__ == "__main__":
	main()
