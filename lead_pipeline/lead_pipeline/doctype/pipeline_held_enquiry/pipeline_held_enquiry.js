// A held enquiry: what was sent, as a table, and the two things that can be done with it.

frappe.ui.form.on("Pipeline Held Enquiry", {
	async refresh(frm) {
		frm.disable_save();
		for (const [label, method] of lead_pipeline.HELD_ACTIONS) {
			const button = frm.add_custom_button(label, () => act(frm, method));
			if (method === "release") button.removeClass("btn-default").addClass("btn-primary");
		}
		await Promise.all([frappe.model.with_doctype("Pipeline Lead"), lead_pipeline.load_held_reasons()]);
		frm.fields_dict.answers_html.$wrapper.html(table(frm.doc));
		frm.set_intro(frappe.utils.escape_html(lead_pipeline.held_reasons(frm.doc.reasons)), "orange");
		frm.toggle_display("reasons", false);
	},
});

function act(frm, method) {
	lead_pipeline.act_on_held([frm.doc.name], method).then(({ done }) => {
		if (done.length) frappe.set_route("List", "Pipeline Held Enquiry");
	});
}

// What was sent; when that cannot be read any more, what the list shows of it.
function kept(doc) {
	try {
		const answers = JSON.parse(doc.answers);
		if (answers.values) return answers;
	} catch {
		// As below.
	}
	return {
		values: { email: doc.email, phone: doc.phone },
		text: frappe.utils.escape_html(doc.message || ""),
	};
}

// Everything comes from a stranger and is shown as text.
function table(doc) {
	const escape = frappe.utils.escape_html;
	const { values, text, noted } = kept(doc);
	const plain = new DOMParser().parseFromString((text || "").replaceAll("<br>", "\n"), "text/html").body
		.textContent;
	const label = (field) => __(frappe.meta.get_label("Pipeline Lead", field) || field);
	const rows = [
		...Object.entries(values || {}).map(([field, value]) => [label(field), value]),
		[__("Message"), plain],
		...["consent_text", "consent_given_on"]
			.filter((field) => noted?.[field])
			.map((field) => [label(field), noted[field]]),
	];
	return `<table class="table table-bordered lead-held-answers"><tbody>${rows
		.filter(([, value]) => value !== "" && value !== null && value !== undefined)
		.map(
			([name, value]) =>
				`<tr><th>${escape(name)}</th><td>${escape(String(value)).replaceAll("\n", "<br>")}</td></tr>`,
		)
		.join("")}</tbody></table>`;
}
