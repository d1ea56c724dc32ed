frappe.query_reports["Leads That Disagree"] = {
	filters: [
		{
			fieldname: "include_held",
			label: __("Also Held and Protected Leads"),
			fieldtype: "Check",
			default: 0,
		},
	],

	get_datatable_options: (options) => ({ ...options, checkboxColumn: true }),

	onload(report) {
		if (!frappe.model.can_write("Pipeline Status Rule")) return;
		report.page.add_inner_button(__("Look Now"), look_now);
		report.page.add_inner_button(__("Repair"), () => repair(report)).addClass("btn-primary");
	},

	formatter(value, row, column, data, default_formatter) {
		if (["status", "wanted"].includes(column.fieldname) && value) {
			return lead_pipeline.status_pill(value);
		}
		return default_formatter(value, row, column, data);
	},
};

async function look_now() {
	const { message } = await frappe.xcall("lead_pipeline.status.disagreements.look_now");
	frappe.show_alert({ message, indicator: "blue" }, 10);
}

async function repair(report) {
	const ticked = report.get_checked_items().map(({ lead }) => lead);
	if (!ticked.length) return repair_all(report);
	const answer = await frappe.xcall("lead_pipeline.status.repair.repair", { leads: ticked });
	const { message, failed } = answer;
	frappe.show_alert({ message, indicator: failed.length ? "orange" : "green" }, 10);
	report.refresh();
}

function repair_all(report) {
	if (!report.data?.length) {
		return frappe.show_alert({
			message: __("Every lead agrees with its documents."),
			indicator: "green",
		});
	}
	frappe.confirm(__("No lead is ticked. Repair all leads that disagree, in the background?"), () =>
		frappe.xcall("lead_pipeline.status.repair.recompute_all"),
	);
}
