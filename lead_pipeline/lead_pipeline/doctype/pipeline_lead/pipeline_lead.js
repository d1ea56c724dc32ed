frappe.ui.form.on("Pipeline Lead", {
	setup(frm) {
		frm.wrapper.classList.add("lead-form");
		frm.set_query("status", () => ({
			filters: { name: ["in", lead_pipeline.choosable(frm.doc.lead_type)] },
		}));
		frm.set_query("party_type", () => ({
			filters: { name: ["in", lead_pipeline.party_types()] },
		}));
		if (frm.fields_dict.item) frm.set_query("item", () => ({ filters: { disabled: 0 } }));
		// The plus signs of the Connections do what the menu does; a prospect is never made on its own.
		frm.custom_make_buttons = {};
		for (const doctype of [...lead_pipeline.document_types(), ...lead_pipeline.party_types()]) {
			frm.custom_make_buttons[doctype] = doctype;
		}
		for (const field of ["lost_reason", "channel"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
			frm.get_docfield(field).filter_description = lead_pipeline.only_enabled();
		}
		for (const field of ["lead_owner", "next_contact_by"]) lead_pipeline.offer_people(frm, field);
	},

	onload: () => watch_changes(),

	async before_save(frm) {
		if (!frm.is_new() && !(await lead_pipeline.may_save(frm))) frappe.validated = false;
	},

	refresh(frm) {
		lead_pipeline.remember(frm);
		lead_pipeline.clear_notice(frm);
		show_statuses(frm);
		show_contacts(frm);
		show_whole_values(frm);
		lead_pipeline.show_description_start(frm);
		frm.toggle_display(["why_html", "history_html"], !frm.is_new());
		// The framework's own tags, as long as nobody has used them: leads have tags with colours.
		frm.wrapper.classList.toggle("lead-has-framework-tags", Boolean(frm.get_docinfo()?.tags));
		show_duplicates(frm);
		head_of(frm).show_actions(frm.doc, frm.has_perm("write"));
		if (frm.is_new()) return;
		add_documents(frm);
		show_panel(frm);
	},

	// The framework puts the focus on the first button, which is a status.
	onload_post_render: (frm) =>
		frm.is_new() && setTimeout(() => frm.get_field("lead_name").set_focus(), 100),

	lead_owner: (frm) => show_people(frm),
	next_contact_by: (frm) => show_people(frm),
	dashboard_update: (frm) => lead_pipeline.show_parties(frm),
	lead_type: show_statuses,
	status: show_statuses,
});

// Users are stored by their addresses; people know them by their names.
function show_people(frm, people = {}) {
	for (const field of ["lead_owner", "next_contact_by"]) {
		const user = frm.doc[field];
		const name = people[user];
		frm.get_field(field).set_description(name && name !== user ? frappe.utils.escape_html(name) : "");
	}
}

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
	head_of(frm).show_status({
		status: frm.doc.status || (frm.is_new() ? lead_pipeline.choosable(frm.doc.lead_type)[0] : null),
		lead_type: frm.doc.lead_type,
		locked: frm.read_only || !frm.has_perm("write"),
	});
}

// What stands above the fields, as in the panel beside the board.
function head_of(frm) {
	frm.lead_head ||= new lead_pipeline.LeadHead(frm.get_field("status").$wrapper.get(0), {
		choose: (status) => choose_status(frm, status),
		act: (action) => act(frm, action),
		create: (doctype) => create(frm, doctype),
		write_mail: (address) => write_mail(frm, address),
		planned: () => frm.reload_doc(),
		before: (ask) => when_saved(frm, ask),
	});
	return frm.lead_head;
}

// What was typed so far is saved before a dialog after which the form is loaded again.
async function when_saved(frm, ask) {
	if (frm.is_dirty()) await frm.save();
	if (!frm.is_dirty()) await ask();
}

