import frappe
from frappe import _
from frappe.contacts.address_and_contact import delete_contact_and_address, load_address_and_contact
from frappe.model.document import Document
from frappe.model.mapper import get_mapped_doc
from frappe.utils import get_link_to_form


class Lead(Document):
	def onload(self):
		load_address_and_contact(self)

	def before_insert(self):
		self.contact = make_contact(self)

	def validate(self):
		self.set_names()
		self.check_email_id_is_unique()

	def after_insert(self):
		self.contact.append("links", {"link_doctype": "Lead", "link_name": self.name})
		self.contact.save(ignore_permissions=True)

	def on_trash(self):
		delete_contact_and_address("Lead", self.name)

	def set_names(self) -> None:
		if self.first_name:
			parts = (self.salutation, self.first_name, self.last_name)
			self.lead_name = " ".join(part for part in parts if part)
		if not self.lead_name:
			if not self.company_name and not self.email_id:
				frappe.throw(_("A lead is a person or an organization, so it needs the name of one"))
			self.lead_name = self.company_name or self.email_id.split("@")[0]
		self.title = self.company_name or self.lead_name

	def check_email_id_is_unique(self) -> None:
		others = {"email_id": self.email_id, "name": ("!=", self.name)}
		if self.email_id and (other := frappe.db.get_value("Lead", others)):
			message = _("The e-mail address must be unique, {0} has it already")
			frappe.throw(message.format(get_link_to_form("Lead", other)), frappe.DuplicateEntryError)


def make_contact(lead: Lead):
	"""Create a contact for the person.

	ERPNext makes one for each new lead, unless its settings say otherwise.
	"""
	contact = frappe.new_doc("Contact")
	contact.update(
		{
			"first_name": lead.first_name or lead.lead_name or lead.company_name or lead.email_id,
			"last_name": lead.last_name,
			"company_name": lead.company_name,
		}
	)
	if lead.email_id:
		contact.append("email_ids", {"email_id": lead.email_id, "is_primary": 1})
	if lead.phone:
		contact.append("phone_nos", {"phone": lead.phone, "is_primary_phone": 1})
	if lead.mobile_no:
		contact.append("phone_nos", {"phone": lead.mobile_no, "is_primary_mobile_no": 1})
	return contact.insert(ignore_permissions=True)


@frappe.whitelist()
def make_customer(source_name: str, target_doc=None):
	"""A new customer for the person or the company."""

	def set_missing_values(source, target):
		target.customer_type = "Company" if source.company_name else "Individual"
		target.customer_name = source.company_name or source.lead_name

	return get_mapped_doc(
		"Lead",
		source_name,
		{"Lead": {"doctype": "Customer", "field_map": {"name": "lead_name"}}},
		target_doc,
		set_missing_values,
	)
