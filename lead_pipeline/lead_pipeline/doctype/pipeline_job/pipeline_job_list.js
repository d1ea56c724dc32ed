lead_pipeline.hide_internal_fields("Pipeline Job");

frappe.listview_settings["Pipeline Job"] = {
	hide_name_column: true,
	formatters: { job: (value) => __(value) },
	get_indicator({ status }) {
		const colour = { Done: "green", Running: "blue", Stopped: "orange", Failed: "red" }[status];
		return [__(status || "Never"), colour || "gray", `status,=,${status || ""}`];
	},
};
