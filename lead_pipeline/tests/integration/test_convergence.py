"""P5 to P8: whatever people and documents do, in whatever order, the lead is where rules and people put it.

A state machine plays stories; after every step the site is compared with a model that is written here, without
the app's code: what documents there are in memory, what a person last chose, and what that choice was made against.
"""

import itertools
import os

import frappe
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from lead_pipeline.constants import LEAD, STATUS_LOG
from lead_pipeline.status import recompute, soon
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import (
	make_lead,
	make_lead_type,
	make_opportunity,
	make_order,
	make_quotation,
)
from lead_pipeline.tests.sales import buyer

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
	("Quotation", ("draft", "submitted"), "Quotation"),
	("Opportunity", ("open",), "Opportunity"),
	("Quotation", ("lost",), "Lost Quotation"),
	("Opportunity", ("lost",), "Lost"),
)
MAKERS = {"Opportunity": make_opportunity, "Quotation": make_quotation, "Sales Order": make_order}


class Paper:
	"""A document as the model knows it."""

	counter = itertools.count()

	def __init__(self, kind: str, name: str, lead: int | None, state: str):
		self.kind, self.name, self.lead, self.state = kind, name, lead, state
		self.age = next(self.counter)

	def load(self):
		return frappe.get_doc(self.kind, self.name)


class Model:
	"""A lead as the rules and people want it."""

	def __init__(self):
		self.status, self.chosen, self.against = "Lead", "Lead", None
		self.held, self.allowed = False, ALL
		self.changes = 1

	def winner(self, papers: list[Paper]):
		"""The strongest statement that the lead's type allows: (its number, document) and status."""
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


