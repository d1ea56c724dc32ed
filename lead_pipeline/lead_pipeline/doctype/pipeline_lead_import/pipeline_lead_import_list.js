frappe.listview_settings["Pipeline Lead Import"] = { get_indicator: lead_pipeline.run_indicator };
