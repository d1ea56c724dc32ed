// Dialogs that ask a person something; each resolves to the answers, or to nothing when the person closes it.

// `closed`: no field is entered by itself, as the list of a link would unfold over the others.
export function ask(title, primary_action_label, fields, { closed } = {}) {
	return new Promise((resolve) => {
		let answers;
		const dialog = new frappe.ui.Dialog({
			title,
			fields,
			primary_action_label,
			no_focus: closed,
			primary_action(values) {
				answers = values;
				dialog.hide();
			},
			on_hide: () => resolve(answers),
		});
		keep_what_is_typed(dialog);
		name_for_readers(dialog);
		if (closed) dialog.$wrapper.on("shown.bs.modal", () => dialog.get_primary_btn().trigger("focus"));
		dialog.show();
	});
}

// The Escape key closes a dialog only as long as nothing was typed into it: neither a slip of the hand nor the Escape
// that was meant for a message above the dialog throws away what somebody wrote. Its own buttons close it as ever.
export function keep_what_is_typed(dialog) {
	const frame = dialog.$wrapper.find(".modal-dialog").get(0);
	// The framework asks for `static` when a key was pressed outside of the dialog.
	frame.addEventListener("input", () => (dialog.static = true));
	frame.addEventListener("keydown", (event) => {
		if (event.key === "Escape" && dialog.static) event.stopPropagation();
	});
}

// The framework's dialogs have no names, their labels belong to no field, and their cross is only drawn.
export function name_for_readers(dialog) {
	dialog.$wrapper.addClass("lead-dialog").attr("aria-label", dialog.title);
	dialog.$wrapper.find(".btn-modal-close").attr("aria-label", __("Close"));
	for (const { $wrapper, df } of dialog.fields_list) {
		if (df.label) $wrapper?.find("input, select, textarea").attr("aria-label", __(df.label));
	}
}

export function confirm(question) {
	return new Promise((resolve) =>
		frappe.confirm(
			question,
			() => resolve(true),
			() => resolve(false),
		),
	);
}

// What stands below the suggestions of a link field, in place of the filters in the framework's words.
lead_pipeline.only_enabled = () => __("Disabled ones are not shown.");
lead_pipeline.only_people = () => __("Enabled users of the desk.");

// Only people who can work on leads are worth choosing.
lead_pipeline.sales_people = () => ({ query: "lead_pipeline.visibility.staff.search_people" });

// A field for one of them.
export function person_field(field) {
	return {
		fieldtype: "Link",
		options: "User",
		get_query: lead_pipeline.sales_people,
		filter_description: lead_pipeline.only_people(),
		...field,
	};
}

lead_pipeline.person_field = person_field;

// The same for a field of a form.
lead_pipeline.offer_people = (frm, fieldname) => {
	frm.set_query(fieldname, lead_pipeline.sales_people);
	frm.get_docfield(fieldname).filter_description = lead_pipeline.only_people();
};

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
			filter_description: lead_pipeline.only_enabled(),
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
