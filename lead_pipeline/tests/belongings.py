"""Leads with everything that can belong to one, on a site of its own.

Run it with `python -m … SITE give` from the folder of sites.

What says something about a person has MARK in it, so that a search of all tables finds what is left of it.
"""

import sys

import frappe
from frappe.desk.form import assign_to
from frappe.model.document import Document
from frappe.model.naming import is_autoincremented
from frappe.model.utils import user_settings
from frappe.utils.global_search import sync_global_search

from lead_pipeline.activities import calls
from lead_pipeline.capture.enquiries import Enquiry
from lead_pipeline.capture.form import quarantine
from lead_pipeline.capture.mail import waiting_mails
from lead_pipeline.constants import LEAD
from lead_pipeline.duplicates import merging
from lead_pipeline.framework.notifications import tell
from lead_pipeline.tests.factories import make_lead, make_order, make_quotation, make_rule, make_user
from lead_pipeline.tests.imports import Imports

MARK = "quixby"
DIGITS = "7654321"


def give() -> None:
	"""Fill the site with leads and their belongings.

	Among them one that was won, merged, deleted, imported, held back.
	"""
	frappe.flags.in_test = True
	user = make_user("Sales Manager", "Sales User", email="seller@example.com")
	lead = full_lead(user)
	merged = make_lead(company_name=f"{MARK} merged", email=f"merged@{MARK}.example")
	merging.merge(lead.name, [lead.name, merged.name], {})
	make_lead(company_name=f"{MARK} deleted").delete()
	# ERPNext sells nothing before it has a company.
	has_company = not frappe.db.exists("DocType", "Company") or frappe.db.count("Company")
	if frappe.db.exists("DocType", "Sales Order") and has_company:
		make_quotation(lead)
		make_order(lead)
	held = Enquiry(values={"email": f"held@{MARK}.example", "last_name": MARK}, channel="Web Form", text=MARK)
	quarantine.hold(held, ["trap"], MARK)
	about_leads(user)
	tell(user, f"{MARK} was left as it is")
	tell(user, f"{MARK} has handed leads over", leads_with={"lead_owner": user})
	frappe.db.commit()
	an_import()
	sync_global_search()
	frappe.get_doc(LEAD, lead.name).save()
	frappe.db.commit()


def give_of_another_app() -> None:
	"""Make a notification as other apps make them, about no document.

	Our app has nothing to do with it.
	"""
	store("Notification Log", subject="Of another app", type="Alert", for_user="Administrator")
	store("Unhandled Email", email_account="Leads", reason="Not read by the framework", raw="Subject: Other")
	# ERPNext writes an address down as its country does; the set-up wizard would have made this.
	if not frappe.db.exists("Address Template", {"is_default": 1}):
		template = {"country": frappe.get_all("Country", pluck="name", limit=1)[0], "is_default": 1}
		new("Address Template", template="{{ address_line1 }}", **template).insert()
	frappe.db.commit()


def one_lead() -> str:
	"""The status of a new lead; for a site on which the app is installed again."""
	return make_lead(company_name="After the Second Install").status


def full_lead(user: str) -> Document:
	lead = make_lead(
		company_name=f"{MARK} Company",
		email=f"first@{MARK}.example",
		email_ids=[{"email_id": f"second@{MARK}.example"}],
		phone=f"+49 30 {DIGITS}",
		phone_nos=[{"phone": f"+49 30 {DIGITS}2"}],
		tags=[{"tag": "Hot"}] if frappe.db.exists("Pipeline Lead Tag", "Hot") else [],
		description=f"<p>{MARK}</p>",
	)
	of_lead = {"reference_doctype": LEAD, "reference_name": lead.name}
	lead.add_comment("Comment", f"Said of {MARK}")
	lead.add_tag("Fair")
	assign_to.add({"doctype": LEAD, "name": lead.name, "assign_to": [user], "description": MARK})
	frappe.share.add(LEAD, lead.name, user, write=1)
	lead.add_viewed(user)
	calls.write_call(lead, calls.INCOMING, f"{MARK} called")
	mail = new("Communication", communication_medium="Email", subject="Offer", content="Hello", **of_lead)
	mail.append("timeline_links", {"link_doctype": LEAD, "link_name": lead.name})
	mail.insert()
	attach(LEAD, lead.name, is_private=1)
	attach(LEAD, lead.name, is_private=0)
	attach("Communication", calls.write_call(lead, calls.OUTGOING, MARK).name, is_private=1)
	link = [{"link_doctype": LEAD, "link_name": lead.name}]
	new("Contact", first_name="Kept", links=link).insert()
	country = frappe.get_all("Country", pluck="name", limit=1)[0]
	new("Address", address_title="Kept", address_line1="1", city="Town", country=country, links=link).insert()
	event = new("Event", subject="Kept", starts_on=frappe.utils.now_datetime(), event_type="Private")
	event.append("event_participants", {"reference_doctype": LEAD, "reference_docname": lead.name})
	event.insert()
	store("Document Follow", ref_doctype=LEAD, ref_docname=lead.name, user=user)
	store("Email Queue", sender="a@example.com", message="Hello", **of_lead)
	store("Email Unsubscribe", email=f"first@{MARK}.example", **of_lead)
	store("Notification Log", subject=MARK, document_type=LEAD, document_name=lead.name, for_user=user)
	store("Activity Log", subject=MARK, **of_lead)
	store("Error Log", method=MARK, error=MARK, **of_lead)
	store("Access Log", export_from=LEAD, filters=MARK)
	store("Route History", route=f"Form/{LEAD}/{lead.name}", user=user)
	store("Integration Request", data=MARK, reference_doctype=LEAD, reference_docname=lead.name)
	return lead


