// One lead on the board. A card is a button as a whole: what one does with a lead is in the panel.

import { avatar, icon, make, pill } from "../lead_pipeline/dom";

const MOST_TAGS = 3;

// The marks of the next step: a sign beside the colour, for those who do not tell colours apart.
const NEXT_STEP = {
	None: { sign: "!", label: () => __("No next step") },
	Overdue: { sign: "‹", label: (day) => __("Next step overdue since {0}", [day]) },
	Today: { sign: "●", label: () => __("Next step today") },
	Planned: { sign: "›", label: (day) => __("Next step on {0}", [day]) },
};

// `people`: names and pictures of the users in it.
export function card_element(card, people) {
	const priority = card.priority ? lead_pipeline.colour_class("priority", card.priority) : "";
	return make(
		"div",
		{
			class: `lead-card ${priority}`,
			role: "button",
			tabindex: -1,
			"data-name": card.name,
			"aria-describedby": "lead-board-help",
		},
		make(
			"div",
			{ class: "lead-card-head" },
			make(
				"div",
				{ class: "lead-card-who" },
				make("span", { class: "lead-card-name" }, card.title || card.name),
				has_other_company(card) && make("span", { class: "lead-card-company" }, card.company),
			),
			avatar(card.owner, people),
		),
		tags(card),
		facts(card),
		make("div", { class: "lead-card-marks" }, next_step(card), ...marks(card), since(card)),
	);
}

function has_other_company({ company, title }) {
	return company && company !== title;
}

function tags({ tags }) {
	if (!tags?.length) return null;
	const more = tags.length - MOST_TAGS;
	return make(
		"div",
		{ class: "lead-card-tags" },
		tags.slice(0, MOST_TAGS).map(({ name }) => pill("tag", name)),
		more > 0 &&
			make(
				"span",
				{
					class: "lead-card-more",
					title: tags
						.slice(MOST_TAGS)
						.map(({ name }) => name)
						.join(", "),
				},
				`+${more}`,
			),
	);
}

function facts(card) {
	if (!card.revenue && !card.expected_closing) return null;
	return make(
		"div",
		{ class: "lead-card-facts" },
		card.revenue
			? make("span", { class: "lead-card-revenue" }, money(card.revenue, card.currency))
			: null,
		card.expected_closing && closing(card),
	);
}

function since({ status_changed_on: time }) {
	return make(
		"span",
		{ class: "lead-card-age", title: __("In this status since {0}", [date_time(time)]) },
		age(time),
	);
}

function closing({ expected_closing: day }) {
	const past = day < frappe.datetime.get_today();
	const title = past
		? __("Expected closing was {0}", [date(day)])
		: __("Expected closing {0}", [date(day)]);
	return make(
		"span",
		{ class: past ? "lead-card-closing lead-past" : "lead-card-closing", title },
		icon("milestone", "xs"),
		short_date(day),
		make("span", { class: "sr-only" }, title),
	);
}

function next_step(card) {
	const { sign, label } = NEXT_STEP[card.next_step] || NEXT_STEP.None;
	const day = card.next_contact_date;
	const text = card.next_step === "Today" ? __("Today") : day && short_date(day);
	const title = label(day ? date(day) : "");
	return make(
		"span",
		{ class: "lead-step-mark", "data-step": card.next_step || "None", title },
		make("span", { class: "lead-step-sign", "aria-hidden": true }, sign),
		make("span", { class: "lead-step-text" }, text || __("No next step")),
		text && make("span", { class: "sr-only" }, title),
	);
}

function marks({ stuck, enquiries, held }) {
	return [
		held &&
			make(
				"span",
				{ title: __("Its status is held: sales documents do not change it.") },
				icon("lock", "xs"),
			),
		stuck &&
			make(
				"span",
				{ class: "lead-stuck-mark", title: __("Longer in this status than is usual.") },
				__("Stuck"),
			),
		enquiries
			? make(
					"span",
					{ class: "lead-enquiries-mark", title: __("Asked again {0} times", [enquiries]) },
					icon("mail", "xs"),
					`+${enquiries}`,
					make("span", { class: "sr-only" }, __("Asked again {0} times", [enquiries])),
			  )
			: null,
	];
}

// As text, however the framework formats a number: some of its formats have markup.
export function money(value, currency, decimals = 0) {
	return frappe.utils.html2text(format_currency(value, currency || undefined, decimals));
}

export function date(day) {
	return frappe.datetime.str_to_user(day);
}

// Day and month, with the year where it is another than this one.
export function short_date(day) {
	const then = moment(day);
	return then.year() === moment().year() ? then.format("D MMM") : then.format("D MMM YYYY");
}

function date_time(time) {
	return time ? frappe.datetime.str_to_user(time) : "";
}

export function age(time) {
	if (!time) return "";
	const days = moment(frappe.datetime.get_today()).diff(moment(time.slice(0, 10)), "days");
	return days < 1 ? __("today") : __("{0} d", [days], "Days that a lead is in its status");
}

// Skeletons have the height of cards: nothing jumps when these come.
export function skeletons(count = 3) {
	return Array.from({ length: count }, () =>
		make(
			"div",
			{ class: "lead-card lead-card-skeleton", "aria-hidden": true },
			make("i"),
			make("i"),
			make("i"),
		),
	);
}
