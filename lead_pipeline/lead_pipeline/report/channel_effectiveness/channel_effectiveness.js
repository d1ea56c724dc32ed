frappe.query_reports["Channel Effectiveness"] = lead_pipeline.report("Channel Effectiveness", () => [
	...lead_pipeline.report_filters.days(),
	lead_pipeline.report_filters.choice("source", __("By"), [
		["channel", __("Channel")],
		["campaign", __("Campaign")],
		["utm_source", __("UTM Source")],
		["utm_medium", __("UTM Medium")],
		["utm_campaign", __("UTM Campaign")],
		["lead_type", __("Lead Type")],
	]),
]);
