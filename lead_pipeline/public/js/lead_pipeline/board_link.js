// From the list of leads to the board, with the same filters. Both write them into their address in the same way.

const LEAD = "Pipeline Lead";
// What only a board has; the fields of a lead have no underscore in front.
export const TEXT = "_text";
export const ORDER = "_order";
export const STUCK = "_stuck";
// Which statuses are shown is the business of the columns.
const COLUMNS = ["status_category", "status"];

lead_pipeline.open_board = (list) => {
	frappe.route_options = list ? options_of(list) : {};
	frappe.set_route("lead-board");
};

function options_of(list) {
	const options = {};
	for (const filter of list.get_filters_for_args()) {
		const [doctype, field] = filter;
		if (doctype === LEAD && COLUMNS.includes(field)) continue;
		if (doctype === LEAD && field === "stuck_on") options[STUCK] = 1;
		else {
			const [name, value] = as_parameter(filter);
			options[name] = value;
		}
	}
	if (list.lead_bar?.text) options[TEXT] = list.lead_bar.text;
	return options;
}

export function as_parameter([doctype, field, operator, value]) {
	return [
		doctype === LEAD ? field : `${doctype}.${field}`,
		operator === "=" ? value : JSON.stringify([operator, value]),
	];
}
