lead_pipeline.hide_internal_fields("Pipeline Activity");

frappe.listview_settings["Pipeline Activity"] = {
	add_fields: ["status", "due_on", "lead"],
	hide_name_column: true,
	filters: [["status", "=", "Open"]],

	get_indicator({ status, due_on }) {
		if (status === "Done") return [__("Done"), "green", "status,=,Done"];
		if (status === "Cancelled") return [__("Cancelled"), "gray", "status,=,Cancelled"];
		const today = frappe.datetime.get_today();
		if (due_on < today) return [__("Overdue"), "red", `status,=,Open|due_on,<,${today}`];
		if (due_on === today) return [__("Today"), "green", `status,=,Open|due_on,=,${today}`];
		return [__("Planned"), "gray", `status,=,Open|due_on,>,${today}`];
	},
};
