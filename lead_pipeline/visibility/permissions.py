"""Answer the framework's questions about leads, and about records that name one.

`hooks.py` names these functions. The setting *Sales Users See* is in Lead Pipeline Settings. *All Leads* leaves
everything to the framework (roles, User Permissions, shares). Under *Own Leads* everybody but the managers sees their own
leads only (`own_leads.py`). Lists use `…_conditions`, single documents use `…_has_permission`; both ask the database
for the same thing (`own_leads.concerns`), so they cannot disagree.
"""

import json

import frappe
from frappe.model.document import Document

from lead_pipeline.constants import ACTIVITY, LEAD, STATUS_LOG
from lead_pipeline.framework.permission_hooks import NO_OBJECTION
from lead_pipeline.visibility.condition_text import NOTHING, fragment, literal
from lead_pipeline.visibility.own_leads import (
	are_sought,
	concerns,
	few,
	leads_of_user,
	may_hide_leads,
	names_of_candidates,
	owned,
	sees_all,
)
from lead_pipeline.visibility.readable_records import list_conditions, names_readable_lead, readable_leads

# Records that tell of other documents → the fields that say of which: its DocType and its name. Each has its conditions
# below, with a line in hooks.py, but for Notification Log: the framework shows everybody their own notices only, and
# who has got one may read that a lead was taken from them.
REFERENCES = {
	"Contact Email": ("parenttype", "parent"),
	"Contact Phone": ("parenttype", "parent"),
	"Pipeline Lead Tag Item": ("parenttype", "parent"),
	"Dynamic Link": ("link_doctype", "link_name"),
	"Tag Link": ("document_type", "document_name"),
	"ToDo": ("reference_type", "reference_name"),
	"Comment": ("reference_doctype", "reference_name"),
	"Communication": ("reference_doctype", "reference_name"),
	"Version": ("ref_doctype", "docname"),
	"File": ("attached_to_doctype", "attached_to_name"),
	"DocShare": ("share_doctype", "share_name"),
	"Notification Log": ("document_type", "document_name"),
	"Activity Log": ("reference_doctype", "reference_name"),
	"View Log": ("reference_doctype", "reference_name"),
	"Communication Link": ("link_doctype", "link_name"),
	"Document Follow": ("ref_doctype", "ref_docname"),
	"Email Queue": ("reference_doctype", "reference_name"),
	"Event Participants": ("reference_doctype", "reference_docname"),
	"Reminder": ("reminder_doctype", "reminder_docname"),
	"Submission Queue": ("ref_doctype", "ref_docname"),
	"Workflow Action": ("reference_doctype", "reference_name"),
}

# What a report of these DocTypes has found depends on who has asked.
REPORTED = (LEAD, STATUS_LOG, ACTIVITY)

# A share to read allows none of these.
CHANGES = {"write", "delete", "submit", "cancel", "amend"}


def lead_conditions(user: str | None = None) -> str | None:
	"""Hook (permission_query_conditions): return the condition for `user` on leads.

	None when nothing narrows the query.
	"""
	user = user or frappe.session.user
	if sees_all(user):
		return None
	condition = concerns(literal(user), literal(json.dumps(user)))
	if are_sought(user):
		names = few(user)
		if names == []:
			return NOTHING
		leads = names_of_candidates(user) if names is None else list(map(literal, names))
		condition &= frappe.qb.DocType(LEAD).name.isin(leads)
	return f"({fragment(condition)})"


def lead_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""Hook (has_permission): return whether `user` has permission for a lead.

	The same condition as for lists. False forbids, True has no objection: the roles decide.

	Asks the database, not the document: a lead that is being saved has the values that its sender would like. What
	a share allows besides reading is determined by the framework.
	"""
	user = user or frappe.session.user
	if ptype == "create" or sees_all(user):
		return True
	if ptype == "share":
		condition = owned(user)
	elif ptype in CHANGES:
		condition = leads_of_user(user, json.dumps(user))
	else:
		condition = concerns(user, json.dumps(user))
	lead = frappe.qb.DocType(LEAD)
	query = frappe.qb.from_(lead).select(lead.name).where((lead.name == doc.name) & condition)
	if doc.flags.for_update:
		# Whoever waited for the lock asks what holds now, not what held when the transaction began.
		query = query.for_update()
	seen = query.run()
	# A lead that is not stored yet is hidden from nobody.
	return bool(seen) or not frappe.db.exists(LEAD, doc.name)


def only_setting_hides(user: str) -> bool:
	"""Return whether nothing but the setting hides leads from `user` in a list.

	No User Permission, no right on own documents only, no condition of another app.
	"""
	ours, all_of_them = lead_conditions(user), list_conditions(LEAD, user)
	return bool(ours and all_of_them) and not all_of_them.replace(ours, "", 1).strip("() ")


def log_conditions(user: str | None = None) -> str | None:
	"""Hook: rows of the status log follow their leads."""
	return names_readable_lead(f"`tab{STATUS_LOG}`.`lead`", user or frappe.session.user, STATUS_LOG)


def log_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""Hook: the same for one row."""
	return bool(frappe.has_permission(LEAD, "read", doc=doc.lead, user=user or frappe.session.user))


