// Statuses, types, priorities and tags as desk scripts read them: from the boot of the page, asked for again when
// they may have changed since.

frappe.provide("lead_pipeline");

const EDITED_AS = [
	"Pipeline Lead Status",
	"Pipeline Lead Type",
	"Pipeline Lead Priority",
	"Pipeline Lead Tag",
];
const MINUTE = 60 * 1000;
const EMPTY = { statuses: [], types: {}, priorities: [], tags: [] };

lead_pipeline.UNQUALIFIED_CATEGORIES = ["New", "Working"];
lead_pipeline.OPEN_CATEGORIES = [...lead_pipeline.UNQUALIFIED_CATEGORIES, "Qualified"];
lead_pipeline.CLOSED_CATEGORIES = ["Won", "Lost", "Disqualified"];

lead_pipeline.reference = () => frappe.boot.lead_pipeline || EMPTY;

lead_pipeline.statuses = () => lead_pipeline.reference().statuses;

lead_pipeline.status = (name) => lead_pipeline.statuses().find((status) => status.name === name);

// Names of the statuses that a lead of this type may be given, in their order.
lead_pipeline.choosable = (lead_type) => {
	const allowed = lead_pipeline.reference().types[lead_type] || [];
	return lead_pipeline
		.statuses()
		.filter((status) => !status.disabled && (!allowed.length || allowed.includes(status.name)))
		.map((status) => status.name);
};

lead_pipeline.category = (name) => lead_pipeline.status(name)?.category;
lead_pipeline.is_lost = (name) => lead_pipeline.category(name) === "Lost";
lead_pipeline.is_closed = (name) => lead_pipeline.CLOSED_CATEGORIES.includes(lead_pipeline.category(name));

let asked_at = Date.now();
let may_have_changed = false;

frappe.router.on("change", () => {
	may_have_changed ||= is_where_they_are_edited();
});

function is_where_they_are_edited() {
	return EDITED_AS.includes(frappe.get_route()[1]);
}

// To be called when the server has said something that does not fit what the desk knows.
lead_pipeline.doubt_reference = () => {
	may_have_changed = true;
};

lead_pipeline.knows = ({ status, lead_type }) =>
	(!status || Boolean(lead_pipeline.status(status))) &&
	(!lead_type || lead_type in lead_pipeline.reference().types);

// Bring the reference data up to date if they may have changed, or if this desk has been open for long; resolves to
// whether the server was asked.
lead_pipeline.refresh_reference = async () => {
	if (!may_have_changed && Date.now() - asked_at < 10 * MINUTE) return false;
	may_have_changed = is_where_they_are_edited();
	asked_at = Date.now();
	const { message } = await frappe.call({
		method: "lead_pipeline.boot.reference_data",
		type: "GET",
	});
	frappe.boot.lead_pipeline = message;
	lead_pipeline.paint();
	return true;
};
