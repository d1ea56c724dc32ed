frappe.query_reports["Lead Funnel"] = lead_pipeline.report("Lead Funnel", () => [
	...lead_pipeline.report_filters.days(3),
]);
