frappe.provide("frappe.dashboards.chart_sources");

frappe.dashboards.chart_sources["Open Leads by Status"] = {
	method: "lead_pipeline.analytics.charts.open_by_status",
	filters: [],
};
