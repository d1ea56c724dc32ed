const DOCUMENTS = ["Opportunity", "Quotation", "Sales Order", "Sales Invoice", "Customer"];

frappe.ui.form.on("Pipeline Lead", {
	setup(frm) {
		frm.wrapper.classList.add("lead-form");
		frm.set_query("status", () => ({
			filters: { name: ["in", lead_pipeline.choosable(frm.doc.lead_type)] },
		}));
		frm.set_query("party_type", () => ({
			filters: { name: ["in", ["Customer", "Lead", "Prospect"]] },
		}));
		if (frm.fields_dict.item) frm.set_query("item", () => ({ filters: { disabled: 0 } }));
		// The plus signs of the Connections do what the menu does; a prospect is never made on its own.
		frm.custom_make_buttons = {};
		for (const doctype of [...DOCUMENTS, "Lead", "Prospect"]) {
			frm.custom_make_buttons[doctype] = doctype;
		}
		for (const field of ["lost_reason", "channel"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
		}
		for (const field of ["lead_owner", "next_contact_by"]) {
			frm.set_query(field, lead_pipeline.sales_people);
		}
	},

	refresh(frm) {
		show_statuses(frm);
		show_contacts(frm);
		frm.toggle_display(["why_html", "history_html"], !frm.is_new());
		show_duplicates(frm);
		if (frm.is_new()) return;
		add_actions(frm);
		add_documents(frm);
		show_why(frm);
		show_history(frm);
	},

	dashboard_update: (frm) => lead_pipeline.show_parties(frm),
	lead_type: show_statuses,
	status: show_statuses,
});

function show_contacts(frm) {
	frappe.dynamic_link = { doc: frm.doc, fieldname: "name", doctype: frm.doc.doctype };
	if (frm.is_new()) frappe.contacts.clear_address_and_contact(frm);
	else frappe.contacts.render_address_and_contact(frm);
}

// The status field as a row of buttons; its own input is hidden by the style sheet. Shown at once, and again when
// statuses or types turn out to have changed.
async function show_statuses(frm) {
	draw_statuses(frm);
	if (!lead_pipeline.knows(frm.doc)) lead_pipeline.doubt_reference();
	if (await lead_pipeline.refresh_reference()) draw_statuses(frm);
}

function draw_statuses(frm) {
	const { $wrapper } = frm.get_field("status");
	frm.status_buttons ||= new lead_pipeline.StatusButtons($wrapper.get(0), (status) =>
		choose_status(frm, status)
	);
	frm.status_buttons.show({
		status: frm.doc.status || (frm.is_new() ? lead_pipeline.choosable(frm.doc.lead_type)[0] : null),
		lead_type: frm.doc.lead_type,
		locked: frm.read_only || !frm.has_perm("write"),
	});
}

async function choose_status(frm, status) {
	const reason = lead_pipeline.is_lost(status)
		? await lead_pipeline.ask_lost_reason(__("Set {0}", [__(status)]), frm.doc)
		: {};
	if (!reason) return;
	if (frm.is_new()) {
		await frm.set_value({ ...reason, status });
		return;
	}
	await change(frm, () =>
		frappe.call({
			method: "frappe.client.set_value",
			type: "POST",
			args: { doctype: frm.doctype, name: frm.doc.name, fieldname: { ...reason, status } },
			freeze: true,
			freeze_message: __("Saving"),
		})
	);
}

// Let the server change the lead after what the user has typed so far is saved, and show what came of it. When that
// cannot be saved, the user is told so and nothing else happens.
async function change(frm, ask_server) {
	if (frm.is_dirty()) await frm.save();
	if (frm.is_dirty()) return;
	try {
		await ask_server();
	} catch {
		// The server's message is on the screen. The desk may have offered what is not allowed any more.
		lead_pipeline.doubt_reference();
	}
	await frm.reload_doc();
}

function add_actions(frm) {
	if (!frm.has_perm("write")) return;
	for (const action of lead_pipeline.actions.filter(({ applies }) => applies(frm.doc))) {
		frm.add_custom_button(
			action.label(),
			() => {
				if (action.document) create(frm, action.document);
				else change(frm, () => lead_pipeline.act(action, [frm.doc.name], frm.doc));
			},
			__("Actions")
		);
	}
}

function add_documents(frm) {
	if (!frm.has_perm("write")) return;
	for (const doctype of lead_pipeline.documents()) {
		frm.add_custom_button(__(doctype), () => create(frm, doctype), __("Create"));
	}
}

async function create(frm, doctype) {
	let open;
	await change(frm, async () => {
		open = await lead_pipeline.create(doctype, frm.doc);
	});
	open?.();
}

// The panel stands above everything else, so that twins are seen before somebody works on one of them.
function show_duplicates(frm) {
	const above = frm.get_field("status").$wrapper.get(0);
	if (!frm.duplicates_place) {
		frm.duplicates_place = document.createElement("div");
		above.before(frm.duplicates_place);
		lead_pipeline.watch_typing(frm.wrapper, () => frm.is_new() && hints(frm));
	}
	frm.duplicates_place.replaceChildren();
	if (frm.is_new()) {
		hints(frm);
		return;
	}
	lead_pipeline.show_duplicates(frm.duplicates_place, frm);
	if (frm.has_perm("write")) {
		frm.page.add_menu_item(__("Merge with Another Lead"), () => lead_pipeline.merge_with_another(frm));
	}
}

function hints(frm) {
	lead_pipeline.show_hints(frm.duplicates_place, lead_pipeline.typed_values(frm.fields_dict));
}

async function show_why(frm) {
	await show_answer(frm, "why_html", "lead_pipeline.status.explain.explain", lead_pipeline.why_html);
	frm.get_field("why_html").$wrapper.find(".lead-repair").on("click", () => change(frm, () => repair(frm)));
}

async function repair(frm) {
	const { message, failed } = await frappe.xcall("lead_pipeline.repair.repair", { leads: [frm.doc.name] });
	frappe.show_alert({ message, indicator: failed.length ? "orange" : "green" }, 10);
}

function show_history(frm) {
	show_answer(frm, "history_html", "lead_pipeline.status.explain.status_history", lead_pipeline.history_html);
}

async function show_answer(frm, field, method, html_of) {
	const lead = frm.doc.name;
	const { message } = await frappe.call({ method, type: "GET", args: { lead } });
	// The user may have gone on to another lead meanwhile.
	if (lead === frm.doc.name) frm.get_field(field).$wrapper.html(html_of(message));
}
