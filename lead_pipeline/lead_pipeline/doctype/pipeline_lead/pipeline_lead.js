frappe.ui.form.on("Pipeline Lead", {
	setup(frm) {
		frm.set_query("status", () => ({
			filters: { name: ["in", lead_pipeline.choosable(frm.doc.lead_type)] },
		}));
		frm.set_query("party_type", () => ({
			filters: { name: ["in", ["Customer", "Lead", "Prospect"]] },
		}));
		for (const field of ["lost_reason", "channel"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
		}
	},

	refresh(frm) {
		frappe.dynamic_link = { doc: frm.doc, fieldname: "name", doctype: frm.doc.doctype };
		frm.toggle_display(["why_html", "history_html"], !frm.is_new());
		if (frm.is_new()) {
			frappe.contacts.clear_address_and_contact(frm);
			return;
		}
		frappe.contacts.render_address_and_contact(frm);
		show_why(frm);
		show_history(frm);
	},

	status(frm) {
		if (lead_pipeline.is_lost(frm.doc.status) && !frm.doc.lost_reason) ask_lost_reason(frm);
	},
});

function ask_lost_reason(frm) {
	// A link field tells of its change when a suggestion is taken and again when it is left.
	if (frm.lost_dialog?.display) return;
	let chosen = false;
	const dialog = (frm.lost_dialog = new frappe.ui.Dialog({
		title: __("Why was it lost?"),
		fields: [
			{
				fieldname: "lost_reason",
				fieldtype: "Link",
				options: "Pipeline Lost Reason",
				label: __("Lost Reason"),
				reqd: 1,
				get_query: () => ({ filters: { disabled: 0 } }),
			},
			{ fieldname: "lost_note", fieldtype: "Small Text", label: __("Lost Note") },
		],
		primary_action_label: __("Set {0}", [__(frm.doc.status)]),
		async primary_action(values) {
			chosen = true;
			dialog.hide();
			await frm.set_value(values);
			frm.save();
		},
		on_hide() {
			// Without a reason the lead stays where it was.
			if (!chosen) frm.reload_doc();
		},
	}));
	dialog.show();
}

async function show_why(frm) {
	const { message: why } = await frappe.call("lead_pipeline.status.explain.explain", {
		lead: frm.doc.name,
	});
	const lines = [decided_by(why), held(why), ...why.skipped.map(skipped)].filter(Boolean);
	frm.get_field("why_html").$wrapper.html(
		`<div class="lead-why">
			${lines.map((line) => `<div>${line}</div>`).join("")}
		</div>`
	);
}

function decided_by({ origin, status, wanted, fact, held_by, change }) {
	const pill = lead_pipeline.status_pill(held_by ? wanted : status);
	if (origin === "document") {
		const document = lead_pipeline.document_link(fact.document_type, fact.document_name);
		const rule = `<a href="${frappe.utils.get_form_link("Pipeline Status Rule", fact.rule)}">
			${frappe.utils.escape_html(__(fact.rule_name))}</a>`;
		return held_by
			? __("The documents say {0}: {1} (rule {2}).", [pill, document, rule])
			: __("{0} because of {1} (rule {2}).", [pill, document, rule]);
	}
	if (origin === "default") {
		return __("{0} because no document and no person says otherwise.", [pill]);
	}
	const choice = chosen(pill, status, change);
	return fact
		? `${choice} ${__("{0} says {1}; the choice stands until the documents say something new.", [
				lead_pipeline.document_link(fact.document_type, fact.document_name),
				lead_pipeline.status_pill(fact.status),
		  ])}`
		: choice;
}

function chosen(pill, status, change) {
	if (change?.to_status !== status) return __("{0} as last chosen by a person.", [pill]);
	const when = comment_when(change.changed_on);
	if (change.cause === "Created") return __("{0} since the lead was created {1}.", [pill, when]);
	const person = frappe.utils.escape_html(frappe.user.full_name(change.changed_by));
	return __("{0} as chosen by {1} {2}.", [pill, person, when]);
}

function held({ held_by, status }) {
	const pill = lead_pipeline.status_pill(status);
	if (held_by === "hold") return __("It stays at {0} because its status is held.", [pill]);
	if (held_by === "protection") {
		return __("It stays at {0}: only a person takes a lead out of this status.", [pill]);
	}
}

function skipped({ status, document_type, document_name }) {
	return __("{0} of {1} is not allowed for this type of lead.", [
		lead_pipeline.status_pill(status),
		lead_pipeline.document_link(document_type, document_name),
	]);
}

function comment_when(datetime) {
	return frappe.datetime.comment_when(datetime);
}

async function show_history(frm) {
	const { message: rows } = await frappe.call("lead_pipeline.status.explain.status_history", {
		lead: frm.doc.name,
	});
	frm.get_field("history_html").$wrapper.html(
		`<div class="lead-history">${rows.map(history_row).join("")}</div>`
	);
}

function history_row(row) {
	const person = frappe.utils.escape_html(frappe.user.full_name(row.changed_by));
	const document = row.reference_name
		? lead_pipeline.document_link(row.reference_doctype, row.reference_name)
		: "";
	const lasted = row.from_status
		? __("after {0} in {1}", [
				frappe.utils.get_formatted_duration(row.seconds_in_previous) || "0s",
				lead_pipeline.status_pill(row.from_status),
		  ])
		: "";
	const details = [__(row.cause), person, document, row.reason && frappe.utils.escape_html(row.reason)];
	return `<div style="padding: var(--padding-sm) 0; border-bottom: 1px solid var(--border-color)">
		<div>${lead_pipeline.status_pill(row.to_status)} ${lasted}
			<span class="text-muted pull-right">${comment_when(row.changed_on)}</span></div>
		<div class="text-muted small">${details.filter(Boolean).join(" · ")}</div>
	</div>`;
}
