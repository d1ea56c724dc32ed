const FIELDS = [
	["status", __("Status")],
	["lead_type", __("Lead Type")],
	["priority", __("Priority")],
	["channel", __("Channel")],
	["lost_reason", __("Lost Reason")],
	["lead_owner", __("Sales Person")],
	["next_contact_by", __("Next Contact By")],
	["campaign", __("Campaign")],
	["utm_source", __("UTM Source")],
	["utm_medium", __("UTM Medium")],
	["utm_campaign", __("UTM Campaign")],
	["market_segment", __("Market Segment")],
	["industry", __("Industry")],
	["currency", __("Currency")],
	["status_category", __("Category")],
	["tag", __("Tag")],
];

// Minute to year of when a lead came, day to year of when it is to be closed and of the last change of its status.
const TIMES = [
	["creation Minute", __("Created: Minute")],
	["creation Hour", __("Created: Hour")],
	["creation Day", __("Created: Day")],
	["creation Week", __("Created: Week")],
	["creation Month", __("Created: Month")],
	["creation Quarter", __("Created: Quarter")],
	["creation Year", __("Created: Year")],
	["creation Weekday", __("Created: Weekday")],
	["creation Hour of the Day", __("Created: Hour of the Day")],
	["expected_closing Day", __("Expected Closing: Day")],
	["expected_closing Week", __("Expected Closing: Week")],
	["expected_closing Month", __("Expected Closing: Month")],
	["expected_closing Quarter", __("Expected Closing: Quarter")],
	["expected_closing Year", __("Expected Closing: Year")],
	["expected_closing Weekday", __("Expected Closing: Weekday")],
	["status_changed_on Day", __("Status Changed: Day")],
	["status_changed_on Week", __("Status Changed: Week")],
	["status_changed_on Month", __("Status Changed: Month")],
	["status_changed_on Quarter", __("Status Changed: Quarter")],
	["status_changed_on Year", __("Status Changed: Year")],
	["status_changed_on Weekday", __("Status Changed: Weekday")],
];

frappe.query_reports["Lead Analysis"] = lead_pipeline.report("Lead Analysis", () => [
	...lead_pipeline.report_filters.days(),
	lead_pipeline.report_filters.choice("rows", __("Rows"), [...FIELDS, ...TIMES]),
	lead_pipeline.report_filters.choice("columns", __("Columns"), [["", __("Nothing")], ...FIELDS, ...TIMES]),
	lead_pipeline.report_filters.choice("measure", __("Measure"), [
		["Leads", __("Leads")],
		["Expected Revenue", __("Expected Revenue")],
		["Weighted Revenue", __("Weighted Revenue")],
	]),
]);
