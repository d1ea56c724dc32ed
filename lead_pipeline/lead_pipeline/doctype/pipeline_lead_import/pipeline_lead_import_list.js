lead_pipeline.hide_internal_fields("Pipeline Lead Import");

frappe.listview_settings["Pipeline Lead Import"] = { get_indicator: lead_pipeline.run_indicator };
