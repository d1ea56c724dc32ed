"""The status that a lead should have, computed without the app's code.

From documents in memory, a person's choice, and the seeded rules.
"""

import itertools

import frappe
from hypothesis import strategies as st
from hypothesis.stateful import (
	precondition,
	rule,
)

from lead_pipeline.tests.factories import (
	make_customer,
	make_opportunity,
	make_order,
	make_quotation,
)

STATUSES = (
	"Lead",
	"Open",
	"Replied",
	"Interested",
	"Opportunity",
	"Quotation",
	"Lost Quotation",
	"Converted",
	"Lost",
)
PROTECTED = ("Disqualified", "Do Not Contact")
ALL = STATUSES + PROTECTED
NARROW = ("Lead", "Open", "Opportunity", "Converted", "Do Not Contact")
LEADS = 2

# What the seeded rules say, the strongest first: kind of document, its states, the lead's status.
ORACLE = (
	("Sales Order", ("draft", "submitted"), "Converted"),
	("Customer", ("open",), "Converted"),
	("Quotation", ("draft", "submitted"), "Quotation"),
	("Opportunity", ("open",), "Opportunity"),
	("Quotation", ("lost",), "Lost Quotation"),
	("Opportunity", ("lost",), "Lost"),
)
MAKERS = {
	"Opportunity": make_opportunity,
	"Quotation": make_quotation,
	"Sales Order": make_order,
	"Customer": lambda lead, _customer: make_customer(pipeline_lead=lead.name if lead else None),
}
# The others are drafts first, and are submitted, cancelled and amended.
NEVER_SUBMITTED = ("Opportunity", "Customer")


class Paper:
	"""A document as the model knows it."""

	counter = itertools.count()

	def __init__(self, kind: str, name: str, lead: int | None, state: str):
		self.kind, self.name, self.lead, self.state = kind, name, lead, state
		# The lead that its first row names, as with an order from the quotations of several leads.
		self.row: int | None = None
		self.amended: Paper | None = None
		self.age = next(self.counter)

	@property
	def leads(self) -> tuple[int | None, int | None]:
		return self.lead, self.row

	@property
	def is_amended(self) -> bool:
		return bool(self.amended and self.amended.state != "gone")

	@property
	def never_submitted(self) -> bool:
		return self.kind in NEVER_SUBMITTED

	def load(self):
		return frappe.get_doc(self.kind, self.name)

	def __str__(self):
		return f"{self.kind} {self.name} of lead {self.lead}" + (
			f" (row: lead {self.row})" if self.row is not None else ""
		)


# What can be done to which documents.
CAN = {
	"save": lambda paper: paper.state in ("draft", "open", "submitted"),
	"submit": lambda paper: paper.state == "draft",
	"lose": lambda paper: (paper.kind, paper.state) in (("Quotation", "submitted"), ("Opportunity", "open")),
	"reopen": lambda paper: (
		(paper.kind, paper.state)
		in (("Quotation", "lost"), ("Opportunity", "lost"), ("Opportunity", "closed"))
	),
	"close": lambda paper: paper.kind == "Opportunity" and paper.state in ("open", "lost"),
	"expire": lambda paper: (paper.kind, paper.state) == ("Quotation", "submitted"),
	"cancel": lambda paper: not paper.never_submitted and paper.state in ("submitted", "lost", "expired"),
	"amend": lambda paper: paper.state == "cancelled" and not paper.is_amended,
	"delete": lambda paper: (
		not paper.is_amended
		and (
			paper.state in ("draft", "open", "closed", "cancelled")
			or (paper.never_submitted and paper.state == "lost")
		)
	),
	"relink": lambda paper: paper.state not in ("gone", "cancelled"),
	"name another lead in a row of": lambda paper: paper.state == "draft",
}

# Which of the documents or statuses that there are.
WHICH = st.integers(0, 11)


def step(what: str, **strategies):
	"""A step of the story about one of the documents to which `what` can be done."""

	def decorate(method):
		ready = rule(which=WHICH, **strategies)(method)
		return precondition(lambda self: self.those(what))(ready)

	return decorate


class Model:
	"""A lead as the rules and people want it."""

	def __init__(self):
		self.status, self.chosen, self.against = "Lead", "Lead", None
		self.held, self.allowed = False, ALL
		self.changes = 1

	def winner(self, papers: list[Paper]):
		"""Return the strongest statement that the lead's type allows.

		As (its number, document) and status.
		"""
		for number, (kind, states, status) in enumerate(ORACLE):
			speaking = [paper for paper in papers if paper.kind == kind and paper.state in states]
			if speaking and (status in self.allowed or status == self.status):
				return (number, max(speaking, key=lambda paper: paper.age).name), status
		return None, None

	def wanted(self, papers: list[Paper]) -> str:
		key, status = self.winner(papers)
		chosen = self.chosen if self.chosen in (*self.allowed, self.status) else None
		if key and not (chosen and key == self.against):
			return status
		return chosen or self.allowed[0]

	def follow(self, papers: list[Paper]) -> None:
		if not self.held and self.status not in PROTECTED:
			self.give(self.wanted(papers))

	def choose(self, status: str, papers: list[Paper]) -> None:
		self.give(status)
		self.chosen, self.against = status, self.winner(papers)[0]

	def give(self, status: str) -> None:
		self.changes += status != self.status
		self.status = status


def other_lead(lead: int | None, which: int) -> int | None:
	others = [other for other in (*range(LEADS), None) if other != lead]
	return others[which % len(others)]
