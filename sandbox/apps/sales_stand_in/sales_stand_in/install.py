"""Guards and first records."""

import frappe
from frappe import _

MODULE = "Sales Stand In"
COMPANY, ABBREVIATION, CURRENCY, COUNTRY = "Brightwater Supply", "BWS", "USD", "United States"
TREES = {
	"Customer Group": ("All Customer Groups", ("Individual", "Commercial", "Non Profit", "Government")),
	"Territory": ("All Territories", (COUNTRY, "Rest Of The World")),
	"Item Group": (
		"All Item Groups",
		("Products", "Raw Material", "Services", "Sub Assemblies", "Consumable"),
	),
}
LOST_REASONS = ("Too expensive", "Bought elsewhere", "No budget", "Wrong time", "No answer")
RECORDS = (
	("UOM", "uom_name", ("Nos", "Box", "Pair"), {"must_be_whole_number": 1}),
	("UOM", "uom_name", ("Hour", "Day", "Kg", "Meter", "Litre"), {}),
	("Price List", "price_list_name", ("Standard Buying",), {"currency": CURRENCY, "buying": 1}),
	("Price List", "price_list_name", ("Standard Selling",), {"currency": CURRENCY, "selling": 1}),
	("Opportunity Type", "__newname", ("Sales", "Support", "Maintenance"), {}),
	(
		"Sales Stage",
		"stage_name",
		(
			"Prospecting",
			"Qualification",
			"Needs Analysis",
			"Value Proposition",
			"Identifying Decision Makers",
			"Perception Analysis",
			"Proposal/Price Quote",
			"Negotiation/Review",
		),
		{},
	),
	("Market Segment", "market_segment", ("Lower Income", "Middle Income", "Upper Income"), {}),
	("Industry Type", "industry", ("Manufacturing", "Service", "Software", "Technology"), {}),
	("CRM Deal Status", "deal_status", ("Qualification",), {"type": "Open"}),
	("CRM Deal Status", "deal_status", ("Proposal/Quotation", "Negotiation"), {"type": "Ongoing"}),
	("CRM Deal Status", "deal_status", ("Won",), {"type": "Won"}),
	("CRM Deal Status", "deal_status", ("Lost",), {"type": "Lost"}),
	("Quotation Lost Reason", "order_lost_reason", LOST_REASONS, {}),
	("Opportunity Lost Reason", "lost_reason", LOST_REASONS, {}),
	(
		"Company",
		"company_name",
		(COMPANY,),
		{"abbr": ABBREVIATION, "default_currency": CURRENCY, "country": COUNTRY},
	),
)
SITE_DEFAULTS = (
	"company",
	"cust_master_name",
	"customer_group",
	"territory",
	"selling_price_list",
	"disable_rounded_total",
)


def before_install() -> None:
	"""Refuse a site that has ERPNext, or DocTypes of these names from anywhere else."""
	if "erpnext" in frappe.get_installed_apps():
		frappe.throw(
			_(
				"This site has ERPNext. Sales Stand-in takes its place in demonstrations and tests, and is "
				"never installed beside it. Nothing was changed."
			)
		)
	foreign = frappe.get_all(
		"DocType",
		{
			"name": (
				"in",
				["Customer", "Item", "Opportunity", "Quotation", "Sales Order", "Sales Invoice", "CRM Lead"],
			)
		},
		["name", "module"],
	)
	foreign = [f"{row.name} ({row.module})" for row in foreign if row.module != MODULE]
	if foreign:
		frappe.throw(
			_("Another app of this site has DocTypes of the same name: {0}. Nothing was changed.").format(
				", ".join(foreign)
			)
		)


def before_app_install(app_name: str) -> None:
	"""Refuse ERPNext on a site that has this app."""
	if app_name == "erpnext":
		frappe.throw(
			_("Uninstall Sales Stand-in first: it has ERPNext's DocTypes and cannot live beside ERPNext.")
		)


def after_install() -> None:
	"""Create the records that ERPNext's setup wizard creates.

	As far as sales documents need them.
	"""
	for doctype, (root, leaves) in TREES.items():
		make_tree(doctype, root, leaves)
	for doctype, fieldname, names, values in RECORDS:
		for name in names:
			make(doctype, {fieldname: name, **values}, name)
	make("Address Template", {"country": COUNTRY, "is_default": 1}, COUNTRY)
	set_defaults()


def make_tree(doctype: str, root: str, leaves: tuple[str, ...]) -> None:
	scrubbed = frappe.scrub(doctype)
	make(doctype, {f"{scrubbed}_name": root, "is_group": 1}, root)
	for leaf in leaves:
		make(doctype, {f"{scrubbed}_name": leaf, f"parent_{scrubbed}": root}, leaf)


def make(doctype: str, values: dict, name: str) -> None:
	"""Insert a record unless one of that name is there."""
	if not frappe.db.exists(doctype, name):
		frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)


def set_defaults() -> None:
	defaults = frappe.get_doc("Global Defaults")
	defaults.update({"default_company": COMPANY, "default_currency": CURRENCY, "country": COUNTRY})
	defaults.save(ignore_permissions=True)
	settings = frappe.get_doc("Selling Settings")
	settings.cust_master_name = "Customer Name"
	settings.save(ignore_permissions=True)


def before_uninstall() -> None:
	"""Take back the site's defaults that point to records of this app."""
	for key in SITE_DEFAULTS:
		frappe.defaults.clear_default(key=key)
