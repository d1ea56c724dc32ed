"""Who may write which field of which record, by every way in which the framework writes (promise P9).

`WRITTEN` says it once for all. DocTypes and fields are found, not listed: a new one fails until the table has an answer.
What is asked is the database, not the answer of the server.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import frappe
import pytest
import requests
from frappe.core.doctype.data_import.importer import Importer
from frappe.model import no_value_fields, table_fields

from lead_pipeline.constants import LEAD, MODULE, SETTINGS
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status import rules
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_item, make_lead, make_user
from lead_pipeline.tests.rest import Client

GUEST, WEBSITE, SELLER, MANAGER, ADMIN = ROLES = (
	"Guest",
	"Website User",
	"Sales User",
	"Sales Manager",
	"System Manager",
)
QUOTATION = "Quotation"
SELLERS, MANAGERS, NOBODY = {SELLER, MANAGER, ADMIN}, {MANAGER, ADMIN}, set()


class Written(NamedTuple):
	"""Who may write records of a DocType (`by`), which fields of them people edit, and which the app notes itself."""

	by: set[str]
	people: str = ""
	app: str = ""


WRITTEN = {
	LEAD: Written(
		SELLERS,
		people="""status lead_name is_organization company_name first_name last_name job_title email phone mobile_no
		website salutation gender next_contact_date next_contact_by lead_owner priority expected_revenue currency
		probability expected_closing lost_reason lost_note lead_type channel tags description email_ids phone_nos
		campaign utm_source utm_medium utm_campaign market_segment industry party_type party hold_status item""",
		app="""enquiries last_enquiry_on web_form referrer landing_page consent_given_on consent_text status_category
		status_changed_on manual_status email_key phone_key mobile_key contact_keys domain_key company_key
		company_sound person_key origin_key copy_source reminded_for assigned_owner manual_basis next_step
		stuck_on stuck_told_for first_response_on own_probability""",
	),
	"Pipeline Lead Tag Item": Written(SELLERS, people="tag"),
	"Pipeline Lead Tag": Written(SELLERS, people="tag_name color"),
	"Pipeline Lead Status": Written(
		MANAGERS,
		people="""status_name category position color protected disabled probability stuck_after
		next_step_required""",
	),
	"Pipeline Lead Type": Written(MANAGERS, people="type_name allowed_statuses"),
	"Pipeline Lead Type Status": Written(MANAGERS, people="status"),
	"Pipeline Lead Priority": Written(MANAGERS, people="priority_name weight color"),
	"Pipeline Lost Reason": Written(MANAGERS, people="reason disabled"),
	"Pipeline Activity Type": Written(
		MANAGERS, people="activity_type icon color default_days is_contact disabled"
	),
	"Pipeline Activity": Written(
		SELLERS,
		# Of which lead it is, is said once.
		people="activity_type subject due_on due_time assigned_to status feedback",
		app="lead done_on done_by reminded_on todo",
	),
	"Pipeline Channel": Written(MANAGERS, people="channel_name disabled"),
	"Pipeline Status Rule": Written(
		MANAGERS, people="rule_name document_type status enabled position lead_type filters"
	),
	"Pipeline Known Sender": Written(MANAGERS, people="sender verdict note"),
	"Pipeline Lead Import": Written(
		MANAGERS,
		people="file duplicates encoding date_order keep_rest",
		app="status data_import done total worked_on error notes header columns",
	),
	# The file says what its columns are called; people say which field each of them fills.
	"Pipeline Import Column": Written(MANAGERS, people="field", app="heading example place proposed"),
	"Pipeline Migration": Written(
		MANAGERS,
		people="source lead_type known statuses",
		app="status done total worked_on error notes",
	),
	# The form proposes the first two and sends them with the record.
	"Pipeline Migration Status": Written(MANAGERS, people="source_status leads status"),
	SETTINGS: Written(
		MANAGERS,
		people="""lead_prefix lead_visibility lost_status disqualified_status qualified_status open_status
		replied_status reply_opens mail_replies call_replies follow_up_opens follow_up_notifies follow_up_assigns
		create_opportunity create_crm_deal create_quotation create_customer create_sales_order create_sales_invoice
		enquiry_notifies
		web_minimum_seconds web_links_allowed web_limit_sender web_limit_form web_limit_site web_consent_text
		web_privacy_page web_embed_origins own_domains form_mailers lists_make_leads calls_notify cart_hours
		handover_notifies unowned_notifies default_activity_type step_reminds stuck_notifies
		assignee_becomes_owner show_duplicates sales_users_merge merge_undo_days""",
		app="seeded_records",
	),
	"Pipeline Card Place": Written(NOBODY, app="user lead status moment tie"),
	"Pipeline Distinct Leads": Written(NOBODY, app="lead other_lead"),
	"Pipeline Enquiry Receipt": Written(NOBODY, app="form sender ticket content lead made_new client junk"),
	"Pipeline Held Enquiry": Written(
		NOBODY, app="sender_name email phone reasons web_form message answers noted sent"
	),
	"Pipeline Import Row": Written(
		NOBODY,
		app="""run_type run file_row title verdict message lead same_as line origin_key data cells outcome
		result_lead""",
	),
	"Pipeline Lead Key": Written(NOBODY, app="lead key"),
	"Pipeline Lead Merge": Written(
		NOBODY,
		app="""merged_lead merged_title survivor merged_on merged_by undo_until undone_on undone_by origin_key
		snapshot""",
	),
	"Pipeline Status Failure": Written(
		NOBODY, app="lead error failed_on attempts document_type document_name error_log"
	),
	"Pipeline Status Log": Written(
		NOBODY,
		app="""lead from_status to_status seconds_in_previous changed_on changed_by cause rule reference_doctype
		reference_name reason merged_from""",
	),
}

# The app's fields on other DocTypes: their records are written by who may write those.
PEOPLES_LINKS = {"pipeline_lead", "pipeline_made_for_sale"}
NOTED_ELSEWHERE = {"pipeline_inbox", "pipeline_lead_found"}

# What the framework itself notes of every record.
STANDARD = ("_assign", "_liked_by", "_comments", "_seen")

# What an own website may tell of a visitor when it makes a lead, and nobody changes afterwards.
TOLD_AT_FIRST = ("referrer", "landing_page")


# Two statuses that each setting takes.
ACTION_STATUSES = {
	(SETTINGS, "lost_status"): ("Lost", "Lost Quotation"),
	(SETTINGS, "disqualified_status"): ("Disqualified", "Do Not Contact"),
	(SETTINGS, "qualified_status"): ("Opportunity", "Quotation"),
	(SETTINGS, "open_status"): ("Open", "Interested"),
	(SETTINGS, "replied_status"): ("Replied", "Interested"),
}


def doctypes() -> list[str]:
	return frappe.get_all("DocType", {"module": MODULE}, pluck="name", order_by="name")


def value_fields(doctype: str) -> list:
	fields = frappe.get_meta(doctype).fields
	return [
		field for field in fields if field.fieldtype in table_fields or field.fieldtype not in no_value_fields
	]


def people(doctype: str) -> list[str]:
	return [name for name in WRITTEN[doctype].people.split() if frappe.get_meta(doctype).has_field(name)]


def app(doctype: str) -> list[str]:
	return WRITTEN[doctype].app.split()


def is_table(doctype: str) -> bool:
	return bool(frappe.get_meta(doctype).istable)


def test_every_doctype_and_field_has_an_answer():
	assert set(doctypes()) == set(WRITTEN)
	for doctype, written in WRITTEN.items():
		named = [*written.people.split(), *written.app.split()]
		assert len(named) == len(set(named)), doctype
		found = {field.fieldname for field in value_fields(doctype)}
		# Only sites with items have the last one.
		assert found - set(named) == set() and set(named) - found <= {"item"}, doctype


def test_every_field_on_other_doctypes_has_an_answer():
	fields = frappe.get_all("Custom Field", {"module": MODULE, "dt": ("!=", LEAD)}, pluck="fieldname")
	assert set(fields) <= PEOPLES_LINKS | NOTED_ELSEWHERE


class World:
	"""A record of every DocType, as the app or a person has left it, and a client for every role."""

	def __init__(self):
		self.made: list[tuple[str, str]] = []
		# Who writes rules about documents reads these; a System Manager alone need not.
		roles = {SELLER: (SELLER,), MANAGER: (MANAGER,), ADMIN: (ADMIN, SELLER)}
		clients = {role: Client(make_user(*names)) for role, names in roles.items()}
		manager = clients[MANAGER].user
		self.clients = {role: client.session for role, client in clients.items()}
		self.clients |= {WEBSITE: Client(make_user()).session, GUEST: requests.Session()}
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
		self.senders = [f"{self.word()}@example.com" for _number in range(2)]
		self.lead = make_lead(
			email=f"{self.word()}@example.com",
			lead_owner=self.users[0],
			lead_type=self.types[0],
			status=self.statuses[0],
			tags=[{"tag": self.tags[0]}],
		)
		self.other_lead = make_lead(lead_owner=self.users[0])
		self.made += [(LEAD, self.lead.name), (LEAD, self.other_lead.name)]
		# Without sales documents there is nothing that a rule could be about.
		without = set() if frappe.db.exists("DocType", QUOTATION) else {"Pipeline Status Rule"}
		self.records = {
			doctype: self.record(doctype)
			for doctype in doctypes()
			if not is_table(doctype) and doctype not in without
		}
		if frappe.db.exists("DocType", "Item"):
			make_item()
		for doctype in ("Pipeline Lead Import", "Pipeline Migration"):
			# Managers work on their own ones.
			frappe.db.set_value(doctype, self.records[doctype], "owner", manager)
		self.tables = {
			"Pipeline Lead Tag Item": LEAD,
			"Pipeline Lead Type Status": "Pipeline Lead Type",
			"Pipeline Migration Status": "Pipeline Migration",
			"Pipeline Import Column": "Pipeline Lead Import",
		}
		frappe.db.commit()

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
		"""One that is there to be written to: the app's own records as the app writes them, past all checks."""
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


