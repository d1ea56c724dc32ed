frappe.query_reports["Sales Person Workload and Performance"] = lead_pipeline.report(
	"Sales Person Workload and Performance",
	() => [...lead_pipeline.report_filters.days(3)],
);
