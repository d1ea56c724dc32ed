// The workspace says to a manager which jobs have not run for a day.

const PLACE = "lead-pipeline-jobs";

frappe.router?.on("change", async () => {
	const [kind, name] = frappe.get_route();
	if (kind !== "Workspaces" || name !== "Lead Pipeline" || !frappe.model.can_read("Pipeline Job")) return;
	const method = "lead_pipeline.visibility.health.jobs_standing_still";
	const { message: warnings } = await frappe.call({ method, type: "GET" });
	const page = $(frappe.container.page).find(".layout-main-section").first();
	page.find(`.${PLACE}`).remove();
	if (!warnings.length) return;
	const told = $("<div class='alert alert-warning' role='alert'></div>").addClass(PLACE);
	for (const text of warnings) told.append($("<div></div>").text(text));
	told.append($("<a href='#'></a>").text(__("Show the jobs")).on("click", show_jobs));
	page.prepend(told);
});

function show_jobs(event) {
	event.preventDefault();
	frappe.set_route("List", "Pipeline Job");
}
