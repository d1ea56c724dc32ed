// What a board shows and how: filters, text, order, density, folded columns. The filters are those of the list, written
// into the address as the list writes its own, so that a link shows the same board and the two can be changed about.

import { as_parameter, ORDER, STUCK, TEXT } from "../lead_pipeline/board_link";

const LEAD = "Pipeline Lead";
const OWN = [TEXT, ORDER, STUCK];
const KEPT_UNDER = "Board";
export const TAG_ITEM = "Pipeline Lead Tag Item";
// Filters that the server knows by name.
const KEYS = ["lead_type", "lead_owner", "priority", "channel", "campaign", "next_step"];

export const ORDERS = {
	hand: () => __("By hand"),
	next_step: () => __("Next step first"),
	revenue: () => __("Highest revenue"),
	age: () => __("Longest in status"),
	priority: () => __("Priority"),
	modified: () => __("Last changed"),
};

export class View {
	constructor() {
		Object.assign(this, { filters: [], text: "", stuck: false, order: "hand", dense: false, folded: [] });
	}

	// What the address says comes before what the list hands over, and that before what this user had last.
	async load() {
		const kept = (await frappe.model.user_settings.get(LEAD)) || {};
		// The framework saves the settings of a DocType as a whole: it has to know those of the list.
		frappe.model.user_settings[LEAD] ||= kept;
		Object.assign(this, known(kept[KEPT_UNDER]));
		this.take_address();
	}

	// Resolves to whether the address, or the list that the user comes from, says what to show.
	take_address() {
		const address = new URLSearchParams(window.location.search);
		const options = address.toString()
			? [...address.entries()]
			: Object.entries(frappe.route_options || {});
		frappe.route_options = null;
		if (!options.length) return false;
		const own = Object.fromEntries(options.filter(([field]) => OWN.includes(field)));
		const filters = options.filter(([field]) => !OWN.includes(field)).flatMap(as_filters);
		Object.assign(this, { filters, text: own[TEXT] || "", stuck: Boolean(own[STUCK]) });
		if (own[ORDER] in ORDERS) this.order = own[ORDER];
		return true;
	}

	show_address() {
		const address = new URLSearchParams();
		for (const filter of this.filters) address.append(...as_parameter(filter));
		if (this.text) address.set(TEXT, this.text);
		if (this.stuck) address.set(STUCK, 1);
		if (this.order !== "hand") address.set(ORDER, this.order);
		const query = address.toString();
		window.history.replaceState(null, null, window.location.pathname + (query ? `?${query}` : ""));
	}

	save() {
		this.show_address();
		const { filters, text, stuck, order, dense, folded } = this;
		return frappe.model.user_settings.save(LEAD, KEPT_UNDER, {
			filters,
			text,
			stuck,
			order,
			dense,
			folded,
		});
	}

	// The filters as the server takes them.
	question() {
		const asked = { text: this.text || null, stuck: this.stuck, list: [] };
		for (const filter of this.filters) {
			const [doctype, field, operator, value] = filter;
			if (operator === "=" && doctype === TAG_ITEM && field === "tag") asked.tags = [value];
			else if (operator === "=" && doctype === LEAD && KEYS.includes(field)) asked[field] = value;
			else asked.list.push(filter);
		}
		return asked;
	}

	// The value by which a field is filtered to be equal to.
	value(field, doctype = LEAD) {
		const found = this.filters.find((filter) => filter[0] === doctype && filter[1] === field);
		return found && found[2] === "=" ? found[3] : "";
	}

	// Filter a field, or a field of a table, by a value; without one, not at all.
	set_value(field, value, doctype = LEAD) {
		this.filters = this.filters.filter((filter) => filter[0] !== doctype || filter[1] !== field);
		if (value) this.filters.push([doctype, field, "=", value]);
	}

	is_filtered() {
		return Boolean(this.filters.length || this.text || this.stuck);
	}

	// As what a list is opened with; which statuses are shown is the columns' business here.
	for_list() {
		const options = {};
		for (const filter of this.filters) {
			const [field, value] = as_parameter(filter);
			options[field] = value;
		}
		if (this.stuck) {
			const days = [lead_pipeline.FIRST_DAY, frappe.datetime.get_today()];
			options.stuck_on = JSON.stringify(["Between", days]);
		}
		if (!("status_category" in options) && !("status" in options)) {
			options.status_category = JSON.stringify(["in", lead_pipeline.OPEN_CATEGORIES]);
		}
		return options;
	}
}

function known({ filters, text, stuck, order, dense, folded } = {}) {
	return {
		filters: Array.isArray(filters) ? filters.filter(is_filter) : [],
		text: text || "",
		stuck: Boolean(stuck),
		order: order in ORDERS ? order : "hand",
		dense: Boolean(dense),
		folded: Array.isArray(folded) ? folded : [],
	};
}

function is_filter(filter) {
	return Array.isArray(filter) && filter.length >= 4;
}

function as_filters([name, value]) {
	const [field, doctype] = name.includes(".") ? name.split(".").reverse() : [name, LEAD];
	if (typeof value === "string" && value.startsWith("[")) {
		try {
			value = JSON.parse(value);
		} catch {
			// A value that only looks like a condition.
		}
	}
	if (value === null || value === undefined || value === "") return [];
	return [Array.isArray(value) ? [doctype, field, ...value] : [doctype, field, "=", value]];
}
