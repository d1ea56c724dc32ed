"""A call of a whitelisted method as the web server makes it.

In the test's own process and transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.handler import execute_cmd
from frappe.utils.response import build_response
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request


@contextmanager
def request_of(user: str, path: str, form: dict) -> Iterator[None]:
	methods = frappe.allowed_http_methods_for_whitelisted_func.get(frappe.get_attr(path)) or ["POST"]
	verb = "POST" if "POST" in methods else methods[0]
	frappe.set_user(user)
	frappe.local.response = frappe._dict({"docs": []})
	frappe.local.form_dict = frappe._dict(form, cmd=path)
	frappe.local.request = Request(EnvironBuilder(path=f"/api/method/{path}", method=verb).get_environ())
	try:
		yield
	finally:
		del frappe.local.request
		frappe.local.form_dict = frappe._dict()
		frappe.local.message_log = []
		frappe.set_user("Administrator")


def call(user: str, path: str, form: dict) -> tuple[str, Exception | None]:
	"""Return what the user is told, and the error that ended the request.

	The user is told the answer and the messages.
	"""
	with request_of(user, path, form):
		try:
			return answer(path), None
		except Exception as error:
			return f"{error} {frappe.local.message_log}", error


def result(user: str, path: str, /, **form) -> object:
	"""What the method returns; raises what ends the request."""
	with request_of(user, path, form):
		return execute(path)


def answer(path: str) -> str:
	returned = execute(path)
	if returned is not None:
		frappe.response["message"] = returned
	response = build_response(frappe.response.get("type") or "json")
	for hook in frappe.get_hooks("after_request"):
		frappe.call(hook, response=response, request=frappe.local.request)
	return response.get_data().decode(errors="replace") + str(frappe.local.message_log)


def execute(path: str) -> object:
	for hook in frappe.get_hooks("auth_hooks"):
		frappe.get_attr(hook)()
	return execute_cmd(path)
