// Pieces of HTML that several pages show. Whatever comes from a record is escaped here.

const escape_html = frappe.utils.escape_html;
const HOUR = 60 * 60;

// What frappe's list and form take as an indicator: label, classes of colour, filter. All three end up in HTML.
lead_pipeline.indicator = (status, priority) => [
	escape_html(__(status)),
	[
		"lead-pill",
		lead_pipeline.colour_class("status", status),
		priority && lead_pipeline.colour_class("priority", priority),
	]
		.filter(Boolean)
		.join(" "),
	escape_html(`status,=,${status}`),
];

lead_pipeline.status_pill = (status) => pill("status", status);
lead_pipeline.tag_pill = (tag) => pill("tag", tag);

function pill(kind, name) {
	return `<span class="lead-pill indicator-pill no-indicator-dot ${lead_pipeline.colour_class(kind, name)}"
		>${escape_html(__(name))}</span>`;
}

// Without a name it is a document that this user may not read.
lead_pipeline.document_link = (doctype, name, label) =>
	name ? link_to(doctype, name, label) : `<i>${__("a document that you may not see")}</i>`;

const link_to = (doctype, name, label) =>
	`<a href="${frappe.utils.get_form_link(doctype, name)}"
		>${escape_html(label || `${__(doctype)} ${name}`)}</a>`;

// A length of time in its two largest units, as people say it: "3d 4h", "12m 5s"; from an hour on without seconds.
lead_pipeline.duration = (seconds) => {
	const shown = seconds < HOUR ? seconds : seconds - (seconds % 60);
	const units = frappe.utils.get_formatted_duration(shown).split(" ");
	return units.slice(0, 2).join(" ") || __("0s", null, "Length of time");
};
