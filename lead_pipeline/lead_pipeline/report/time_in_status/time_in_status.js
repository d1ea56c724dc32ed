frappe.query_reports["Time in Status"] = lead_pipeline.report("Time in Status", () => [
	...lead_pipeline.report_filters.days(3),
]);
