"""A record of every DocType of the app, and all ways to write it.

With another value for each of its fields, for every role.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import NamedTuple

import frappe
import requests

from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status import rules
from lead_pipeline.tests import site, web_calls
from lead_pipeline.tests.factories import make_item, make_lead, make_user
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.written_fields import (
	ADMIN,
	GUEST,
	MANAGER,
	SELLER,
	WEBSITE,
	WRITTEN,
	app,
	doctypes,
	is_table,
	value_fields,
)

QUOTATION = "Quotation"

# Two statuses that each setting takes.
ACTION_STATUSES = {
	(SETTINGS, "lost_status"): ("Lost", "Lost Quotation"),
	(SETTINGS, "disqualified_status"): ("Disqualified", "Do Not Contact"),
	(SETTINGS, "qualified_status"): ("Opportunity", "Quotation"),
	(SETTINGS, "open_status"): ("Open", "Interested"),
	(SETTINGS, "replied_status"): ("Replied", "Interested"),
}


class Sender(NamedTuple):
	user: str
	session: requests.Session


class Answer(NamedTuple):
	status_code: int
	text: str

	@property
	def ok(self) -> bool:
		return self.status_code < 400


class RecordsToWrite:
	"""Committed records as the app or a person has left them.

	There is a sender for every role.
	"""

	def __init__(self):
		self.made: list[tuple[str, str]] = []
		# Who writes rules about documents reads these; a System Manager alone need not.
		roles = {WEBSITE: (), SELLER: (SELLER,), MANAGER: (MANAGER,), ADMIN: (ADMIN, SELLER)}
		clients = {role: Client(make_user(*names)) for role, names in roles.items()}
		self.senders = {role: Sender(client.user, client.session) for role, client in clients.items()}
		self.senders[GUEST] = Sender("Guest", requests.Session())
		self.users = [make_user("Sales User") for _number in range(2)]
		self.files = [self.file(), self.file()]
		self.tags = [self.make("Pipeline Lead Tag", tag_name=self.word()) for _number in range(2)]
		self.statuses = [
			self.make("Pipeline Lead Status", status_name=self.word(), category="Working")
			for _number in range(2)
		]
		self.types = [self.make("Pipeline Lead Type", type_name=self.word()) for _number in range(2)]
		rows = [{"status": self.statuses[0]}, {"status": "Open"}]
		self.lead_type = self.make("Pipeline Lead Type", type_name=self.word(), allowed_statuses=rows)
		self.lead = make_lead(
			email=f"{self.word()}@example.com",
			lead_owner=self.users[0],
			lead_type=self.types[0],
			status=self.statuses[0],
			tags=[{"tag": self.tags[0]}],
		)
		self.other_lead = make_lead(lead_owner=self.users[0])
		self.made += [(LEAD, self.lead.name), (LEAD, self.other_lead.name)]
		self.tables = {
			"Pipeline Lead Tag Item": LEAD,
			"Pipeline Lead Type Status": "Pipeline Lead Type",
			"Pipeline Migration Status": "Pipeline Migration",
			"Pipeline Import Column": "Pipeline Lead Import",
		}
		frappe.db.commit()

	@cached_property
	def records(self) -> dict[str, str]:
		"""DocType → the name of its record."""
		# Without sales documents there is nothing that a rule could be about.
		without = set() if frappe.db.exists("DocType", QUOTATION) else {"Pipeline Status Rule"}
		records = {
			doctype: self.record(doctype)
			for doctype in doctypes()
			if not is_table(doctype) and doctype not in without
		}
		if frappe.db.exists("DocType", "Item"):
			make_item()
		for doctype in ("Pipeline Lead Import", "Pipeline Migration"):
			# Managers work on their own ones.
			frappe.db.set_value(doctype, records[doctype], "owner", self.senders[MANAGER].user)
		frappe.db.commit()
		return records

	def word(self) -> str:
		return f"w{frappe.generate_hash(length=8)}"

	def file(self) -> str:
		values = {
			"file_name": f"{self.word()}.csv",
			"content": f"Company Name\n{self.word()}",
			# Only a file that one may see can be chosen.
			"is_private": 0,
		}
		file = frappe.get_doc({"doctype": "File", **values}).insert()
		self.made.append(("File", file.name))
		return file.file_url

	def make(self, doctype: str, **values) -> str:
		name = frappe.get_doc({"doctype": doctype, **values}).insert().name
		self.made.append((doctype, name))
		return name

	def record(self, doctype: str) -> str:
		"""Return the name of a record that is there to be written to.

		The app's own records are written as the app writes them, past all checks.
		"""
		if doctype in (LEAD, SETTINGS):
			return self.lead.name if doctype == LEAD else SETTINGS
		if doctype == "Pipeline Lead Type":
			return self.lead_type
		if WRITTEN[doctype].by:
			return self.make(doctype, **self.new(doctype))
		row = frappe.new_doc(doctype)
		row.update({field.fieldname: self.another(doctype, field, None) for field in value_fields(doctype)})
		row.name = self.word()
		row.db_insert()
		self.made.append((doctype, row.name))
		return row.name

	def new(self, doctype: str) -> dict:
		"""What a new record needs."""
		return {
			LEAD: lambda: {"first_name": self.word()},
			"Pipeline Lead Tag": lambda: {"tag_name": self.word()},
			"Pipeline Lead Status": lambda: {"status_name": self.word(), "category": "Working"},
			"Pipeline Lead Type": lambda: {"type_name": self.word()},
			"Pipeline Lead Priority": lambda: {"priority_name": self.word()},
			"Pipeline Lost Reason": lambda: {"reason": self.word()},
			"Pipeline Channel": lambda: {"channel_name": self.word()},
			"Pipeline Activity Type": lambda: {"activity_type": self.word()},
			"Pipeline Activity": lambda: {
				"lead": self.lead.name,
				"activity_type": "Call",
				"due_on": "2031-02-02",
			},
			"Pipeline Status Rule": lambda: {
				"document_type": QUOTATION,
				"status": self.statuses[0],
				"rule_name": self.word(),
				"position": 9000,
				"enabled": 0,
			},
			"Pipeline Known Sender": lambda: {"sender": f"{self.word()}@example.com", "verdict": "Spam"},
			"Pipeline Lead Import": lambda: {"file": self.files[0]},
			"Pipeline Migration": lambda: {
				"source": "Lead",
				"statuses": [{"source_status": "Lead", "leads": 1, "status": self.statuses[0]}],
			},
		}.get(doctype, lambda: self.forged(doctype, app(doctype), {}))()

	def forged(self, doctype: str, names: list[str], before: dict) -> dict:
		"""Another value, one that the field can have, for each of these fields."""
		meta = frappe.get_meta(doctype)
		values = {name: self.another(doctype, meta.get_field(name), before.get(name)) for name in names}
		if values.get("party_type"):
			values["party"] = None
		return values

	def another(self, doctype: str, field, current) -> object:
		special = self.special(doctype, field.fieldname, current)
		if special is not None:
			return special
		kind = field.fieldtype
		if kind == "Link":
			return self.another_record(field.options, current)
		if kind == "Select":
			options = reversed((field.options or "").split("\n"))
			return next(option for option in options if option and option != current)
		number = int(current or 0) if kind in ("Check", "Int", "Currency", "Float", "Percent") else 0
		return {
			"Check": 1 - number,
			**dict.fromkeys(("Int", "Currency", "Float", "Percent"), number + 7),
			"Date": "2031-02-03" if str(current) != "2031-02-03" else "2031-02-04",
			"Datetime": "2031-02-03 04:05:06",
			"Color": "#123456" if current != "#123456" else "#654321",
			"Dynamic Link": self.other_lead.name if current != self.other_lead.name else self.lead.name,
		}.get(kind, f"Forged {self.word()}")

	def another_record(self, doctype: str, current: str | None) -> str:
		ours = {
			"User": self.users,
			LEAD: [self.other_lead.name, self.lead.name],
			"Pipeline Lead Tag": self.tags,
			"Pipeline Lead Status": self.statuses,
			"Pipeline Lead Type": self.types,
			"DocType": [LEAD, "ToDo"],
		}.get(doctype)
		names = ours or frappe.get_all(doctype, pluck="name", limit=2, order_by="name asc")
		return next((name for name in names if name != current), None)

	def special(self, doctype: str, name: str, current) -> object:
		if (doctype, name) in ACTION_STATUSES:
			return next(status for status in ACTION_STATUSES[doctype, name] if status != current)
		second = int(self.tags[1] not in str(current) and self.statuses[1] not in str(current))
		other = {
			(LEAD, "email"): f"{self.word()}@example.com",
			(LEAD, "phone"): f"+49 30 {int(self.word()[1:], 36) % 10**7 + 10**7}",
			(LEAD, "mobile_no"): f"+49 171 {int(self.word()[1:], 36) % 10**7 + 10**7}",
			(LEAD, "website"): f"https://{self.word()}.example.com",
			(LEAD, "tags"): [{"tag": self.tags[second]}, {"tag": "Urgent"}],
			(LEAD, "email_ids"): [{"email_id": f"{self.word()}@example.com"}],
			(LEAD, "phone_nos"): [{"phone": f"+49 40 {int(self.word()[1:], 36) % 10**7 + 10**7}"}],
			(LEAD, "party_type"): "Customer",
			(LEAD, "description"): f"<p>{self.word()}</p>",
			("Pipeline Lead Type", "allowed_statuses"): [
				{"status": "Open"},
				{"status": self.statuses[second]},
			],
			("Pipeline Migration", "statuses"): [
				{"source_status": self.word(), "leads": 9, "status": "Open"}
			],
			("Pipeline Status Rule", "filters"): json.dumps([[QUOTATION, "party_name", "like", self.word()]]),
			("Pipeline Status Rule", "document_type"): QUOTATION,
			("Pipeline Lead Import", "file"): next(file for file in self.files if file != current),
			("Pipeline Lead Import", "columns"): [{"heading": self.word(), "field": "Job Title"}],
			("Pipeline Import Column", "field"): "Website" if current == "Job Title" else "Job Title",
			("Pipeline Migration", "source"): "Lead",
			("Pipeline Activity", "due_time"): "14:30:00" if str(current) != "14:30:00" else "15:30:00",
			(SETTINGS, "lead_prefix"): "LEAD" if current != "LEAD" else "LEADS",
			(SETTINGS, "web_privacy_page"): f"/{self.word()}",
			(SETTINGS, "web_embed_origins"): f"https://{self.word()}.example.com",
			(SETTINGS, "seeded_records"): "{}",
		}
		return other.get((doctype, name))

	def names(self) -> Iterator[tuple[str, str]]:
		"""DocType and name of each record as it stands; of a table a row that it has now."""
		yield from self.records.items()
		for doctype, parent in self.tables.items():
			frappe.db.rollback()
			yield doctype, frappe.db.get_value(doctype, {"parent": self.records[parent]}, order_by="idx asc")

	def stored(self, doctype: str, name: str) -> dict:
		"""What the database has: columns, and rows of tables without their names."""
		frappe.db.rollback()
		if doctype == SETTINGS:
			return dict(frappe.db.get_singles_dict(SETTINGS))
		row = frappe.db.get_value(doctype, name, "*", as_dict=True) or {}
		for field in frappe.get_meta(doctype).get_table_fields():
			columns = frappe.get_meta(field.options).get_valid_columns()
			data = [column for column in columns if frappe.get_meta(field.options).has_field(column)]
			row[field.fieldname] = frappe.get_all(
				field.options, {"parent": name, "parenttype": doctype}, data, order_by="idx asc", as_list=True
			)
		return row

	def forget(self) -> None:
		site.start_over()
		for doctype, name in reversed(self.made):
			if doctype == LEAD or doctype not in WRITTEN:
				site.delete(doctype, name)
				continue
			# By SQL: there are many, and nothing else belongs to them.
			frappe.db.delete(doctype, {"name": name})
			for field in frappe.get_meta(doctype).get_table_fields():
				frappe.db.delete(field.options, {"parent": name, "parenttype": doctype})
		frappe.db.commit()
		lead_statuses.clear()
		rules.clear()
		frappe.clear_cache()


@contextmanager
def records_to_write() -> Iterator[RecordsToWrite]:
	"""All of them, gone at the end of the block, and the settings as before."""
	site.start_over()
	with settings_kept():
		world = RecordsToWrite()
		yield world
	world.forget()


@contextmanager
def settings_kept() -> Iterator[None]:
	"""Whatever is written to the settings in the block, they are as before at its end."""
	settings = frappe.db.get_singles_dict(SETTINGS)
	yield
	site.start_over()
	now = frappe.db.get_singles_dict(SETTINGS)
	for field in value_fields(SETTINGS):
		if now.get(field.fieldname) != settings.get(field.fieldname):
			frappe.db.set_single_value(SETTINGS, field.fieldname, settings.get(field.fieldname))
	frappe.db.commit()


def call(sender: Sender, method: str, **arguments) -> Answer:
	"""Call the method as the web server does, but in this process.

	The transaction is committed, or undone when the call is refused.
	"""
	text, error = web_calls.call(sender.user, method, arguments)
	frappe.db.rollback() if error else frappe.db.commit()
	return Answer(getattr(error, "http_status_code", 500) if error else 200, text)


def put(sender, doctype, name, values):
	return sender.session.put(f"{site.URL}/api/resource/{doctype}/{name}", json=values, timeout=60)


def set_value(sender, doctype, name, values):
	return call(sender, "frappe.client.set_value", doctype=doctype, name=name, fieldname=values)


def save(sender, doctype, name, values):
	frappe.db.rollback()
	document = frappe.get_doc(doctype, name).as_dict(convert_dates_to_str=True) | values
	return call(sender, "frappe.client.save", doc=frappe.as_json(document))


def save_in_desk(sender, doctype, name, values):
	frappe.db.rollback()
	document = frappe.get_doc(doctype, name).as_dict(convert_dates_to_str=True) | values
	return call(sender, "frappe.desk.form.save.savedocs", doc=frappe.as_json(document), action="Save")


def bulk_update(sender, doctype, name, values):
	return call(
		sender,
		"frappe.client.bulk_update",
		docs=json.dumps([{"doctype": doctype, "docname": name} | values]),
	)


def edit_in_list(sender, doctype, name, values):
	method = "frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs"
	return call(sender, method, doctype=doctype, docnames=[name], action="update", data=values)


CHANGES = (put, set_value, save, save_in_desk, bulk_update, edit_in_list)


def post(sender, doctype, values):
	return sender.session.post(f"{site.URL}/api/resource/{doctype}", json=values, timeout=60)


def insert(sender, doctype, values):
	return call(sender, "frappe.client.insert", doc=json.dumps({"doctype": doctype} | values))


def insert_many(sender, doctype, values):
	return call(sender, "frappe.client.insert_many", docs=json.dumps([{"doctype": doctype} | values]))


def insert_in_desk(sender, doctype, values):
	document = {"doctype": doctype, "__islocal": 1, "name": "new-1"} | values
	return call(sender, "frappe.desk.form.save.savedocs", doc=json.dumps(document), action="Save")


INSERTS = (post, insert, insert_many, insert_in_desk)
