frappe.listview_settings["Sales Order"] = {
	add_fields: ["customer_name", "currency", "delivery_date", "per_delivered", "per_billed", "status"],

	get_indicator(doc) {
		const is_late =
			doc.status.startsWith("To Deliver") && doc.delivery_date < frappe.datetime.get_today();
		if (is_late) {
			return [
				__("Overdue"),
				"red",
				"per_delivered,<,100|delivery_date,<,Today|status,!=,Closed|docstatus,=,1",
			];
		}
		const color = ["Completed", "Closed"].includes(doc.status) ? "green" : "orange";
		return [__(doc.status), color, `status,=,${doc.status}`];
	},

	onload(listview) {
		const method = "erpnext.selling.doctype.sales_order.sales_order.close_or_unclose_sales_orders";
		const add = (label, status) =>
			listview.page.add_menu_item(label, () => listview.call_for_selected_items(method, { status }));
		add(__("Close"), "Closed");
		add(__("Re-open"), "Submitted");
	},
};
