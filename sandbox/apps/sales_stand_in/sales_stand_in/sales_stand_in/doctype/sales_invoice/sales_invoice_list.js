frappe.listview_settings["Sales Invoice"] = {
	add_fields: ["customer_name", "base_grand_total", "outstanding_amount", "due_date", "status", "currency"],

	get_indicator(doc) {
		const color = { Draft: "red", Unpaid: "orange", Paid: "green", Overdue: "red" }[doc.status];
		return [__(doc.status), color || "gray", `status,=,${doc.status}`];
	},
};
