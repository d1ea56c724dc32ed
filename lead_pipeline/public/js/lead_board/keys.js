// Cards by the keyboard: arrows move the focus, Enter opens, Space lifts and drops, Escape puts back. Every step is told
// to screen readers, in the words of a board.

export class Keys {
	constructor(board) {
		this.board = board;
		board.columns_place.addEventListener("keydown", (event) => this.on_key(event));
		board.columns_place.addEventListener("focusin", ({ target }) =>
			this.make_reachable(target.closest(".lead-card")),
		);
		board.columns_place.addEventListener("focusout", ({ relatedTarget }) => {
			if (this.lifted && !this.moving && !relatedTarget?.closest?.(".lead-card")) this.put_back();
		});
	}

	on_key(event) {
		const element = event.target.closest(".lead-card[data-name]");
		if (!element || event.ctrlKey || event.metaKey || event.altKey) return;
		const { name } = element.dataset;
		const handlers = this.lifted
			? {
					...this.arrows((...step) => this.carry(...step)),
					" ": () => this.drop(),
					Enter: () => this.drop(),
					Escape: () => this.put_back(),
			  }
			: {
					...this.arrows((...step) => this.step(name, ...step)),
					" ": () => this.lift(name),
					Enter: () => this.board.open(name),
			  };
		const handle = handlers[event.key];
		if (!handle) return;
		event.preventDefault();
		event.stopPropagation();
		handle();
	}

	// Calls `act(columns, rows)` with the way to go; a board is read from right to left in some languages.
	arrows(act) {
		const forward = frappe.utils.is_rtl() ? -1 : 1;
		return {
			ArrowRight: () => act(forward, 0),
			ArrowLeft: () => act(-forward, 0),
			ArrowDown: () => act(0, 1),
			ArrowUp: () => act(0, -1),
			Home: () => act(0, -Infinity),
			End: () => act(0, Infinity),
		};
	}

	// The Tab key stops at one card of the board.
	make_reachable(element) {
		const { columns_place: place } = this.board;
		const chosen = element || place.querySelector(".lead-card[data-name]");
		for (const other of place.querySelectorAll('.lead-card[tabindex="0"]')) other.tabIndex = -1;
		if (chosen) chosen.tabIndex = 0;
	}

	step(name, columns, rows) {
		const { column } = this.board.find(name);
		const place = column.cards.findIndex((card) => card.name === name);
		if (rows) {
			const next = column.cards[Math.max(0, Math.min(column.cards.length - 1, place + rows))];
			this.focus(column, next.name);
			return;
		}
		const others = this.board.columns.filter(({ folded, cards }) => !folded && cards.length);
		const next = others[others.indexOf(column) + columns];
		if (next) this.focus(next, next.cards[Math.min(place, next.cards.length - 1)].name);
	}

	focus(column, name) {
		const element = column.find_element(name);
		element?.focus();
		element?.scrollIntoView({ block: "nearest", inline: "nearest" });
	}

	lift(name) {
		if (!this.board.can_write) return;
		const { column, card } = this.board.find(name);
		this.lifted = { card, from: column, before: column.after(name), at: column };
		this.board.dragging.show_bar(card);
		this.mark(column.find_element(name));
		this.board.announce(
			__("{0} is lifted. Move it with the arrow keys, drop it with Space, put it back with Escape.", [
				card.title,
			]),
		);
	}

	mark(element) {
		element.classList.add("lead-card-lifted");
		element.focus();
		element.scrollIntoView({ block: "nearest", inline: "nearest" });
	}

	// One place further: through the columns, and behind the last one through the closed statuses.
	carry(columns, rows) {
		const { card, at, closed } = this.lifted;
		if (rows) {
			if (closed || this.board.view.order !== "hand") return;
			this.carry_in_column(rows);
			return;
		}
		const open = this.board.columns.filter(({ folded }) => !folded);
		const stops = [...open, ...this.board.dragging.closed_for(card).map(({ name }) => name)];
		const next = stops[stops.indexOf(closed || at) + columns];
		if (!next) return;
		if (typeof next === "string") this.carry_to_closed(next);
		else this.carry_to(next);
	}

	carry_in_column(rows) {
		const { card, at } = this.lifted;
		const names = at.cards.map(({ name }) => name);
		const place = names.indexOf(card.name);
		const to = Math.max(0, Math.min(names.length - 1, place + rows));
		if (to === place) return;
		names.splice(place, 1);
		this.put(at, names[to]);
		this.tell_place();
	}

	carry_to(column) {
		const place = this.lifted.at.cards.findIndex(({ name }) => name === this.lifted.card.name);
		this.lifted.closed = null;
		this.mark_drop(null);
		this.put(
			column,
			column === this.lifted.at ? column.after(this.lifted.card.name) : column.cards[place]?.name,
		);
		this.tell_place();
	}

	put(column, before) {
		const { card, at } = this.lifted;
		this.moving = true;
		if (at !== column) at.take(card.name);
		this.mark(column.put(card, before));
		this.lifted.at = column;
		this.moving = false;
	}

	carry_to_closed(status) {
		this.lifted.closed = status;
		this.mark_drop(status);
		this.board.announce(__("Close as {0}. Press Space to do so.", [__(status)]));
	}

	mark_drop(status) {
		for (const drop of this.board.dragging.bar.children) {
			drop.classList.toggle("lead-drop-over", drop.dataset.status === status);
		}
	}

	tell_place() {
		const { card, at } = this.lifted;
		const place = at.cards.findIndex(({ name }) => name === card.name) + 1;
		this.board.announce(__("{0}, place {1} of {2}", [at.label, place, at.cards.length]));
	}

	drop() {
		const { card, at, closed, from, before } = this.lifted;
		const place = at.after(card.name);
		this.end();
		if (!closed && at === from && place === before) {
			this.board.announce(__("{0} was put back.", [card.title]));
			return;
		}
		// As if it had been dragged there from where it was.
		this.moving = true;
		if (at !== from) at.take(card.name);
		from.put(card, before);
		this.moving = false;
		this.board.moves.drop(card.name, closed || at.status, place, { focus: true });
	}

	put_back() {
		const { card, from, before } = this.lifted;
		this.put(from, before);
		this.end();
		this.focus(from, card.name);
		this.board.announce(__("{0} was put back.", [card.title]));
	}

	end() {
		this.lifted = null;
		this.board.dragging.hide_bar();
		for (const element of this.board.columns_place.querySelectorAll(".lead-card-lifted")) {
			element.classList.remove("lead-card-lifted");
		}
	}
}
