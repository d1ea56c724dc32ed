frappe.listview_settings["Pipeline Lead Status"] = {
	// The number in place of the framework's bar.
	formatters: { probability: (value, df) => frappe.format(value, df) },
};
