"""Cards of the board.

Leads made under one word, by which the board shows them alone, and what a user sees of them.
"""

import json

import frappe

from lead_pipeline.board import columns as board
from lead_pipeline.tests.factories import make_lead

WORD = "Boardtest"
HERE = {"text": WORD}
OPEN = ["Lead", "Open", "Replied", "Interested", "Opportunity", "Quotation"]
ORDERS = ("hand", "next_step", "revenue", "age", "priority", "modified")


def make(name: object, **values):
	return make_lead(company_name=f"{WORD} {name}", **values)


def column(name: str = "Lead", filters: dict | None = None, order: str = "hand") -> dict:
	found = board.columns(json.dumps(HERE | (filters or {})), order)["columns"]
	return next(column for column in found if column["name"] == name)


def shown(filters: dict | None = None, order: str = "hand", name: str = "Lead") -> list[str]:
	return [card["title"].removeprefix(f"{WORD} ") for card in column(name, filters, order)["cards"]]


def refused(answer: dict) -> tuple[str, str]:
	assert (answer["moved"], answer["undo"]) == (False, None)
	return answer["why"], frappe.utils.strip_html(answer["message"])


def names(columns: list[dict]) -> list[str]:
	return [column["name"] for column in columns]
