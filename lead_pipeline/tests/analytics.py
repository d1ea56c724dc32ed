"""Random leads for the reports, and what a report answers.

Also which leads are behind a number of it.
"""

import json
import random
from datetime import date, datetime, time, timedelta

import frappe
import pytest
from frappe.desk.query_report import run
from frappe.utils import getdate, now_datetime, nowdate

from lead_pipeline.analytics import drill_down
from lead_pipeline.constants import (
	CLOSED_CATEGORIES,
	LEAD,
	LOST,
	OPEN_CATEGORIES,
	OWN_LEADS,
	SETTINGS,
	STATUS_LOG,
)
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.tests.factories import make_lead_type, make_user

# Texts that a query could take for a part of itself, and spellings that a collation may take for the same.
TEXTS = (
	None,
	"",
	"Spring",
	"spring",
	"50 % off",
	"O'Brien",
	'say "yes"',
	"back\\slash",
	"%s %(param1)s",
	"Ü 🚀",
)
CURRENCIES = (None, "", "USD", "XTS")
DAYS = 500


def ask(report: str, **filters) -> frappe._dict:
	"""Return the report as the framework answers it to the desk.

	`rows` leaves out the framework's own total, which is a list.
	"""
	answer = frappe._dict(run(report, filters=filters))
	answer.rows = [frappe._dict(row) for row in answer.result if isinstance(row, dict)]
	return answer


def behind(report: str, filters: dict, row: dict, column: dict) -> set[str]:
	"""The leads that a click on a number lists, as the user sees them."""
	key = json.loads(json.dumps(row["key"] | column.get("key", {})))
	conditions = drill_down.leads_behind(report, filters, key, column["fieldname"])
	# A field of a row is named by its DocType, as the desk names it in an address.
	conditions = [[*field.split("."), *condition] for field, *condition in conditions]
	return set(frappe.get_list(LEAD, filters=conditions, pluck="name", limit=0, order_by="name asc"))


def counting(answer: frappe._dict) -> list[dict]:
	return [column for column in answer.columns if column.get("drill_down")]


