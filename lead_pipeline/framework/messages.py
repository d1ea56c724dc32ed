"""Messages to the user with links in them.

From version 16 on `frappe.msgprint` and `frappe.throw` take the links out of a message, unless they are told
`allow_dangerous_html`, which Frappe 15 does not know. Can go with Frappe 15.
"""

import inspect

import frappe
from frappe.utils import sanitize_html


def show_with_links(message: str, **options) -> None:
	"""Show a message as `frappe.msgprint` does, with the links in it.

	message: HTML, of which the framework's sanitizer leaves what may harm nobody.
	"""
	frappe.msgprint(sanitize_html(message), **options, **links_allowed())


def throw_with_links(message: str, exception: type[Exception], **options) -> None:
	"""Raise `exception` as `frappe.throw` does, with the links in its message.

	message: HTML, of which the framework's sanitizer leaves what may harm nobody.
	"""
	frappe.throw(sanitize_html(message), exception, **options, **links_allowed())


def links_allowed() -> dict[str, bool]:
	"""Return what a message with links has to tell this version of the framework."""
	told = "allow_dangerous_html" in inspect.signature(frappe.msgprint).parameters
	return {"allow_dangerous_html": True} if told else {}
