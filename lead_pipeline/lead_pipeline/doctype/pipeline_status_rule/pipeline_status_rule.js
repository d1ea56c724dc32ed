const escape_html = frappe.utils.escape_html;

// The meaning of docstatus.
const STATES = { 0: "Draft", 1: "Submitted", 2: "Cancelled" };

frappe.ui.form.on("Pipeline Status Rule", {
	setup(frm) {
		ask("lead_pipeline.status.rules.document_types").then((types) =>
			frm.set_query("document_type", () => ({ filters: { name: ["in", types] } })),
		);
	},

	onload(frm) {
		frm.stored_type = frm.is_new() ? null : frm.doc.document_type;
	},

	refresh(frm) {
		show_notes(frm);
		show_filters(frm);
		offer_to_try(frm);
	},

	document_type(frm) {
		frm.set_value("filters", "[]");
		show_filters(frm);
	},

	status: show_words,
	lead_type: show_words,

	// Who saves with the keyboard has not left the filter that he was typing in.
	validate: keep_filters,

	async after_save(frm) {
		const { name, document_type } = frm.doc;
		const before = frm.stored_type || document_type;
		frm.stored_type = document_type;
		const waiting = await ask("lead_pipeline.status.preview.waiting", {
			rule: name,
			document_type: before,
		});
		if (waiting.total && frm.doc.name === name) show_waiting(frm, waiting);
	},
});

function ask(method, args) {
	return frappe.call({ method, args, type: "GET" }).then(({ message }) => message);
}

// Filters

async function show_filters(frm) {
	const wrapper = frm.get_field("filters_html").$wrapper;
	const { document_type, filters } = frm.doc;
	frm.rule_filters = null;
	if (!document_type) {
		wrapper.html(`<p class="text-muted">${__("Choose a document type first.")}</p>`);
		return;
	}
	await frappe.model.with_doctype(document_type);
	const stored = parsed(filters);
	await Promise.all(linked_doctypes(stored).map((doctype) => frappe.model.with_doctype(doctype)));
	// The form may show another rule, or this one anew, by now.
	if (frm.doc.document_type !== document_type || frm.doc.filters !== filters) return;
	wrapper.empty();
	const parent = frm.perm[0]?.write && $(`<div class="lead-rule-filters">`).appendTo(wrapper);
	wrapper.append(`<div class="lead-rule-words" aria-live="polite">`);
	show_words(frm);
	if (parent) await edit_filters(frm, parent, stored);
}

// What the rule says, as one would tell it to a colleague: the widget says 0 and 1 where people say Draft and Submitted.
function show_words(frm) {
	const { document_type, status, lead_type, filters } = frm.doc;
	const place = frm.get_field("filters_html").$wrapper.find(".lead-rule-words");
	if (!place.length || !document_type || !status) return place.empty();
	const stored = parsed(filters);
	const parts = [
		lead_type
			? __("A lead of type {0}", [escape_html(__(lead_type)).bold()])
			: __("A lead", null, "Beginning of a sentence about a rule"),
		lead_pipeline.status_pill(status),
		escape_html(__(document_type)).bold(),
	];
	const sentence = stored.length
		? __("{0} is at {1} while it has a {2} with:", parts)
		: __("{0} is at {1} while it has a {2}.", parts);
	place.html(`<p>${sentence}</p>${stored.length ? filters_as_text(stored) : ""}`);
}

async function edit_filters(frm, parent, stored) {
	const group = new (filter_group())({
		parent,
		doctype: frm.doc.document_type,
		on_change: () => keep_filters(frm),
	});
	// The widget does not know fields of linked records. On Frappe 16 it names a filter when its value is there.
	const known = stored.filter(([, field]) => !field.includes("."));
	if (known.length) group.toggle_empty_filters(false);
	await Promise.all(known.map((filter) => group.add_filter(...filter)));
	if (!document.contains(parent[0])) return;
	// What the widget cannot show (a field that this user may not see) stays as it is.
	const shown = group.get_filters().map(([doctype, field]) => `${doctype} ${field}`);
	frm.rule_filters_kept = stored.filter(([doctype, field]) => !shown.includes(`${doctype} ${field}`));
	if (frm.rule_filters_kept.length) {
		parent.append(
			`<p class="text-muted small">${__(
				"These filters cannot be edited here, they stay as they are:",
			)}</p>
			${filters_as_text(frm.rule_filters_kept)}`,
		);
	}
	frm.rule_filters = group;
	parent.on("input change awesomplete-selectcomplete", () => keep_filters(frm));
}

