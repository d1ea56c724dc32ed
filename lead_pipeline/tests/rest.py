"""The REST API, as a user of it calls the running web server."""

import frappe
import requests
from frappe.utils.password import set_encrypted_password

from lead_pipeline.tests import site


class Client:
	"""A user of the REST API, by API key."""

	def __init__(self, user: str):
		self.user = user
		self.session = requests.Session()
		self.session.headers.update({"Authorization": f"token {api_key(user)}", "Accept": "application/json"})

	def call(self, verb: str, path: str, /, **json) -> dict:
		"""Send a request and return the answer's `data` or `message`.

		On any error the test fails with the server's own words.
		"""
		answer = self.session.request(verb, f"{site.URL}/api/{path}", json=json or None, timeout=60)
		assert answer.ok, f"{verb} {path}: {answer.status_code} {answer.text[:2000]}"
		body = answer.json()
		return body.get("data", body.get("message"))

	def create(self, doctype: str, /, **values) -> dict:
		return self.call("POST", f"resource/{doctype}", **values)

	def update(self, document: dict, **values) -> dict:
		return self.call("PUT", f"resource/{document['doctype']}/{document['name']}", **values)

	def delete(self, document: dict) -> None:
		self.call("DELETE", f"resource/{document['doctype']}/{document['name']}")

	def get(self, doctype: str, name: str) -> dict:
		return self.call("GET", f"resource/{doctype}/{name}")

	def log(self, lead: str) -> list[dict]:
		"""The lead's history, oldest first."""
		return self.call("GET", f"method/lead_pipeline.status.explain.status_history?lead={lead}")[::-1]


def api_key(user: str) -> str:
	"""Return a new API key and its secret for the user.

	Saving the user for it would take longer than most tests.
	"""
	key, secret = (frappe.generate_hash(length=15) for _part in range(2))
	frappe.db.set_value("User", user, "api_key", key)
	set_encrypted_password("User", user, secret, "api_secret")
	frappe.db.commit()
	return f"{key}:{secret}"
