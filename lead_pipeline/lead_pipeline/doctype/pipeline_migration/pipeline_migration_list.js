lead_pipeline.hide_internal_fields("Pipeline Migration");

frappe.listview_settings["Pipeline Migration"] = { get_indicator: lead_pipeline.run_indicator };
