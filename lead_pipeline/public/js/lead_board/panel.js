// The lead beside the board: everything for the next call without leaving the page. One request brings it.

import { avatar, icon, make, person, text_of } from "../lead_pipeline/dom";
import { date, money } from "./card";
import * as server from "./server";

const LEAD = "Pipeline Lead";

// What is edited in place, in the order in which it is asked for.
const FIELDS = [
	"lead_name",
	"company_name",
	"job_title",
	"email",
	"phone",
	"mobile_no",
	"column",
	"expected_revenue",
	"currency",
	"probability",
	"expected_closing",
	"priority",
	"channel",
	"tags",
];

export class Panel {
	constructor(board) {
		this.board = board;
		this.body = make("div", { class: "lead-panel-body" });
		this.title = make("h2", { class: "lead-panel-title", tabindex: -1 });
		this.company = make("div", { class: "lead-panel-company" });
		this.owner = make("button", {
			type: "button",
			class: "btn lead-panel-owner",
			onclick: () => this.act(action_named("hand_over")),
		});
		this.open_link = make("a", { class: "btn btn-default btn-sm" }, __("Open"));
		this.element = make(
			"aside",
			{ class: "lead-panel", "aria-label": __("Lead"), hidden: true },
			make(
				"header",
				{ class: "lead-panel-head" },
				make(
					"div",
					{ class: "lead-panel-tools" },
					this.tool("up-line", __("Previous lead"), () => this.go(-1)),
					this.tool("down", __("Next lead"), () => this.go(1)),
					make("span", { class: "lead-panel-gap" }),
					this.open_link,
					this.tool("close", __("Close"), () => this.close()),
				),
				make(
					"div",
					{ class: "lead-panel-who" },
					make("div", {}, this.title, this.company),
					this.owner,
				),
			),
			this.body,
		);
		this.element.addEventListener("keydown", (event) => this.on_key(event));
		this.build_body();
	}

	tool(name, label, onclick) {
		return make(
			"button",
			{
				type: "button",
				class: "btn btn-sm lead-panel-tool",
				title: label,
				"aria-label": label,
				onclick,
			},
			icon(name, "sm"),
		);
	}

	build_body() {
		this.head_place = make("div", { class: "lead-panel-block" });
		this.head = new lead_pipeline.LeadHead(this.head_place, {
			choose: (status) => this.choose(status),
			act: (action) => this.act(action),
			create: (doctype) => this.create(doctype),
			write_mail: (address) => this.write_mail(address),
			planned: () => this.changed(),
			before: (ask) => ask(),
		});
		this.fields_place = make("div", { class: "lead-panel-fields" });
		this.why = make("div", { class: "lead-panel-block" });
		this.documents = make("div", { class: "lead-panel-block" });
		this.description = make("div", { class: "lead-panel-block" });
		this.timeline = make("div", { class: "lead-panel-block" });
		this.body.append(
			this.head_place,
			this.why,
			this.fields_place,
			this.description,
			this.documents,
			this.timeline,
		);
	}

	async open(name) {
		const fresh = this.lead !== name;
		this.lead = name;
		this.element.hidden = false;
		this.board.element.classList.add("lead-board-beside");
		this.mark_card();
		const { card } = this.board.find(name);
		if (card && fresh) this.show_known(card);
		await this.refresh();
		if (this.lead === name && fresh) this.title.focus({ preventScroll: true });
	}

	// What the card says already, until the rest is there.
	show_known(card) {
		this.data = null;
		this.show_who(card, card.owner);
		this.body.classList.add("lead-panel-loading");
		this.body.scrollTop = 0;
	}

	async refresh() {
		const name = this.lead;
		if (!name || this.element.hidden) return;
		const asked = (this.asked = (this.asked || 0) + 1);
		let data;
		try {
			data = await server.panel(name);
		} catch {
			if (asked === this.asked) this.body.classList.remove("lead-panel-loading");
			return;
		}
		if (asked !== this.asked || this.lead !== name) return;
		this.body.classList.remove("lead-panel-loading");
		if (data.gone) {
			this.close();
			this.tell_gone(data.successor);
			this.board.load();
			return;
		}
		this.show(data);
	}

	tell_gone(successor) {
		const link = successor && lead_pipeline.document_link(LEAD, successor, successor);
		const message = link
			? __("This lead was merged into {0}.", [link])
			: __("This lead was deleted, or you may not see it any more.");
		frappe.show_alert({ message, indicator: "orange" }, 10);
	}

	show(data) {
		this.data = data;
		this.board.know(data.people);
		const { lead } = data;
		const can_write = Boolean(data.may.write);
		this.values = {
			...lead,
			lead_name: lead.title,
			company_name: lead.company,
			tags: data.card.tags.map(({ name }) => ({ tag: name })),
		};
		this.show_who(lead, lead.lead_owner);
		this.owner.disabled = !can_write;
		this.head.show_status({ status: lead.status, lead_type: lead.lead_type, locked: !can_write });
		this.head.show_actions(this.values, can_write);
		this.head.show_steps(data.steps, can_write);
		this.show_fields(can_write);
		this.show_why(data.why, can_write);
		this.show_description(text_of(lead.description));
		this.show_documents(data.documents);
		this.show_timeline(data.timeline);
	}

