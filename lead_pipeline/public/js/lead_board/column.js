// A status of the board: its heading with number and sums, and its cards, which come page by page.

import { card_element, money, skeletons } from "./card";
import { icon, make } from "../lead_pipeline/dom";

export class Column {
	// `board`: whom to ask for cards, quick entry and folding; `about`: the status as the server tells of it.
	constructor(board, about) {
		this.board = board;
		this.about = about;
		this.status = about.name;
		this.label = about.label || __(about.name);
		this.cards = [];
		this.cursor = null;
		this.element = this.build(board.can_create && !about.disabled);
		this.watch_end();
	}

	build(can_create) {
		const id = `lead-column-${lead_pipeline.colour_class("status", this.status)}`;
		this.count = make("span", { class: "lead-column-count" });
		this.sums = make("div", { class: "lead-column-sums" });
		this.list = make("div", {
			class: "lead-column-cards",
			role: "group",
			"aria-labelledby": id,
			"data-status": this.status,
		});
		this.end = make("div", { class: "lead-column-end" });
		this.scroller = make("div", { class: "lead-column-scroll", tabindex: -1 }, this.list, this.end);
		this.fold_button = make(
			"button",
			{
				type: "button",
				class: "btn lead-column-fold",
				onclick: () => this.board.fold(this, !this.folded),
			},
			icon("collapse", "xs"),
		);
		return make(
			"section",
			{
				class: `lead-column ${lead_pipeline.colour_class("status", this.status)}`,
				"aria-labelledby": id,
				"data-status": this.status,
			},
			make(
				"header",
				{ class: "lead-column-head" },
				make(
					"div",
					{ class: "lead-column-title" },
					make("h3", { id, title: lead_pipeline.status(this.status)?.meaning || null }, this.label),
					this.count,
					can_create &&
						make(
							"button",
							{
								type: "button",
								class: "btn lead-column-add",
								title: __("New lead in {0}", [this.label]),
								"aria-label": __("New lead in {0}", [this.label]),
								onclick: () => this.board.add_lead(this.status),
							},
							icon("add", "xs"),
						),
					this.fold_button,
				),
				this.sums,
			),
			this.scroller,
		);
	}

	// The next page is asked for before its place comes into sight.
	watch_end() {
		this.observer = new IntersectionObserver(
			([entry]) => entry.isIntersecting && this.cursor && this.board.load_more(this),
			{ root: this.scroller, rootMargin: "400px" },
		);
		this.observer.observe(this.end);
	}

	set_folded(folded) {
		this.folded = folded;
		this.element.classList.toggle("lead-column-folded", folded);
		const label = folded ? __("Unfold {0}", [this.label]) : __("Fold {0}", [this.label]);
		this.fold_button.title = label;
		this.fold_button.setAttribute("aria-label", label);
		this.fold_button.setAttribute("aria-expanded", !folded);
	}

	show_skeletons() {
		this.list.replaceChildren(...skeletons());
		this.element.setAttribute("aria-busy", "true");
	}

	// The first page; what has the focus keeps it. `fresh`: the names on all first pages, when further pages are to stay
	// behind this one; answers the names of those that have stayed, of which the server has not told now.
	show({ cards, cursor, count_label }, fresh) {
		const focused = this.list.contains(document.activeElement) && document.activeElement.dataset.name;
		const { scrollTop } = this.scroller;
		this.element.removeAttribute("aria-busy");
		const further = fresh && this.cards.length > cards.length ? this.cards.slice(cards.length) : [];
		const kept = cursor ? further.filter(({ name }) => !fresh.has(name)) : [];
		this.cards = [...cards, ...kept];
		if (!kept.length) this.cursor = cursor;
		if (count_label !== undefined) this.count.textContent = count_label;
		this.list.replaceChildren(...this.cards.map((card) => this.draw(card)));
		this.show_end();
		this.scroller.scrollTop = scrollTop;
		if (focused) this.find_element(focused)?.focus({ preventScroll: true });
		return kept.map(({ name }) => name);
	}

	append({ cards, cursor }) {
		// A card that was moved meanwhile may come again.
		cards.filter(({ name }) => this.find(name)).forEach((card) => this.update(card));
		const fresh = cards.filter(({ name }) => !this.find(name));
		this.cards.push(...fresh);
		this.list.append(...fresh.map((card) => this.draw(card)));
		this.cursor = cursor;
		this.show_end();
		// A page that fits altogether into sight moves nothing that the observer would tell of.
		this.observer.unobserve(this.end);
		this.observer.observe(this.end);
	}

	show_end(failed) {
		this.end.replaceChildren();
		if (failed) {
			this.end.append(
				make(
					"button",
					{
						type: "button",
						class: "btn btn-default btn-xs",
						onclick: () => this.board.load_more(this),
					},
					__("The next leads could not be loaded. Try Again"),
				),
			);
		} else if (this.cursor) this.end.append(...skeletons(1));
		else if (!this.cards.length) this.end.append(this.empty());
	}

	empty() {
		return make(
			"p",
			{ class: "lead-column-empty" },
			this.board.is_filtered()
				? __("No lead in this status matches the filters.")
				: __("No lead is in this status. Drop one here, or press + above."),
		);
	}

	show_totals(totals, currency) {
		if (!totals) return;
		this.count.textContent = totals.count;
		this.count.title = __("{0} leads", [totals.count]);
		const sum = money(totals.sum || 0, currency);
		const weighted = money(totals.weighted || 0, currency);
		this.sums.replaceChildren(
			make("span", { title: __("Sum of the expected revenue") }, sum),
			make(
				"span",
				{ class: "lead-column-weighted", title: __("Weighted by the probability") },
				make("span", { "aria-hidden": true }, "⚖ "),
				weighted,
			),
		);
		const missing = (totals.not_converted || []).map(({ currency, count }) =>
			__("{0} leads in {1}", [count, currency]),
		);
		if (!missing.length) return;
		const title = __("Not in the sum, as there is no exchange rate: {0}", [missing.join(", ")]);
		this.sums.append(make("span", { class: "lead-column-note", title }, "*"));
	}

	draw(card) {
		return card_element(card, this.board.people);
	}

	find(name) {
		return this.cards.find((card) => card.name === name);
	}

	find_element(name) {
		return [...this.list.children].find((element) => element.dataset.name === name);
	}

	// Put a card before that of `before`, or at the end; where it was in this column, it is not any more.
	put(card, before) {
		this.take(card.name);
		const place = this.cards.findIndex(({ name }) => name === before);
		const element = this.draw(card);
		if (place < 0) {
			this.cards.push(card);
			this.list.append(element);
		} else {
			this.cards.splice(place, 0, card);
			this.find_element(before).before(element);
		}
		this.show_end();
		return element;
	}

	take(name) {
		const card = this.find(name);
		this.cards = this.cards.filter((other) => other !== card);
		this.find_element(name)?.remove();
		this.show_end();
		return card;
	}

	update(card) {
		const place = this.cards.findIndex(({ name }) => name === card.name);
		if (place < 0) return;
		this.cards[place] = card;
		const shown = this.find_element(card.name);
		const element = this.draw(card);
		element.tabIndex = shown.tabIndex;
		for (const mark of ["lead-card-open"]) element.classList.toggle(mark, shown.classList.contains(mark));
		const focused = shown === document.activeElement;
		shown.replaceWith(element);
		if (focused) element.focus({ preventScroll: true });
	}

	// The card behind that of `name`.
	after(name) {
		const place = this.cards.findIndex((card) => card.name === name);
		return this.cards[place + 1]?.name;
	}
}
