// Leads that may be the same: a quiet panel on the form of a lead, and hints while a new one is typed. What counts as
// the same is the server's to say (lead_pipeline.duplicates.finding).

import { confirm } from "./questions";

const LEAD = "Pipeline Lead";
const escape_html = frappe.utils.escape_html;
const PAUSE = 500;

// What says who a lead is.
const TELLING = [
	"lead_name",
	"is_organization",
	"company_name",
	"first_name",
	"last_name",
	"email",
	"phone",
	"mobile_no",
	"website",
];

// The values of these fields as they stand in their inputs, whether or not the field was left.
lead_pipeline.typed_values = (fields) =>
	Object.fromEntries(
		TELLING.map((name) => [name, fields[name]?.get_value?.()]).filter(([, value]) => value),
	);

lead_pipeline.watch_typing = (element, act) => {
	$(element).on(
		"input change",
		TELLING.map((name) => `[data-fieldname="${name}"] input`).join(", "),
		frappe.utils.debounce(act, PAUSE),
	);
};

// Ask only when something has changed; an answer that comes late shows nothing that is not typed any more.
lead_pipeline.show_hints = async (place, values) => {
	const asked = JSON.stringify(values);
	if (place.asked === asked) return;
	place.asked = asked;
	const something = Object.keys(values).some((name) => name !== "is_organization");
	const answer = something
		? await ask("of_values", { values: asked })
		: { leads: [], hidden: 0, further: 0 };
	if (place.asked === asked && answer) place.innerHTML = panel_html(answer, { open: true });
};

// Show `answer`, that of lead_pipeline.duplicates.finding.of_lead, on the form of its lead.
lead_pipeline.show_duplicates = (place, frm, answer) => {
	place.asked = null;
	const lead = frm.doc.name;
	const can_change = frm.has_perm("write");
	place.innerHTML =
		panel_html(answer, { can_change, may_merge: answer.may_merge && can_change }) +
		merges_html(answer.merges);
	$(place)
		.off("click")
		.on("click", "[data-compare]", ({ currentTarget }) =>
			lead_pipeline.merge([lead, currentTarget.dataset.compare], frm),
		)
		.on("click", "[data-distinct]", ({ currentTarget }) =>
			set_apart(place, frm, currentTarget.dataset.distinct),
		)
		.on("click", "[data-undo]", ({ currentTarget }) =>
			lead_pipeline.undo_merge(currentTarget.dataset, frm),
		);
};

// The panel is a help: when it cannot be asked for, the form works as well.
async function ask(method, args) {
	try {
		const { message } = await frappe.call({
			method: `lead_pipeline.duplicates.finding.${method}`,
			type: "GET",
			args,
			silent: true,
		});
		return message;
	} catch {
		return null;
	}
}

async function set_apart(place, frm, other) {
	await frappe.call({
		method: "lead_pipeline.duplicates.finding.not_duplicates",
		type: "POST",
		args: { lead: frm.doc.name, other },
	});
	frappe.show_alert({ message: __("They are not shown to each other any more."), indicator: "green" });
	const was_open = place.querySelector("details")?.open;
	const answer = await ask("of_lead", { lead: frm.doc.name });
	if (answer) lead_pipeline.show_duplicates(place, frm, answer);
	const panel = place.querySelector("details");
	if (panel) panel.open = was_open;
}

function panel_html(answer, { open, can_change, may_merge }) {
	const { leads, further, hidden } = answer;
	const number = leads.length + further + hidden;
	if (!number) return "";
	const headline = number === 1 ? __("1 possible duplicate") : __("{0} possible duplicates", [number]);
	const rest = [
		further && __("and {0} more", [further]),
		hidden &&
			(leads.length
				? __("and {0} that you may not see", [hidden])
				: __("You may not see it: ask a Sales Manager.")),
	].filter(Boolean);
	return `<details class="lead-duplicates" ${open ? "open" : ""}>
		<summary>${headline}</summary>
		<ul>${leads.map((lead) => twin_html(lead, can_change, may_merge)).join("")}</ul>
		${rest.length ? `<p class="text-muted small">${rest.join(" · ")}</p>` : ""}
	</details>`;
}