class RandomLeads:
	"""Random leads as they are after years of work, written past all rules.

	`rows` holds what they are.
	"""

	def __init__(self, seed: int, users: list[str], count: int = 60):
		self.chance, self.users = random.Random(seed), users
		self.types = frappe.get_all("Pipeline Lead Type", pluck="name", order_by="name")
		self.channels = frappe.get_all("Pipeline Channel", pluck="name", order_by="name")[:4]
		self.reasons = frappe.get_all("Pipeline Lost Reason", pluck="name", order_by="name")[:3]
		self.tags = frappe.get_all("Pipeline Lead Tag", pluck="name", order_by="name")[:3]
		self.rows = [self.add(number) for number in range(count)]

	def moment(self, since: datetime, until: datetime) -> datetime:
		"""Often the first or the last one of a day."""
		span = max(1, int((until - since).total_seconds()))
		found = since + timedelta(seconds=self.chance.randrange(span))
		edge = self.chance.choice([None, None, time(), time(23, 59, 59, 999999)])
		found = datetime.combine(found.date(), edge) if edge else found
		return min(max(found, since), until)

	def add(self, number: int) -> frappe._dict:
		choice, now = self.chance.choice, now_datetime()
		status = choice(list(lead_statuses.statuses().values()))
		created = self.moment(now - timedelta(days=DAYS), now)
		changed = self.moment(created, now)
		is_open, today = status.category in OPEN_CATEGORIES, getdate(nowdate())
		day = choice([None, *(today + timedelta(days=n) for n in (-400, -31, -1, 0, 0, 1, 40, 366))])
		lead = frappe.new_doc(LEAD)
		lead.update(
			{
				"name": f"LEAD-RANDOM-{frappe.generate_hash(length=10)}",
				"creation": created,
				"modified": changed,
				"owner": choice(self.users),
				"lead_name": f"Random {number}",
				"status": status.name,
				"status_category": status.category,
				"status_changed_on": changed,
				"lead_owner": choice([None, *self.users]),
				"lead_type": choice([None, *self.types]),
				"channel": choice([None, *self.channels]),
				"next_contact_by": choice([None, *self.users]),
				"campaign": choice(TEXTS),
				"utm_source": choice(TEXTS),
				"expected_revenue": choice([0, 0, 100.5, 99999.99, 12]),
				"currency": choice(CURRENCIES),
				"probability": choice([0, 10, 33, 100]),
				"expected_closing": day,
				"lost_reason": choice([None, *self.reasons]) if status.category == LOST else None,
				"next_step": choice(["None", "Overdue", "Today", "Planned"]) if is_open else "None",
				"stuck_on": choice([None, today - timedelta(days=3), today, today + timedelta(days=3)])
				if is_open
				else None,
				"first_response_on": choice([None, self.moment(created, now)]),
			}
		)
		lead.db_insert()
		for tag in self.chance.sample(self.tags, self.chance.randrange(len(self.tags) + 1)):
			lead.append("tags", {"tag": tag}).db_insert()
		row = frappe._dict(lead.as_dict())
		row.log = self.add_log(row)
		return row

	def add_log(self, lead: frappe._dict) -> list[frappe._dict]:
		"""Write the log of a lead up to its present status and return the rows.

		The oldest row is first; sometimes there is none, and sometimes there is one of another lead.
		"""
		names = list(lead_statuses.statuses())
		way = [self.chance.choice(names) for _step in range(self.chance.randrange(4))] + [lead.status]
		moments = sorted(self.moment(lead.creation, lead.status_changed_on) for _step in way[:-1])
		moments.append(lead.status_changed_on)
		rows, before = [], None
		if self.chance.random() < 0.1:
			return []
		for status, moment in zip(way, moments, strict=True):
			seconds = int((moment - (rows[-1].changed_on if rows else moment)).total_seconds())
			row = frappe.get_doc(
				{
					"doctype": STATUS_LOG,
					"lead": lead.name,
					"from_status": before,
					"to_status": status,
					"changed_on": moment,
					"cause": "Person",
					"seconds_in_previous": seconds,
				}
			)
			row.name = frappe.generate_hash(length=10)
			row.db_insert()
			rows.append(row)
			before = status
		if self.chance.random() < 0.2:
			other = rows[-1].as_dict() | {"to_status": "Quotation", "merged_from": "LEAD-MERGED-1"}
			frappe.get_doc(other | {"name": frappe.generate_hash(length=10)}).db_insert()
		return rows


def is_closed(lead: frappe._dict) -> bool:
	return lead.status_category in CLOSED_CATEGORIES


def is_open(lead: frappe._dict) -> bool:
	return lead.status_category in OPEN_CATEGORIES


def on_days(moment: datetime, first: date, last: date) -> bool:
	return first <= moment.date() <= last


@pytest.fixture(scope="module")
def people(connected_site):
	users = [make_user("Sales User", email=f"numbers-{number}@example.com") for number in (1, 2, 3)]
	manager = make_user("Sales Manager", "Sales User", email="numbers-manager@example.com")
	frappe.db.commit()
	return [*users, manager]


@pytest.fixture(params=[(1, "seller"), (2, "seller"), (2, "manager")], ids=str)
def leads(request, people):
	"""The leads that the user sees, out of random ones; only these are on the site."""
	seed, who = request.param
	return world(seed, people, people[0] if who == "seller" else people[-1])


def world(seed: int, people: list[str], user: str) -> list[frappe._dict]:
	empty()
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	make_lead_type()
	made = RandomLeads(seed, people).rows
	frappe.set_user(user)
	seen = set(frappe.get_list(LEAD, pluck="name", limit=0, order_by="name asc"))
	assert seen if user == people[-1] else 0 < len(seen) < len(made)
	return [row for row in made if row.name in seen]


def empty() -> None:
	for doctype in (LEAD, STATUS_LOG, "Pipeline Lead Tag Item"):
		frappe.db.delete(doctype)


def amount(lead) -> float:
	own = frappe.db.get_default("currency") or "USD"
	return float(lead.expected_revenue or 0) if lead.currency in (None, "", own) else 0.0


def weighted(lead) -> float:
	return amount(lead) * float(lead.probability or 0) / 100
