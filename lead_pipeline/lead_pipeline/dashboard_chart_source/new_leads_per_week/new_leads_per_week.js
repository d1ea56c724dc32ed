frappe.provide("frappe.dashboards.chart_sources");

frappe.dashboards.chart_sources["New Leads per Week"] = {
	method: "lead_pipeline.analytics.charts.new_per_week",
	filters: [],
};
