// The reports: filters that stay as the user left them, and numbers that open the leads which they count.

const LEAD = "Pipeline Lead";
const DAYS = ["from_date", "to_date"];

lead_pipeline.report_filters = {
	// From the first day of the month so many months ago until today.
	days: (months = 12) => [
		{
			fieldname: "from_date",
			label: __("From"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.month_start(), -months),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
	],
	choice: (fieldname, label, values, options = {}) => ({
		fieldname,
		label,
		fieldtype: "Select",
		options: values.map(([value, text]) => ({ value, label: text })),
		default: values[0][0],
		...options,
	}),
	common: () => [
		{ fieldname: "lead_owner", label: __("Sales Person"), fieldtype: "Link", options: "User" },
		{ fieldname: "lead_type", label: __("Lead Type"), fieldtype: "Link", options: "Pipeline Lead Type" },
		{ fieldname: "channel", label: __("Channel"), fieldtype: "Link", options: "Pipeline Channel" },
		{
			fieldname: "priority",
			label: __("Priority"),
			fieldtype: "Link",
			options: "Pipeline Lead Priority",
		},
		{ fieldname: "campaign", label: __("Campaign"), fieldtype: "Data" },
	],
};

// What the framework needs to know of one of our reports; `filters` makes its filters.
lead_pipeline.report = (name, filters) => ({
	filters: with_kept_values(name, [...filters(), ...lead_pipeline.report_filters.common()]),

	// All reports share one page, and each comes here again whenever it is shown.
	onload(report) {
		$(report.page.main)
			.off(".lead_numbers")
			.on("click.lead_numbers", ".lead-drill-down", (event) => {
				event.preventDefault();
				const { row, column } = event.currentTarget.dataset;
				open_leads(name, report, JSON.parse(row), column);
			})
			.on("click.lead_numbers", ".lead-prepare-report", async (event) => {
				event.preventDefault();
				const method = "lead_pipeline.analytics.prepared.prepare_in_background";
				const message = await frappe.xcall(method, { report: name });
				frappe.show_alert({ message, indicator: "green" }, 10);
			});
	},

	after_datatable_render: () => keep_values(name),

	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (!column.drill_down || !value || !data?.key) return shown;
		const link = $("<a href='#' class='lead-drill-down'></a>")
			.attr({
				"data-row": JSON.stringify({ ...data.key, ...column.key }),
				"data-column": column.fieldname,
				"aria-label": __("{0}: show these {1} leads", [column.label || column.name, value]),
			})
			.text(strip_html(String(shown)));
		return $("<div class='text-right'></div>").append(link).prop("outerHTML");
	},
});

async function open_leads(name, report, key, column) {
	const filters = await frappe.xcall("lead_pipeline.analytics.drill_down.leads_behind", {
		report: name,
		filters: report.get_filter_values(),
		key,
		column,
	});
	lead_pipeline.open_list(filters);
}

// Open the list of leads with these filters and no others.
lead_pipeline.open_list = async (filters) => {
	await frappe.model.with_doctype(LEAD);
	frappe.route_options = {};
	for (const [field, operator, value] of filters.map(as_any_value)) {
		(frappe.route_options[field] ||= []).push(JSON.stringify([operator, value]));
	}
	frappe.set_route("List", LEAD, "List");
};

// What a link is equal to goes into its field above the list, where Frappe 16 takes only what the user could choose there,
// and drops the filter for somebody who has left or a channel that is disabled. A list of one value goes elsewhere.
function as_any_value(filter) {
	const [field, operator, value] = filter;
	const is_link = frappe.meta.get_docfield(LEAD, field)?.fieldtype === "Link";
	return is_link && operator === "=" && !value.includes(",") ? [field, "in", [value]] : filter;
}

// Days are those of today whenever a report is opened; what else the user has chosen stays, on every machine.
function with_kept_values(name, filters) {
	const kept = frappe.model.user_settings[LEAD]?.reports?.[name] || {};
	return filters.map((filter) =>
		filter.fieldname in kept ? { ...filter, default: kept[filter.fieldname] } : filter,
	);
}

function keep_values(name) {
	const chosen = Object.fromEntries(
		frappe.query_report.filters
			.filter(({ df }) => !DAYS.includes(df.fieldname))
			.map((filter) => [filter.df.fieldname, filter.get_value() || ""]),
	);
	const reports = frappe.model.user_settings[LEAD]?.reports || {};
	if (JSON.stringify(reports[name]) === JSON.stringify(chosen)) return;
	frappe.model.user_settings.save(LEAD, "reports", { ...reports, [name]: chosen });
}
