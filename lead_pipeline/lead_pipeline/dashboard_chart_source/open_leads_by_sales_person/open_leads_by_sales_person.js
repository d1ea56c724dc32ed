frappe.provide("frappe.dashboards.chart_sources");

frappe.dashboards.chart_sources["Open Leads by Sales Person"] = {
	method: "lead_pipeline.analytics.charts.open_by_owner",
	filters: [],
};
