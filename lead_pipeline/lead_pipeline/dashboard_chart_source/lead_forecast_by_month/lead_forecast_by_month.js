frappe.provide("frappe.dashboards.chart_sources");

frappe.dashboards.chart_sources["Lead Forecast by Month"] = {
	method: "lead_pipeline.analytics.charts.forecast_by_month",
	filters: [],
};
