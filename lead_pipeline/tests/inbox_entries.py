"""Entries of the inbox.

Mails and calls that belong to nobody, and what the inbox says of them.
"""

import random

from lead_pipeline.capture.inbox import api as inbox
from lead_pipeline.constants import LEAD
from lead_pipeline.tests.mails import make_mail


def make_spoken(number: str, **values):
	"""A call as a Communication."""
	return make_mail("", communication_medium="Phone", phone_no=number, **values)


def entry(document) -> list[list[str]]:
	return [[document.doctype, document.name]]


def row_of(document, **filters) -> dict | None:
	rows = inbox.items(limit=500, **filters)["rows"]
	return next((row for row in rows if row["name"] == document.name), None)


def lead_on(document) -> str | None:
	document.reload()
	if document.doctype == "Call Log":
		return next((link.link_name for link in document.links if link.link_doctype == LEAD), None)
	return document.reference_name if document.reference_doctype == LEAD else None


def number() -> str:
	return f"+49 30 {random.randint(10**6, 10**7 - 1)}"


def reason(answer: dict) -> str:
	assert answer["done"] == []
	(entry,) = answer["refused"]
	return entry["reason"]
