// Mails and calls that belong to nobody: a list, and a decision for each (lead_pipeline/capture/inbox/api.py).

const METHODS = "lead_pipeline.capture.inbox.api";
const PAGE = 20;
const STATES = { ready: __("Waiting"), ignored: __("Ignored"), done: __("Done") };
const KINDS = { "": __("All"), mail: __("E-mails"), call: __("Calls") };
const EMPTY = {
	ready: __("Nothing waits for a decision. New mails and calls that belong to no lead appear here."),
	ignored: __("Nothing was put aside."),
	done: __("No mail or call is on a lead yet."),
};
// Why a mail made no lead by itself: the values of the field on the record.
const REASONS = {
	Ignored: __("Ignored"),
	Bounce: __("Could not be delivered"),
	"Automatic Reply": __("Automatic reply"),
	"Mass Mail": __("Newsletter or mailing list"),
	Colleague: __("From one of us"),
	"No Sender": __("Without a sender's address"),
	"Claimed Sender": __("Passed on by a program that nobody vouches for; the address has an open lead"),
	Failed: __("Could not become a lead, see the Error Log"),
};
const escape = (text) => frappe.utils.escape_html(text || "");

frappe.pages["lead-inbox"].on_page_load = (wrapper) => {
	wrapper.lead_inbox = new LeadInbox(wrapper);
};
frappe.pages["lead-inbox"].on_page_show = (wrapper) => wrapper.lead_inbox.refresh();

class LeadInbox {
	constructor(wrapper) {
		this.state = "ready";
		this.kind = "";
		this.limit = PAGE;
		this.rows = [];
		this.ticked = new Set();
		this.page = frappe.ui.make_app_page({
			parent: wrapper,
			title: __("Lead Inbox"),
			single_column: true,
		});
		this.page.set_secondary_action(__("Refresh"), () => this.refresh(), { icon: "refresh" });
		const $card = $('<div class="lead-inbox frappe-card"></div>').appendTo(this.page.main);
		this.$bar = $('<div class="lead-inbox-bar"></div>').appendTo($card);
		this.$bulk = $('<div class="lead-inbox-bulk" hidden></div>').appendTo($card);
		this.$list = $('<div class="lead-inbox-list" role="list"></div>').appendTo($card);
		this.$more = $(
			`<button class="btn btn-default btn-sm lead-inbox-more" hidden>${__("Show more")}</button>`,
		)
			.appendTo($card)
			.on("click", () => this.show_more());
		this.$list.on("click", "[data-action]", (event) => this.act_on_row(event.currentTarget));
		this.$list.on("click", "[data-read]", ({ currentTarget }) => this.read(currentTarget));
		this.$list.on("change", ".lead-inbox-tick", (event) => this.tick(event.currentTarget));
		this.$bulk.on("click", "[data-action]", ({ currentTarget }) =>
			this.act(currentTarget.dataset.action, this.ticked_rows()),
		);
		this.$bulk.on("change", ".lead-inbox-tick-all", ({ currentTarget }) =>
			this.tick_all(currentTarget.checked),
		);
		this.$bar.on("click", "[data-state], [data-kind]", (event) =>
			this.choose(event.currentTarget.dataset),
		);
	}

	choose({ state = this.state, kind = this.kind }) {
		Object.assign(this, { state, kind, limit: PAGE });
		this.refresh();
	}

	show_more() {
		this.limit += PAGE;
		this.refresh();
	}

	async refresh() {
		const asked = (this.asked = (this.asked || 0) + 1);
		const args = { state: this.state, kind: this.kind || null, limit: this.limit };
		const answer = await frappe.xcall(`${METHODS}.items`, args);
		// Who presses two buttons quickly sees the list of the second.
		if (asked !== this.asked) return;
		this.rows = answer.rows;
		this.ticked.clear();
		this.show_bar(answer.ready);
		this.$list.html(
			this.rows.map((row, index) => this.row_html(row, index)).join("") || this.empty_html(),
		);
		this.$more.prop("hidden", !answer.more);
		this.show_bulk();
	}

