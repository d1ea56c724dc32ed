// Dialogs that ask a person something; each resolves to the answers, or to nothing when the person closes it.

export function ask(title, primary_action_label, fields) {
	return new Promise((resolve) => {
		let answers;
		const dialog = new frappe.ui.Dialog({
			title,
			fields,
			primary_action_label,
			primary_action(values) {
				answers = values;
				dialog.hide();
			},
			on_hide: () => resolve(answers),
		});
		dialog.show();
	});
}

export function confirm(question) {
	return new Promise((resolve) =>
		frappe.confirm(
			question,
			() => resolve(true),
			() => resolve(false)
		)
	);
}

export function ask_lost_reason(primary_action_label, { lost_reason, lost_note } = {}) {
	return ask(__("Why was it lost?"), primary_action_label, [
		{
			fieldname: "lost_reason",
			fieldtype: "Link",
			options: "Pipeline Lost Reason",
			label: __("Lost Reason"),
			reqd: 1,
			default: lost_reason,
			get_query: () => ({ filters: { disabled: 0 } }),
		},
		{
			fieldname: "lost_note",
			fieldtype: "Small Text",
			label: __("Lost Note"),
			default: lost_note,
		},
	]);
}

lead_pipeline.ask_lost_reason = ask_lost_reason;
