// The page: columns of the open statuses, what is shown in them, and who is asked when something happens to a card.

import { Dragging } from "./drag";
import { icon, make, text_of } from "../lead_pipeline/dom";
import { Column } from "./column";
import { FilterBar } from "./filters";
import { Keys } from "./keys";
import { Live } from "./live";
import { Moves } from "./moves";
import { Panel } from "./panel";
import * as server from "./server";
import { View } from "./view";

const LEAD = "Pipeline Lead";
// So many the server answers for at once.
const MOST_CARDS = 100;

export class LeadBoard {
	constructor(wrapper) {
		this.page = frappe.ui.make_app_page({
			parent: wrapper,
			title: __("Lead Board"),
			single_column: true,
		});
		// They were written before there was a page, in whose head Frappe 16 shows them.
		frappe.breadcrumbs.update();
		this.view = new View();
		this.columns = [];
		// Names and pictures of the sales people on the cards.
		this.people = {};
		this.build();
		this.add_buttons();
		this.live = new Live(this);
		this.started = this.start();
	}

	build() {
		this.columns_place = make("div", {
			class: "lead-board-columns",
			role: "group",
			"aria-label": __("Lead Board"),
		});
		this.notice = make("div", { class: "lead-board-notice", role: "status", hidden: true });
		this.live_region = make("div", { class: "sr-only", "aria-live": "assertive", role: "status" });
		this.filters = new FilterBar(this.view, {
			changed: () => this.view_changed(),
			density: () => this.set_density(!this.view.dense),
		});
		this.dragging = new Dragging(this);
		this.moves = new Moves(this);
		this.panel = new Panel(this);
		this.main = make("div", { class: "lead-board-main" }, this.columns_place, this.panel.element);
		this.element = make(
			"div",
			{ class: "lead-board" },
			this.filters.element,
			this.notice,
			this.main,
			this.dragging.bar,
			this.live_region,
			make(
				"p",
				{ id: "lead-board-help", hidden: true },
				__("Press Enter to open the lead, Space to lift it."),
			),
		);
		this.page.main.empty().append(this.element);
		this.keys = new Keys(this);
		this.columns_place.addEventListener("click", ({ target }) => {
			const card = target.closest(".lead-card[data-name]");
			if (card && !this.dragging.is_on) this.open(card.dataset.name);
		});
		// A finger that rests on a card lifts it.
		this.columns_place.addEventListener("contextmenu", (event) => {
			if (event.target.closest(".lead-card") && event.pointerType === "touch") event.preventDefault();
		});
	}

	add_buttons() {
		if (frappe.model.can_create(LEAD)) {
			this.page.set_primary_action(__("Add Lead"), () => this.add_lead(), "add");
		}
		this.page.set_secondary_action(__("List"), () => this.show_list(), { icon: "list", size: "xs" });
		this.page.add_menu_item(__("Refresh"), () => this.load());
		this.page.add_menu_item(__("Unfold All Columns"), () => this.unfold_all());
	}

	async start() {
		await Promise.all([this.view.load(), frappe.model.with_doctype(LEAD)]);
		this.filters.show();
		this.set_density(this.view.dense, { keep: true });
		await this.load({ first: true });
	}

	// The page has come into sight again, perhaps by another link.
	async shown() {
		await this.started;
		if (this.was_shown) {
			if (this.view.take_address()) this.view_changed();
			else {
				this.view.show_address();
				this.live.look();
			}
		} else this.view.show_address();
		this.was_shown = true;
		this.fit();
	}

	// The columns end where the window does; on a page that is not laid out yet there is nothing to measure.
	fit() {
		const top = this.main.getBoundingClientRect().top + window.scrollY;
		this.element.style.setProperty("--lead-board-top", `${Math.round(top)}px`);
	}

	view_changed() {
		this.view.save();
		this.filters.show();
		this.load({ first: true });
	}

	async load({ first } = {}) {
		const asked = (this.asked = (this.asked || 0) + 1);
		if (first) this.show_skeletons();
		let answer;
		try {
			await lead_pipeline.refresh_reference();
			answer = await server.columns(this.view);
		} catch (error) {
			if (asked === this.asked) this.show_failure(error);
			return;
		}
		// Whoever types on sees the answer to what was typed last.
		if (asked !== this.asked) return;
		this.live.saw();
		this.show(answer, { keep: !first });
		this.load_totals(asked);
	}