	show_bar(ready) {
		const counts = { mail: ready.mail, call: ready.call, "": ready.mail + ready.call };
		const button = (attribute, value, label, pressed, count) =>
			`<button class="btn btn-sm ${
				pressed ? "btn-primary" : "btn-default"
			}" data-${attribute}="${value}"
				aria-pressed="${pressed}">
				${label}${count ? ` <span class="lead-inbox-count">${cint(count)}</span>` : ""}</button>`;
		const group = (label, buttons) =>
			`<div class="btn-group" role="group" aria-label="${label}">${buttons.join("")}</div>`;
		this.$bar.html(
			group(
				__("What was decided"),
				Object.entries(STATES).map(([state, label]) =>
					button("state", state, label, state === this.state, state === "ready" && counts[""]),
				),
			) +
				group(
					__("Kind"),
					Object.entries(KINDS).map(([kind, label]) =>
						button(
							"kind",
							kind,
							label,
							kind === this.kind,
							this.state === "ready" && kind && counts[kind],
						),
					),
				),
		);
	}

	show_bulk() {
		const count = this.ticked.size;
		this.$bulk.prop("hidden", !this.rows.length || this.state === "done");
		this.$bulk.html(`
			<label class="lead-inbox-all"><input type="checkbox" class="lead-inbox-tick-all"
				${count && count === this.rows.length ? "checked" : ""}>
				<span>${count ? __("{0} chosen", [count]) : __("Choose all")}</span></label>
			${count ? this.buttons(this.bulk_actions()) : ""}`);
	}

	bulk_actions() {
		if (this.state === "ignored") return [["restore", __("Back to Waiting")]];
		return [
			["create", __("Create")],
			["attach", __("Attach")],
			["attach_to", __("Attach to…")],
			["ignore", __("Ignore")],
		];
	}

	actions(row) {
		if (this.state === "done") return this.reply_actions(row);
		if (this.state === "ignored") return [["restore", __("Back to Waiting")]];
		const found = row.lead?.is_open
			? [["attach", __("Attach"), "btn-primary"]]
			: [["create", __("Create"), row.hidden ? "btn-default" : "btn-primary"]];
		if (row.lead && !row.lead.is_open) found.push(["attach", __("Attach")]);
		return [
			...found,
			...this.reply_actions(row),
			["attach_to", __("Attach to…")],
			["ignore", __("Ignore")],
		];
	}

	// The framework's composer reads the mail accounts.
	reply_actions({ kind, address }) {
		const can_reply = kind === "mail" && address.includes("@") && frappe.model.can_read("Email Account");
		return can_reply ? [["reply", __("Reply")]] : [];
	}

	buttons(actions) {
		return actions
			.map(
				([action, label, look = "btn-default"]) =>
					`<button class="btn btn-xs ${look}" data-action="${action}">${label}</button>`,
			)
			.join("");
	}

	row_html(row, index) {
		const is_call = row.kind === "call";
		const title = is_call
			? row.missed
				? __("Missed call")
				: __("Call")
			: row.subject || __("No Subject");
		const who = row.sender && row.sender !== row.address ? row.sender : row.address || __("Unknown");
		const address = who === row.address ? "" : `<span class="text-muted">${escape(row.address)}</span>`;
		const files = row.files
			.map(
				(name) =>
					`<span class="lead-inbox-file">${frappe.utils.icon("attachment", "xs")} ${escape(
						name,
					)}</span>`,
			)
			.join("");
		const reason = REASONS[row.reason]
			? `<span class="indicator-pill no-indicator-dot gray">${REASONS[row.reason]}</span>`
			: "";
		return `<div class="lead-inbox-row" role="listitem" data-index="${index}">
			${
				this.state === "done"
					? ""
					: `<input type="checkbox" class="lead-inbox-tick"
				aria-label="${escape(__("Choose {0}", [who]))}">`
			}
			<div class="lead-inbox-what">
				<div class="lead-inbox-who">
					${frappe.utils.icon(is_call ? "call" : "mail", "sm")}
					<strong>${escape(who)}</strong> ${address}
					<time class="text-muted" title="${escape(frappe.datetime.str_to_user(row.came_on))}"
						>${comment_when(row.came_on, true)}</time>
				</div>
				<div class="lead-inbox-text"><strong>${escape(title)}</strong>
					<span class="text-muted">${escape(row.text)}</span></div>
				${row.whole ? `<div class="lead-inbox-whole" hidden>${escape(row.whole)}</div>` : ""}
				<div class="lead-inbox-notes">${reason}${files}${this.lead_html(row)}${
					row.whole ? this.read_button() : ""
				}</div>
			</div>
			<div class="lead-inbox-actions">${this.buttons(this.actions(row))}</div>
		</div>`;
	}