function twin_html(twin, can_change, may_merge) {
	const name = escape_html(twin.name);
	const company = twin.company_name && twin.company_name !== twin.lead_name ? twin.company_name : "";
	const details = [
		company && escape_html(company),
		name,
		twin.owner_name && escape_html(twin.owner_name),
		frappe.datetime.comment_when(twin.creation),
	].filter(Boolean);
	const buttons = [
		may_merge &&
			`<button type="button" class="btn btn-xs btn-default" data-compare="${name}">${__(
				"Compare and Merge",
			)}</button>`,
		can_change &&
			`<button type="button" class="btn btn-xs btn-default" data-distinct="${name}">${__(
				"Not a Duplicate",
			)}</button>`,
	].filter(Boolean);
	return `<li>
		<div class="lead-twin">
			<span class="lead-twin-name">${lead_pipeline.document_link(LEAD, twin.name, twin.lead_name)}</span>
			${lead_pipeline.status_pill(twin.status)}
			${twin.closed ? `<span class="text-muted small">${__("Closed", null, "Lead")}</span>` : ""}
			<span class="lead-twin-why">${twin.reasons.map(escape_html).join(", ")}</span>
		</div>
		<div class="text-muted small">${details.join(" · ")}</div>
		${buttons.length ? `<div class="lead-twin-buttons">${buttons.join(" ")}</div>` : ""}
	</li>`;
}

function merges_html(merges) {
	if (!merges?.length) return "";
	const items = merges.map((merge) => {
		const title = [merge.merged_lead, merge.merged_title].filter(Boolean).join(" ");
		const undo = merge.can_undo
			? `<button type="button" class="btn btn-xs btn-default" data-undo="${escape_html(merge.name)}"
				data-lead="${escape_html(merge.merged_lead)}">${__("Undo")}</button>`
			: "";
		const begun = merge.is_begun ? __("It is taken out in part.") : "";
		return `<li>${__("{0} was merged into this lead by {1}", [
			`<b>${escape_html(title)}</b>`,
			escape_html(merge.merged_by_name),
		])} ${frappe.datetime.comment_when(merge.merged_on)} ${begun} ${undo}</li>`;
	});
	return `<ul class="lead-merges text-muted small">${items.join("")}</ul>`;
}

lead_pipeline.undo_merge = async ({ undo, lead }, frm) => {
	const question = __("Take {0} out of this lead again? What has changed here since the merge stays.", [
		escape_html(lead).bold(),
	]);
	if (!(await confirm(question))) return;
	try {
		const { message } = await frappe.call({
			method: "lead_pipeline.duplicates.undo.undo",
			type: "POST",
			args: { merge: undo },
			freeze: true,
			freeze_message: __("Undoing the Merge"),
		});
		tell_undone(message);
	} catch {
		// What the server had to say is on the screen already.
	}
	await frm.reload_doc();
};

function tell_undone({ lead, missing, in_background }) {
	if (in_background) {
		const message = __(
			"This lead has many records. It is taken out in the background; you are told when it is done.",
		);
		frappe.show_alert({ message, indicator: "blue" });
		return;
	}
	const restored = __("{0} is there again.", [lead_pipeline.document_link(LEAD, lead, lead)]);
	const gone = Object.entries(missing).map(([doctype, count]) => `${count} ${escape_html(__(doctype))}`);
	if (!gone.length) {
		frappe.show_alert({ message: restored, indicator: "green" }, 10);
		return;
	}
	frappe.msgprint({
		title: __("Undo Merge"),
		indicator: "orange",
		message: `<p>${restored}</p><p>${__(
			"These could not be given back, because they are gone or belong to another lead by now: {0}.",
			[gone.join(", ")],
		)}</p>`,
	});
}
