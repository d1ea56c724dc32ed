// Cards moved by mouse and touch: the framework's copy of SortableJS, by pointer events in every browser, so that the
// columns scroll at their edges and a finger has to rest on a card before it lifts it.

import { make } from "../lead_pipeline/dom";

const GROUP = "leads";
const LONG_PRESS = 220;

export class Dragging {
	constructor(board) {
		this.board = board;
		this.sortables = [];
		this.bar = make("div", {
			class: "lead-drop-bar",
			role: "group",
			"aria-label": __("Close the lead as"),
			hidden: true,
		});
	}

	// Columns were drawn.
	watch(columns) {
		this.sortables.forEach((sortable) => sortable.destroy());
		this.sortables = columns.map(({ list }) => window.Sortable.create(list, this.options()));
	}

	options() {
		return {
			group: GROUP,
			draggable: ".lead-card:not(.lead-card-skeleton)",
			dataIdAttr: "data-name",
			sort: this.board.view.order === "hand",
			disabled: !this.board.can_write,
			animation: this.board.is_still() ? 0 : 120,
			forceFallback: true,
			fallbackOnBody: true,
			fallbackTolerance: 5,
			fallbackClass: "lead-card-dragged",
			ghostClass: "lead-card-place",
			delay: LONG_PRESS,
			delayOnTouchOnly: true,
			touchStartThreshold: 8,
			scrollSensitivity: 70,
			scrollSpeed: 14,
			emptyInsertThreshold: 60,
			onStart: ({ item }) => this.start(item.dataset.name),
			onEnd: (event) => this.end(event),
		};
	}

	start(name) {
		this.is_on = true;
		this.board.element.classList.add("lead-board-dragging");
		this.show_bar(this.board.find(name).card);
	}

	end({ item, from, to, newDraggableIndex, oldDraggableIndex }) {
		const { name } = item.dataset;
		const before = item.nextElementSibling?.dataset.name;
		const { status } = to.dataset;
		// The click that ends a drag opens nothing.
		setTimeout(() => (this.is_on = false));
		this.board.element.classList.remove("lead-board-dragging");
		this.hide_bar();
		if (from === to && newDraggableIndex === oldDraggableIndex) return;
		// It stands where it was until it is known what becomes of it.
		const { column, card } = this.board.find(name);
		item.remove();
		column.put(card, column.after(name));
		this.board.moves.drop(name, status, before);
	}

	// The closed statuses that the card may be given; also shown while one is moved by the keyboard.
	show_bar(card) {
		const closed = this.closed_for(card);
		this.bar.replaceChildren(
			...closed.map(({ name, label }) =>
				make(
					"div",
					{
						class: `lead-drop ${lead_pipeline.colour_class("status", name)}`,
						"data-status": name,
						title: lead_pipeline.status(name)?.meaning || null,
					},
					make("span", {}, label),
				),
			),
		);
		this.drops = [...this.bar.children].map((drop) =>
			window.Sortable.create(drop, {
				group: { name: GROUP, pull: false, put: true },
				draggable: ".lead-card",
				sort: false,
				onMove: () => false,
			}),
		);
		this.bar.hidden = !closed.length;
		for (const column of this.board.columns) {
			const takes = column.status === card.status || choosable(card).includes(column.status);
			column.element.classList.toggle("lead-column-refuses", !takes);
		}
	}

	closed_for(card) {
		return this.board.closed.filter(({ name }) => choosable(card).includes(name));
	}

	hide_bar() {
		this.bar.hidden = true;
		this.drops?.forEach((drop) => drop.destroy());
		this.drops = [];
		this.board.columns.forEach(({ element }) => element.classList.remove("lead-column-refuses"));
	}
}

function choosable({ lead_type }) {
	return lead_pipeline.choosable(lead_type);
}
