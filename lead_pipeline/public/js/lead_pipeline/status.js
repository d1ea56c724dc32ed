// Statuses in the colours of their records, on every page of the desk that shows one.

frappe.provide("lead_pipeline");

lead_pipeline.statuses = () => frappe.boot.lead_pipeline?.statuses || [];

lead_pipeline.status = (name) => lead_pipeline.statuses().find((status) => status.name === name);

// Names of the statuses that a lead of this type may be given, in their order.
lead_pipeline.choosable = (lead_type) => {
	const allowed = frappe.boot.lead_pipeline?.types[lead_type] || [];
	return lead_pipeline
		.statuses()
		.filter((status) => !status.disabled && (!allowed.length || allowed.includes(status.name)))
		.map((status) => status.name);
};

lead_pipeline.is_lost = (name) => lead_pipeline.status(name)?.category === "Lost";

// What frappe's list and form take as an indicator: label, class of colour, filter.
lead_pipeline.indicator = (name) => [
	__(name),
	`lead-status-${lead_pipeline.statuses().findIndex((status) => status.name === name)}`,
	`status,=,${name}`,
];

lead_pipeline.status_pill = (name) => {
	const [label, css_class] = lead_pipeline.indicator(name);
	return `<span class="indicator-pill no-indicator-dot ${css_class}">${frappe.utils.escape_html(label)}</span>`;
};

lead_pipeline.document_link = (doctype, name) =>
	`<a href="${encodeURI(frappe.utils.get_form_link(doctype, name))}">${__(doctype)} ${frappe.utils.escape_html(name)}</a>`;

function colour_rules({ color }, index) {
	if (!/^#[0-9a-f]{3,8}$/i.test(color || "")) return "";
	const pill = `.indicator-pill.lead-status-${index}`;
	return `
		${pill} { background: color-mix(in srgb, ${color} 16%, transparent); color: color-mix(in srgb, ${color} 78%, black); }
		${pill}::before { background: ${color}; }
		[data-theme="dark"] ${pill} { background: color-mix(in srgb, ${color} 30%, transparent); color: color-mix(in srgb, ${color} 45%, white); }
	`;
}

const form_rules = `
	.lead-why { background: var(--control-bg); border-radius: var(--border-radius); padding: var(--padding-sm) var(--padding-md); }
	.lead-why a { text-decoration: underline; }
`;

const style = document.createElement("style");
style.textContent = [form_rules, ...lead_pipeline.statuses().map(colour_rules)].join("\n");
document.head.append(style);
