frappe.query_reports["Leads by Date"] = lead_pipeline.report("Leads by Date", () => [
	...lead_pipeline.report_filters.days(),
	lead_pipeline.report_filters.choice("interval", __("By"), [
		["Month", __("Month")],
		["Day", __("Day")],
		["Week", __("Week")],
		["Quarter", __("Quarter")],
		["Year", __("Year")],
	]),
]);
