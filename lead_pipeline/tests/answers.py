"""Mails and calls between users and leads."""

import frappe

LEADS_ADDRESS = "somebody@customer.example.com"


def mail_from(lead, **values):
	"""A mail as the framework's mail accounts put it on a lead: fetched by the system."""
	frappe.set_user("Administrator")
	return communication(lead, **({"sent_or_received": "Received", "sender": LEADS_ADDRESS} | values))


def mail_to(lead, **values) -> str:
	"""A mail that the user writes on the form of the lead; its name."""
	# Needs the folders of the site when it is loaded.
	from frappe.core.doctype.communication.email import make

	arguments = {"subject": "Our offer", "content": "As discussed", "recipients": LEADS_ADDRESS} | values
	return make(doctype="Pipeline Lead", name=lead.name, **arguments)["name"]


def communication(lead, **values):
	document = frappe.new_doc("Communication")
	document.update(
		{
			"communication_type": "Communication",
			"communication_medium": "Email",
			"subject": "Your offer",
			"content": "Thank you",
			"reference_doctype": "Pipeline Lead" if lead else None,
			"reference_name": lead.name if lead else None,
		}
		| values
	)
	return document.insert(ignore_permissions=True)


def rows(lead) -> list[frappe._dict]:
	return frappe.get_all(
		"Pipeline Status Log",
		filters={"lead": lead.name},
		fields=["to_status", "cause", "changed_by", "reference_doctype", "reference_name"],
		order_by="changed_on, creation",
	)


def switch(setting: str, value=0) -> None:
	frappe.db.set_single_value("Lead Pipeline Settings", setting, value)


def break_the_save_of_leads_at(status: str):
	"""Insert a broken Notification, so that no lead can be saved with `status`.

	It has a mistake in it, as an administrator may write one.
	"""
	notification = frappe.new_doc("Notification")
	notification.update(
		{
			"name": f"Broken {frappe.generate_hash(length=6)}",
			"enabled": 1,
			"channel": "System Notification",
			"subject": "Broken",
			"message": "Broken",
			"document_type": "Pipeline Lead",
			"event": "Save",
			"condition": f"doc.status == '{status}' and doc.there_is_no_such_method()",
		}
	)
	notification.append("recipients", {"receiver_by_document_field": "owner"})
	return notification.insert(ignore_permissions=True)
