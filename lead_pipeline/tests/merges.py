"""Leads to be merged, and what the database holds of them."""

import frappe
from frappe.desk.form import assign_to

from lead_pipeline.constants import (
	DISTINCT_LEADS,
	LEAD,
	LEAD_KEY,
	OWN_LEADS,
	SETTINGS,
	STATUS_FAILURE,
	STATUS_LOG,
)
from lead_pipeline.duplicates import merging
from lead_pipeline.duplicates import undo as undoing
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead


def token() -> str:
	return frappe.generate_hash(length=10)


def address() -> str:
	return f"{token()}@{token()}.example"


def merge(kept, *others, **values) -> dict:
	names = [kept.name, *(lead.name for lead in others)]
	answer = merging.merge(kept.name, names, values)
	site.follow_now()
	return answer


def undo(answer: dict, number: int = 0) -> dict:
	done = undoing.undo(answer["merges"][number])
	site.follow_now()
	return done


def stored(lead) -> frappe._dict:
	return frappe.get_doc(LEAD, lead if isinstance(lead, str) else lead.name)


def rich_pair(user: str) -> tuple:
	"""Two leads with everything that can belong to one."""
	email = address()
	kept = make_lead(
		email=email, tags=[{"tag": "Hot"}] if frappe.db.exists("Pipeline Lead Tag", "Hot") else []
	)
	tag = frappe.get_all("Pipeline Lead Tag", pluck="name", limit=1)[0]
	other = make_lead(
		email=address(),
		email_ids=[{"email_id": address()}],
		phone="+49 30 2000001",
		phone_nos=[{"phone": "+49 30 2000002"}],
		tags=[{"tag": tag}],
		job_title="Clerk",
		website="https://rich.example",
	)
	for lead in (kept, other):
		lead.add_comment("Comment", f"Said of {lead.name}")
		lead.add_tag("Fair")
		assign_to.add({"doctype": LEAD, "name": lead.name, "assign_to": [user]})
		frappe.share.add(LEAD, lead.name, user, write=int(lead is other))
		frappe.get_doc(
			{
				"doctype": "Communication",
				"communication_type": "Communication",
				"content": "<p>Hello</p>",
				"subject": "Hello",
				"reference_doctype": LEAD,
				"reference_name": lead.name,
			}
		).insert()
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{lead.name}.txt",
				"content": lead.name,
				"attached_to_doctype": LEAD,
				"attached_to_name": lead.name,
				"is_private": 1,
			}
		).insert()
	contact = frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": "Shared",
			"links": [{"link_doctype": LEAD, "link_name": lead.name} for lead in (kept, other)],
		}
	).insert()
	frappe.get_doc(
		{
			"doctype": "Address",
			"address_title": "Theirs",
			"address_line1": "Street 1",
			"city": "Town",
			"country": frappe.get_all("Country", pluck="name", limit=1)[0],
			"links": [{"link_doctype": LEAD, "link_name": other.name}],
		}
	).insert()
	other.add_tag("Berlin")
	other.status = "Open"
	other.save()
	return kept, other, contact


TABLES = (
	*("Communication", "Comment", "ToDo", "File", "DocShare", "Tag Link", "Dynamic Link", "Contact Email"),
	*("Contact Phone", "Pipeline Lead Tag Item", LEAD, LEAD_KEY, STATUS_LOG, STATUS_FAILURE, DISTINCT_LEADS),
	*("Communication Link", "Version", "Document Follow"),
)


# What says when, or is added by the merge itself and stays.
IGNORED = {"modified", "modified_by", "idx"}


def picture(*names: str) -> dict:
	"""Everything that belongs to these leads, row by row."""
	found = {}
	for doctype in TABLES:
		table = frappe.qb.DocType(doctype)
		rows = frappe.qb.from_(table).select("*").run(as_dict=True)
		for row in rows:
			values = {key: value for key, value in row.items() if key not in IGNORED}
			if any(name in map(str, values.values()) for name in names):
				found[doctype, row.name] = values
	return found


def numbers(picture: dict) -> dict:
	found = {}
	for doctype, _name in picture:
		found[doctype] = found.get(doctype, 0) + 1
	return found


def own_leads() -> None:
	settings = frappe.get_doc(SETTINGS)
	settings.lead_visibility = OWN_LEADS
	settings.save()
