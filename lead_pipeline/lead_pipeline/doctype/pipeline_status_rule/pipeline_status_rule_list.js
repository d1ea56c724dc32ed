frappe.listview_settings["Pipeline Status Rule"] = {
	add_fields: ["enabled"],
	// The name is a code that nobody knows a rule by.
	hide_name_column: true,

	// A rule that is not asked has no colour.
	get_indicator: ({ status, enabled }) =>
		enabled ? lead_pipeline.indicator(status) : [__(status), "gray", `status,=,${status}`],
};
