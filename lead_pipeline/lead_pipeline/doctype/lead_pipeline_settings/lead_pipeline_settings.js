frappe.ui.form.on("Lead Pipeline Settings", {
	refresh: (frm) => lead_pipeline.show_web_forms(frm),
});
