frappe.listview_settings["Quotation"] = {
	add_fields: ["customer_name", "base_grand_total", "status", "company", "currency", "valid_till"],

	get_indicator(doc) {
		const color = {
			Open: "orange",
			"Partially Ordered": "yellow",
			Ordered: "green",
			Lost: "gray",
			Expired: "gray",
		}[doc.status];
		if (color) return [__(doc.status), color, `status,=,${doc.status}`];
	},
};
