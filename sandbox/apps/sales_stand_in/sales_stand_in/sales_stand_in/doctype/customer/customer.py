import frappe
from frappe import _
from frappe.contacts.address_and_contact import delete_contact_and_address, load_address_and_contact
from frappe.model.document import Document
from frappe.model.mapper import get_mapped_doc
from frappe.utils import cint


class Customer(Document):
	def onload(self):
		load_address_and_contact(self)

	def autoname(self):
		self.name = get_free_name(self.customer_name)

	def on_update(self):
		if frappe.db.exists("Customer Group", self.name):
			message = _("{0} is the name of a customer group").format(frappe.bold(self.name))
			frappe.throw(message, frappe.NameError)
		self.create_primary_contact()

	def after_insert(self):
		self.link_contacts_and_addresses()
		if self.lead_name:
			frappe.db.set_value("Lead", self.lead_name, "status", "Converted")

	def on_trash(self):
		for fieldname in ("customer_primary_contact", "customer_primary_address"):
			if self.get(fieldname):
				self.db_set(fieldname, None)
		delete_contact_and_address("Customer", self.name)

	def after_rename(self, old, new, merge=False):
		self.db_set("customer_name", new)

	def create_primary_contact(self) -> None:
		"""Create a first contact from the customer's e-mail address and mobile number."""
		if self.customer_primary_contact or self.lead_name or not (self.mobile_no or self.email_id):
			return
		contact = make_contact(self)
		for fieldname, value in (
			("customer_primary_contact", contact.name),
			("mobile_no", self.mobile_no),
			("email_id", self.email_id),
		):
			self.db_set(fieldname, value)

	def link_contacts_and_addresses(self) -> None:
		"""Link the contacts and addresses of the customer's lead or opportunity.

		That is the one that this customer was made from.
		"""
		for doctype, name in (("Lead", self.lead_name), ("Opportunity", self.opportunity_name)):
			if name:
				self.link_those_of({"link_doctype": doctype, "link_name": name})

	def link_those_of(self, source: dict) -> None:
		source["parenttype"] = ("in", ("Contact", "Address"))
		for row in frappe.get_all("Dynamic Link", source, ["parenttype", "parent"]):
			doc = frappe.get_doc(row.parenttype, row.parent)
			if not doc.has_link("Customer", self.name):
				doc.append("links", {"link_doctype": "Customer", "link_name": self.name})
				doc.save(ignore_permissions=self.flags.ignore_permissions)


def get_free_name(customer_name: str) -> str:
	"""The customer's name, with a number when another customer has it."""
	if not frappe.db.exists("Customer", customer_name) or frappe.flags.in_import:
		return customer_name
	taken = frappe.get_all("Customer", {"name": ("like", f"%{customer_name} - %")}, pluck="name")
	number = max((cint(name.rsplit(" ", 1)[-1]) for name in taken), default=0) + 1
	name = f"{customer_name} - {number}"
	frappe.msgprint(_("{0} exists already, this customer is called {1}").format(customer_name, name))
	return name


def make_contact(customer: Customer):
	"""Insert the primary contact of a customer."""
	contact = frappe.new_doc("Contact")
	contact.is_primary_contact = 1
	contact.append("links", {"link_doctype": "Customer", "link_name": customer.name})
	if customer.customer_type == "Individual":
		contact.first_name, _space, contact.last_name = customer.customer_name.partition(" ")
	else:
		contact.company_name = customer.customer_name
	if customer.email_id:
		contact.add_email(customer.email_id, is_primary=True)
	if customer.mobile_no:
		contact.add_phone(customer.mobile_no, is_primary_mobile_no=True)
	return contact.insert(ignore_permissions=customer.flags.ignore_permissions)


@frappe.whitelist()
def make_quotation(source_name: str, target_doc=None):
	"""A new quotation to the customer."""

	def set_missing_values(source, target):
		target.quotation_to = "Customer"
		target.run_method("set_missing_values")
		target.run_method("calculate_taxes_and_totals")

	return get_mapped_doc(
		"Customer",
		source_name,
		{"Customer": {"doctype": "Quotation", "field_map": {"name": "party_name"}}},
		target_doc,
		set_missing_values,
	)


@frappe.whitelist()
def make_opportunity(source_name: str, target_doc=None):
	"""A new opportunity with the customer."""
	field_map = {"name": "party_name", "doctype": "opportunity_from"}
	return get_mapped_doc(
		"Customer", source_name, {"Customer": {"doctype": "Opportunity", "field_map": field_map}}, target_doc
	)
