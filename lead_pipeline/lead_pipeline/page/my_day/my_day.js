// A person's own day: overdue, today, the next seven days, leads without a step, and how many mails and calls wait.

const METHOD = "lead_pipeline.lead_pipeline.page.my_day.my_day.my_day";
const LEAD = "Pipeline Lead";
const GROUPS = [
	{ name: "overdue", label: () => __("Overdue") },
	{ name: "due_today", label: () => __("Today") },
	{ name: "coming", label: () => __("The Next 7 Days") },
	{ name: "without_step", label: () => __("Leads Without a Step") },
];
const escape = (text) => frappe.utils.escape_html(text || "");

frappe.pages["my-day"].on_page_load = (wrapper) => {
	wrapper.my_day = new MyDay(wrapper);
};
frappe.pages["my-day"].on_page_show = (wrapper) => wrapper.my_day.refresh();

class MyDay {
	constructor(wrapper) {
		this.page = frappe.ui.make_app_page({ parent: wrapper, title: __("My Day"), single_column: true });
		this.page.set_secondary_action(__("Refresh"), () => this.refresh(), { icon: "refresh" });
		this.page.add_inner_button(__("Calendar"), () =>
			frappe.set_route("List", "Pipeline Activity", "Calendar"),
		);
		this.$day = $('<div class="my-day"></div>').appendTo(this.page.main);
		this.$day.on("click", "[data-action]", (event) => this.act(event.currentTarget));
	}

	async refresh() {
		const asked = (this.asked = (this.asked || 0) + 1);
		const { message } = await frappe.call({ method: METHOD, type: "GET" });
		if (asked !== this.asked) return;
		this.answer = message;
		this.show();
	}

	show() {
		const { counts, inbox } = this.answer;
		const groups = GROUPS.filter(({ name }) => counts[name]);
		this.$day.html(
			this.summary_html(counts, inbox) +
				(groups.map((group) => this.group_html(group)).join("") || this.empty_html()),
		);
	}

	summary_html(counts, inbox) {
		const tiles = GROUPS.map(
			({ name, label }) => `<a class="my-day-tile my-day-${name}${counts[name] ? "" : " my-day-zero"}"
				href="#my-day-${name}" data-action="jump" data-group="${name}">
				<span class="my-day-number">${cint(counts[name])}</span> <span>${label()}</span></a>`,
		);
		const waiting = `<a class="my-day-tile${
			inbox ? "" : " my-day-zero"
		}" href="${frappe.utils.generate_route({
			type: "Page",
			name: "lead-inbox",
		})}"><span class="my-day-number">${cint(inbox)}</span> <span>${__("Inbox")}</span></a>`;
		return `<nav class="my-day-summary" aria-label="${__("My Day")}">${tiles.join("")}${waiting}</nav>`;
	}

	group_html({ name, label }) {
		const rows = this.answer[name];
		const more = this.answer.counts[name] - rows.length;
		const html = rows.map((row, index) =>
			name === "without_step" ? this.lead_html(row, name, index) : this.step_html(row, name, index),
		);
		return `<section class="my-day-group my-day-${name} frappe-card" id="my-day-${name}">
			<h2>${label()} <span class="my-day-count">${cint(this.answer.counts[name])}</span></h2>
			<div role="list">${html.join("")}</div>
			${more > 0 ? `<p class="my-day-more text-muted">${__("{0} more", [more])}</p>` : ""}
		</section>`;
	}

	step_html(step, group, index) {
		const subject = step.subject === step.activity_type ? __(step.subject) : step.subject;
		return `<div class="my-day-row" role="listitem" data-group="${group}" data-index="${index}">
			<button type="button" class="lead-step-tick btn" data-action="done" title="${__("Done")}"
				aria-label="${escape(__("Done: {0}", [subject]))}">${frappe.utils.icon("tick", "sm")}</button>
			<div class="my-day-what">
				<div class="my-day-head">
					${lead_pipeline.steps.type_html(step)}
					${step.subject === step.activity_type ? "" : `<strong>${escape(subject)}</strong>`}
					${lead_pipeline.steps.due_html(step)}
				</div>
				${this.about_html(step.lead, step.lead_name, step.company_name, step.lead_status)}
			</div>
			<div class="my-day-actions">
				${this.reach_html(step)}
				<div class="btn-group">
					${this.button("tomorrow", __("Tomorrow"))}
					${this.button("next_week", __("Next Week"))}
					${this.button("move", "…", __("Another Day"))}
				</div>
			</div>
		</div>`;
	}