@pytest.fixture(scope="module")
def world(connected_site):
	site.start_over()
	settings = frappe.db.get_singles_dict(SETTINGS)
	world = World()
	yield world
	site.start_over()
	for field in value_fields(SETTINGS):
		frappe.db.set_single_value(SETTINGS, field.fieldname, settings.get(field.fieldname))
	frappe.db.commit()
	world.forget()


def call(session: requests.Session, method: str, **arguments) -> requests.Response:
	return session.post(f"{site.URL}/api/method/{method}", json=arguments, timeout=60)


def put(session, doctype, name, values):
	return session.put(f"{site.URL}/api/resource/{doctype}/{name}", json=values, timeout=60)


def set_value(session, doctype, name, values):
	return call(session, "frappe.client.set_value", doctype=doctype, name=name, fieldname=values)


def save(session, doctype, name, values):
	frappe.db.rollback()
	document = frappe.get_doc(doctype, name).as_dict(convert_dates_to_str=True) | values
	return call(session, "frappe.client.save", doc=frappe.as_json(document))


def save_in_desk(session, doctype, name, values):
	frappe.db.rollback()
	document = frappe.get_doc(doctype, name).as_dict(convert_dates_to_str=True) | values
	return call(session, "frappe.desk.form.save.savedocs", doc=frappe.as_json(document), action="Save")


