frappe.listview_settings["Pipeline Lead"] = {
	add_fields: ["status", "status_category", "company_name"],
	has_indicator_for_draft: true,
	get_indicator: (lead) => lead_pipeline.indicator(lead.status),
};
