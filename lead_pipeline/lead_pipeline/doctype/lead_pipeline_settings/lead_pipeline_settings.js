frappe.ui.form.on("Lead Pipeline Settings", {
	refresh(frm) {
		lead_pipeline.show_web_forms(frm);
		show_health(frm);
	},
});

// Another app may have taken the place of ours before a method of the framework.
function show_health(frm) {
	const warnings = frm.doc.__onload?.health_warnings || [];
	frm.set_intro("");
	if (warnings.length) {
		frm.set_intro(warnings.map(frappe.utils.escape_html).join("<br>"), "orange");
	}
}