def bulk_update(session, doctype, name, values):
	return call(
		session,
		"frappe.client.bulk_update",
		docs=json.dumps([{"doctype": doctype, "docname": name} | values]),
	)


def edit_in_list(session, doctype, name, values):
	method = "frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs"
	return call(session, method, doctype=doctype, docnames=[name], action="update", data=values)


CHANGES = (put, set_value, save, save_in_desk, bulk_update, edit_in_list)


def post(session, doctype, values):
	return session.post(f"{site.URL}/api/resource/{doctype}", json=values, timeout=60)


def insert(session, doctype, values):
	return call(session, "frappe.client.insert", doc=json.dumps({"doctype": doctype} | values))


def insert_many(session, doctype, values):
	return call(session, "frappe.client.insert_many", docs=json.dumps([{"doctype": doctype} | values]))


def insert_in_desk(session, doctype, values):
	document = {"doctype": doctype, "__islocal": 1, "name": "new-1"} | values
	return call(session, "frappe.desk.form.save.savedocs", doc=json.dumps(document), action="Save")


INSERTS = (post, insert, insert_many, insert_in_desk)


def witness(doctype: str) -> str | None:
	"""A field that people edit: sent with the others, it says whether the request was heard at all."""
	if doctype == LEAD:
		# Another status, for example, has effects of its own.
		return "job_title"
	simple = ("Data", "Small Text", "Int", "Color", "Select", "Link", "Check")
	own_name = (frappe.get_meta(doctype).autoname or "").removeprefix("field:")
	return next(
		(
			name
			for name in people(doctype)
			if name not in (own_name, "source", "lead_visibility", "lead_prefix")
			if frappe.get_meta(doctype).get_field(name).fieldtype in simple
		),
		None,
	)


