frappe.query_reports["First Response"] = lead_pipeline.report("First Response", () => [
	...lead_pipeline.report_filters.days(3),
	lead_pipeline.report_filters.choice("group", __("By"), [
		["lead_owner", __("Sales Person")],
		["channel", __("Channel")],
		["lead_type", __("Lead Type")],
		["priority", __("Priority")],
		["creation Month", __("Month")],
		["creation Week", __("Week")],
		["creation Weekday", __("Weekday")],
		["creation Hour of the Day", __("Hour of the Day")],
	]),
]);