	show_who({ name, title, company }, owner) {
		this.title.textContent = title || name;
		this.company.textContent = company && company !== title ? company : "";
		this.open_link.href = frappe.utils.get_form_link(LEAD, name);
		this.show_owner(owner);
	}

	show_owner(owner) {
		const { people } = this.board;
		const label = owner
			? __("Sales person: {0}. Hand over", [person(owner, people).name])
			: __("Hand over to a sales person");
		this.owner.replaceChildren(avatar(owner, people));
		this.owner.title = label;
		this.owner.setAttribute("aria-label", label);
	}

	// Real controls of the framework, each saved when it is left. Each lead has its own: what is left for another lead is
	// still saved in the one in which it was typed.
	show_fields(can_write) {
		if (this.fields?.lead !== this.lead) this.make_fields();
		const { fields } = this;
		fields.values = this.values;
		fields.showing = true;
		for (const field of FIELDS.filter((field) => field !== "column")) {
			const control = fields.get_field(field);
			control.df.read_only = can_write ? 0 : 1;
			if (field !== this.being_edited())
				control.set_value(this.values[field] || (field === "tags" ? [] : ""));
			control.refresh();
			// What is longer than its input is read by resting the mouse on it.
			if (typeof this.values[field] === "string") control.$wrapper.attr("title", this.values[field]);
		}
		// The controls tell of their new values a moment later.
		clearTimeout(fields.showing_timer);
		fields.showing_timer = setTimeout(() => (fields.showing = false), 300);
	}

	make_fields() {
		const place = make("div");
		const fields = new frappe.ui.FieldGroup({
			fields: this.field_definitions((field) => this.edited(fields, field)),
			body: place,
		});
		fields.lead = this.lead;
		fields.make();
		// The framework's labels belong to no field.
		for (const { $input, df } of fields.fields_list) $input?.attr("aria-label", df.label);
		this.fields_place.replaceChildren(place);
		this.fields = fields;
	}

	being_edited() {
		return this.fields_place.contains(document.activeElement)
			? document.activeElement.closest("[data-fieldname]")?.dataset.fieldname
			: null;
	}

	field_definitions(edited) {
		return FIELDS.map((field) => {
			if (field === "column") return { fieldtype: "Column Break", fieldname: "column" };
			const { fieldtype, options, label, precision } = frappe.meta.get_docfield(LEAD, field);
			return {
				fieldname: field,
				fieldtype,
				options,
				precision: field === "probability" ? 0 : precision,
				label: __(label, null, LEAD),
				get_query: field === "channel" ? () => ({ filters: { disabled: 0 } }) : undefined,
				change: () => edited(field),
			};
		});
	}

	async edited(fields, field) {
		if (fields.showing || !fields.values) return;
		const value = fields.get_field(field).get_value();
		if (comparable(value) === comparable(fields.values[field])) return;
		fields.values[field] = value;
		await this.save(fields.lead, { [field]: value });
	}

	async save(lead, values) {
		try {
			await server.save(lead, values);
			frappe.show_alert({ message: __("Saved"), indicator: "green" }, 2);
		} catch {
			// What the server had to say is on the screen.
		}
		await Promise.all([this.refresh(), this.board.refresh_cards([lead])]);
	}

	// Something was done with the lead: its card and this panel show what it is now.
	async changed() {
		await Promise.all([this.refresh(), this.board.refresh_cards([this.lead])]);
	}

	show_why(why, can_write) {
		if (!why) {
			this.why.replaceChildren();
			return;
		}
		this.why.innerHTML = lead_pipeline.why_html(why, can_write);
		$(this.why)
			.find(".lead-follow")
			.on("click", () => this.do(() => server.follow_documents(this.lead)));
		$(this.why)
			.find(".lead-repair")
			.on("click", () => this.do(() => server.repair(this.lead)));
	}

	async do(act) {
		try {
			const message = await act();
			if (message) frappe.show_alert({ message, indicator: "green" });
		} catch {
			// Said by the framework.
		}
		await this.changed();
	}

	show_description(description) {
		this.description.replaceChildren(
			...(description
				? [make("h3", {}, __("Description")), make("p", { class: "lead-panel-text" }, description)]
				: []),
		);
	}

	show_documents(documents) {
		this.documents.replaceChildren(
			...(documents.length
				? [
						make("h3", {}, __("Documents")),
						make(
							"ul",
							{ class: "lead-panel-list" },
							documents.map((document) =>
								make(
									"li",
									{},
									make(
										"a",
										{ href: frappe.utils.get_form_link(document.doctype, document.name) },
										`${document.label} ${document.name}`,
									),
									document.status_label &&
										make(
											"span",
											{ class: "indicator-pill no-indicator-dot gray" },
											document.status_label,
										),
									document.total
										? make(
												"span",
												{ class: "lead-panel-total" },
												money(document.total, document.currency, 2),
										  )
										: null,
								),
							),
						),
				  ]
				: []),
		);
	}

