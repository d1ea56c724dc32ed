// The next steps of a lead: the dialogs by which a person plans one, does one and says what is next, on the form, the
// board and My Day. The rules are the server's (lead_pipeline.activities.plan).

import { keep_what_is_typed, name_for_readers, person_field } from "./questions";

const METHODS = "lead_pipeline.activities.plan";
const escape_html = frappe.utils.escape_html;

const HEX = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;
const STATES = { None: "none", Overdue: "overdue", Today: "today", Planned: "planned" };

lead_pipeline.steps = {
	async offer() {
		// The framework's xcall of 15.0 posts, whatever it is told.
		const { message } = await frappe.call({ method: `${METHODS}.offer`, type: "GET" });
		return message;
	},

	// Ask the server, and say what it did; resolves to its answer, to nothing when it refused.
	async call(method, args) {
		try {
			const { message } = await frappe.call({ method: `${METHODS}.${method}`, type: "POST", args });
			frappe.show_alert({ message: message.message, indicator: "green" });
			return message;
		} catch {
			// What the server had to say is on the screen already.
			return null;
		}
	},

	// Ask what is to be done next with a lead. `done(answer)` is called when it is planned; `send(step)` plans it in another
	// way, and resolves to nothing when it was refused.
	async plan(lead, { title, done, send } = {}) {
		const offer = await lead_pipeline.steps.offer();
		const plan = send || ((step) => lead_pipeline.steps.call("plan", { lead, ...step }));
		const dialog = step_dialog({
			title: title || __("Plan a Step"),
			label: __("Plan"),
			fields: step_fields(offer),
			offer,
			send: (values) => plan(wishes(values)),
			done,
		});
		dialog.show();
		return dialog;
	},

	// Ask for a step that is not planned yet; resolves to it, to nothing when the person closes the dialog.
	ask: (title) =>
		new Promise((resolve) => {
			const send = (step) => {
				resolve(step);
				return true;
			};
			lead_pipeline.steps
				.plan(null, { title, send })
				.then((dialog) => dialog.$wrapper.one("hidden.bs.modal", () => resolve(null)));
		}),

	// Ask what came of a step, and what is next.
	async done(step, { done } = {}) {
		const offer = await lead_pipeline.steps.offer();
		const dialog = step_dialog({
			title: __("Done, What Next?"),
			label: __("Done"),
			fields: [
				{
					fieldname: "feedback",
					fieldtype: "Small Text",
					label: __("What Came of {0}?", [step.subject]),
					description: __("Kept as a comment in the timeline."),
				},
				{ fieldname: "plan_next", fieldtype: "Check", label: __("Plan the next step"), default: 1 },
				...step_fields(offer, "plan_next"),
			],
			offer,
			send: (values) =>
				lead_pipeline.steps.call("done", {
					activity: step.name,
					feedback: values.feedback,
					next: values.plan_next ? wishes(values) : null,
				}),
			done,
		});
		dialog.show();
		return dialog;
	},

	// Another day for a step, typed or chosen.
	async move(step, { done } = {}) {
		const offer = await lead_pipeline.steps.offer();
		const dialog = step_dialog({
			title: __("Move {0}", [step.subject]),
			label: __("Move"),
			fields: [...day_fields(step.due_on), { ...TIME(), default: step.due_time }],
			offer,
			send: ({ due_on, due_time }) =>
				lead_pipeline.steps.call("move", { activity: step.name, due_on, due_time: due_time || "" }),
			done,
		});
		dialog.show();
		return dialog;
	},

	// When a step is due, as people say it, in the colour of how it stands.
	due_html({ due_on, due_time, state }) {
		const text = [lead_pipeline.steps.day_label(due_on), due_time].filter(Boolean).join(" ");
		return `<span class="lead-step lead-step-${STATES[state]}">${escape_html(text)}</span>`;
	},

	day_label(day) {
		const days = frappe.datetime.get_day_diff(day, frappe.datetime.get_today());
		if (days === 0) return __("Today");
		if (days === 1) return __("Tomorrow");
		if (days === -1) return __("Yesterday");
		return frappe.datetime.str_to_user(day);
	},

	// The open steps of a lead, each with a mark to tick it off and a button to move it.
	list_html(steps, can_write) {
		const rows = steps.map((step) => {
			const subject =
				step.subject === step.activity_type ? "" : `<strong>${escape_html(step.subject)}</strong>`;
			const person = step.assigned_name
				? `<span class="text-muted">${escape_html(step.assigned_name)}</span>`
				: "";
			const tick = can_write
				? `<button type="button" class="lead-step-tick btn" data-step="done" title="${__("Done")}"
					aria-label="${escape_html(__("Done: {0}", [step.subject]))}">${frappe.utils.icon("tick", "sm")}</button>`
				: "";
			const move = can_write
				? `<button type="button" class="btn btn-xs btn-default" data-step="move">${__(
						"Move",
				  )}</button>`
				: "";
			return `<div class="lead-step-row" role="listitem" data-name="${escape_html(step.name)}">${tick}
				${lead_pipeline.steps.type_html(step)} ${subject} ${lead_pipeline.steps.due_html(step)} ${person} ${move}
			</div>`;
		});
		const none = steps.length
			? ""
			: `<span class="lead-step lead-step-none">${__("No step is planned.")}</span>`;
		const plan = can_write
			? `<button type="button" class="btn btn-xs btn-default lead-step-plan">${__(
					"Plan a Step",
			  )}</button>`
			: "";
		return `<div class="lead-steps" role="list" aria-label="${__("Next Steps")}">${rows.join("")}</div>
			<div class="lead-steps-end">${can_write || steps.length ? none : ""} ${plan}</div>`;
	},

	// The type of a step with its colour.
	type_html: ({ activity_type, color }) =>
		`<span class="lead-step-type" style="--type-colour: ${
			HEX.test(color || "") ? color : "var(--gray-500)"
		}">${escape_html(__(activity_type))}</span>`,

	// How the next step of a lead stands, as a pill.
	state_html(state, day) {
		const text = state === "None" ? __("No Step") : day ? lead_pipeline.steps.day_label(day) : __(state);
		return `<span class="lead-step lead-step-${STATES[state] || "none"}">${escape_html(text)}</span>`;
	},
};

