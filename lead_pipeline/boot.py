"""What the desk scripts know from the start."""

import frappe
from frappe import _

from lead_pipeline.constants import LEAD, PARTY_TYPES, SETTINGS
from lead_pipeline.documents import create
from lead_pipeline.documents.types import TYPES
from lead_pipeline.domain.decision import Status
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.setup import first_steps
from lead_pipeline.visibility import staff
from lead_pipeline.visibility.lead_access import refuse_who_reads_no_leads

PRIORITY = "Pipeline Lead Priority"
TAG = "Pipeline Lead Tag"


def is_shown() -> bool:
	"""Hook (add_to_apps_screen): return whether the user can open the app."""
	return bool(frappe.has_permission(LEAD))


def extend(bootinfo: frappe._dict) -> None:
	"""Hook (extend_bootinfo): add statuses, colours and choices for desk scripts.

	The scripts thus need not ask the server. Users who may not read leads get nothing.
	"""
	if frappe.has_permission(LEAD):
		bootinfo.lead_pipeline = desk_reference()
		add_names_of_people(bootinfo)
		first_steps.tick_off()


def add_names_of_people(bootinfo: frappe._dict) -> None:
	"""Add the names of all sales people to those that the desk knows.

	The framework adds them as records name somebody, but not for the sales person of a lead in a list.
	"""
	known = bootinfo.setdefault("user_info", frappe._dict())
	# Without permissions: who sees a lead sees whose it is.
	for user in frappe.get_all(
		"User",
		filters={"name": ("in", staff.sales_people())},
		fields=["name", "full_name", "user_image"],
		order_by="name asc",
	):
		info = {"name": user.name, "email": user.name, "fullname": user.full_name, "image": user.user_image}
		known.setdefault(user.name, frappe._dict(info))


@frappe.whitelist(methods=["GET"])
def reference_data() -> dict:
	"""Return the reference data of the boot again.

	For a desk that was opened before somebody edited a status, type or tag. Raises PermissionError when the user
	may not read leads.
	"""
	refuse_who_reads_no_leads()
	return desk_reference()


def desk_reference() -> dict:
	"""Return statuses, priorities and tags with their colours, in their order.

	The highest priority comes first. `types` names the statuses that each type allows; none stands for all.
	`documents`: what the user can make from a lead, of all `document_types`; `party_types`: what can be behind one.
	"""
	return {
		"statuses": [
			{
				"name": status.name,
				"category": status.category,
				"color": status.color,
				"protected": status.protected,
				"disabled": status.disabled,
				"probability": status.probability,
				"next_step_required": status.next_step_required,
				"meaning": meaning_of_status(status),
			}
			for status in lead_statuses.statuses().values()
		],
		"types": {
			lead_type: lead_statuses.allowed_by_type(lead_type) for lead_type in lead_statuses.lead_types()
		},
		"priorities": coloured(PRIORITY, "weight desc, name asc"),
		"tags": coloured(TAG, "name asc"),
		"documents": create.documents_offered(),
		"document_types": list(TYPES),
		"party_types": list(PARTY_TYPES),
	}


def meaning_of_status(status: Status) -> str:
	"""Return one line that explains a status.

	It says who waits for whom, and what the automation does not do.
	"""
	settings = frappe.get_cached_doc(SETTINGS)
	said = {
		settings.open_status: _("The lead waits for us."),
		settings.replied_status: _("We have answered and wait for the lead."),
	}.get(status.name)
	protected = _("Only a person takes a lead out of this status.") if status.protected else None
	return " ".join(part for part in (said, protected) if part)


def coloured(doctype: str, order_by: str) -> list[dict]:
	"""Return the records of a reference DocType with their colours.

	Ignores permissions: the colour of a priority is not secret for users who may read a lead.
	"""
	return frappe.get_all(doctype, fields=["name", "color"], order_by=order_by)