def is_row_of_own(doctype: str) -> bool:
	"""Whether the rows belong to documents that people write only when they are their own.

	Since 15.9x the framework refuses to write such a row by itself: people write it with its document.
	"""
	parents = frappe.get_all("DocField", {"options": doctype, "fieldtype": "Table"}, pluck="parent")
	return any(row.if_owner for parent in parents for row in frappe.get_meta(parent).permissions)


def differences(doctype: str, before: dict, after: dict, sent: dict, may_change: set[str]) -> Iterator[str]:
	for name in sent:
		changed = after.get(name) != before.get(name)
		if changed and name not in may_change:
			yield f"{doctype}.{name} was written: {before.get(name)!r} became {after.get(name)!r}"
		if not changed and name in may_change and not is_row_of_own(doctype):
			yield f"{doctype}.{name} could not be written"


# The ways differ in what they do with a document, which is the same for these as for the others.
BY_FEWER_WAYS = (GUEST, WEBSITE, ADMIN)


def every(ways: tuple, few: tuple):
	pairs = [(role, way) for role in ROLES for way in (few if role in BY_FEWER_WAYS else ways)]
	return pytest.mark.parametrize("role, way", pairs, ids=[f"{role}-{way.__name__}" for role, way in pairs])


@every(CHANGES, few=(put, set_value, edit_in_list))
def test_what_the_app_notes_nobody_changes(world, role, way):
	wrong = []
	for doctype, name in world.names():
		may, heard = role in WRITTEN[doctype].by, witness(doctype)
		before = world.stored(doctype, name)
		standard = dict.fromkeys(STANDARD, '["Guest"]') if doctype == LEAD else {}
		sent = world.forged(doctype, [*app(doctype), *filter(None, [heard])], before) | standard
		answer = way(world.clients[role], doctype, name, sent)
		if answer.status_code >= 500:
			wrong.append(f"{doctype}: {answer.status_code} {answer.text[-300:]}")
		found = list(
			differences(doctype, before, world.stored(doctype, name), sent, {heard} if may else set())
		)
		wrong += [f"{line} ({answer.status_code} {answer.text[:200]})" for line in found]
	assert wrong == []


