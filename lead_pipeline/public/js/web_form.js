// The form of a Web Form in the desk, for those on Pipeline Lead: what is different about them, and how to embed one.

frappe.ui.form.on("Web Form", {
	refresh(frm) {
		if (frm.doc.doc_type !== "Pipeline Lead" || frm.is_new()) return;
		frm.set_intro(
			__(
				"Visitors fill in the visible fields only. Suspicious enquiries are kept in Pipeline Held Enquiry; limits, consent and sites that may show the form are in Lead Pipeline Settings.",
			),
		);
		if (frm.doc.client_script) {
			frm.dashboard.add_comment(
				__(
					"The client script of a form on leads does not run on the page for visitors, only where a log-in is required.",
				),
				"yellow",
				true,
			);
		}
		frm.add_custom_button(__("Embed on a Site"), () => lead_pipeline.show_embedding(frm.doc));
	},
});