	read_button() {
		return `<button type="button" class="btn btn-xs btn-link lead-inbox-read" data-read aria-expanded="false"
			>${__("Read All")}</button>`;
	}

	// The whole mail instead of its beginning, and back.
	read(button) {
		const open = button.getAttribute("aria-expanded") !== "true";
		const row = button.closest(".lead-inbox-row");
		row.querySelector(".lead-inbox-whole").hidden = !open;
		row.querySelector(".lead-inbox-text > .text-muted").hidden = open;
		button.setAttribute("aria-expanded", open);
		button.textContent = open ? __("Read Less") : __("Read All");
	}

	lead_html({ lead, hidden }) {
		const unseen = hidden
			? `<span class="text-muted">${__("Belongs to a lead that you may not see")}</span>`
			: "";
		if (!lead) return unseen;
		const owner = lead.owner || __("without a sales person");
		return `<span class="lead-inbox-lead">${__("Lead")}: ${lead_pipeline.document_link(
			"Pipeline Lead",
			lead.name,
			lead.title,
		)}
			${lead_pipeline.status_pill(lead.status)}
			<span class="text-muted">${escape(owner)}</span></span>${unseen}`;
	}

	empty_html() {
		const accounts =
			this.state === "ready" && frappe.model.can_create("Email Account")
				? `<p><a class="btn btn-sm btn-default" href="${frappe.utils.generate_route({
						type: "List",
						name: "Email Account",
						doctype: "Email Account",
				  })}">${__("Mail Accounts")}</a></p>`
				: "";
		return `<div class="lead-inbox-empty text-muted"><p>${EMPTY[this.state]}</p>${accounts}</div>`;
	}

	tick(box) {
		const index = cint(box.closest("[data-index]").dataset.index);
		box.checked ? this.ticked.add(index) : this.ticked.delete(index);
		this.show_bulk();
	}

	tick_all(checked) {
		this.$list.find(".lead-inbox-tick").prop("checked", checked);
		this.ticked = new Set(checked ? this.rows.keys() : []);
		this.show_bulk();
	}

	ticked_rows() {
		return [...this.ticked].map((index) => this.rows[index]);
	}

	act_on_row(button) {
		const row = this.rows[button.closest("[data-index]").dataset.index];
		this.act(button.dataset.action, [row]);
	}

	act(action, rows) {
		if (action === "reply") return this.reply(rows[0]);
		if (action !== "attach_to") return this.send(action, rows);
		frappe.prompt(
			{ fieldname: "lead", fieldtype: "Link", options: "Pipeline Lead", label: __("Lead"), reqd: 1 },
			({ lead }) => this.send("attach", rows, { lead }),
			__("Attach to a Lead"),
			__("Attach"),
		);
	}

	async send(action, rows, more = {}) {
		const entries = rows.map(({ doctype, name }) => [doctype, name]);
		const answer = await frappe.xcall(`${METHODS}.${action}`, { entries, ...more });
		const leads = [...new Set(answer.done.map(({ lead }) => lead).filter(Boolean))];
		const link =
			leads.length === 1 ? lead_pipeline.document_link("Pipeline Lead", leads[0], leads[0]) : "";
		const indicator = answer.refused.length ? "orange" : "green";
		frappe.show_alert({ message: `${answer.message} ${link}`, indicator }, 10);
		await this.refresh();
		return answer;
	}

	// An answer belongs to the lead, as the mail does, which is therefore put there first.
	async reply(row) {
		const put_on_lead = async () => {
			const answer = await this.send(row.lead?.is_open ? "attach" : "create", [row]);
			return answer.done[0]?.lead;
		};
		const lead = this.state === "done" ? row.lead?.name : await put_on_lead();
		if (!lead) return;
		const subject = row.subject || "";
		new frappe.views.CommunicationComposer({
			doc: { doctype: "Pipeline Lead", name: lead },
			recipients: row.address,
			subject: /^re:/i.test(subject) ? subject : __("Re: {0}", [subject]),
			is_a_reply: true,
			last_email: {
				name: row.name,
				sender: row.address,
				recipients: "",
				content: escape(row.whole || row.text).replace(/\n/g, "<br>"),
				communication_date: row.came_on,
			},
		});
	}
}
