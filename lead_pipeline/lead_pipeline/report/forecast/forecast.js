frappe.query_reports["Forecast"] = lead_pipeline.report("Forecast", () => [
	lead_pipeline.report_filters.choice("interval", __("By"), [
		["Month", __("Month")],
		["Quarter", __("Quarter")],
		["Year", __("Year")],
	]),
]);