// The framework's widget as a list has it, but for the button of the list that opens it.
function filter_group() {
	return class extends frappe.ui.FilterGroup {
		hide_popover() {}
		update_filter_button() {}

		// Also those without a value, which Frappe 16 would leave out without a word: the server says what is missing.
		get_filters() {
			return this.filters.filter(({ field }) => field).map((filter) => filter.get_value());
		}

		// Two fields may well be compared with the same list of values.
		filter_exists([doctype, field, ...condition]) {
			return this.get_filters().some(
				(other) =>
					other[0] === doctype &&
					other[1] === field &&
					(!condition.length ||
						JSON.stringify(other.slice(2, 4)) === JSON.stringify(condition.slice(0, 2))),
			);
		}
	};
}

function keep_filters(frm) {
	if (!frm.rule_filters || frm.rule_filters.doctype !== frm.doc.document_type) return;
	const edited = frm.rule_filters.get_filters().map((filter) => filter.slice(0, 4));
	const filters = JSON.stringify([...edited, ...frm.rule_filters_kept]);
	if (filters === JSON.stringify(parsed(frm.doc.filters))) return;
	frm.doc.filters = filters;
	frm.dirty();
	show_words(frm);
}

function parsed(filters) {
	try {
		return JSON.parse(filters || "[]").map((filter) => filter.slice(0, 4));
	} catch {
		return [];
	}
}

function filters_as_text(filters) {
	const lines = filters.map(([doctype, field, operator, value]) => {
		const label = label_of(doctype, field);
		const text = values_of(operator, value).map((part) =>
			__(field === "docstatus" ? STATES[part] : part),
		);
		return `<li>${escape_html(as_words(operator, label, text.join(", ")))}</li>`;
	});
	return `<ul class="lead-rule-text">${lines.join("")}</ul>`;
}

function as_words(operator, label, value) {
	const said = {
		"=": () => __("{0} is {1}", [label, value]),
		"!=": () => __("{0} is not {1}", [label, value]),
		in: () => __("{0} is one of {1}", [label, value]),
		"not in": () => __("{0} is none of {1}", [label, value]),
	}[operator];
	return said ? said() : `${label} ${__(operator)} ${value}`;
}

// Of a field of a linked record (status.type): the labels of both.
function label_of(doctype, field) {
	const [link, target] = field.split(".");
	const own = __(frappe.meta.get_label(doctype, link));
	const linked = target && frappe.meta.get_docfield(doctype, link)?.options;
	return linked ? `${own}: ${__(frappe.meta.get_label(linked, target))}` : own;
}

function linked_doctypes(filters) {
	return filters
		.filter(([, field]) => field.includes("."))
		.map(([doctype, field]) => frappe.meta.get_docfield(doctype, field.split(".")[0])?.options)
		.filter(Boolean);
}

function values_of(operator, value) {
	if (Array.isArray(value)) return value;
	return ["in", "not in"].includes(operator) ? String(value).split(",") : [value];
}

// Notes above the form

function show_notes(frm) {
	frm.$rule_notes?.remove();
	frm.$rule_notes = $(`<div class="lead-rule-notes">`).prependTo(frm.layout.wrapper);
	if (frm.is_new()) return;
	for (const warning of frm.doc.__onload?.warnings || []) add_note(frm, "orange", warning);
}

function add_note(frm, colour, html) {
	return $(`<div class="form-message ${colour}" role="note"><div>${html}</div></div>`).appendTo(
		frm.$rule_notes,
	);
}

