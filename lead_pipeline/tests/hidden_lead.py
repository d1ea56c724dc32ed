"""A lead that a Sales User may not see, and the records that tell of it.

Also one request of that user as the web server sees it.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
import pytest
from frappe.desk.form import assign_to

from lead_pipeline.constants import ACTIVITY, LEAD, OWN_LEADS, SETTINGS, STATUS_LOG
from lead_pipeline.tests import site, web_calls
from lead_pipeline.tests.factories import make_lead, make_opportunity, make_user
from lead_pipeline.tests.framework_methods import SECRET
from lead_pipeline.visibility.permissions import REFERENCES

# PostgreSQL repeats in an error the line of SQL in which it has found one, with what the caller has sent.
SQL_OF_CALL = re.compile(r"LINE \d+: .*?(?=\n|\\n|$)")


class HiddenLead:
	"""A lead that `rep` may not see, and records that tell of it.

	Everything that may not come out says SECRET.
	"""

	def __init__(self):
		self.rep = make_user("Sales User", "Inbox User", email="rep@doors.example.com")
		self.owner = make_user("Sales User", email="owner@doors.example.com")
		self.lead = make_lead(
			company_name=f"{SECRET} Ltd",
			job_title=f"{SECRET} job",
			description=f"{SECRET} text",
			lost_note=f"{SECRET} note",
			email=f"{SECRET.lower()}@example.com",
			phone="+49 30 1234567",
			lead_owner=self.owner,
		)
		self.lead.job_title = f"{SECRET} second job"
		self.lead.save()
		self.lead.add_tag(f"{SECRET}tag")
		assign_to.add(
			{"assign_to": [self.owner], "doctype": LEAD, "name": self.lead.name, "description": SECRET}
		)
		frappe.share.add(LEAD, self.lead.name, make_user("Sales User", email="third@doors.example.com"))
		self.records = dict(self.make_records())

	def make_records(self):
		name = self.lead.name
		for doctype, values in {
			"ToDo": {"description": SECRET, "allocated_to": self.owner},
			"Comment": {"comment_type": "Comment", "content": SECRET},
			"Communication": {
				"communication_type": "Communication",
				"communication_medium": "Phone",
				"subject": SECRET,
				"content": SECRET,
			},
			"Version": {"data": json.dumps({"changed": [["job_title", SECRET, "x"]]})},
			"File": {"file_name": f"{SECRET}.txt", "content": SECRET, "is_private": 1},
			"Document Follow": {"user": self.owner},
			"Notification Log": {"subject": SECRET, "for_user": self.owner, "type": "Alert"},
			"Activity Log": {"subject": SECRET},
			"View Log": {"viewed_by": self.owner},
		}.items():
			type_field, name_field = REFERENCES[doctype]
			record = frappe.get_doc({"doctype": doctype, type_field: LEAD, name_field: name} | values)
			yield doctype, record.insert(ignore_permissions=True)
		link = {"link_doctype": LEAD, "link_name": name}
		yield (
			"Contact",
			frappe.get_doc({"doctype": "Contact", "first_name": "Door", "links": [link]}).insert(),
		)
		address = {"address_title": "Door", "address_line1": "1", "city": "Town", "country": "Germany"}
		yield "Address", frappe.get_doc({"doctype": "Address", "links": [link]} | address).insert()
		participant = {"reference_doctype": LEAD, "reference_docname": name}
		event = {"subject": "Door", "event_type": "Public", "starts_on": frappe.utils.now()}
		yield (
			"Event",
			frappe.get_doc({"doctype": "Event", "event_participants": [participant]} | event).insert(),
		)
		yield "Tag Link", frappe.get_doc("Tag Link", {"document_name": name})
		yield "DocShare", frappe.get_doc("DocShare", {"share_name": name})
		yield STATUS_LOG, frappe.get_doc(STATUS_LOG, {"lead": name})
		step = {"lead": name, "activity_type": "Call", "subject": SECRET, "due_on": "2031-02-03"}
		yield ACTIVITY, frappe.get_doc({"doctype": ACTIVITY} | step).insert()
		if frappe.db.exists("DocType", "Opportunity"):
			yield "Opportunity", make_opportunity(self.lead)

	def stored(self) -> str:
		"""The lead as the database has it."""
		lead = frappe.db.sql(f"select * from `tab{LEAD}` where name = %s", self.lead.name, as_dict=True)
		return frappe.as_json(lead)

	def row(self) -> str:
		"""The same with its rows, its shares, and how many records name it."""
		name = self.lead.name
		shares = frappe.get_all("DocShare", {"share_name": name}, ["user", "read", "write"], order_by="user")
		rows = frappe.get_all("Contact Email", {"parent": name}, ["email_id"], order_by="idx")
		numbers = [
			frappe.db.count(doctype, {REFERENCES[doctype][1]: name})
			for doctype in ("File", "Comment", "Communication", "ToDo", "Document Follow", "Tag Link")
		]
		return self.stored() + frappe.as_json([shares, rows, numbers])


@contextmanager
def hidden_lead() -> Iterator[HiddenLead]:
	"""Provide the hidden lead under *Own Leads*.

	Nothing of what is called in the block is committed or reaches the worker.
	"""
	world = HiddenLead()
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	rollback = frappe.db.rollback
	with pytest.MonkeyPatch.context() as patch:
		# A method that commits would keep what the test has made, one that enqueues would reach the worker.
		patch.setattr(frappe.db, "commit", lambda *_args, **_options: None)
		patch.setattr(
			frappe.db,
			"rollback",
			lambda *_args, **options: rollback(save_point=options.get("save_point") or "door"),
		)
		patch.setattr("frappe.utils.background_jobs.enqueue", lambda *_args, **_options: None)
		yield world
	site.start_over()


class Call:
	"""One request of `rep`, which leaves nothing behind.

	It has the text of its answer, its error, and the lead after it.
	"""

	def __init__(self, world: HiddenLead, path: str, form: dict, whole: bool = True):
		self.form = form
		frappe.db.savepoint("door")
		self.text, self.error = web_calls.call(world.rep, path, form)
		look = world.row if whole else world.stored
		try:
			self.changed = look()
		except frappe.db.InternalError:
			# PostgreSQL answers nothing after an error of its own, with which a request would end.
			frappe.db.sql("rollback to savepoint door")
			self.changed = look()
		frappe.db.sql("rollback to savepoint door")
		frappe.db.value_cache.clear()


def leaks(call: Call) -> bool:
	"""Return whether the answer says what only the lead knows.

	It does when it says so more often than the request itself does.
	"""
	sent = json.dumps(call.form).lower().count(SECRET.lower())
	return SQL_OF_CALL.sub("", call.text).lower().count(SECRET.lower()) > sent
