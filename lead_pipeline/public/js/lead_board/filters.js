// The bar above the board: search, one-click filters, the rest of the filters behind a button, order and density.

import { icon, make } from "../lead_pipeline/dom";
import { ORDERS, TAG_ITEM } from "./view";

const LEAD = "Pipeline Lead";
const CHANNEL = "Pipeline Channel";

// The filters that have a control of their own; `in_row`: stands in the bar, not behind the button.
const CONTROLS = [
	{
		field: "next_step",
		in_row: true,
		df: () => ({
			fieldtype: "Select",
			label: __("Next Step"),
			options: [
				{ value: "", label: __("Any next step") },
				{ value: "None", label: __("No next step") },
				{ value: "Overdue", label: __("Overdue") },
				{ value: "Today", label: __("Today") },
				{ value: "Planned", label: __("Planned") },
			],
		}),
	},
	{
		field: "lead_type",
		df: () => ({ fieldtype: "Link", options: "Pipeline Lead Type", label: __("Lead Type") }),
	},
	{
		field: "lead_owner",
		df: () => lead_pipeline.person_field({ label: __("Sales Person") }),
	},
	{
		field: "priority",
		df: () => ({ fieldtype: "Link", options: "Pipeline Lead Priority", label: __("Priority") }),
	},
	{
		field: "tag",
		doctype: TAG_ITEM,
		df: () => ({ fieldtype: "Link", options: "Pipeline Lead Tag", label: __("Tag") }),
	},
	{ field: "channel", df: () => ({ fieldtype: "Link", options: CHANNEL, label: __("Channel") }) },
	{ field: "campaign", df: () => ({ fieldtype: "Data", label: __("Campaign") }) },
];

export class FilterBar {
	// `changed()` is called when the view shows other leads, or the same in another order.
	constructor(view, { changed, density }) {
		Object.assign(this, { view, changed });
		this.controls = [];
		this.more = make("div", { class: "lead-board-more", hidden: true });
		this.chips = make("div", { class: "lead-board-chips" });
		this.row = make("div", { class: "lead-board-row" });
		this.note = make("div", { class: "lead-board-note" });
		this.element = make("div", { class: "lead-board-bar" }, this.row, this.more, this.chips, this.note);
		this.add_search();
		this.mine = this.toggle(__("My Leads"), () => this.toggle_mine());
		this.stuck = this.toggle(__("Stuck"), () => this.toggle_stuck());
		this.row.append(this.mine, this.stuck);
		CONTROLS.forEach((control) => this.add_control(control));
		this.more_button = this.toggle(__("Filters"), () => this.show_more(this.more.hidden));
		this.more_button.prepend(icon("filter", "xs"));
		this.more_button.setAttribute("aria-expanded", "false");
		this.clear_button = make(
			"button",
			{ type: "button", class: "btn btn-sm btn-link", hidden: true, onclick: () => this.clear() },
			__("Clear Filters"),
		);
		this.row.append(this.more_button, this.clear_button);
		this.add_order();
		this.density = make(
			"button",
			{ type: "button", class: "btn btn-default btn-sm", onclick: density, "aria-pressed": false },
			icon("menu", "xs"),
			make("span", { class: "sr-only" }, __("Compact Cards")),
		);
		this.density.title = __("Compact Cards");
		this.row.append(this.density);
	}

	add_search() {
		this.search = make("input", {
			type: "search",
			class: "form-control input-xs lead-board-search",
			placeholder: __("Name, company, e-mail or phone"),
			"aria-label": __("Search leads"),
		});
		const search = frappe.utils.debounce(() => {
			const text = this.search.value.trim();
			if (text === this.view.text) return;
			this.view.text = text;
			this.changed();
		}, 350);
		this.search.addEventListener("input", search);
		this.row.append(this.search);
	}

	toggle(label, onclick) {
		return make(
			"button",
			{ type: "button", class: "btn btn-default btn-sm", "aria-pressed": false, onclick },
			label,
		);
	}