	show_skeletons() {
		this.say("");
		if (!this.columns.length) {
			const statuses = lead_pipeline
				.choosable(this.view.value("lead_type"))
				.filter((name) => !lead_pipeline.is_closed(name));
			this.draw_columns(statuses.map((name) => ({ name })));
		}
		this.columns.forEach((column) => column.show_skeletons());
	}

	// `keep`: the same look again, in which further pages that somebody has scrolled to stay.
	show({ columns, closed, people, can_create, can_write, message }, { keep } = {}) {
		Object.assign(this, { closed, can_create, can_write });
		Object.assign(this.people, people);
		if (!columns.length) {
			this.show_nothing(__("There is no status to show."), message ? text_of(message) : no_statuses());
			return;
		}
		const drawn = JSON.stringify([
			can_create,
			columns.map(({ name, label, disabled }) => [name, label, disabled]),
		]);
		if (this.drawn !== drawn) this.draw_columns(columns);
		this.drawn = drawn;
		const fresh = new Set(columns.flatMap(({ cards }) => cards.map(({ name }) => name)));
		const kept = columns.flatMap((page, index) => this.columns[index].show(page, keep && fresh));
		if (kept.length) this.refresh_cards(kept);
		this.dragging.watch(this.columns);
		if (!this.columns_place.contains(document.activeElement)) this.keys.make_reachable(null);
		this.panel.mark_card();
		const is_empty = columns.every(({ cards }) => !cards.length);
		// Whatever stood there before: the server has answered.
		if (!is_empty) this.say("");
		else if (this.is_filtered()) this.say(nothing_found());
		else this.say(...first_lead(can_create, () => this.add_lead()));
		this.fit();
	}

	draw_columns(columns) {
		this.columns.forEach((column) => column.observer.disconnect());
		this.columns = columns.map((about) => new Column(this, about));
		this.columns.forEach((column) => column.set_folded(this.view.folded.includes(column.status)));
		this.columns_place.replaceChildren(...this.columns.map(({ element }) => element));
	}

	// The people on cards that came with an answer.
	know(people) {
		Object.assign(this.people, people);
	}

	async load_totals(asked) {
		let totals;
		try {
			totals = await server.totals(this.view);
		} catch {
			return;
		}
		if (asked !== this.asked) return;
		for (const column of this.columns) column.show_totals(totals.columns[column.status], totals.currency);
		this.filters.show_note(totals.message ? text_of(totals.message) : "");
	}

	// The numbers of the columns after something has moved.
	refresh_totals() {
		const asked = this.asked;
		clearTimeout(this.totals_timer);
		this.totals_timer = setTimeout(() => this.load_totals(asked), 400);
	}

	async load_more(column) {
		if (column.loading || !column.cursor) return;
		column.loading = true;
		const asked = this.asked;
		try {
			const page = await server.page(this.view, column.status, column.cursor);
			this.know(page.people);
			if (asked === this.asked) column.append(page);
		} catch {
			if (asked === this.asked) column.show_end(true);
		} finally {
			column.loading = false;
		}
	}

	find(name) {
		for (const column of this.columns) {
			const card = column.find(name);
			if (card) return { column, card };
		}
		return {};
	}

	column(status) {
		return this.columns.find((column) => column.status === status);
	}

	// A lead as the server has it now: it stays, moves or goes, wherever it was.
	take_in(card) {
		const { column, card: shown } = this.find(card.name);
		const wanted = this.column(card.status);
		if (shown && column === wanted) column.update(card);
		else {
			const focused = column?.find_element(card.name) === document.activeElement;
			column?.take(card.name);
			const element = wanted?.put(card, wanted.cards[0]?.name);
			if (focused) element?.focus();
		}
		this.panel.mark_card();
	}

	is_filtered() {
		return this.view.is_filtered();
	}

	is_still() {
		return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
	}

	open(name) {
		this.panel.open(name);
	}

	// The card before or behind that of `name`, in its column.
	neighbour(name, step) {
		const { column } = this.find(name);
		const place = column?.cards.findIndex((card) => card.name === name);
		return column?.cards[place + step]?.name;
	}