function show_waiting(frm, { total, more }) {
	const message = more
		? __(
				"At least {0} leads disagree with the rules as they are now. They are repaired within the hour.",
				[total],
		  )
		: total === 1
		  ? __("1 lead disagrees with the rules as they are now. It is repaired within the hour.")
		  : __("{0} leads disagree with the rules as they are now. They are repaired within the hour.", [
					total,
		    ]);
	const note = add_note(frm, "blue", `${message} `);
	$(`<button class="btn btn-xs btn-default lead-recompute">${__("Recompute Now")}</button>`)
		.appendTo(note.children())
		.on("click", async (event) => {
			event.target.disabled = true;
			await frappe.xcall("lead_pipeline.status.repair.recompute_all");
			note.remove();
		});
}

// Try it

function offer_to_try(frm) {
	if (!frm.perm[0]?.write) return;
	frm.add_custom_button(__("Try It"), () => try_it(frm, false));
	if (!frm.is_new() && frm.doc.enabled) {
		frm.add_custom_button(__("Try Without It"), () => try_it(frm, true));
	}
}

async function try_it(frm, without) {
	keep_filters(frm);
	const message = await asked_to_try(frm.doc, without);
	if (!message) return;
	const title = without ? __("Were This Rule Deleted") : __("Were This Rule Saved");
	const dialog = new frappe.ui.Dialog({
		title,
		size: "large",
		fields: [{ fieldname: "answer", fieldtype: "HTML", options: answer_html(message) }],
		primary_action_label: __("Close"),
		primary_action: () => dialog.hide(),
	});
	dialog.show();
}

// Nothing when the rule cannot be tried: the server's message, which says why, is on the screen by then.
async function asked_to_try(rule, without) {
	try {
		const { message } = await frappe.call({
			method: "lead_pipeline.status.preview.try_rule",
			args: { rule, without },
			freeze: true,
			freeze_message: __("Trying the rule on your leads…"),
		});
		return message;
	} catch {
		return null;
	}
}

function answer_html(answer) {
	const { total, held, more, examined, moves, leads } = answer;
	const lines = [
		total === 1
			? __("1 lead would change.")
			: total
			  ? __("{0} leads would change.", [total])
			  : __("No lead would change."),
		held && __("{0} more would change, but their status is held or protected.", [held]),
		more &&
			__("Only the newest {0} leads with such documents were looked at. There are more.", [examined]),
	];
	return `<div class="lead-try">
		<p>${lines.filter(Boolean).join(" ")}</p>
		<p class="lead-try-moves">${moves.map(move_html).join("")}</p>
		${leads.length ? leads_html(leads, total) : ""}
		<p class="text-muted small">${__("Nothing has been changed.")}</p>
	</div>`;
}

function move_html({ from_status, to_status, count }) {
	return `<span class="lead-try-move">${count} × ${arrow(from_status, to_status)}</span>`;
}

function arrow(from_status, to_status) {
	const pill = lead_pipeline.status_pill;
	return `${from_status ? pill(from_status) : ""} → ${pill(to_status)}`;
}

function leads_html(leads, total) {
	const rows = leads.map(
		(row) => `<tr>
			<td>${lead_pipeline.document_link("Pipeline Lead", row.lead, row.title)}<div
				class="text-muted small">${escape_html(row.lead)}</div></td>
			<td class="lead-try-statuses">${arrow(row.from_status, row.to_status)}</td>
			<td>${why_html(row)}</td>
		</tr>`,
	);
	const rest = total - leads.length;
	return `<div class="lead-try-leads"><table class="table table-sm">
			<thead><tr><th>${__("Lead")}</th><th>${__("Status")}</th><th>${__("Why")}</th></tr></thead>
			<tbody>${rows.join("")}</tbody>
		</table></div>
		${rest > 0 ? `<p>${__("And {0} more.", [rest])}</p>` : ""}`;
}

// The sentence, with a link where it names the document.
function why_html({ why, document_type, document_name }) {
	const sentence = escape_html(why);
	if (!document_name) return sentence;
	const named = escape_html(`${__(document_type)} ${document_name}`);
	return sentence.replace(named, () => lead_pipeline.document_link(document_type, document_name));
}
