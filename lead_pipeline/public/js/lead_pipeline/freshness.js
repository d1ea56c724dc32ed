// A lead that somebody else, or one of its documents, has changed while its form is open. A form without changes is
// loaded again; in one with changes, what others have saved comes in around what this user has typed.

const LEAD = "Pipeline Lead";
const escape_html = frappe.utils.escape_html;
const NUMBERS = ["Int", "Float", "Currency", "Percent", "Check", "Duration"];
const LONG_TEXTS = ["Text Editor", "Text", "Small Text", "Long Text"];
// What the framework notes in every row of a table.
const OF_EVERY_ROW = ["name", "owner", "creation", "modified", "modified_by", "idx", "docstatus", "doctype"];

// Leads by name, as this window last saw them in the database.
const seen = new Map();

lead_pipeline.remember = (frm) => {
	if (!frm.is_new() && !frm.is_dirty()) seen.set(frm.doc.name, structuredClone(frm.doc));
};

// Bring the form in line with the database, which has the lead as `modified` and at `status`. Resolves to "same",
// "reloaded", or, for a form with changes, "merged" or "conflict": somebody else has saved another value of a field
// that this user has changed.
lead_pipeline.catch_up = async (frm, { modified, status, modified_by_name }) => {
	if (frm.doc.modified === modified && frm.doc.status === status) return "same";
	await take_in_typing(frm);
	if (!frm.is_dirty()) {
		await frm.reload_doc();
		return "reloaded";
	}
	const theirs = await frappe.xcall("frappe.client.get", { doctype: LEAD, name: frm.doc.name });
	const { changed, conflicts } = merge(frm, theirs);
	const name = modified_by_name || (await lead_pipeline.panel(frm.doc.name)).modified_by_name;
	show_notice(frm, notice_html(theirs, name, changed, conflicts));
	return conflicts.length ? "conflict" : "merged";
};

// Before the form is saved: resolves to whether it may be. The framework would refuse a document that others have
// changed, and offer nothing but to throw away what was typed.
lead_pipeline.may_save = async (frm) => {
	const { message } = await frappe.db.get_value(LEAD, frm.doc.name, ["modified", "status"]);
	if (!message?.modified) return true;
	const how = await lead_pipeline.catch_up(frm, message);
	if (how === "merged") frm.refresh_fields();
	if (how === "conflict") frm.refresh();
	return how !== "conflict";
};

// What the form of a lead shows beside its fields.
lead_pipeline.panel = async (lead) => {
	const { message } = await frappe.call({
		method: "lead_pipeline.lead_pipeline.doctype.pipeline_lead.form_panel.panel",
		type: "GET",
		args: { lead },
	});
	return message;
};

lead_pipeline.clear_notice = (frm) => {
	const { lead_notice: notice } = frm;
	// One form shows one lead after the other.
	if (notice && (!frm.is_dirty() || notice.dataset.lead !== frm.doc.name)) notice.replaceChildren();
};

// The lead was deleted, or merged into `successor`, or this user may not see it any more.
lead_pipeline.tell_gone = async (frm, successor) => {
	const lead = frm.doc.name;
	await take_in_typing(frm);
	const link = successor && lead_pipeline.document_link(LEAD, successor, successor);
	const what = link
		? __("{0} was merged into {1}.", [escape_html(lead).bold(), link])
		: __("{0} was deleted, or you may not see it any more.", [escape_html(lead).bold()]);
	if (frm.is_dirty()) {
		frm.disable_save();
		show_notice(
			frm,
			`${what} ${__("What you have typed cannot be saved here. Copy what you still need.")}`,
		);
		return;
	}
	frappe.model.remove_from_locals(LEAD, lead);
	frappe.route_flags.replace_route = true;
	await frappe.set_route(...(successor ? ["Form", LEAD, successor] : ["List", LEAD]));
	frappe.show_alert({ message: what, indicator: successor ? "blue" : "orange" }, 10);
};

// What stands in an input that was not left yet is not in the document yet.
async function take_in_typing(frm) {
	const input = document.activeElement;
	if (!frm.wrapper.contains(input) || !input.matches("input, textarea")) return;
	$(input).trigger("change");
	await frappe.timeout(0.1);
}

function merge(frm, theirs) {
	const base = seen.get(frm.doc.name) || {};
	const changed = [];
	const conflicts = [];
	for (const df of fields()) {
		const [was, mine, now] = [base, frm.doc, theirs].map((doc) => comparable(doc[df.fieldname], df));
		if (was === now || mine === now) continue;
		if (mine === was) take(frm, df, theirs[df.fieldname]);
		else if (is_table(df)) take(frm, df, merged_rows(df, ...rows_of(df, base, frm.doc, theirs)));
		else {
			conflicts.push(df);
			continue;
		}
		changed.push({ df, was: base[df.fieldname] });
	}
	for (const field of ["modified", "modified_by"]) frm.doc[field] = theirs[field];
	// That it was changed is said here, with what was typed still in place.
	frm.doc.__needs_refresh = false;
	frm.dashboard.clear_headline();
	seen.set(frm.doc.name, structuredClone(theirs));
	return { changed, conflicts };
}

function fields() {
	return Object.values(frappe.meta.docfield_map[LEAD]).filter(
		(df) => is_table(df) || frappe.model.is_value_type(df.fieldtype),
	);
}

function is_table({ fieldtype }) {
	return frappe.model.table_fields.includes(fieldtype);
}

