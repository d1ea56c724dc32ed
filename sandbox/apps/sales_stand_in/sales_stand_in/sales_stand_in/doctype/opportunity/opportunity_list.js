frappe.listview_settings["Opportunity"] = {
	add_fields: ["customer_name", "opportunity_type", "opportunity_from", "status"],

	get_indicator(doc) {
		const color = doc.status === "Quotation" ? "green" : frappe.utils.guess_colour(doc.status);
		return [__(doc.status), color, `status,=,${doc.status}`];
	},

	onload(listview) {
		const method = "erpnext.crm.doctype.opportunity.opportunity.set_multiple_status";
		const add = (label, status) =>
			listview.page.add_menu_item(label, () => listview.call_for_selected_items(method, { status }));
		add(__("Set as Open"), "Open");
		add(__("Set as Closed"), "Closed");
	},
};