class Story(RuleBasedStateMachine):
	papers = Bundle("papers")

	@initialize(at_once=st.booleans())
	def begin(self, at_once: bool):
		"""Half of the stories are told in one script, half in requests, each step of which is one."""
		site.start_over_quickly()
		self.at_once = at_once
		self.leads = [make_lead() for _number in range(LEADS)]
		self.models = [Model() for _lead in self.leads]
		self.known: list[Paper] = []

	def teardown(self):
		frappe.db.rollback()

	def of(self, lead: int | None) -> list[Paper]:
		return [paper for paper in self.known if lead is not None and paper.lead == lead]

	def act(self, do, *leads: int | None):
		"""Let it happen, as a request that ends or at once; its leads follow, in the site and in the model."""
		if self.at_once:
			done = do()
		else:
			with site.open_action():
				done = do()
			site.follow_now()
		for lead in set(leads) - {None}:
			self.models[lead].follow(self.of(lead))
		return done

	@rule(
		target=papers,
		kind=st.sampled_from(list(MAKERS)),
		lead=st.sampled_from([*range(LEADS), None]),
	)
	def make(self, kind, lead):
		def do():
			document = MAKERS[kind](self.leads[lead] if lead is not None else None, buyer())
			paper = Paper(kind, document.name, lead, "open" if kind == "Opportunity" else "draft")
			self.known.append(paper)
			return paper

		return self.act(do, lead)

	@rule(paper=papers)
	def save(self, paper):
		if paper.state in ("draft", "open", "submitted"):
			self.act(lambda: paper.load().save(), paper.lead)

	@rule(paper=papers)
	def submit(self, paper):
		if paper.state == "draft":
			self.act(lambda: self.turned(paper, "submitted").submit(), paper.lead)

	@rule(paper=papers)
	def lose(self, paper):
		def do():
			if paper.kind == "Quotation":
				paper.load().declare_enquiry_lost([], [])
			else:
				document = paper.load()
				document.status = "Lost"
				document.save()
			paper.state = "lost"

		if (paper.kind, paper.state) in (("Quotation", "submitted"), ("Opportunity", "open")):
			self.act(do, paper.lead)

	@rule(paper=papers, status=st.sampled_from(["Open", "Closed"]))
	def reopen_or_close(self, paper, status):
		if paper.kind == "Opportunity" and paper.state != "gone":
			new = {"Open": "open", "Closed": "closed"}[status]
			self.act(lambda: self.turned(paper, new).db_set("status", status), paper.lead)

	@rule(paper=papers)
	def reopen_quotation(self, paper):
		if (paper.kind, paper.state) == ("Quotation", "lost"):
			self.act(lambda: self.turned(paper, "submitted").db_set("status", "Open"), paper.lead)

	@rule(paper=papers)
	def expire(self, paper):
		"""By SQL, without an event; then the repair, or the next event, finds it."""
		if (paper.kind, paper.state) == ("Quotation", "submitted"):
			frappe.db.set_value("Quotation", paper.name, "status", "Expired")
			paper.state = "expired"
			if paper.lead is not None:
				recompute.recompute(self.leads[paper.lead].name)
				self.models[paper.lead].follow(self.of(paper.lead))

	@rule(paper=papers)
	def cancel(self, paper):
		if paper.kind != "Opportunity" and paper.state in ("submitted", "lost", "expired"):
			self.act(lambda: self.turned(paper, "cancelled").cancel(), paper.lead)

	@rule(target=papers, paper=papers)
	def amend(self, paper):
		if paper.state != "cancelled" or frappe.db.exists(paper.kind, {"amended_from": paper.name}):
			return self.make("Opportunity", None)

		def do():
			amended = frappe.copy_doc(paper.load())
			amended.amended_from, amended.status = paper.name, "Draft"
			amended.insert()
			new = Paper(paper.kind, amended.name, paper.lead, "draft")
			self.known.append(new)
			return new

		return self.act(do, paper.lead)

	@rule(paper=papers)
	def delete(self, paper):
		amended = (
			frappe.db.exists(paper.kind, {"amended_from": paper.name})
			if paper.kind != "Opportunity"
			else None
		)
		if paper.state in ("draft", "open", "lost", "closed", "cancelled") and not amended:
			if paper.kind != "Opportunity" and paper.state == "lost":
				return
			self.act(lambda: self.turned(paper, "gone").delete(), paper.lead)

	@rule(paper=papers, lead=st.sampled_from([*range(LEADS), None]), directly=st.booleans())
	def relink(self, paper, lead, directly):
		if paper.state in ("gone", "cancelled"):
			return
		before, paper.lead = paper.lead, lead
		name = self.leads[lead].name if lead is not None else None

		def do():
			document = paper.load()
			if directly:
				document.db_set("pipeline_lead", name)
			else:
				document.pipeline_lead = name
				document.save()

		self.act(do, before, lead)

	@rule(lead=st.sampled_from(range(LEADS)), status=st.sampled_from(ALL))
	def choose(self, lead, status):
		model = self.models[lead]
		if status not in model.allowed or status == model.status:
			return
		doc = self.load(lead)
		doc.status, doc.lost_reason = status, "Other"
		doc.save()
		model.choose(status, self.of(lead))

	@rule(lead=st.sampled_from(range(LEADS)), held=st.booleans())
	def hold(self, lead, held):
		model = self.models[lead]
		if held == model.held:
			return
		doc = self.load(lead)
		doc.hold_status = int(held)
		doc.save()
		model.held = held
		model.follow(self.of(lead))

	@precondition(lambda self: self.at_once)
	@rule(lead=st.sampled_from(range(LEADS)), narrow=st.booleans())
	def change_type(self, lead, narrow):
		allowed = NARROW if narrow else ALL
		model = self.models[lead]
		if allowed == model.allowed:
			return
		doc = self.load(lead)
		doc.lead_type = self.type_of(narrow)
		doc.save()
		model.allowed = allowed
		if model.status not in allowed:
			# Neither hold nor protection keeps what the type does not have, and it is not chosen again.
			model.status, before = "", model.status
			wanted = model.wanted(self.of(lead))
			if model.chosen not in allowed and not model.winner(self.of(lead))[0]:
				# Who chose the type chose this, too.
				model.chosen = wanted
			model.status = before
			model.give(wanted)
		else:
			model.follow(self.of(lead))

	def type_of(self, narrow: bool) -> str | None:
		if not narrow:
			return None
		if not hasattr(self, "narrow_type"):
			self.narrow_type = make_lead_type(*NARROW).name
		return self.narrow_type

	@rule(lead=st.sampled_from(range(LEADS)))
	def see_an_event_twice(self, lead):
		"""P6: the same news again changes nothing."""
		before = self.stored(lead)
		recompute.recompute(self.leads[lead].name)
		soon.follow(self.leads[lead].name, (LEAD, self.leads[lead].name))
		assert self.stored(lead) == before

	def turned(self, paper, state: str):
		document, paper.state = paper.load(), state
		return document

	def load(self, lead: int):
		return frappe.get_doc(LEAD, self.leads[lead].name)

	def stored(self, lead: int):
		fields = ("status", "status_category", "modified", "manual_status", "manual_basis")
		name = self.leads[lead].name
		return frappe.db.get_value(LEAD, name, fields), frappe.db.count(STATUS_LOG, {"lead": name})

	def rows(self, doctype: str, key: str, *fields: str) -> dict[str, list]:
		"""What the database holds of all leads of the story, by lead; asked once, as this is done after every step."""
		table, names = frappe.qb.DocType(doctype), [lead.name for lead in self.leads]
		query = frappe.qb.from_(table).select(table[key].as_("of"), *(table[field] for field in fields))
		query = query.where(table[key].isin(names))
		if doctype == STATUS_LOG:
			query = query.orderby(table.changed_on).orderby(table.creation)
		found = query.run(as_dict=True)
		return {name: [row for row in found if row["of"] == name] for name in names}

	@invariant()
	def every_lead_is_where_the_model_says_and_the_log_tells_it_exactly(self):
		"""P7: one row per change, without a gap, and the durations add up."""
		leads = self.rows(LEAD, "name", "status", "creation", "status_changed_on")
		logs = self.rows(STATUS_LOG, "lead", "from_status", "to_status", "seconds_in_previous")
		for document, model in zip(self.leads, self.models, strict=True):
			(lead,), rows = leads[document.name], logs[document.name]
			assert lead.status == model.status, [vars(paper) for paper in self.known]
			assert len(rows) == model.changes
			assert [row.from_status for row in rows] == [None, *(row.to_status for row in rows[:-1])]
			assert rows[-1].to_status == lead.status
			whole = [moment.replace(microsecond=0) for moment in (lead.creation, lead.status_changed_on)]
			assert sum(row.seconds_in_previous for row in rows) == (whole[1] - whole[0]).total_seconds()


TestStory = Story.TestCase
TestStory.settings = settings(
	max_examples=int(os.environ.get("LEAD_PIPELINE_STORIES", 55)),
	stateful_step_count=40,
	deadline=None,
	derandomize=True,
	database=None,
	suppress_health_check=list(HealthCheck),
)
