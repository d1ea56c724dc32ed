// A migration of another app's leads: see and edit what their statuses become, rehearse, migrate, see the result.

const METHODS = "lead_pipeline.capture.migration.api";

frappe.ui.form.on("Pipeline Migration", {
	setup(frm) {
		frm.findings = new lead_pipeline.RunFindings(frm, {
			methods: METHODS,
			argument: "migration",
			on_state: () => show_buttons(frm),
			nothing_yet: () =>
				__(
					"Choose the source, look through what its statuses become, and save. Then rehearse: nothing is written before you have seen what would become of each lead. The leads of the source stay as they are.",
				),
		});
	},

	async onload(frm) {
		const sources = await frappe.xcall(`${METHODS}.offered`);
		frm.set_df_property("source", "options", ["", ...sources].join("\n"));
		if (!sources.length) {
			frm.set_intro(__("This site has neither leads of ERPNext nor of Frappe CRM."), "yellow");
		} else if (frm.is_new() && sources.length === 1) {
			frm.set_value("source", sources[0]);
		}
	},

	refresh(frm) {
		// One row for each status of the source.
		frm.findings.keep_rows("statuses");
		frm.findings.refresh();
		show_buttons(frm);
	},

	async source(frm) {
		if (!frm.doc.source) return;
		const proposed = await frappe.xcall(`${METHODS}.propose`, { source: frm.doc.source });
		frm.clear_table("statuses");
		for (const row of proposed) frm.add_child("statuses", row);
		frm.refresh_field("statuses");
	},
});

function show_buttons(frm) {
	frm.clear_custom_buttons();
	const state = frm.findings.state;
	if (frm.is_new() || !state) return;
	frm.findings.add_steps({
		can_rehearse: ["Draft", "Rehearsed", "Done"].includes(state.status),
		write_label: __("Migrate"),
		write: () => confirm_migration(frm),
	});
	if (state.verdicts.length) {
		frm.add_custom_button(__("Download Result"), () => frm.findings.download());
	}
}

function confirm_migration(frm) {
	const found = frm.findings.state.verdicts.find(({ kind }) => kind === "New");
	frappe.confirm(
		__(
			"{0} leads will be made. Nobody is notified or assigned, and the leads of the source stay as they are.",
			[found ? found.count : 0],
		),
		() => frm.findings.act("start"),
	);
}