	add_control(control) {
		const { field, doctype = LEAD, in_row } = control;
		const df = { ...control.df(), fieldname: field, input_class: "input-xs" };
		const place = make("div", { class: "lead-board-filter" });
		(in_row ? this.row : this.more).append(place);
		const made = frappe.ui.form.make_control({
			df,
			parent: place,
			render_input: true,
			only_input: Boolean(in_row),
		});
		made.$input?.attr("aria-label", df.label);
		df.change = df.onchange = () => {
			const value = made.get_value() || "";
			if (this.showing || value === (this.view.value(field, doctype) || "")) return;
			this.view.set_value(field, value, doctype);
			this.changed();
		};
		this.controls.push({ field, doctype, made });
	}

	add_order() {
		this.order = make(
			"select",
			{
				class: "form-control input-xs",
				"aria-label": __("Order of the cards"),
				title: __("Order of the cards"),
				onchange: () => {
					this.view.order = this.order.value;
					this.changed();
				},
			},
			Object.entries(ORDERS).map(([value, label]) => make("option", { value }, label())),
		);
		const arrow = make("div", { class: "select-icon xs" }, icon("select", "xs"));
		this.row.append(make("div", { class: "lead-board-order" }, this.order, arrow));
	}

	toggle_mine() {
		const mine = this.view.value("lead_owner") === frappe.session.user;
		this.view.set_value("lead_owner", mine ? "" : frappe.session.user);
		this.changed();
	}

	toggle_stuck() {
		this.view.stuck = !this.view.stuck;
		this.changed();
	}

	show_more(open) {
		this.more.hidden = !open;
		this.more_button.setAttribute("aria-expanded", open);
	}

	// What the view says, in the controls: whoever has changed it.
	show() {
		const { view } = this;
		this.showing = true;
		if (this.search.value.trim() !== view.text) this.search.value = view.text;
		press(this.mine, view.value("lead_owner") === frappe.session.user);
		press(this.stuck, view.stuck);
		press(this.density, view.dense);
		this.order.value = view.order;
		for (const { field, doctype, made } of this.controls) {
			const value = view.value(field, doctype);
			if ((made.get_value() || "") !== value) made.set_value(value);
		}
		this.showing = false;
		this.show_chips();
	}

	// A chip for each filter that no button in sight says, with its cross.
	show_chips() {
		const chips = this.view.filters
			.filter((filter) => !this.is_in_sight(filter))
			.map((filter) => this.chip(filter));
		this.clear_button.hidden = !this.view.is_filtered();
		this.chips.replaceChildren(...chips);
	}

	is_in_sight([doctype, field, operator, value]) {
		if (doctype !== LEAD) return false;
		if (field === "lead_owner") return operator === "=" && value === frappe.session.user;
		return field === "next_step" && operator === "=";
	}

	chip(filter) {
		const [doctype, field, operator, value] = filter;
		const df = frappe.meta.get_docfield(doctype, field);
		const label = df ? __(df.label, null, doctype) : field;
		const shown = this.words(df, value);
		const text = operator === "=" ? `${label}: ${shown}` : `${label} ${__(operator)} ${shown}`;
		return make(
			"button",
			{
				type: "button",
				class: "btn btn-xs btn-default lead-board-chip",
				"aria-label": __("Take off the filter {0}", [text]),
				onclick: () => {
					this.view.filters = this.view.filters.filter((other) => other !== filter);
					this.changed();
				},
			},
			text,
			icon("close", "xs"),
		);
	}

	words(df, value) {
		if (Array.isArray(value)) return value.map((each) => this.words(df, each)).join(", ");
		if (df?.fieldtype === "Date") return frappe.datetime.str_to_user(value);
		if (df?.options === "User") return frappe.user.full_name(value);
		return df?.fieldtype === "Link" ? __(value) : String(value);
	}

	// What the sums leave out.
	show_note(text) {
		this.note.textContent = text;
	}

	clear() {
		Object.assign(this.view, { filters: [], text: "", stuck: false });
		this.changed();
	}
}

function press(button, pressed) {
	button.setAttribute("aria-pressed", Boolean(pressed));
}
