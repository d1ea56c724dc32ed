"""An enquiry arrives while Redis is down (P3).

It goes through the framework's whole web application.
"""

from pathlib import Path

import frappe

from lead_pipeline.tests import visitors
from lead_pipeline.tests.worker import run_without_redis

SEND = """
import json, sys
import frappe.app
from lead_pipeline.tests import site
from lead_pipeline.tests.visitors import ACCEPT, TICKET
from werkzeug.test import Client

frappe.app._site, frappe.app._sites_path = site.SITE, "."
visitor = Client(frappe.app.application)
form, email = sys.argv[1:]
for number in range(3):
	answer = visitor.get(f"/api/method/{TICKET}", query_string={"web_form": form})
	ticket = answer.get_json()["message"]["ticket"]
	answers = {"email": email, "last_name": "Visitor", "description": f"Number {number}"}
	body = {"web_form": form, "data": json.dumps(answers), "about": json.dumps({"ticket": ticket})}
	print("SENT", visitor.post(f"/api/method/{ACCEPT}", json=body).status_code)
"""


def send_without_redis(form: str, email: str, bench: Path) -> list[str]:
	"""The answers' codes, from a web application whose Redis servers do not answer."""
	ended = run_without_redis(SEND, bench, form, email)
	sent = [line.split()[1] for line in ended.stdout.splitlines() if line.startswith("SENT ")]
	assert sent, ended.stderr[-3000:]
	return sent


def test_enquiries_arrive_and_limits_hold(clean_transaction, tmp_path):
	form = visitors.make_form()
	frappe.db.commit()
	visitor = visitors.Visitor(form.name)
	try:
		with visitors.settings(web_minimum_seconds=0, web_limit_sender=2):
			assert send_without_redis(form.name, visitor.email, tmp_path) == ["200"] * 3
			assert visitor.lead().enquiries == 1
			assert [held.reasons for held in visitor.held()] == ["sender_limit"]
	finally:
		visitors.forget()
		frappe.delete_doc("Web Form", form.name, force=True)
		frappe.db.commit()