	show_timeline(entries) {
		// What somebody is typing stays while others act on the lead, and is not sent with another one.
		if (this.comment_of !== this.lead) this.make_comment_box();
		this.entries_place.replaceChildren(
			make(
				"ol",
				{ class: "lead-panel-list lead-panel-timeline" },
				entries.map((entry) => timeline_entry(entry)),
			),
			entries.length ? "" : make("p", { class: "text-muted" }, __("Nobody has written or called yet.")),
		);
	}

	make_comment_box() {
		this.comment_of = this.lead;
		const comment = make("textarea", {
			class: "form-control",
			rows: 2,
			placeholder: __("Write a comment"),
			"aria-label": __("Write a comment"),
		});
		const add = make(
			"button",
			{ type: "button", class: "btn btn-default btn-xs", onclick: () => this.comment(comment) },
			__("Comment"),
		);
		this.entries_place = make("div");
		this.timeline.replaceChildren(
			make("h3", {}, __("Last Mails, Calls and Comments")),
			make("div", { class: "lead-panel-comment" }, comment, add),
			this.entries_place,
		);
	}

	async comment(box) {
		const text = box.value.trim();
		if (!text) {
			box.focus();
			return;
		}
		box.disabled = true;
		try {
			await server.comment(this.lead, text);
			box.value = "";
		} catch {
			// Said by the framework; what was typed stays.
		}
		box.disabled = false;
		await this.refresh();
	}

	async choose(status) {
		const { moves } = this.board;
		if (!this.board.find(this.lead).column) await moves.set(this.data.lead, status);
		else
			await moves.drop(this.lead, status, this.board.column(status)?.cards[0]?.name, {
				by_hand: false,
			});
	}

	async act(action) {
		if (!this.data) return;
		const acted = await lead_pipeline.act(action, [this.lead], this.values);
		await this.changed();
		if (acted && action.asks_for_step) lead_pipeline.ask_for_step(this.values, () => this.changed());
	}

	async create(doctype) {
		let open;
		try {
			open = await lead_pipeline.create(doctype, this.values);
		} catch {
			// Said by the framework.
		}
		open?.();
	}

	write_mail(address) {
		const { lead, may } = this.data;
		if (!may.email) {
			window.location.href = `mailto:${encodeURIComponent(address).replace("%40", "@")}`;
			return;
		}
		const composer = new frappe.views.CommunicationComposer({
			doc: { ...lead, doctype: LEAD },
			recipients: address,
			subject: "",
		});
		composer.dialog.$wrapper.one("hidden.bs.modal", () => this.changed());
	}

	// A move of this lead has come to its end.
	follow(card) {
		if (card.name === this.lead) this.refresh();
	}

	go(step) {
		const name = this.board.neighbour(this.lead, step);
		if (name) this.open(name);
	}

	on_key(event) {
		if (
			event.target.closest(
				"input, textarea, select, [contenteditable], .ql-editor, [role=radiogroup], .dropdown",
			)
		)
			return;
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (step) {
			event.preventDefault();
			this.go(step);
		} else if (event.key === "Escape") {
			event.stopPropagation();
			this.close();
		}
	}

	close() {
		const name = this.lead;
		this.lead = null;
		this.element.hidden = true;
		this.board.element.classList.remove("lead-board-beside");
		this.mark_card();
		const { column } = this.board.find(name);
		column?.find_element(name)?.focus({ preventScroll: true });
	}

	// The card of the lead that is open, whatever was drawn anew since.
	mark_card() {
		for (const element of this.board.columns_place.querySelectorAll(".lead-card-open")) {
			element.classList.remove("lead-card-open");
		}
		const { column } = this.lead ? this.board.find(this.lead) : {};
		column?.find_element(this.lead)?.classList.add("lead-card-open");
	}
}

const KINDS = { mail: "mail", call: "call", comment: "comment" };

function timeline_entry({ kind, on, by, by_name, direction, subject, text }) {
	const directions = { in: __("received"), out: __("sent") };
	return make(
		"li",
		{},
		icon(KINDS[kind] || "message", "sm"),
		make(
			"div",
			{ class: "lead-panel-entry" },
			make(
				"div",
				{ class: "lead-panel-entry-head" },
				make("strong", {}, by_name || by || ""),
				kind === "mail" &&
					directions[direction] &&
					make("span", { class: "text-muted" }, directions[direction]),
				make("time", { class: "text-muted", title: date(on) }, frappe.datetime.prettyDate(on, true)),
			),
			subject && make("div", {}, subject),
			text && make("div", { class: "lead-panel-text" }, text),
		),
	);
}

function comparable(value) {
	if (Array.isArray(value)) return value.map(({ tag }) => tag).join("\n");
	return value === null || value === undefined || value === 0 ? "" : String(value);
}

function action_named(name) {
	return lead_pipeline.actions.find((action) => action.name === name);
}