@pytest.mark.parametrize("doctype", [doctype for doctype, written in WRITTEN.items() if written.by])
def test_what_people_edit_they_can_change(world, doctype):
	"""Else the refusals above would say nothing."""
	name = dict(world.names()).get(doctype)
	if not name:
		pytest.skip("this site has no documents that rules could be about")
	wrong = []
	own_name = (frappe.get_meta(doctype).autoname or "").removeprefix("field:")
	once = {"source", "document_type", "party", "party_type", own_name}
	fields = [field for field in people(doctype) if field not in once]
	for role in (SELLER, MANAGER, ADMIN):
		before = world.stored(doctype, name)
		sent = world.forged(doctype, fields, before)
		answer = put(world.clients[role], doctype, name, sent)
		may = set(sent) if role in WRITTEN[doctype].by else set()
		found = list(differences(doctype, before, world.stored(doctype, name), sent, may))
		wrong += [f"{role}: {line} ({answer.status_code} {answer.text[:300]})" for line in found]
	assert wrong == []


@every(INSERTS, few=(post, insert))
def test_what_the_app_notes_nobody_makes(world, role, way):
	wrong = []
	for doctype in set(world.records) - {SETTINGS}:
		may = role in WRITTEN[doctype].by
		needed = world.new(doctype)
		forged = world.forged(doctype, [name for name in app(doctype) if name not in TOLD_AT_FIRST], {})
		before = set(frappe.get_all(doctype, pluck="name", limit=0, order_by=None))
		answer = way(world.clients[role], doctype, forged | needed)
		frappe.db.rollback()
		made = set(frappe.get_all(doctype, pluck="name", limit=0, order_by=None)) - before
		world.made += [(doctype, name) for name in made]
		if bool(made) != may or answer.status_code >= 500:
			wrong.append(f"{doctype}: {len(made)} made ({answer.status_code} {answer.text[:300]})")
		for name in made:
			stored = world.stored(doctype, name)
			wrong += [
				f"{doctype}.{field} was written: {value!r}"
				for field, value in forged.items()
				if str(stored.get(field)) == str(value)
			]
	assert wrong == []


@contextmanager
def importing(kind: str, columns: list[str], *rows: list) -> Iterator[Importer]:
	"""The framework's Data Import of these rows of leads, as its job runs it."""
	content = "\n".join(",".join(f'"{cell}"' for cell in line) for line in (columns, *rows))
	file = frappe.get_doc(
		{"doctype": "File", "file_name": f"{frappe.generate_hash()}.csv", "content": content, "is_private": 1}
	).insert()
	made = frappe.get_doc(
		{
			"doctype": "Data Import",
			"reference_doctype": LEAD,
			"import_type": kind,
			"import_file": file.file_url,
		}
	).insert()
	frappe.db.commit()
	try:
		yield Importer(LEAD, data_import=made)
	finally:
		site.start_over()
		frappe.flags.in_import = frappe.flags.mute_emails = False
		frappe.db.delete("Data Import Log", {"data_import": made.name})
		for document in (made, file):
			site.delete(document.doctype, document.name)
		frappe.db.commit()


def fields_read(importer: Importer) -> set[str]:
	"""The fields that the importer has found in the header of its file."""
	return {column.df.fieldname for column in importer.import_file.header.columns if column.df}


def test_a_data_import_writes_nothing_that_the_app_notes(world):
	before = world.stored(LEAD, world.lead.name)
	sent = world.forged(LEAD, [*app(LEAD), "job_title"], before)
	frappe.set_user(make_user("System Manager"))
	rows = ["name", *sent], [world.lead.name, *sent.values()]
	with importing("Update Existing Records", *rows) as importer:
		assert set(sent) <= fields_read(importer)
		importer.import_data()
	found = list(differences(LEAD, before, world.stored(LEAD, world.lead.name), sent, {"job_title"}))
	assert found == []


