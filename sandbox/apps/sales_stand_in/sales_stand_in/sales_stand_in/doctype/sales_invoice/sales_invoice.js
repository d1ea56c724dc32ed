frappe.ui.form.on("Sales Invoice", {
	setup(frm) {
		sales_stand_in.add_totals("Sales Invoice");
		sales_stand_in.set_queries(frm, { party: "customer", link: "Customer" });
	},

	refresh(frm) {
		sales_stand_in.set_currency_defaults(frm);
	},
});
