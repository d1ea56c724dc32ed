frappe.listview_settings["Pipeline Migration"] = { get_indicator: lead_pipeline.run_indicator };
