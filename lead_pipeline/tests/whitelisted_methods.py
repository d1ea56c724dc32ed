"""Every method of the app that the web can call, and what to pass to it.

It is passed records that exist and belong to somebody.
"""

import importlib
import inspect
import json
import pkgutil

import frappe
import pytest
import requests
from frappe.desk.doctype.tag.tag import add_tag

import lead_pipeline
from lead_pipeline.capture.enquiries import Enquiry
from lead_pipeline.capture.form import quarantine
from lead_pipeline.constants import LEAD
from lead_pipeline.duplicates import redirects
from lead_pipeline.tests.factories import make_lead, make_opportunity, make_user
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.visitors import HELD, address, make_form

SECRET = "Whitelistsecret"

CHART = {
	"name": "Leads",
	"document_type": LEAD,
	"chart_type": "Count",
	"type": "Line",
	"based_on": "creation",
	"timespan": "Last Year",
	"time_interval": "Monthly",
	"filters_json": "[]",
}

# What a method says of no lead, to anybody who works with leads: names and colours of statuses, types and tags,
# which document types can have rules, who may be given a lead, and the first steps of a site.
ABOUT_NO_LEAD = {
	"lead_pipeline.boot.reference_data",
	"lead_pipeline.setup.first_steps.lists_to_show",
	"lead_pipeline.status.rules.document_types",
	"lead_pipeline.capture.form.quarantine.reasons",
	"lead_pipeline.visibility.staff.search_people",
}


def methods() -> dict[str, "function"]:  # noqa: F821
	"""Dotted path → every whitelisted function of the app."""
	found = {}
	for module in pkgutil.walk_packages(lead_pipeline.__path__, "lead_pipeline."):
		if ".tests" in module.name:
			continue
		for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
			if function in frappe.whitelisted and function.__module__ == module.name:
				found[f"{module.name}.{name}"] = function
	return found


METHODS = sorted(methods())


# What visitors of the website may call: the form is filled in by anybody, and nothing is learnt of a lead.
FOR_GUESTS = {"lead_pipeline.capture.form.submission.accept", "lead_pipeline.capture.form.submission.ticket"}


# What changes rules, or repairs what they decide about all leads.
FOR_MANAGERS = {
	*("lead_pipeline.status.repair.repair", "lead_pipeline.status.repair.recompute_all"),
	"lead_pipeline.lead_pipeline.doctype.pipeline_job.pipeline_job.stop",
	"lead_pipeline.status.disagreements.look_now",
	*("lead_pipeline.status.preview.try_rule", "lead_pipeline.status.preview.waiting"),
}
IMPORTING, MIGRATING = "lead_pipeline.capture.importing.api.", "lead_pipeline.capture.migration.api."
WEB_FORMS = "lead_pipeline.capture.form.api."
FOR_MANAGERS.add("lead_pipeline.analytics.prepared.prepare_in_background")
FOR_MANAGERS |= {path for path in METHODS if path.startswith((IMPORTING, MIGRATING, WEB_FORMS))}


# Which DocType an argument names records of: they exist, and they are somebody else's.
RECORDS = {
	**dict.fromkeys(("lead", "leads", "name", "docname", "names", "other", "survivor"), LEAD),
	"doctype": "DocType",
	"document_type": "DocType",
	"assign_to": "User",
	"to": "User",
	"tag": ("Tag", "Pipeline Lead Tag"),
	"lost_reason": "Pipeline Lost Reason",
	"rule": "Pipeline Status Rule",
	"opportunity": "Opportunity",
	"lead_import": "Pipeline Lead Import",
	"migration": "Pipeline Migration",
	"job": "Pipeline Job",
	"web_form": "Web Form",
	"web_form_name": "Web Form",
	"held": HELD,
	"merge": "Pipeline Lead Merge",
	"activity": "Pipeline Activity",
	"email_template": "Email Template",
}

