frappe.ui.form.on("Pipeline Activity", {
	setup(frm) {
		lead_pipeline.offer_people(frm, "assigned_to");
		frm.set_query("activity_type", () => ({ filters: { disabled: 0 } }));
	},

	// Up to Frappe 15, a new document gets the time of now, which nobody has chosen.
	onload(frm) {
		if (frm.is_new()) frm.set_value("due_time", null);
	},
});
