frappe.provide("frappe.dashboards.chart_sources");

frappe.dashboards.chart_sources["New Leads by Channel"] = {
	method: "lead_pipeline.analytics.charts.new_by_channel",
	filters: [],
};