def step_conditions(user: str | None = None) -> str | None:
	"""Hook: activities follow their leads."""
	return names_readable_lead(f"`tab{ACTIVITY}`.`lead`", user or frappe.session.user, ACTIVITY)


def step_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""Hook: the same for one activity; who may change the lead may change it.

	Asks the database for its lead, not the document, whose sender may have named another one.
	"""
	lead = frappe.db.get_value(ACTIVITY, doc.name, "lead") if doc.name else None
	asked = ptype if ptype in ("read", "select", "print", "email", "report", "export") else "write"
	return step_of_lead_allowed(lead or doc.get("lead"), asked, user or frappe.session.user)


def step_of_lead_allowed(lead: str | None, ptype: str, user: str) -> bool:
	if not lead or not frappe.db.exists(LEAD, lead):
		# The framework says that a lead is missing.
		return True
	return bool(frappe.has_permission(LEAD, ptype, doc=lead, user=user))


def email_conditions(user: str | None = None) -> str | None:
	"""Hook (permission_query_conditions): leave out e-mail addresses of hidden leads.

	They are rows of Contact Email, which the framework lists without checking the lead.
	"""
	return reference_conditions("Contact Email", user)


def phone_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Contact Phone", user)


def tag_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Pipeline Lead Tag Item", user)


def contact_link_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Dynamic Link", user)


def communication_link_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Communication Link", user)


def participant_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Event Participants", user)


def tag_link_conditions(user: str | None = None) -> str | None:
	"""Hook: the framework's index of tags holds the titles of the tagged documents."""
	return reference_conditions("Tag Link", user)


def todo_conditions(user: str | None = None) -> str | None:
	return reference_conditions("ToDo", user)


def comment_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Comment", user)


def communication_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Communication", user)


def version_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Version", user)


def file_conditions(user: str | None = None) -> str | None:
	"""Hook (permission_query_conditions): leave out files of hidden leads.

	The framework lists the files of all documents whose DocType the user may read.
	"""
	return reference_conditions("File", user)


def share_conditions(user: str | None = None) -> str | None:
	return reference_conditions("DocShare", user)


def activity_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Activity Log", user)


def view_conditions(user: str | None = None) -> str | None:
	return reference_conditions("View Log", user)


def follow_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Document Follow", user)


def email_queue_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Email Queue", user)


def reminder_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Reminder", user)


def submission_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Submission Queue", user)


def workflow_action_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Workflow Action", user)


def reference_conditions(doctype: str, user: str | None = None) -> str | None:
	"""Return the condition that leaves out records that refer to a hidden lead.

	`doctype` is one of REFERENCES; hidden leads are those that `user` may not see.
	"""
	type_field, name_field = (f"`tab{doctype}`.`{field}`" for field in REFERENCES[doctype])
	is_readable = names_readable_lead(name_field, user or frappe.session.user)
	return is_readable and f"({type_field} is null or {type_field} != '{LEAD}' or {is_readable})"


def reference_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool | None:
	"""Hook (has_permission): forbid access to a record that refers to a hidden lead.

	Nobody reads, changes or deletes such a record.

	Asks the database for the lead, not the document, whose sender may have named another one. Whether a record may
	name a lead at all is checked when it is saved (`references.check_references`).
	"""
	user = user or frappe.session.user
	if ptype == "create" or doc.get("for_user") == user or not may_hide_leads(user):
		return NO_OBJECTION
	doctype, name = frappe.db.get_value(doc.doctype, doc.name, list(REFERENCES[doc.doctype])) or (None, None)
	if doctype != LEAD or not frappe.db.exists(LEAD, name):
		return NO_OBJECTION
	return NO_OBJECTION if frappe.has_permission(LEAD, "read", doc=name, user=user) else False


def prepared_conditions(user: str | None = None) -> str | None:
	"""Hook (permission_query_conditions): a Prepared Report is for who asked for it.

	The framework lists what a report has found for one user to all who may run the report.
	"""
	user = user or frappe.session.user
	if readable_leads(user) is None:
		return None
	prepared, report = frappe.qb.DocType("Prepared Report"), frappe.qb.DocType("Report")
	names = [literal(doctype) for doctype in REPORTED]
	of_leads = frappe.qb.from_(report).select(report.name).where(report.ref_doctype.isin(names))
	return f"({fragment((prepared.owner == literal(user)) | prepared.report_name.notin(of_leads))})"


def prepared_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool | None:
	"""Hook (has_permission): the same for one Prepared Report and its file of numbers."""
	user = user or frappe.session.user
	if doc.owner == user or not reports_on_leads(doc.report_name) or readable_leads(user) is None:
		return NO_OBJECTION
	return False


def reports_on_leads(report: str) -> bool:
	return frappe.db.get_value("Report", report, "ref_doctype", cache=True) in REPORTED
