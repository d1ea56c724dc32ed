app_name = "sales_stand_in"
app_title = "Sales Stand-in"
app_publisher = "The Lead Pipeline maintainers"
app_description = "Customer to Sales Invoice in ERPNext's shape, for demonstration and tests without ERPNext"
app_email = "lead-pipeline@example.com"
app_license = "See the repository"

before_install = "sales_stand_in.install.before_install"
before_app_install = "sales_stand_in.install.before_app_install"
after_install = "sales_stand_in.install.after_install"
before_uninstall = "sales_stand_in.install.before_uninstall"

doctype_js = {
	"Opportunity": "public/js/sales_documents.js",
	"Quotation": "public/js/sales_documents.js",
	"Sales Order": "public/js/sales_documents.js",
	"Sales Invoice": "public/js/sales_documents.js",
}

scheduler_events = {
	"daily": [
		"sales_stand_in.sales_stand_in.doctype.quotation.quotation.set_expired_status",
		"sales_stand_in.sales_stand_in.doctype.opportunity.opportunity.auto_close_opportunity",
	]
}

# Who calls ERPNext's methods over HTTP finds them here under the same names.
_doctypes = "sales_stand_in.sales_stand_in.doctype"
override_whitelisted_methods = {
	f"erpnext.{area}.doctype.{doctype}.{doctype}.{method}": f"{_doctypes}.{doctype}.{doctype}.{method}"
	for area, doctype, methods in (
		("crm", "lead", ("make_customer",)),
		("crm", "opportunity", ("make_quotation", "make_customer", "set_multiple_status")),
		("selling", "quotation", ("make_sales_order", "make_sales_invoice")),
		("selling", "customer", ("make_quotation", "make_opportunity")),
		(
			"selling",
			"sales_order",
			("make_sales_invoice", "update_status", "close_or_unclose_sales_orders"),
		),
	)
	for method in methods
}