	lead_html(lead, group, index) {
		return `<div class="my-day-row" role="listitem" data-group="${group}" data-index="${index}">
			<div class="my-day-what">
				${this.about_html(lead.name, lead.lead_name, lead.company_name, lead.status)}
			</div>
			<div class="my-day-actions">
				${this.reach_html({ phone: lead.mobile_no || lead.phone, email: lead.email })}
				<button type="button" class="btn btn-xs btn-primary" data-action="plan">${__("Plan a Step")}</button>
			</div>
		</div>`;
	}

	about_html(name, title, company, status) {
		const behind =
			company && company !== title ? `<span class="text-muted">${escape(company)}</span>` : "";
		return `<div class="my-day-lead">${lead_pipeline.document_link(LEAD, name, title)} ${behind}
			${lead_pipeline.status_pill(status)}</div>`;
	}

	reach_html({ phone, email }) {
		const call = phone
			? `<a class="btn btn-xs btn-default" href="tel:${escape(phone.replace(/[^\d+]/g, ""))}"
				title="${escape(phone)}">${frappe.utils.icon("call", "xs")} ${__("Call")}</a>`
			: "";
		const write = email
			? `<a class="btn btn-xs btn-default" href="mailto:${escape(
					encodeURIComponent(email).replace("%40", "@"),
			  )}"
				title="${escape(email)}">${frappe.utils.icon("mail", "xs")} ${__("Write")}</a>`
			: "";
		return call + write;
	}

	button(action, label, title = label) {
		return `<button type="button" class="btn btn-xs btn-default" data-action="${action}"
			title="${escape(title)}" aria-label="${escape(title)}">${escape(label)}</button>`;
	}

	empty_html() {
		if (this.answer.nothing_yet) return this.first_html();
		return `<div class="my-day-empty frappe-card">
			<p><strong>${__("Nothing is left to do.")}</strong></p>
			<p class="text-muted">${__("Every lead of yours has a step that lies more than a week ahead.")}</p>
			<p><a class="btn btn-sm btn-default" href="${frappe.utils.generate_route({
				type: "List",
				name: LEAD,
				doctype: LEAD,
			})}">${__("To the Leads")}</a></p>
		</div>`;
	}

	first_html() {
		const create = frappe.model.can_create(LEAD)
			? `<button type="button" class="btn btn-sm btn-primary" data-action="create">${__(
					"Add Lead",
			  )}</button>`
			: "";
		return `<div class="my-day-empty frappe-card">
			<p><strong>${__("You have no open lead yet.")}</strong></p>
			<p class="text-muted">${__(
				"What you plan for your leads appears here: overdue, today, and the next seven days.",
			)}</p>
			<p>${create}</p>
		</div>`;
	}

	row_of(element) {
		const { group, index } = element.closest(".my-day-row").dataset;
		return this.answer[group][index];
	}

	async act(element) {
		const { action } = element.dataset;
		if (action === "jump") {
			document
				.getElementById(`my-day-${element.dataset.group}`)
				?.scrollIntoView({ behavior: "smooth" });
			return;
		}
		if (action === "create") {
			frappe.new_doc(LEAD);
			return;
		}
		const row = this.row_of(element);
		const done = () => this.refresh();
		if (action === "done") await lead_pipeline.steps.done(row, { done });
		else if (action === "plan") await lead_pipeline.steps.plan(row.name, { done });
		else if (action === "move") await lead_pipeline.steps.move(row, { done });
		else {
			await lead_pipeline.steps.call("move", { activity: row.name, due_on: action });
			await this.refresh();
		}
	}
}
