"""The framework's methods before which a function of the app stands, and forms of others that show ours: read by hooks.py.

A door that shows leads, or takes them in, past their own rules; see `guards.py`, `capture/form/entrance.py` and
`capture/form/own_lead.py`.
"""

WHITELISTED_METHODS = {
	"frappe.website.doctype.web_form.web_form.accept": "lead_pipeline.capture.form.entrance.accept",
	"frappe.website.doctype.web_form.web_form.get_form_data": "lead_pipeline.capture.form.own_lead.form_data",
	"frappe.website.doctype.web_form.web_form.get_link_options": "lead_pipeline.capture.form.own_lead.link_options",
	"frappe.client.get_count": "lead_pipeline.guards.count",
	"frappe.desk.notifications.get_open_count": "lead_pipeline.guards.open_count",
	"frappe.desk.search.search_link": "lead_pipeline.guards.search_link",
	"frappe.desk.search.search_widget": "lead_pipeline.guards.search_widget",
	"frappe.desk.search.get_link_title": "lead_pipeline.guards.link_title",
	"frappe.desk.form.linked_with.get": "lead_pipeline.guards.linked_documents",
	"frappe.desk.listview.get_group_by_count": "lead_pipeline.guards.group_by_count",
	"frappe.utils.global_search.search": "lead_pipeline.guards.search_everywhere",
	"frappe.desk.form.assign_to.add": "lead_pipeline.guards.assign",
	"frappe.desk.form.assign_to.add_multiple": "lead_pipeline.guards.assign_many",
	"frappe.desk.query_report.get_data_for_custom_field": "lead_pipeline.guards.custom_field_data",
	"frappe.desk.doctype.tag.tag.get_tagged_docs": "lead_pipeline.guards.tagged",
	"frappe.desk.doctype.dashboard_chart.dashboard_chart.get": "lead_pipeline.guards.chart",
}

# The Connections of a party's form.
DASHBOARDS = {
	"Customer": "lead_pipeline.documents.connections.of_customer",
	"Lead": "lead_pipeline.documents.connections.of_prospect_lead",
	"Prospect": "lead_pipeline.documents.connections.of_prospect",
}