const TIME = () => ({ fieldname: "due_time", fieldtype: "Time", label: __("Time") });

function step_fields(offer, depends_on) {
	const { default_type } = offer;
	return [
		{
			fieldname: "activity_type",
			fieldtype: "Select",
			label: __("What"),
			options: offer.types.map(({ name, label }) => ({ value: name, label })),
			default: default_type,
			depends_on,
		},
		{ fieldname: "subject", fieldtype: "Data", label: __("Subject"), depends_on },
		...day_fields(offer.types.find(({ name }) => name === default_type)?.due_on, depends_on),
		{ fieldname: "more", fieldtype: "Section Break", depends_on },
		{ ...TIME(), depends_on },
		{ fieldname: "column_break_more", fieldtype: "Column Break" },
		person_field({
			fieldname: "assigned_to",
			label: __("Who"),
			description: __("Empty: the sales person."),
			depends_on,
		}),
	];
}

function day_fields(due_on, depends_on) {
	return [
		{
			fieldname: "due_on",
			fieldtype: "Date",
			label: __("Day"),
			reqd: !depends_on,
			default: due_on,
			depends_on,
		},
		{ fieldname: "days", fieldtype: "HTML", depends_on },
	];
}

// What the server is told of the step that is planned.
function wishes({ activity_type, subject, due_on, due_time, assigned_to }) {
	return { activity_type, subject, due_on, due_time, assigned_to };
}

function step_dialog({ title, label, fields, offer, send, done }) {
	const dialog = new frappe.ui.Dialog({
		title,
		fields,
		primary_action_label: label,
		async primary_action(values) {
			dialog.disable_primary_action();
			const answer = await send(values);
			dialog.enable_primary_action();
			if (!answer) return;
			dialog.hide();
			done?.(answer);
		},
	});
	dialog.$wrapper.addClass("lead-step-dialog");
	keep_what_is_typed(dialog);
	name_for_readers(dialog);
	add_days(dialog, offer);
	follow_type(dialog, offer);
	return dialog;
}

// The quick days as buttons below the date.
function add_days(dialog, { days }) {
	const $days = dialog.get_field("days").$wrapper;
	$days.html(
		`<div class="lead-step-days" role="group" aria-label="${__("Quick Days")}">${days
			.map(
				({ label, date }) =>
					`<button type="button" class="btn btn-xs btn-default" data-date="${date}"
						title="${frappe.datetime.str_to_user(date)}">${escape_html(label)}</button>`,
			)
			.join("")}</div>`,
	);
	$days.on("click", "[data-date]", ({ currentTarget }) => {
		dialog.chosen_day = true;
		dialog.set_value("due_on", currentTarget.dataset.date);
	});
}

// Each type proposes a day of its own, until a person has chosen one.
function follow_type(dialog, { types }) {
	const field = dialog.get_field("activity_type");
	if (!field) return;
	field.df.onchange = () => {
		const proposed = types.find(({ name }) => name === field.get_value())?.due_on;
		if (proposed && !dialog.chosen_day) dialog.set_value("due_on", proposed);
	};
	dialog.get_field("due_on").$input?.on("change", () => (dialog.chosen_day = true));
}
