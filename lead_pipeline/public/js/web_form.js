// The form of a Web Form in the desk, for those on Pipeline Lead: what is different about them, and how to embed one.

frappe.ui.form.on("Web Form", {
	refresh(frm) {
		if (frm.doc.doc_type !== "Pipeline Lead" || frm.is_new()) return;
		frm.set_intro(
			__(
				"Visitors fill in the visible fields only. Suspicious enquiries are kept in Pipeline Held Enquiry; limits, consent and sites that may show the form are in Lead Pipeline Settings."
			)
		);
		if (frm.doc.client_script) {
			frm.dashboard.add_comment(
				__("The client script of a form on leads does not run on the page for visitors, only where a log-in is required."),
				"yellow",
				true
			);
		}
		frm.add_custom_button(__("Embed on a Site"), () => show_snippet(frm));
	},
});

function show_snippet(frm) {
	const site = window.location.origin;
	const escape = frappe.utils.escape_html;
	const snippet = [
		`<div data-lead-form="${site}/${frm.doc.route}/embed"></div>`,
		`<script async src="${site}/assets/lead_pipeline/js/embed.js"></` + "script>",
	].join("\n");
	const dialog = new frappe.ui.Dialog({
		title: __("Embed on a Site"),
		fields: [
			{
				fieldname: "how",
				fieldtype: "HTML",
				options: `<p>${escape(__("Put this where the form is to stand on the page of the other site:"))}</p>
					<pre class="lead-snippet" style="white-space: pre-wrap">${escape(snippet)}</pre>
					<p>${escape(
						__("The address of the other site must be in Lead Pipeline Settings, under {0}.", [
							__("Sites that May Show Our Forms"),
						])
					)}</p>
					${frm.doc.published ? "" : `<p class="text-warning">${escape(__("The form is not published yet."))}</p>`}`,
			},
		],
		primary_action_label: __("Copy"),
		primary_action: () => {
			frappe.utils.copy_to_clipboard(snippet);
			dialog.hide();
		},
	});
	dialog.show();
}