def test_a_data_import_makes_nothing_that_the_app_notes(world):
	name = world.word()
	sent = world.forged(LEAD, [field for field in app(LEAD) if field not in TOLD_AT_FIRST], {})
	frappe.set_user(make_user("System Manager"))
	with importing("Insert New Records", ["first_name", *sent], [name, *sent.values()]) as importer:
		assert set(sent) <= fields_read(importer)
		importer.import_data()
	frappe.db.rollback()
	(lead,) = frappe.get_all(LEAD, {"first_name": name}, ["*"])
	world.made.append((LEAD, lead.name))
	assert [field for field, value in sent.items() if str(lead.get(field)) == str(value)] == []


def test_a_row_of_another_document_is_not_taken(world):
	"""The framework writes a row by its name, whosever it is."""
	contact = frappe.get_doc({"doctype": "Contact", "first_name": world.word()})
	contact.append("email_ids", {"email_id": f"{world.word()}@example.com", "is_primary": 1})
	contact.insert()
	world.made.append(("Contact", contact.name))
	lead = frappe.get_doc(LEAD, world.other_lead.name)
	lead_row = lead.append("tags", {"tag": world.tags[0]})
	lead.save()
	frappe.db.commit()
	rows = {"Contact Email": contact.email_ids[0].name, "Pipeline Lead Tag Item": lead_row.name}
	before = {
		doctype: frappe.db.get_value(doctype, name, "*", as_dict=True) for doctype, name in rows.items()
	}
	sent = {
		"email_ids": [{"name": rows["Contact Email"], "email_id": f"{world.word()}@example.com"}],
		"tags": [{"name": rows["Pipeline Lead Tag Item"], "tag": world.tags[1]}],
	}
	answer = put(world.clients[SELLER], LEAD, world.lead.name, sent)
	frappe.db.rollback()
	assert answer.ok, answer.text[:500]
	for doctype, name in rows.items():
		assert frappe.db.get_value(doctype, name, "*", as_dict=True) == before[doctype]
	lead = frappe.get_doc(LEAD, world.lead.name)
	assert sent["email_ids"][0]["email_id"] in [row.email_id for row in lead.email_ids]
	assert [row.tag for row in lead.tags] == [world.tags[1]]


@pytest.mark.parametrize("docstatus", [1, 2])
def test_a_lead_is_never_submitted(world, docstatus):
	for role in (SELLER, ADMIN):
		session = world.clients[role]
		before = world.stored(LEAD, world.lead.name)
		assert put(session, LEAD, world.lead.name, {"docstatus": docstatus}).status_code in (403, 417)
		assert world.stored(LEAD, world.lead.name) == before
		name = world.word()
		answer = post(session, LEAD, {"first_name": name, "docstatus": docstatus})
		frappe.db.rollback()
		made = frappe.get_all(LEAD, {"first_name": name}, ["name", "docstatus"])
		world.made += [(LEAD, row.name) for row in made]
		assert [row.docstatus for row in made] in ([], [0]), answer.text[:300]


@pytest.mark.parametrize(
	"sent", [{"owner": "Guest"}, {"creation": "2001-01-01 00:00:00"}, {"modified": "2001-01-01"}]
)
def test_nor_who_has_made_a_lead_and_when(world, sent):
	before = world.stored(LEAD, world.lead.name)
	for role in (SELLER, ADMIN):
		put(world.clients[role], LEAD, world.lead.name, sent)
		assert world.stored(LEAD, world.lead.name) == before


@pytest.mark.parametrize("role", ["Inbox User", ADMIN])
def test_what_the_inbox_has_decided_nobody_writes(world, role):
	values = {"communication_medium": "Email", "sent_or_received": "Received", "subject": world.word()}
	values |= {"sender": f"{world.word()}@example.com", "content": "Text", "pipeline_inbox": "Ignored"}
	answer = post(Client(make_user(role)).session, "Communication", values)
	assert answer.ok, answer.text[:500]
	frappe.db.rollback()
	name = answer.json()["data"]["name"]
	world.made.append(("Communication", name))
	assert not frappe.db.get_value("Communication", name, "pipeline_inbox")
