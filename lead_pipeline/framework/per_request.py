"""Keep a dictionary, list or set for as long as a request or a job lasts."""

from collections.abc import Callable
from typing import TypeVar

import frappe

Kind = TypeVar("Kind")


def per_request(name: str, kind: Callable[[], Kind]) -> Kind:
	"""Return the object kept under `name` for this request or job.

	`kind` makes it the first time, for example `dict`.
	"""
	if not hasattr(frappe.local, name):
		setattr(frappe.local, name, kind())
	return getattr(frappe.local, name)
