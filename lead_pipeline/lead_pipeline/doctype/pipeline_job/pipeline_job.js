// Long work shows how far it has come, and can be stopped.
frappe.ui.form.on("Pipeline Job", {
	refresh(frm) {
		frm.disable_save();
		frm.page.set_title(__(frm.doc.job));
		const { status, done, total, job } = frm.doc;
		if (frm.doc.__onload?.is_overdue) frm.page.set_indicator(__("Overdue"), "red");
		if (status !== "Running") return;
		if (total) frm.dashboard.add_progress(__("{0} of {1}", [done, total]), (done * 100) / total);
		if (!frappe.model.can_write("Pipeline Status Rule")) return;
		frm.add_custom_button(__("Stop"), async () => {
			await frappe.xcall("lead_pipeline.lead_pipeline.doctype.pipeline_job.pipeline_job.stop", { job });
			frappe.show_alert(__("The work stops after the leads that it is at."));
			frm.reload_doc();
		});
	},
});
