// The bar above the list of leads: which leads are shown, and one box that searches name, company, e-mail and phone.
// What it sets are ordinary filters of the list, which the framework keeps for each user, shows, shares in the address
// and saves under a name; the search is the only thing that a filter of the framework cannot say.

const LEAD = "Pipeline Lead";
const SEARCH = "lead_pipeline.search.listing";
const VIEWS = [
	{ label: () => __("Opened"), categories: () => lead_pipeline.OPEN_CATEGORIES },
	{ label: () => __("To Qualify"), categories: () => lead_pipeline.UNQUALIFIED_CATEGORIES },
	{ label: () => __("Closed"), categories: () => lead_pipeline.CLOSED_CATEGORIES },
	{ label: () => __("All"), categories: () => null },
];
// What one looks for among the open leads; each is an ordinary filter on its field.
const WORK = [
	{ label: () => __("No Next Step"), filter: () => ["next_step", "=", "None"] },
	{ label: () => __("Overdue"), filter: () => ["next_step", "=", "Overdue"] },
	{ label: () => __("Stuck"), filter: () => until("stuck_on", frappe.datetime.get_today()) },
	{
		label: () => __("Due to Close"),
		hint: () => __("Expected to close within {0} days", [DAYS_TO_CLOSE]),
		filter: () =>
			until("expected_closing", frappe.datetime.add_days(frappe.datetime.get_today(), DAYS_TO_CLOSE)),
	},
];
const DAYS_TO_CLOSE = 30;

// Up to a day. For the framework "at most" is also what has no day at all.
function until(field, day) {
	return [field, "Between", [lead_pipeline.FIRST_DAY, day]];
}

lead_pipeline.FIRST_DAY = "1900-01-01";

lead_pipeline.opened_filter = () => [LEAD, "status_category", "in", lead_pipeline.OPEN_CATEGORIES];

// Ask the server again even if the same was asked a moment ago, which the framework takes for a slip: since then
// something was done to the leads.
lead_pipeline.reload_list = (list) => {
	list.last_args = null;
	list.refresh();
};

