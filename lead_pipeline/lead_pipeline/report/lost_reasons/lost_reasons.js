frappe.query_reports["Lost Reasons"] = lead_pipeline.report("Lost Reasons", () => [
	...lead_pipeline.report_filters.days(),
	lead_pipeline.report_filters.choice("further", __("And By"), [
		["", __("Nothing")],
		["lead_owner", __("Sales Person")],
		["channel", __("Channel")],
		["lead_type", __("Lead Type")],
		["priority", __("Priority")],
		["campaign", __("Campaign")],
		["status_changed_on Month", __("Month")],
	]),
]);
