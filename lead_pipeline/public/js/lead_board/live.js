// What others do while the board is open: told by the framework's socket server, and where there is none, seen at the
// next look. Cards are asked for by name, so that a busy site sends no whole boards.

import * as server from "./server";

const LEAD = "Pipeline Lead";
const PAUSE = 700;
const LOOK_EVERY = 60 * 1000;
// So many at once are an import: then the board is loaded again.
const MANY = 50;

export class Live {
	constructor(board) {
		this.board = board;
		this.changed = new Set();
		this.looked_at = Date.now();
		this.take_in = frappe.utils.debounce(() => this.ask(), PAUSE);
		frappe.realtime.doctype_subscribe?.(LEAD);
		frappe.realtime.on("list_update", ({ doctype, name } = {}) => {
			if (doctype !== LEAD || !name) return;
			this.changed.add(name);
			this.take_in();
		});
		// Another tab of the same user has put a card somewhere else.
		frappe.realtime.on("lead_board_place", () => this.look());
		document.addEventListener("visibilitychange", () => this.look());
		window.addEventListener("focus", () => this.look());
		window.addEventListener("online", () => board.load());
		window.addEventListener("offline", () =>
			board.say(__("You are offline. What you see may be out of date.")),
		);
		window.addEventListener("resize", () => this.is_in_sight() && board.fit());
		setInterval(() => Date.now() - this.looked_at >= LOOK_EVERY && this.look(), LOOK_EVERY / 2);
	}

	is_in_sight() {
		return !document.hidden && frappe.get_route()[0] === "lead-board";
	}

	// Nothing is drawn anew under somebody's hand.
	is_busy() {
		return this.board.dragging.is_on || Boolean(this.board.keys.lifted);
	}

	saw() {
		this.looked_at = Date.now();
		this.changed.clear();
	}

	look() {
		if (!this.is_in_sight() || this.is_busy() || Date.now() - this.looked_at < PAUSE) return;
		this.looked_at = Date.now();
		this.board.load();
		this.board.panel.refresh();
	}

	async ask() {
		if (!this.is_in_sight()) return;
		if (this.is_busy()) {
			this.take_in();
			return;
		}
		const names = [...this.changed];
		this.changed.clear();
		if (!names.length) return;
		if (names.length > MANY) {
			this.look();
			return;
		}
		try {
			const { cards, left, people } = await server.cards(this.board.view, names);
			this.board.know(people);
			Object.values(cards).forEach((card) => this.board.take_in(card));
			left.forEach((name) => this.board.find(name).column?.take(name));
			this.board.refresh_totals();
			if (names.includes(this.board.panel.lead)) this.board.panel.refresh();
		} catch {
			// The next look shows it.
		}
	}
}
