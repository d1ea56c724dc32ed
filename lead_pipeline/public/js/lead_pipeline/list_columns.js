// Columns of the list of leads: as many as the window has room for, tags in their colours, dates that are due in red.

const LEAD = "Pipeline Lead";
const escape_html = frappe.utils.escape_html;

// After name and status, the most wanted first; what a site adds to the list itself comes behind.
const ORDER = ["next_step", "lead_owner", "expected_revenue", "tags", "status_changed_on"];
const OWN = ORDER.length - 3;
// The company stands below the name.
const IN_NAME = ["lead_name", "company_name", "status"];
// Heads that would be cut.
const SHORT = { expected_revenue: () => __("Revenue") };
const ROOM = [
	{ width: 1400, fields: ORDER.length, wide: true },
	{ width: 1200, fields: 4 },
	{ width: 0, fields: 2 },
];

// Set the columns of `list` unless the site has chosen its own in the list's settings.
lead_pipeline.arrange_columns = (list) => {
	// The report view has columns of its own, and on Frappe 16 none yet.
	if (list.view_name === "Report" || !list.columns) return;
	const { fields, total_fields } = list.list_view_settings || {};
	if (fields || total_fields) return;
	const fixed = list.columns.filter(({ type }) => type !== "Field");
	const own = list
		.get_fields_in_list_view()
		.filter(({ in_list_view, fieldname }) => in_list_view && !IN_NAME.includes(fieldname))
		.map((df) => ({
			type: "Field",
			df: SHORT[df.fieldname] ? { ...df, label: SHORT[df.fieldname]() } : df,
		}));
	const { fields: room, wide } = ROOM.find(({ width }) => window.innerWidth >= width);
	list.columns = [...fixed, ...[...own, ...computed()].sort(by_order).slice(0, room)];
	list.$result.addClass("lead-columns-fit");
	list.$result.toggleClass("lead-columns", Boolean(wide) && own.length === OWN);
	list.render_header(true);
};

function computed() {
	return [
		{ type: "Field", df: { fieldname: "next_step", label: __("Next Step") } },
		{ type: "Field", df: { fieldname: "tags", label: __("Tags") } },
		{ type: "Field", df: { fieldname: "status_changed_on", label: __("In Status Since") } },
	];
}

function by_order(one, other) {
	return place(one) - place(other);
}

function place({ df }) {
	const found = ORDER.indexOf(df.fieldname);
	return found < 0 ? ORDER.length : found;
}

lead_pipeline.list_formatters = {
	lead_owner: (value) => filterable("lead_owner", value, frappe.user_info(value).fullname),
	// Without cents, which would be cut off.
	expected_revenue: (value, df, lead) =>
		value ? `<div class="text-right">${format_currency(value, lead.currency || undefined, 0)}</div>` : "",
	status_changed_on(value, df, lead) {
		const stuck = lead.stuck_on && lead.stuck_on <= frappe.datetime.get_today();
		const since = value ? frappe.datetime.comment_when(value, true) : "";
		return stuck ? `<span class="lead-stuck" title="${__("Stuck")}">${since}</span>` : since;
	},
	next_step(value, df, lead) {
		if (lead_pipeline.is_closed(lead.status)) return "";
		return `<a class="filterable ellipsis" title="${escape_html(__(value))}"
			data-filter="next_step,=,${escape_html(value)}"
			>${lead_pipeline.steps.state_html(value, lead.next_contact_date)}</a>`;
	},
	tags: (value, df, lead) =>
		`<span class="lead-tags" data-lead="${escape_html(lead.name)}">${tag_pills(lead.name)}</span>`,
};

// A value that filters the list when it is clicked, as the framework's own are.
function filterable(field, value, label = value, css_class = "") {
	if (!value) return "";
	return `<a class="filterable ellipsis ${css_class || ""}" title="${escape_html(label)}"
		data-filter="${escape_html(`${field},=,${value}`)}">${escape_html(label)}</a>`;
}

// The company below the name, unless they are the same: a name keeps the room of two columns.
lead_pipeline.show_companies = (list) => {
	const companies = new Map(list.data.map((lead) => [lead.name, lead]));
	list.$result.find(".list-row-container").each((index, row) => {
		const name = row.querySelector(".list-row-checkbox")?.dataset.name;
		const { company_name, lead_name } = companies.get(name) || {};
		const title = row.querySelector(".list-subject .level-item.ellipsis");
		if (!title || !company_name || company_name === lead_name) return;
		const company = document.createElement("span");
		company.className = "lead-row-company text-muted ellipsis";
		company.title = company.textContent = company_name;
		title.classList.add("lead-row-names");
		title.append(company);
	});
};

const tags_of = new Map();

function tag_pills(lead) {
	return (tags_of.get(lead) || []).map(lead_pipeline.tag_pill).join(" ");
}

// Ask for the tags of the leads in the list and put them into their rows.
lead_pipeline.show_tags = async (list) => {
	const leads = list.data.map(({ name }) => name);
	if (!leads.length || !list.columns.some(({ df }) => df?.fieldname === "tags")) return;
	// Not by a GET: the names of a long list are too much for an address.
	const { message: rows } = await frappe.call("frappe.client.get_list", {
		doctype: LEAD,
		fields: ["name", "tags.tag as tag"],
		filters: { name: ["in", leads] },
		limit_page_length: 0,
	});
	leads.forEach((lead) => tags_of.set(lead, []));
	rows.filter(({ tag }) => tag).forEach(({ name, tag }) => tags_of.get(name)?.push(tag));
	list.$result.find(".lead-tags").each((index, place) => {
		place.innerHTML = tag_pills(place.dataset.lead);
	});
};
