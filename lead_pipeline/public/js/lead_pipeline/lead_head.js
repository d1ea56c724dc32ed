// What one needs first of a lead, the same on top of its form and in the panel beside the board: its status as buttons,
// how to reach it, the next step, and what can be done with it, in the order of the work.

import { icon, make } from "./dom";

// In this order; those that are not named come behind.
const ORDER = [
	"log_call",
	"follow_up",
	"take",
	"qualify",
	"Opportunity",
	"lose",
	"disqualify",
	"reactivate",
	"hand_over",
];

lead_pipeline.LeadHead = class LeadHead {
	// `host` does what is asked for: choose(status), act(action), create(doctype), write_mail(address), planned(answer), and
	// before(ask), which asks once what was typed so far is saved.
	constructor(parent, host) {
		this.host = host;
		this.statuses_place = make("div", { class: "lead-head-statuses" });
		this.step = make("div", { class: "lead-head-step" });
		this.actions = make("div", { class: "lead-actions", role: "group", "aria-label": __("Actions") });
		this.element = make("div", { class: "lead-head" }, this.statuses_place, this.actions, this.step);
		this.statuses = new lead_pipeline.StatusButtons(this.statuses_place, (status) => host.choose(status));
		parent.append(this.element);
	}

	show_status({ status, lead_type, locked }) {
		this.statuses.show({ status, lead_type, locked });
	}

	// `lead`: the document, or as much of it as a panel knows. A new one has no actions yet.
	show_actions(lead, can_write) {
		const was = this.lead?.name;
		this.lead = lead;
		const is_new = Boolean(lead.__islocal);
		const actions = can_write && !is_new ? sorted_actions(lead) : [];
		// The same buttons stay: somebody may have the finger on one.
		const wanted = JSON.stringify([
			...(is_new ? [] : [lead.name, lead.mobile_no, lead.phone, lead.email]),
			...actions.map(({ name, document }) => name || document),
		]);
		if (this.offered !== wanted) {
			const buttons = actions.map((action) => this.action_button(action));
			this.actions.replaceChildren(...(is_new ? [] : this.ways_to_reach(lead)), ...buttons);
		}
		this.offered = wanted;
		// The steps of another lead.
		if (was !== lead.name || is_new) this.draw_steps("");
	}

	ways_to_reach(lead) {
		const numbers = [...new Set([lead.mobile_no, lead.phone].filter(Boolean))];
		return [
			...numbers.map((number) =>
				make(
					"a",
					{ class: "btn btn-default btn-sm lead-reach", href: tel(number), title: number },
					icon("call", "xs"),
					__("Call {0}", [number]),
				),
			),
			lead.email &&
				make(
					"button",
					{
						type: "button",
						class: "btn btn-default btn-sm lead-reach",
						title: lead.email,
						onclick: () => this.host.write_mail(lead.email),
					},
					icon("mail", "xs"),
					__("E-mail"),
				),
		].filter(Boolean);
	}

	action_button(action) {
		return make(
			"button",
			{
				type: "button",
				class: "btn btn-default btn-sm",
				"data-action": action.name || action.document,
				onclick: () => (action.document ? this.host.create(action.document) : this.host.act(action)),
			},
			action.label(),
		);
	}

	// `steps`: the open ones, the earliest first. A closed lead has none.
	show_steps(steps, can_write) {
		const is_open = lead_pipeline.OPEN_CATEGORIES.includes(this.lead?.status_category);
		this.step.hidden = !is_open;
		if (!is_open) return;
		this.steps = new Map(steps.map((step) => [step.name, step]));
		this.draw_steps(lead_pipeline.steps.list_html(steps, can_write));
	}

	draw_steps(html) {
		if (this.drawn_steps === html) return;
		this.drawn_steps = html;
		this.step.innerHTML = html;
		const { steps: dialogs } = lead_pipeline;
		const done = (answer) => this.host.planned(answer);
		for (const button of this.step.querySelectorAll("[data-step]")) {
			const { name } = button.closest("[data-name]").dataset;
			button.addEventListener("click", () =>
				this.host.before(() => dialogs[button.dataset.step](this.steps.get(name), { done })),
			);
		}
		this.step
			.querySelector(".lead-step-plan")
			?.addEventListener("click", () => this.host.before(() => dialogs.plan(this.lead.name, { done })));
	}
};

// After a call, and when a lead is open again, is the moment to say what is next. A step that was due may be done by it.
lead_pipeline.ask_for_step = async ({ name, status, next_contact_date: date }, done) => {
	if (lead_pipeline.is_closed(status) || date > frappe.datetime.get_today()) return;
	if (!date) {
		lead_pipeline.steps.plan(name, { title: __("What Next?"), done });
		return;
	}
	const { message } = await frappe.call({
		method: "lead_pipeline.activities.plan.steps",
		type: "GET",
		args: { lead: name },
	});
	if (message.steps.length) lead_pipeline.steps.done(message.steps[0], { done });
};

function sorted_actions(lead) {
	const place = ({ name, document }) => ORDER.indexOf(name || document) + 1 || ORDER.length + 1;
	return lead_pipeline.actions
		.filter((action) => action.applies(lead))
		.sort((one, other) => place(one) - place(other));
}

function tel(number) {
	return `tel:${number.replace(/[^\d+*#,;]/g, "")}`;
}
