lead_pipeline.hide_internal_fields("Pipeline Lead");

frappe.listview_settings["Pipeline Lead"] = {
	add_fields: [
		"status",
		"status_category",
		"priority",
		"company_name",
		"next_step",
		"next_contact_date",
		"stuck_on",
		"status_changed_on",
	],
	hide_name_column: true,
	hide_name_filter: true,
	has_indicator_for_draft: true,
	// For a user who has not chosen yet; the framework keeps whatever they choose.
	filters: [lead_pipeline.opened_filter()],
	formatters: lead_pipeline.list_formatters,

	get_indicator: (lead) => lead_pipeline.indicator(lead.status, lead.priority),

	onload(list) {
		list.lead_bar = new lead_pipeline.ListBar(list);
		lead_pipeline.arrange_columns(list);
		list.page.add_inner_button(__("Board"), () => lead_pipeline.open_board(list));
		add_actions(list);
		hide_refused_export(list);
		import_by_rehearsal(list);
	},

	refresh(list) {
		hide_boards(list);
		// The report view has a bar and columns of its own.
		if (!list.lead_bar) return;
		list.lead_bar.update();
		lead_pipeline.show_companies(list);
		lead_pipeline.show_tags(list);
		lead_pipeline.refresh_reference();
	},
};

function add_actions(list) {
	if (!frappe.model.can_write("Pipeline Lead")) return;
	for (const action of lead_pipeline.actions.filter(({ only_on_form }) => !only_on_form)) {
		list.page.add_actions_menu_item(action.label(), () => act_on_checked(list, action), false);
	}
	const converted = ["Opportunity", "CRM Deal"].find((doctype) =>
		lead_pipeline.documents().includes(doctype),
	);
	if (converted) {
		list.page.add_actions_menu_item(
			__("Convert to {0}", [__(converted)]),
			() => on_checked(list, () => lead_pipeline.convert_many(converted, list.get_checked_items())),
			false,
		);
	}
	// The framework's tags are other ones, without colours: two kinds of tags side by side help nobody.
	const tags = encodeURIComponent(__("Add Tags", null, "Button in list view actions menu"));
	list.page.actions.find(`[data-label="${tags}"]`).closest("li").remove();
	list.page.add_actions_menu_item(
		__("Merge"),
		() => lead_pipeline.merge(list.get_checked_items(true)),
		false,
	);
}

// The framework offers it to everybody; to whom it is not allowed, the server refuses it in a new tab.
function hide_refused_export(list) {
	if (frappe.model.can_export("Pipeline Lead")) return;
	const label = encodeURIComponent(__("Export", null, "Button in list view actions menu"));
	list.page.actions.find(`[data-label="${label}"]`).closest("li").remove();
}

// "Import" of the list's menu begins an import that rehearses the file, and by it the framework's own.
function import_by_rehearsal(list) {
	if (!frappe.model.can_import("Pipeline Lead", null, list.meta)) return;
	const label = __("Import", null, "Button in list view menu");
	list.page.menu
		.find(`[data-label="${encodeURIComponent(label)}"]`)
		.closest("li")
		.remove();
	list.page.add_menu_item(label, () => frappe.new_doc("Pipeline Lead Import"));
}

// A board moves leads by a field that people choose; those that a lead has follow from others.
function hide_boards(list) {
	const movable = list.meta.fields.some((df) => df.fieldtype === "Select" && !df.read_only);
	if (!movable) list.page.wrapper.find('[data-view="Kanban"]').remove();
}

function act_on_checked(list, action) {
	return on_checked(list, () => lead_pipeline.act(action, list.get_checked_items(true)));
}

async function on_checked(list, act) {
	// The list is shown once, when all are done.
	list.disable_list_update = true;
	const acted = await act();
	list.disable_list_update = false;
	if (!acted) return;
	list.clear_checked_items();
	lead_pipeline.reload_list(list);
}