lead_pipeline.ListBar = class ListBar {
	constructor(list) {
		this.list = list;
		this.bar = $(`<div class="lead-list-bar"></div>`).prependTo(list.page.main);
		this.buttons = $(`<div class="lead-list-buttons"></div>`).appendTo(this.bar);
		this.add_views();
		this.mine = this.toggle(__("My Leads"), () => this.show_mine()).appendTo(this.buttons);
		this.unowned = this.toggle(__("Without Sales Person"), () => this.show_unowned()).appendTo(
			this.buttons,
		);
		this.add_work();
		this.add_more();
		this.add_search();
		this.search_with_the_list();
	}

	add_views() {
		const group = $(`<div class="btn-group" role="group"></div>`)
			.attr("aria-label", __("Which leads are shown"))
			.appendTo(this.buttons);
		this.views = VIEWS.map((view) =>
			this.toggle(view.label(), () => this.show_view(view)).appendTo(group),
		);
	}

	add_work() {
		const group = $(`<div class="btn-group lead-list-work" role="group"></div>`)
			.attr("aria-label", __("What is to be done"))
			.appendTo(this.buttons);
		this.work = WORK.map((work, index) =>
			this.toggle(work.label(), () => this.show_work(index))
				.attr("title", work.hint?.() || null)
				.appendTo(group),
		);
	}

	toggle(label, on_click) {
		return $(`<button type="button" class="btn btn-default btn-sm" aria-pressed="false"></button>`)
			.text(label)
			.on("click", on_click);
	}

	add_search() {
		this.search = $(`<input type="search" class="form-control input-xs lead-search">`)
			.attr({ placeholder: __("Name, company, e-mail or phone"), "aria-label": __("Search leads") })
			.on(
				"input",
				frappe.utils.debounce(() => this.search_changed(), 400),
			)
			.appendTo(this.bar);
	}

	// On a small screen the framework's filters would fill the first page: they come when asked for. Frappe 16 has a
	// button of its own for that.
	add_more() {
		this.list.$page.addClass("lead-list");
		if (this.list.filter_area?.toggle_standard_filter) return;
		this.more = this.toggle(__("Filters"), () => {
			const open = this.list.$page.toggleClass("lead-filters-open").hasClass("lead-filters-open");
			press(this.more, open);
		})
			.addClass("lead-more-filters")
			.appendTo(this.bar);
	}

	// The list has been drawn: press the buttons that say what it shows now, whoever set its filters.
	update() {
		this.searched = this.text_asked;
		const filters = this.list.filter_area.get();
		const mine = filters.some((filter) => is(filter, "lead_owner", frappe.session.user));
		this.views.forEach((button, index) => press(button, shows(filters, VIEWS[index].categories())));
		press(this.mine, mine);
		press(this.unowned, filters.some(is_unowned));
		this.work.forEach((button, index) => press(button, filters.some(same_as(WORK[index].filter()))));
	}

	async show_view(view) {
		const categories = view.categories();
		const filters = this.list.filter_area.get();
		const status = filters.find(([, field]) => field === "status");
		const contradicts = status && categories && !categories.includes(lead_pipeline.category(status[3]));
		await this.set_filters(
			["status_category", contradicts && "status"],
			categories ? [[LEAD, "status_category", "in", categories]] : [],
		);
	}

	async show_mine() {
		const mine = this.mine.attr("aria-pressed") === "true";
		await this.set_filters(["lead_owner"], mine ? [] : [[LEAD, "lead_owner", "=", frappe.session.user]]);
	}

	async show_unowned() {
		const unowned = this.unowned.attr("aria-pressed") === "true";
		await this.set_filters(["lead_owner"], unowned ? [] : [[LEAD, "lead_owner", "is", "not set"]]);
	}

	// Steps and dates say something of open leads only: who looks at others looks at the open ones from now on.
	async show_work(index) {
		const fields = [...new Set(WORK.map(({ filter }) => filter()[0]))];
		if (this.work[index].attr("aria-pressed") === "true") {
			await this.set_filters(fields, []);
			return;
		}
		const filters = this.list.filter_area.get();
		const among_open = filters.find(
			([, field, , value]) =>
				field === "status_category" &&
				[].concat(value).every((category) => lead_pipeline.OPEN_CATEGORIES.includes(category)),
		);
		const wanted = [[LEAD, ...WORK[index].filter()]];
		if (!among_open) wanted.push(lead_pipeline.opened_filter());
		await this.set_filters([...fields, !among_open && "status_category"], wanted);
	}

	// Replace the list's filters on some fields, and ask the server once.
	async set_filters(fields, filters) {
		const area = this.list.filter_area;
		area.trigger_refresh = false;
		for (const field of fields.filter(Boolean)) await area.remove(field);
		await area.add(filters, false);
		area.trigger_refresh = true;
		this.ask_again();
	}

	search_changed() {
		if (this.text !== this.searched) this.ask_again();
	}

	get text() {
		return this.search.val().trim();
	}

	ask_again() {
		this.list.start = 0;
		lead_pipeline.reload_list(this.list);
	}

	// Rows and their number both follow the search box.
	search_with_the_list() {
		const { list } = this;
		const get_call_args = list.get_call_args.bind(list);
		list.get_call_args = () => {
			this.text_asked = this.text;
			const call = get_call_args();
			if (!this.text) return call;
			return { ...call, method: `${SEARCH}.found_rows`, args: { ...call.args, text: this.text } };
		};
		const get_count_str = list.get_count_str.bind(list);
		list.get_count_str = () => (this.text ? this.count_matches() : get_count_str());
	}

	async count_matches() {
		const { message } = await frappe.call({
			method: `${SEARCH}.count_found`,
			type: "GET",
			args: { text: this.text, filters: this.list.get_filters_for_args() },
		});
		this.list.total_count = message.count;
		const found = message.more ? `${message.count}+` : message.count;
		return __("{0} of {1}", [this.list.data.length, found]);
	}
};

function is([, field, operator, value], wanted_field, wanted_value) {
	return field === wanted_field && operator === "=" && value === wanted_value;
}

function same_as([wanted_field, wanted_operator, wanted_value]) {
	return ([, field, operator, value]) =>
		field === wanted_field &&
		operator === wanted_operator &&
		JSON.stringify(value) === JSON.stringify(wanted_value);
}

function is_unowned([, field, operator, value]) {
	return field === "lead_owner" && operator === "is" && value === "not set";
}

// Whether the filters show the leads of exactly these categories; without categories: of all.
function shows(filters, categories) {
	const set = filters.filter(([, field]) => ["status", "status_category"].includes(field));
	if (!categories) return !set.length;
	const [filter] = set.filter(([, field, operator]) => field === "status_category" && operator === "in");
	return Boolean(filter) && frappe.utils.arrays_equal([...filter[3]].sort(), [...categories].sort());
}

function press(button, pressed) {
	button
		.attr("aria-pressed", pressed)
		.toggleClass("btn-primary-light", pressed)
		.toggleClass("btn-default", !pressed);
}
