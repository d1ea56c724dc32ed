// A card that was dropped somewhere else: what has to be asked first, the one request, and what happens when the server
// refuses it. The card stands in its new place meanwhile, and goes back when nothing comes of it.

import { make, text_of } from "../lead_pipeline/dom";
import { name_for_readers } from "../lead_pipeline/questions";
import * as server from "./server";

const UNDO_SECONDS = 10;

export class Moves {
	constructor(board) {
		this.board = board;
	}

	// `before`: the card in front of which it was dropped, without one the last of those that are loaded;
	// `by_hand`: the place in the column was chosen as well; `focus`: the keyboard goes on from there. Resolves to the
	// server's answer.
	async drop(name, status, before, { focus, by_hand = true, more } = {}) {
		const { board } = this;
		const { column: from, card } = board.find(name);
		if (!card) return null;
		const was = { card, before: from.after(name), focus };
		const answers = more || (await this.ask(card, status));
		if (!answers) {
			this.put_back(was);
			return null;
		}
		const to = board.column(status);
		this.show_at(was, from, to, status, before);
		const place = by_hand && board.view.order === "hand" && to ? neighbours(to, name) : {};
		const again = (further) =>
			this.drop(name, status, before, { focus, by_hand, more: { ...answers, ...further } });
		return this.request(
			{ lead: name, seen_status: card.status, status, ...place, ...answers },
			was,
			again,
		);
	}

	// A lead that is open in the panel and on none of the columns.
	async set(lead, status) {
		const answers = await this.ask(lead, status);
		if (!answers) return;
		const again = (further) => this.request({ ...request, ...further }, null, again);
		const request = { lead: lead.name, seen_status: lead.status, status, ...answers };
		await this.request(request, null, again);
	}

	async ask(lead, status) {
		if (status === lead.status || !lead_pipeline.is_lost(status)) return {};
		return lead_pipeline.ask_lost_reason(__("Set {0}", [__(status)]), lead);
	}

	async request(request, was, again) {
		let answer;
		try {
			answer = await server.move(request);
		} catch {
			// The framework has said what went wrong, unless nobody answered at all.
			this.put_back(was);
			if (!navigator.onLine)
				this.board.say(
					__("You are offline: the lead is where it was. Try again when you are connected."),
				);
			return null;
		}
		this.board.know(answer.people);
		if (answer.moved) this.moved(answer, was);
		else {
			this.put_back(was);
			await this.explain(answer, request.lead, again);
		}
		return answer;
	}

	show_at({ card, focus }, from, to, status, before) {
		const shown = { ...card, status };
		if (status !== card.status) shown.status_changed_on = frappe.datetime.now_datetime();
		from.take(card.name);
		const element = to?.put(shown, before);
		element?.classList.add("lead-card-saving");
		if (focus) (element || from.list.querySelector(".lead-card"))?.focus();
		this.board.panel.mark_card();
	}

	put_back(was) {
		if (!was) return;
		const { board } = this;
		const { card, before, focus } = was;
		board.find(card.name).column?.take(card.name);
		const element = board.column(card.status)?.put(card, before);
		if (focus) element?.focus();
		board.panel.mark_card();
		board.panel.refresh();
	}

	moved({ card, message, notes, undo }, was) {
		const { board } = this;
		// What the server tells all windows of this user, this one knows.
		board.live.looked_at = Date.now();
		if (board.find(card.name).column?.status === card.status) board.find(card.name).column.update(card);
		else board.take_in(card);
		board.panel.follow(card);
		board.refresh_totals();
		const said = [message, ...(notes || [])].filter(Boolean).join(" ");
		board.announce(text_of(said));
		if (undo && (!was || card.status !== was.card.status)) this.offer_undo(said, card, undo, was);
	}

	offer_undo(said, card, undo, was) {
		const button = `<button type="button" class="btn btn-xs btn-default lead-undo" data-action="undo">${__(
			"Undo",
		)}</button>`;
		const alert = frappe.show_alert({ message: `${said} ${button}`, indicator: "green" }, UNDO_SECONDS, {
			undo: () => {
				$(alert).remove();
				this.undo(card, undo, was);
			},
		});
	}

	async undo(card, undo, was) {
		const { board } = this;
		const answer = await server.undo(card.name, undo);
		board.know(answer.people);
		if (!answer.moved) {
			await this.explain(answer, card.name);
			return;
		}
		board.find(card.name).column?.take(card.name);
		board.column(answer.card.status)?.put(answer.card, was?.before);
		board.panel.follow(answer.card);
		board.refresh_totals();
		board.announce(text_of(answer.message));
	}

	// Why not, and what can be done instead. The card is where it was, or where the server says that it is now.
	async explain({ why, message, allowed, card, successor }, name, again) {
		const { board } = this;
		const title = (card || board.find(name).card)?.title || "";
		if (why === "lost_reason" && again) {
			const reason = await lead_pipeline.ask_lost_reason(__("Set {0}", [__("Lost")]));
			if (reason) again(reason);
			return;
		}
		if (why === "next_step" && again) {
			frappe.show_alert({ message, indicator: "orange" });
			// Planned with the move itself. A step that is refused can be corrected.
			const send = async (next_step) => (await again({ next_step }))?.why !== "refused";
			lead_pipeline.steps.plan(name, { title: __("Plan the Next Step First"), send });
			return;
		}
		if (why === "gone" || why === "merged") board.find(name).column?.take(name);
		if (card) board.take_in(card);
		board.refresh_totals();
		board.panel.refresh();
		this.say_refused(title, message, {
			offers: (allowed || []).filter((name) => name !== card?.status),
			choose: (status) => this.drop(card.name, status, null, { by_hand: false }),
			again: ["busy", "changed", "place"].includes(why) && again && (() => again({})),
			open: successor,
		});
	}

	say_refused(title, message, { offers, choose, again, open }) {
		const dialog = new frappe.ui.Dialog({
			title: title ? __("{0} was not moved", [frappe.utils.escape_html(title)]) : __("Not moved"),
			...(again && {
				primary_action_label: __("Try Again"),
				primary_action: () => {
					dialog.hide();
					again();
				},
			}),
		});
		const buttons = offers.map((status) =>
			make(
				"button",
				{
					type: "button",
					class: `btn lead-status ${lead_pipeline.colour_class("status", status)}`,
					"data-status": status,
					onclick: () => {
						dialog.hide();
						choose(status);
					},
				},
				__(status),
			),
		);
		const text = make("p", { class: "lead-refusal" });
		text.innerHTML = message;
		$(dialog.body).append(
			text,
			buttons.length ? make("p", {}, __("Move it to:")) : "",
			make("div", { class: "lead-refusal-offers" }, buttons),
			open
				? make(
						"a",
						{ href: frappe.utils.get_form_link("Pipeline Lead", open) },
						__("Open {0}", [open]),
				  )
				: "",
		);
		name_for_readers(dialog);
		dialog.show();
		this.board.announce(text_of(message));
	}
}

// The cards above and below, by which the place is kept.
function neighbours({ cards }, name) {
	const place = cards.findIndex((card) => card.name === name);
	return { after: cards[place - 1]?.name, before: cards[place + 1]?.name, by_hand: 1 };
}
