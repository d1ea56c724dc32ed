// The first steps stand on the workspace on Frappe 16, too, which shows those of a workspace no more: its panel for them
// floats over the corner of every page, and over the messages there.

const PLACE = "lead-pipeline-first-steps";

async function show_first_steps() {
	const [kind, name] = frappe.get_route();
	if (kind !== "Workspaces" || name !== "Lead Pipeline" || !frappe.boot.lead_pipeline) return;
	const page = $(frappe.container.page).find(".layout-main-section").first();
	const method = "lead_pipeline.setup.first_steps.lists_to_show";
	const lists = await frappe.xcall(method);
	page.find(`.${PLACE}`).remove();
	const place = $("<div></div>").addClass(PLACE).prependTo(page);
	for (const list of lists)
		frappe.widget.make_widget({ ...list, widget_type: "onboarding", container: place });
}

// The class of that panel tells who has it.
if (frappe.ui?.UserOnboarding) frappe.router.on("change", show_first_steps);