function write_mail(frm, address) {
	if (frappe.model.can_email(null, frm)) {
		new frappe.views.CommunicationComposer({ doc: frm.doc, frm, recipients: address });
	} else window.location.href = `mailto:${encodeURIComponent(address).replace("%40", "@")}`;
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
	if (lead_pipeline.status(status)?.next_step_required && !frm.doc.next_contact_date) {
		// The server would refuse it: the step comes first.
		when_saved(frm, () =>
			lead_pipeline.steps.plan(frm.doc.name, {
				title: __("What Next?"),
				done: () => frm.reload_doc().then(() => set_status(frm, { ...reason, status })),
			}),
		);
		return;
	}
	await set_status(frm, { ...reason, status });
}

async function set_status(frm, fieldname) {
	await change(frm, () =>
		frappe.call({
			method: "frappe.client.set_value",
			type: "POST",
			args: { doctype: frm.doctype, name: frm.doc.name, fieldname },
			freeze: true,
			freeze_message: __("Saving"),
		}),
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

async function act(frm, action) {
	let acted;
	await change(frm, async () => {
		acted = await lead_pipeline.act(action, [frm.doc.name], frm.doc);
	});
	if (acted && action.asks_for_step) lead_pipeline.ask_for_step(frm.doc, () => frm.reload_doc());
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
	if (frm.has_perm("write")) {
		frm.page.add_menu_item(__("Merge with Another Lead"), () => lead_pipeline.merge_with_another(frm));
	}
}

function hints(frm) {
	lead_pipeline.show_hints(frm.duplicates_place, lead_pipeline.typed_values(frm.fields_dict));
}

// One answer for all that is shown beside the fields. It also says whether the document on the screen is still the one in
// the database: the framework keeps a form for two minutes, and not every site tells browsers of changes.
async function show_panel(frm) {
	const lead = frm.doc.name;
	const asked = (frm.panel_asked = (frm.panel_asked || 0) + 1);
	let answer;
	try {
		answer = await lead_pipeline.panel(lead);
	} catch {
		// What the server had to say is on the screen; the form itself works without the panel.
		return;
	}
	// The user may have gone on to another lead or page meanwhile, or has been asked about since.
	const [view, doctype, name] = frappe.get_route();
	const in_front = view === "Form" && doctype === frm.doctype && name === lead && frm.doc.name === lead;
	if (asked !== frm.panel_asked || !in_front) return;
	if (answer.gone) {
		await lead_pipeline.tell_gone(frm, answer.successor);
		return;
	}
	const how = await lead_pipeline.catch_up(frm, answer);
	// A form that was loaded again, or is drawn anew, asks again.
	if (how === "same") draw_panel(frm, answer);
	else if (how !== "reloaded") frm.refresh();
}

// What is longer than its input is read by resting the mouse on it.
function show_whole_values(frm) {
	for (const field of ["lead_name", "company_name", "email", "website"]) {
		frm.get_field(field).$input?.attr("title", frm.doc[field] || "");
	}
}

function draw_panel(frm, { why, history, duplicates, people, steps }) {
	show_people(frm, people);
	if (steps) head_of(frm).show_steps(steps, frm.has_perm("write"));
	const $why = frm.get_field("why_html").$wrapper.html(lead_pipeline.why_html(why, frm.has_perm("write")));
	$why.find(".lead-repair").on("click", () => change(frm, () => repair(frm)));
	$why.find(".lead-follow").on("click", () => change(frm, () => follow_documents(frm)));
	frm.get_field("history_html").$wrapper.html(lead_pipeline.history_html(history));
	lead_pipeline.show_duplicates(frm.duplicates_place, frm, duplicates);
}

let watching = false;

function watch_changes() {
	if (watching) return;
	watching = true;
	lead_pipeline.watch_changes(show_panel);
}

async function follow_documents(frm) {
	const { message } = await frappe.call({
		method: "lead_pipeline.status.choice.follow_documents",
		type: "POST",
		args: { lead: frm.doc.name },
		freeze: true,
	});
	frappe.show_alert({ message: message.message, indicator: "green" }, 10);
}

async function repair(frm) {
	const { message, failed } = await frappe.xcall("lead_pipeline.status.repair.repair", {
		leads: [frm.doc.name],
	});
	frappe.show_alert({ message, indicator: failed.length ? "orange" : "green" }, 10);
}
