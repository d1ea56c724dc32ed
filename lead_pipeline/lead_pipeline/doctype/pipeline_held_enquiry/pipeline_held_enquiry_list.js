// Held enquiries: why each is held, and Release and Delete as Spam for many at once.

lead_pipeline.hide_internal_fields("Pipeline Held Enquiry");

frappe.listview_settings["Pipeline Held Enquiry"] = {
	hide_name_column: true,
	add_fields: ["message"],
	formatters: {
		// An element: the list of Frappe 16 measures the width of what it gets by making elements of it.
		reasons: (codes) =>
			`<span class="ellipsis lead-held-reasons" data-codes="${frappe.utils.escape_html(codes || "")}"
				>${frappe.utils.escape_html(lead_pipeline.held_reasons(codes))}</span>`,
	},
	onload(list) {
		for (const [label, method] of lead_pipeline.HELD_ACTIONS) {
			list.page.add_actions_menu_item(label, () => act(list, method), false);
		}
	},
	// The rows may be there before the words: a list that has just been drawn does not draw itself again.
	async refresh(list) {
		await lead_pipeline.load_held_reasons();
		list.$result.find(".lead-held-reasons").each((index, place) => {
			place.textContent = lead_pipeline.held_reasons(place.dataset.codes);
		});
	},
};

function act(list, method) {
	const names = list.get_checked_items(true);
	if (!names.length) return;
	lead_pipeline.act_on_held(names, method).then(() => {
		list.clear_checked_items();
		list.refresh();
	});
}