// A value as text: what is the same to people is the same text.
function comparable(value, df) {
	if (is_table(df)) return JSON.stringify((value || []).map(own_values));
	if (NUMBERS.includes(df.fieldtype)) return String(Number(value) || 0);
	return String(value ?? "");
}

// What people have entered in a row.
function own_values(row) {
	const own = Object.entries(row).filter(
		([field, value]) =>
			!field.startsWith("_") && !field.startsWith("parent") && !OF_EVERY_ROW.includes(field) && value,
	);
	return Object.fromEntries(own.sort(([one], [other]) => one.localeCompare(other)));
}

function take(frm, df, value) {
	if (is_table(df)) {
		frm.doc[df.fieldname] = (value || []).map((row, index) => {
			const taken = { ...row, doctype: df.options, parent: frm.doc.name, idx: index + 1 };
			frappe.provide("locals")[df.options] ||= {};
			return (locals[df.options][taken.name] = taken);
		});
	} else frm.doc[df.fieldname] = value;
}

function rows_of(df, ...docs) {
	return docs.map((doc) => doc[df.fieldname] || []);
}

// The rows of the others without those that this user took out, with what this user has changed or added.
function merged_rows(df, was, mine, now) {
	const key = key_of(df);
	const [before, own, present] = [was, mine, now].map(
		(rows) => new Map(rows.map((row) => [key(row), row])),
	);
	const text = (row) => JSON.stringify(own_values(row));
	const is_mine = (row) => !before.has(key(row)) || text(before.get(key(row))) !== text(row);
	const kept = now
		.filter((row) => own.has(key(row)) || !before.has(key(row)))
		.map((row) => {
			const edited = own.get(key(row));
			return edited && is_mine(edited) ? { ...row, ...own_values(edited) } : row;
		});
	return [...kept, ...mine.filter((row) => !present.has(key(row)) && is_mine(row)).map(as_new)];
}

// By what a row is known: chosen records by themselves, other rows by their names.
function key_of(df) {
	const link = df.fieldtype === "Table MultiSelect" && frappe.meta.get_docfields(df.options)[0]?.fieldname;
	return (row) => row[link || "name"];
}

function as_new(row) {
	return { ...row, __islocal: 1 };
}

function notice_html(theirs, name, changed, conflicts) {
	const who = lead_pipeline.person({ changed_by: theirs.modified_by, changed_by_name: name });
	const told = changed
		.filter(({ df }) => !df.hidden && !df.report_hide)
		.map((change) => told_html(change, theirs));
	const lines = [
		told.length
			? __("{0} has changed this lead meanwhile: {1}.", [who.bold(), told.join("; ")])
			: __("{0} has changed this lead meanwhile.", [who.bold()]),
		...conflicts.map((df) => conflict_html(df, theirs, who)),
		__("What you have typed is still here, and not saved yet."),
	];
	return lines.map((line) => `<div>${line}</div>`).join("");
}

function told_html({ df, was }, theirs) {
	const label = escape_html(__(df.label));
	if (is_table(df) || LONG_TEXTS.includes(df.fieldtype)) return label;
	return `${label}: ${text_of(was, df)} → ${text_of(theirs[df.fieldname], df)}`;
}

function conflict_html(df, theirs, who) {
	const value = text_of(theirs[df.fieldname], df);
	return `${__("You and {0} have both changed {1}. {0} has saved {2}; yours is kept when you save.", [
		who,
		escape_html(__(df.label)).bold(),
		value.bold(),
	])} <button type="button" class="btn btn-xs btn-default" data-take="${escape_html(df.fieldname)}"
		>${__("Take {0} Instead", [value])}</button>`;
}

function text_of(value, df) {
	if (value === null || value === undefined || value === "") return __("nothing");
	if (df.fieldtype === "Link" && df.options === "User") return escape_html(frappe.user.full_name(value));
	const text = frappe.utils.html2text(frappe.format(value, df, { inline: true }, frappe.get_doc(LEAD)));
	return escape_html(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function show_notice(frm, html) {
	if (!frm.lead_notice) {
		frm.lead_notice = document.createElement("div");
		frm.lead_notice.setAttribute("role", "status");
		frm.get_field("status").$wrapper.before(frm.lead_notice);
		$(frm.lead_notice).on("click", "[data-take]", ({ currentTarget }) => {
			const field = currentTarget.dataset.take;
			frm.set_value(field, seen.get(frm.doc.name)[field]);
			currentTarget.parentElement.remove();
		});
	}
	frm.lead_notice.dataset.lead = frm.doc.name;
	// Who has scrolled down, or is on a small screen, hears of it as well.
	frappe.show_alert({ message: __("This lead was changed meanwhile: see above."), indicator: "orange" });
	frm.lead_notice.innerHTML = `<div class="lead-notice">${html}</div>`;
}

// The framework tells of a change by a message to the browser; it would offer to throw away what was typed.
lead_pipeline.watch_changes = (act) => {
	const in_front = () => {
		const frm = window.cur_frm;
		return frm?.doctype === LEAD && frm.doc && !frm.is_new() && frappe.get_route()[0] === "Form"
			? frm
			: null;
	};
	frappe.realtime.on("doc_update", ({ doctype, name, modified }) => {
		const frm = doctype === LEAD && in_front();
		if (frm && frm.doc.name === name && frm.doc.modified !== modified && frm.is_dirty()) act(frm);
	});
	// Another tab, or another program: who comes back sees what was done there.
	window.addEventListener("focus", () => {
		const frm = in_front();
		if (frm && !frappe.ui.form.is_saving) act(frm);
	});
};