	// The framework's quick entry; what the board is filtered by, the new lead has.
	add_lead(status) {
		const doc = frappe.model.get_new_doc(LEAD, null, null, true);
		for (const field of ["lead_type", "priority", "channel", "campaign"]) {
			doc[field] = this.view.value(field) || doc[field];
		}
		doc.status = status || doc.status;
		frappe.ui.form.make_quick_entry(LEAD, (lead) => this.added(lead), null, doc);
	}

	async added(lead) {
		await this.load();
		const { column } = this.find(lead.name);
		if (column) this.keys.focus(column, lead.name);
	}

	fold(column, folded) {
		column.set_folded(folded);
		const others = this.view.folded.filter((status) => status !== column.status);
		this.view.folded = folded ? [...others, column.status] : others;
		this.view.save();
	}

	unfold_all() {
		this.columns.forEach((column) => column.set_folded(false));
		this.view.folded = [];
		this.view.save();
	}

	set_density(dense, { keep } = {}) {
		this.view.dense = dense;
		this.element.classList.toggle("lead-board-dense", dense);
		if (keep) return;
		this.filters.show();
		this.view.save();
	}

	show_list() {
		frappe.route_options = this.view.for_list();
		frappe.set_route("List", LEAD, "List");
	}

	// What became of leads in the meantime.
	async refresh_cards(leads) {
		try {
			const { cards, left, people } = await server.cards(this.view, leads.slice(0, MOST_CARDS));
			this.know(people);
			Object.values(cards).forEach((card) => this.take_in(card));
			left.forEach((name) => this.find(name).column?.take(name));
			this.refresh_totals();
		} catch {
			// The next look shows it.
		}
	}

	announce(text) {
		this.live_region.textContent = "";
		setTimeout(() => (this.live_region.textContent = text), 30);
	}

	// A line above the columns; without content there is none.
	say(...content) {
		this.notice.hidden = !content.some(Boolean);
		this.notice.replaceChildren(...content);
	}

	show_failure(error) {
		this.columns.forEach(({ list, element }) => {
			element.removeAttribute("aria-busy");
			if (list.querySelector(".lead-card-skeleton")) list.replaceChildren();
		});
		if (error?.status === 403) {
			this.show_nothing(
				__("You may not read leads."),
				__("Ask your administrator for the role Sales User."),
			);
			return;
		}
		const again = make(
			"button",
			{ type: "button", class: "btn btn-default btn-xs", onclick: () => this.load({ first: true }) },
			__("Try Again"),
		);
		this.say(
			navigator.onLine
				? __("The server did not answer; nothing was changed.")
				: __("You are offline. The board comes back by itself when the connection does."),
			" ",
			again,
		);
	}

	show_nothing(title, ...content) {
		this.columns = [];
		this.columns_place.replaceChildren(
			make(
				"div",
				{ class: "lead-board-nothing" },
				icon("kanban", "lg"),
				make("h3", {}, title),
				make("p", {}, ...content),
			),
		);
	}
}

function no_statuses() {
	const list = __("Pipeline Lead Status");
	if (!frappe.model.can_write("Pipeline Lead Status")) {
		return __("Ask a Sales Manager to enable a status, or take off the filter by type.");
	}
	const link = make(
		"a",
		{
			href: frappe.utils.generate_route({
				type: "doctype",
				name: "Pipeline Lead Status",
				doc_view: "List",
			}),
		},
		list,
	);
	return [__("Enable a status, or allow one for this type of lead:"), " ", link];
}

function nothing_found() {
	return __("No lead matches the filters. Take one off, or clear them all.");
}

function first_lead(can_create, add) {
	if (!can_create) return [__("There is no open lead that you may see yet.")];
	const first = make(
		"button",
		{ type: "button", class: "btn btn-primary btn-xs", onclick: add },
		__("Add Lead"),
	);
	const found = [__("There is no open lead yet. Add the first one, or import a list."), " ", first];
	if (frappe.model.can_create("Pipeline Lead Import")) {
		const open = () => frappe.new_doc("Pipeline Lead Import");
		found.push(
			" ",
			make("button", { type: "button", class: "btn btn-default btn-xs", onclick: open }, __("Import")),
		);
	}
	return found;
}
