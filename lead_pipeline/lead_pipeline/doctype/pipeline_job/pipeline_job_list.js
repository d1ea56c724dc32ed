lead_pipeline.hide_internal_fields("Pipeline Job");

const DOTTED = "lead_pipeline.lead_pipeline.doctype.pipeline_job.pipeline_job";
const escape_html = frappe.utils.escape_html;
// What the server says of them, as on the workspace.
let overdue = [];

frappe.listview_settings["Pipeline Job"] = {
	hide_name_column: true,
	add_fields: ["status"],
	formatters: {
		// Frappe 15.0 shows this in place of the link.
		job: (value, df, { name }) =>
			`<a class="level-item ellipsis" href="${frappe.utils.get_form_link("Pipeline Job", name)}"
				>${escape_html(__(value))}</a>`,
		last_run: (value) =>
			`<span class="lead-job-time">${value ? frappe.datetime.comment_when(value) : ""}</span>`,
		outcome: (value) =>
			`<span class="lead-job-outcome ellipsis" title="${escape_html(value)}">${escape_html(
				value,
			)}</span>`,
	},
	get_indicator({ name, status }) {
		if (overdue.includes(name)) return [__("Overdue"), "red", `name,in,${overdue.join(",")}`];
		const colour = { Done: "green", Running: "blue", Stopped: "orange", Failed: "red" }[status];
		return [__(status || "Never"), colour || "gray", `status,=,${status || ""}`];
	},
	onload(list) {
		show_all_columns(list);
	},
	async refresh(list) {
		const { message } = await frappe.call({ method: `${DOTTED}.overdue_jobs`, type: "GET" });
		if (message.join() === overdue.join()) return;
		overdue = message;
		list.render_list?.();
	},
};

// Unless the site has chosen its own: the framework takes some away from a small window.
function show_all_columns(list) {
	const { fields, total_fields } = list.list_view_settings || {};
	if (list.view_name === "Report" || !list.columns || fields || total_fields) return;
	const shown = ["last_run", "outcome"].map((field) => ({
		type: "Field",
		df: frappe.meta.get_docfield("Pipeline Job", field),
	}));
	list.columns = [...list.columns.filter(({ type }) => type !== "Field"), ...shown];
	list.$result.addClass("lead-jobs");
	list.render_header(true);
}
