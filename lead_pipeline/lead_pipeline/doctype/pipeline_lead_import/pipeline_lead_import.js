// An import of leads: choose a file, rehearse it, see what would become of each row, import it, see what has.

const METHODS = "lead_pipeline.capture.importing.api";

frappe.ui.form.on("Pipeline Lead Import", {
	setup(frm) {
		frm.findings = new lead_pipeline.RunFindings(frm, {
			methods: METHODS,
			argument: "lead_import",
			on_state: () => show_buttons(frm),
			nothing_yet: () =>
				__(
					"Download the template, enter your leads and attach the file. Then rehearse it: nothing is written before you have seen what would become of each row.",
				),
		});
	},

	refresh(frm) {
		frm.set_intro("");
		const closed = ["Importing", "Stopped", "Done"].includes(frm.doc.status);
		frm.toggle_enable(
			["file", "duplicates", "encoding", "date_order", "amounts", "keep_rest", "columns"],
			!closed,
		);
		if (closed) frm.disable_save();
		frm.findings.refresh();
		show_buttons(frm);
	},

	// Choosing another way changes what is announced, not what was found.
	duplicates: (frm) => show_buttons(frm),
});

function show_buttons(frm) {
	frm.clear_custom_buttons();
	offer_fields(frm);
	frm.add_custom_button(__("Excel"), () => download_template("xlsx"), __("Template"));
	frm.add_custom_button(__("CSV"), () => download_template("csv"), __("Template"));
	const state = frm.findings.state;
	if (frm.is_new() || !state) return;
	frm.findings.add_steps({
		can_rehearse: frm.doc.file && ["Draft", "Rehearsed"].includes(state.status),
		write_label: __("Import"),
		write: () => confirm_import(frm),
	});
	const wrong = [...state.verdicts, ...state.outcomes].some(({ kind }) =>
		["Bad", "Rejected"].includes(kind),
	);
	if (wrong) {
		frm.add_custom_button(
			__("Rows to Correct"),
			() => frm.findings.download({ which: "rejected" }),
			__("Download"),
		);
	}
	if (state.verdicts.length) {
		frm.add_custom_button(__("Result"), () => frm.findings.download({ which: "result" }), __("Download"));
	}
	if (state.data_import) {
		frm.add_custom_button(__("Data Import"), () =>
			frappe.set_route("Form", "Data Import", state.data_import),
		);
	}
}

// The columns are those of the file: people say which field each of them fills.
function offer_fields(frm) {
	const { grid } = frm.get_field("columns");
	grid.wrapper.addClass("lead-import-columns");
	frm.findings.keep_rows("columns");
	if (frm.findings.state) {
		grid.update_docfield_property("field", "options", ["", ...frm.findings.state.fields].join("\n"));
	}
}

function confirm_import(frm) {
	const numbers = Object.fromEntries(frm.findings.state.verdicts.map(({ kind, count }) => [kind, count]));
	const known = (numbers.Known || 0) + (numbers.Repeated || 0);
	const parts = [__("{0} rows become new leads.", [numbers.New || 0])];
	if (known) parts.push(what_becomes_of_known(frm.doc.duplicates, known));
	if (numbers.Bad)
		parts.push(__("{0} rows with errors are rejected; you can correct them later.", [numbers.Bad]));
	frappe.confirm(parts.join("<br>"), () => frm.findings.act("start"));
}

function what_becomes_of_known(choice, count) {
	return {
		"Leave Out": () => __("{0} rows of known leads are left out.", [count]),
		"Add to Timeline": () => __("{0} rows are added to the timeline of their leads.", [count]),
		"Fill Empty Fields": () => __("{0} rows fill empty fields of their leads.", [count]),
		"Create Anyway": () => __("{0} rows become further leads of known senders.", [count]),
	}[choice]();
}

function download_template(file_type) {
	open_url_post(`/api/method/${METHODS}.download_template`, { file_type });
}