def about_leads(user: str) -> None:
	"""What people set up for leads."""
	column = {"fieldtype": "Data", "label": "Shoe Size"}
	new("Custom Field", dt=LEAD, fieldname="shoe_size", **column).insert()
	new(
		"Custom Field", dt="ToDo", fieldname="its_lead", label="Lead", fieldtype="Link", options=LEAD
	).insert()
	frappe.make_property_setter({"doctype": LEAD, "fieldname": "phone", "property": "bold", "value": "1"})
	new("Notification", name="About Leads", subject="x", message="x", document_type=LEAD, event="New").update(
		{"channel": "System Notification", "recipients": [{"receiver_by_role": "Sales User"}]}
	).insert()
	rule = {"assign_condition": "True", "rule": "Round Robin", "description": "x", "priority": 1}
	days = [{"day": "Monday"}]
	new("Assignment Rule", name="Of Leads", document_type=LEAD, assignment_days=days, **rule).update(
		{"users": [{"user": user}]}
	).insert()
	for doctype, field in (
		("Auto Repeat", "reference_doctype"),
		("Calendar View", "reference_doctype"),
		("Client Script", "dt"),
		("Dashboard Chart", "document_type"),
		("Document Naming Rule", "document_type"),
		("Kanban Board", "reference_doctype"),
		("List Filter", "reference_doctype"),
		("Number Card", "document_type"),
		("Print Format", "doc_type"),
		("Report", "ref_doctype"),
		("Server Script", "reference_doctype"),
		("User Permission", "allow"),
		("Web Form", "doc_type"),
		("Webhook", "webhook_doctype"),
		("Workflow", "document_type"),
		("List View Settings", None),
	):
		store(doctype, name=f"{doctype} of Leads" if field else LEAD, **({field: LEAD} if field else {}))
	store("Prepared Report", report_name="Report of Leads", filters=MARK)
	store("Dashboard Chart Link", chart="Dashboard Chart of Leads", parent="Mine", parenttype="Dashboard")
	for kind, target in (("DocType", LEAD), ("Report", "Leads That Disagree"), ("Page", "lead-inbox")):
		store("Workspace Shortcut", type=kind, link_to=target, parent="Mine", parenttype="Workspace")
	store("Workspace Number Card", number_card_name="Mails and Calls Waiting", parenttype="Workspace")
	store("Block Module", module="Lead Pipeline", parent=user, parenttype="User")
	account = new("Email Account", email_account_name="Leads", email_id="leads@example.com", append_to=LEAD)
	account.name = "Leads"
	account.db_insert()
	waiting_mails.write_down(account, [(b"Subject: Waits\r\n\r\nHello", "7")], LEAD)
	store("IMAP Folder", folder_name="INBOX", append_to=LEAD, parent="Leads", parenttype="Email Account")
	for doctype in (LEAD, "ToDo"):
		user_settings.update_user_settings(
			doctype, {"List": {"filters": [[doctype, "pipeline_lead", "=", "x"]]}}
		)
	user_settings.sync_user_settings()
	if frappe.db.exists("DocType", "Quotation"):
		make_rule(rule_name="Of This Site", filters=[["Quotation", "grand_total", ">", 5]])


def an_import() -> None:
	imports = Imports()
	imports.done([["Company Name", "E-mail"], [f"{MARK} imported", f"imported@{MARK}.example"]])


def attach(doctype: str, name: str, is_private: int) -> None:
	content = {"file_name": f"{MARK}-{is_private}-{doctype}.txt", "content": f"{MARK}{is_private}{doctype}"}
	new("File", attached_to_doctype=doctype, attached_to_name=name, is_private=is_private, **content).insert()


def new(doctype: str, **values) -> Document:
	return frappe.new_doc(doctype).update(values)


def store(doctype: str, **values) -> None:
	"""Write a record directly into its table.

	What its own rules ask for is not what the test is about.
	"""
	doc = new(doctype, **values)
	if is_autoincremented(doctype):
		doc.name = frappe.db.get_next_sequence_val(doctype)
	elif not doc.name:
		doc.name = frappe.generate_hash(length=10)
	doc.db_insert()


if __name__ == "__main__":
	frappe.init(site=sys.argv[1], sites_path=".")
	frappe.connect()
	functions = {"give": give, "give_of_another_app": give_of_another_app, "one_lead": one_lead}
	print(functions[sys.argv[2]]())
	frappe.destroy()
