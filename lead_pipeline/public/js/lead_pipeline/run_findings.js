// What an import or a migration has found out about its rows, or has made of them: numbers to filter by, and a table
// that grows page by page. While the server works, it is asked every now and then: that needs no socket.

const PAUSE = 1500;
const PAGE = 50;
const COLOURS = {
	Draft: "gray",
	Rehearsing: "blue",
	Rehearsed: "yellow",
	Importing: "blue",
	Stopped: "red",
	Done: "green",
};

// How a list shows where a run stands.
lead_pipeline.run_indicator = ({ status }) => [__(status), COLOURS[status], `status,=,${status}`];

lead_pipeline.RunFindings = class RunFindings {
	// `methods`: module with `state`, `rows`, `rehearse`, `start` and `download`; `argument`: what they call the
	// document's name.
	constructor(frm, options) {
		Object.assign(this, options, { frm, state: null, kind: null });
	}

	async refresh() {
		const { frm } = this;
		if (this.shown !== frm.doc.name)
			Object.assign(this, { shown: frm.doc.name, state: null, kind: null });
		if (frm.is_new()) return this.draw_hint();
		this.follow(await this.call("state"));
	}

	call(method, args = {}) {
		return frappe.xcall(`${this.methods}.${method}`, { [this.argument]: this.frm.doc.name, ...args });
	}

	// Save what is still open, let the server begin, and show how far it comes.
	async act(method) {
		let state;
		try {
			if (this.frm.is_dirty()) await this.frm.save();
			state = await this.call(method);
		} catch (refused) {
			// What the server refuses, the framework has shown.
			if (refused instanceof Error) throw refused;
			return;
		}
		this.follow(state);
	}

	download(args = {}) {
		open_url_post(`/api/method/${this.methods}.download`, {
			[this.argument]: this.frm.doc.name,
			...args,
		});
	}

	// The button of the step that comes next. `write` and `write_label`: what asks before anything is written about leads.
	add_steps({ can_rehearse, write_label, write }) {
		const { frm } = this;
		const { status } = this.state;
		if (can_rehearse) {
			frm.add_custom_button(__("Rehearse"), () => this.act("rehearse")).toggleClass(
				"btn-primary",
				status === "Draft" && !frm.is_dirty(),
			);
		}
		this.show_next_step();
		$(frm.wrapper)
			.off("dirty.lead_pipeline")
			.on("dirty.lead_pipeline", () => this.show_next_step());
		if (status === "Rehearsed") frm.add_custom_button(write_label, write).addClass("btn-primary");
		if (status === "Stopped") {
			frm.add_custom_button(__("Continue"), () => this.act("start")).addClass("btn-primary");
		}
	}

	// One button is the next step: saving, as long as there is something to save.
	show_next_step() {
		const { frm } = this;
		frm.page.btn_primary
			.toggleClass("btn-primary", frm.is_dirty())
			.toggleClass("btn-default", !frm.is_dirty());
	}

	// The rows of a table are given: none to add, none to take away.
	keep_rows(table) {
		const { frm } = this;
		frm.set_df_property(table, "cannot_add_rows", 1);
		frm.set_df_property(table, "cannot_delete_rows", 1);
		frm.get_field(table).grid.wrapper.addClass("lead-kept-rows");
	}

	is_running({ status }) {
		return ["Rehearsing", "Importing"].includes(status);
	}

	wrapper() {
		return this.frm.get_field("findings_html").$wrapper;
	}

	// Show a state, and ask again as long as the server works.
	async follow(state) {
		const was = this.state?.status;
		this.state = state;
		clearTimeout(this.timer);
		this.on_state(state);
		if (this.is_running(state)) {
			this.draw_progress();
			this.timer = setTimeout(() => this.ask_again(this.frm.doc.name), PAUSE);
			return;
		}
		if (was && was !== state.status && this.frm.doc.status !== state.status && !this.frm.is_dirty()) {
			return this.frm.reload_doc();
		}
		await this.draw();
	}

	async ask_again(name) {
		// The user may have gone elsewhere.
		if (this.frm.doc.name === name && $(this.frm.wrapper).is(":visible"))
			this.follow(await this.call("state"));
	}

	draw_hint() {
		this.wrapper().html($(`<p class="text-muted"></p>`).text(this.nothing_yet()));
	}

	draw_progress() {
		const { done, total, status_label } = this.state;
		const percent = total ? Math.min(100, Math.round((done * 100) / total)) : 0;
		const bar = $(`<div class="progress" role="progressbar"><div class="progress-bar"></div></div>`).attr(
			{
				"aria-valuenow": percent,
				"aria-label": status_label,
			},
		);
		bar.find(".progress-bar").css("width", `${percent}%`);
		this.wrapper()
			.empty()
			.append($("<p>").text(`${status_label} ${done} / ${total}`), bar);
	}

	async draw() {
		const { state } = this;
		const area = $(`<div class="lead-findings"></div>`);
		if (state.error) area.append($(`<p class="text-danger"></p>`).text(state.error));
		if (state.notes) area.append($(`<p class="text-muted"></p>`).text(state.notes));
		const numbers = state.outcomes.length ? state.outcomes : state.verdicts;
		if (!numbers.length) {
			area.append($(`<p class="text-muted"></p>`).text(this.nothing_yet()));
			return this.wrapper().empty().append(area);
		}
		area.append(this.kinds(numbers), this.table());
		this.wrapper().empty().append(area);
		await this.more();
	}

	// Numbers of rows: each shows its rows alone, once more shows all.
	kinds(numbers) {
		const bar = $(`<div class="lead-finding-kinds" role="group"></div>`).attr(
			"aria-label",
			__("Which rows are shown"),
		);
		for (const { kind, label, count } of numbers) {
			const pressed = this.kind === kind;
			$(`<button type="button" class="btn btn-sm"></button>`)
				.addClass(pressed ? "btn-primary-light" : "btn-default")
				.attr({ "aria-pressed": pressed, "data-kind": kind })
				.text(`${label} ${count}`)
				.on("click", () => {
					this.kind = pressed ? null : kind;
					this.draw();
				})
				.appendTo(bar);
		}
		return bar;
	}

	table() {
		const heads = [__("Row"), __("Lead Name"), __("Result"), __("Remark")];
		const table = $(
			`<table class="table lead-finding-rows"><thead><tr></tr></thead><tbody></tbody></table>`,
		);
		for (const head of heads) $("<th scope='col'>").text(head).appendTo(table.find("tr"));
		this.body = table.find("tbody");
		this.further = $(`<button type="button" class="btn btn-default btn-sm"></button>`)
			.text(__("Show More"))
			.on("click", () => this.more())
			.hide();
		return $("<div>").append(table, this.further);
	}

	async more() {
		const { body, further, kind } = this;
		const rows = await this.call("rows", { kind, start: body.children().length });
		// Meanwhile the table may have been drawn anew.
		if (body !== this.body) return;
		rows.forEach((row) => body.append(this.row(row)));
		further.toggle(rows.length === PAGE);
	}

	row({ file_row, title, kind, label, message, lead }) {
		const row = $("<tr>").attr("data-kind", kind);
		const heads = [__("Row"), __("Lead Name"), __("Result"), __("Remark")];
		const made = $("<div>").append($("<span>").text(label));
		if (lead) made.append($("<div>").html(lead_pipeline.document_link("Pipeline Lead", lead, lead)));
		const said = $("<div>");
		for (const line of (message || "").split("\n").filter(Boolean)) $("<div>").text(line).appendTo(said);
		row.append(
			$("<td>").text(file_row),
			$("<td>").text(title || ""),
			$("<td>").append(made),
			$("<td>").append(message ? said : null),
		);
		// On a small screen each cell says what it is.
		row.children().each((place, cell) => $(cell).attr("data-label", heads[place]));
		return row;
	}
};
