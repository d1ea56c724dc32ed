// The record of a merge: as long as it can be undone, it is undone here, too.
frappe.ui.form.on("Pipeline Lead Merge", {
	refresh(frm) {
		const { name, merged_lead } = frm.doc;
		if (!frm.doc.__onload?.can_undo) return;
		frm.add_custom_button(__("Undo"), () =>
			lead_pipeline.undo_merge({ undo: name, lead: merged_lead }, frm),
		);
	},
});