# These name no record, or several kinds of them, which `World.nested` says.
OTHERS = {
	"txt",
	"text",
	"current_filters",
	"field",
	"entries",
	"args",
	"chart",
	"source",
	"file_type",
	"which",
}
OTHERS |= {
	"fields",
	"stats",
	"data",
	"date",
	"due_on",
	"end",
	"values",
	"title",
	"published",
	"texts",
	"rows",
}
# Which number of which report.
OTHERS |= {"report", "key", "column"}
# How a list is asked.
OTHERS |= {"filters", "start", "page_len", "searchfield"}
# How the board is asked, and what a move has answered.
OTHERS |= {"status", "cursor", "seen_status", "undo"}

# Says nothing of leads to anybody.
FOR_NOBODY = {"lead_pipeline.capture.form.own_lead.link_options"}


class World:
	"""A lead with a secret, its owner, and those who may not see it."""

	def __init__(self):
		self.owner = make_user("Sales User")
		self.sessions = {
			"a guest": requests.Session(),
			"the owner": Client(self.owner).session,
			"somebody without a role": Client(make_user()).session,
			"a salesperson who may not see the lead": Client(make_user("Sales User")).session,
		}
		self.manager = make_user("Sales Manager", "Sales User")
		self.sessions["a manager"] = Client(self.manager).session
		self.sessions["another manager"] = Client(make_user("Sales Manager", "Sales User")).session
		main = f"{SECRET}@example.com".lower()
		# The inbox shows who wrote a mail that nobody has taken, which tells nothing of the lead's main address.
		writer = f"{frappe.generate_hash(length=8)}@example.com"
		self.lead = make_lead(
			company_name=f"{SECRET} Ltd",
			email=main,
			email_ids=[{"email_id": main, "is_primary": 1}, {"email_id": writer}],
			lead_owner=self.owner,
		)
		self.mail = frappe.new_doc("Communication")
		self.mail.update(
			{"communication_medium": "Email", "sent_or_received": "Received", "subject": "A mail"}
		)
		self.mail.update({"sender": writer, "content": "It belongs to nobody yet"})
		self.mail.insert()
		# What there is to choose on a site with opportunities; any name will do on the others.
		has_opportunities = frappe.db.exists("DocType", "Opportunity")
		self.opportunity = make_opportunity().name if has_opportunities else "CRM-OPP-1"
		self.status = frappe.db.get_value("Pipeline Lead Status", {"category": "Lost"})
		self.tag = frappe.db.get_value("Pipeline Lead Tag", {"name": ("is", "set")})
		self.reason = frappe.db.get_value("Pipeline Lost Reason", {"disabled": 0})
		redirects.remember_merge("LEAD-1999-00001", self.lead.name)
		self.merge = frappe.db.get_value("Pipeline Lead Merge", {"survivor": self.lead.name})
		self.rule = frappe.db.get_value("Pipeline Status Rule", {"enabled": 1})
		self.form = make_form()
		template = {"doctype": "Email Template", "name": "For Whitelisted Methods"}
		self.template = frappe.get_doc(template | {"subject": "Hello", "response": "Hello"}).insert()
		# Who sent it by a form of the website would be its owner.
		self.lead.db_set("owner", self.owner)
		add_tag(SECRET, LEAD, self.lead.name)
		self.held = None
		self.lead_import, self.migration = self.make_runs()

	def make_runs(self) -> tuple[str, str]:
		"""An import and a migration of the manager: files and leads with the secret."""
		frappe.set_user(self.manager)
		content = f"Company Name,Email\n{SECRET} Ltd,{SECRET}@example.com"
		name = f"{frappe.generate_hash(length=8)}.csv"
		file = frappe.get_doc(
			{"doctype": "File", "file_name": name, "content": content, "is_private": 1}
		).insert()
		made = frappe.get_doc({"doctype": "Pipeline Lead Import", "file": file.file_url}).insert()
		migration = frappe.get_doc({"doctype": "Pipeline Migration", "source": "Lead"}).insert()
		frappe.set_user("Administrator")
		return made.name, migration.name

	def args_for(self, path: str) -> dict:
		if path.endswith("calendar.move"):
			return {
				"doctype": "Pipeline Activity",
				"name": self.open_step(path),
				"start": "2031-02-04 10:00:00",
			}
		return {"doctype": LEAD, "name": self.name_for(path), "assign_to": [self.owner]}

	def open_step(self, path: str) -> str | None:
		"""Return a step of the lead that is still to be done.

		A new one is made if the last one was done.
		"""
		if not path.startswith("lead_pipeline.activities."):
			return None
		step = {"lead": self.lead.name, "status": "Open"}
		# An action may have closed it.
		open_now = {"status": "Open", "status_category": "Working"}
		frappe.db.set_value("Pipeline Lead", self.lead.name, open_now, update_modified=False)
		frappe.db.commit()
		if not frappe.db.exists("Pipeline Activity", step):
			values = {"activity_type": "Call", "due_on": "2031-02-03", "subject": SECRET}
			frappe.get_doc({"doctype": "Pipeline Activity", **step, **values}).insert()
			frappe.db.commit()
		return frappe.db.get_value("Pipeline Activity", step)

	def held_enquiry(self) -> str:
		"""One that waits; somebody may have released the last one."""
		if not self.held or not frappe.db.exists(HELD, self.held):
			email = address()
			values = {"email": email, "last_name": "Visitor"}
			quarantine.hold(
				Enquiry("Web Form", values, noted={"web_form": self.form.name}), ["no_ticket"], "{}"
			)
			frappe.db.commit()
			self.held = frappe.db.get_value(HELD, {"email": email})
		return self.held

	def check_records(self, arguments: dict) -> None:
		"""A record that is not there is refused to everybody: that would prove nothing."""
		for argument, value in arguments.items():
			assert argument in RECORDS or argument in OTHERS, f"Say in RECORDS or OTHERS what {argument} is"
			kinds = RECORDS.get(argument, ())
			kinds = [kinds] if isinstance(kinds, str) else kinds
			kinds = [doctype for doctype in kinds if frappe.db.exists("DocType", doctype)]
			if not kinds:
				continue
			plain = frappe.parse_json(value) if str(value)[:1] in "[{" else value
			for name in plain if isinstance(plain, list) else [plain]:
				name = name["name"] if isinstance(name, dict) else name
				found = any(frappe.db.exists(doctype, name) for doctype in kinds)
				assert found, f"{argument}: there is no {' or '.join(kinds)} {name}"
		for doctype, name in self.nested(arguments):
			assert frappe.db.exists(doctype, name), (doctype, name)

	def nested(self, arguments: dict) -> list:
		entries = json.loads(arguments.get("entries", "[]"))
		args = arguments.get("args") or {}
		named = frappe.parse_json(args["name"]) if str(args.get("name"))[:1] == "[" else [args.get("name")]
		return [*entries, *((args["doctype"], name) for name in named if args)]

	def arguments(self, path: str) -> dict:
		"""Something sensible for each argument that `path` needs."""
		if path.startswith("lead_pipeline.status.preview.") and not self.rule:
			pytest.skip("this site has no documents that rules could be about")
		known = {
			"lead": self.lead.name,
			"leads": [self.lead.name],
			"name": self.lead.name,
			"docname": self.lead.name,
			"doctype": LEAD,
			"txt": SECRET,
			"text": SECRET,
			"job": "Repair of Statuses",
			"current_filters": json.dumps([[LEAD, "company_name", "like", f"{SECRET}%"]]),
			"field": "job_title" if path.endswith("custom_field_data") else "assigned_to",
			"entries": json.dumps([["Communication", self.mail.name]]),
			"args": self.args_for(path),
			"end": "2031-03-01",
			"assign_to": self.owner,
			"names": json.dumps([self.lead.name]),
			"tag": self.tag if path.endswith(".add_tag") else SECRET,
			"chart": json.dumps(CHART),
			"lost_reason": self.reason,
			"email_template": self.template.name,
			"rule": self.rule if path.endswith("waiting") else json.dumps({"name": self.rule}),
			"document_type": "Quotation" if frappe.db.exists("DocType", "Quotation") else "ToDo",
			"opportunity": self.opportunity,
			"lead_import": self.lead_import,
			"migration": self.migration,
			"activity": self.open_step(path),
			"due_on": "tomorrow",
			"source": "Lead",
			"file_type": "csv",
			"which": "result",
			"web_form": self.form.name,
			"data": json.dumps({"email": address(), "last_name": "Visitor"}),
			"web_form_name": self.form.name,
			"held": self.held_enquiry(),
			"date": frappe.utils.add_days(frappe.utils.nowdate(), 1),
			"values": json.dumps(self.values_for(path)),
			"other": self.lead.name,
			"survivor": self.lead.name,
			"merge": self.merge,
			"to": self.owner,
			"title": f"{SECRET} Form",
			"published": 1,
			"texts": json.dumps({"title": self.form.title}),
			"rows": json.dumps([{"fieldname": "last_name"}, {"fieldname": "email"}]),
			"report": "Leads by Date",
			"key": json.dumps({"period": 24000}),
			"column": "leads",
			"searchfield": "name",
			"status": "Lead" if path.endswith(".page") else "Open",
			"cursor": json.dumps(["hand", 0, "", "", "", ""]),
			"seen_status": "Lead",
			"undo": json.dumps({"status": "Open", "now": "Lead"}),
			"start": "2031-02-01" if path.endswith("calendar.events") else 0,
			"page_len": 10,
			"fields": json.dumps(["name"]),
			"stats": json.dumps(["_user_tags"]),
			"filters": json.dumps({"lead": self.lead.name} if path.endswith(".search_opportunities") else {}),
		}
		needed = [
			name
			for name, parameter in inspect.signature(methods()[path]).parameters.items()
			if name in known or parameter.default is parameter.empty
			if parameter.kind is not parameter.VAR_KEYWORD
		]
		unknown = [name for name in needed if name not in known]
		assert not unknown, f"Say in World.arguments what to pass to {path} as {unknown}"
		arguments = {name: known[name] for name in needed}
		self.check_records(arguments)
		return arguments

	def values_for(self, path: str) -> dict:
		"""Return what is typed into a form that may be a duplicate of the lead.

		An enquiry is sent by somebody else.
		"""
		if path.endswith(".create_lead"):
			return {"email": address()}
		return {"email": self.lead.email, "company_name": self.lead.company_name}

	def name_for(self, path: str) -> str:
		return json.dumps([self.lead.name]) if path.endswith("_many") else self.lead.name

	def others(self) -> dict:
		"""The records beside the lead, as far as a call could have changed them."""
		frappe.db.rollback()
		names = {
			HELD: self.held,
			"Communication": self.mail.name,
			"Pipeline Lead Import": self.lead_import,
			"Pipeline Migration": self.migration,
			"Pipeline Lead Merge": self.merge,
			"Pipeline Status Rule": self.rule,
			"Web Form": self.form.name,
		}
		return {
			doctype: frappe.db.get_value(doctype, name, "*", as_dict=True) for doctype, name in names.items()
		}

	def state(self) -> dict:
		"""All that a call could have done to the lead."""
		frappe.db.rollback()
		found = {
			LEAD: frappe.db.get_value(LEAD, self.lead.name, ["modified", "status", "lead_owner", "_assign"])
		}
		for doctype in ("ToDo", "Comment", "Communication"):
			found[doctype] = frappe.db.count(doctype, {"reference_name": self.lead.name})
		steps = {"lead": self.lead.name}
		found["steps"] = frappe.get_all("Pipeline Activity", steps, ["status", "due_on"], order_by="name asc")
		found["DocShare"] = frappe.db.count("DocShare", {"share_name": self.lead.name})
		return found
