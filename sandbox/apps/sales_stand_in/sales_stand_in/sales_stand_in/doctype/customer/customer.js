frappe.ui.form.on("Customer", {
	setup(frm) {
		const open = (method) => () =>
			frappe.model.open_mapped_doc({
				method: `erpnext.selling.doctype.customer.customer.${method}`,
				frm,
			});
		frm.make_methods = { Quotation: open("make_quotation"), Opportunity: open("make_opportunity") };
		const leaf = () => ({ filters: { is_group: 0 } });
		frm.set_query("customer_group", leaf);
	},

	refresh(frm) {
		frappe.dynamic_link = { doc: frm.doc, fieldname: "name", doctype: "Customer" };
		if (frm.is_new()) {
			frappe.contacts.clear_address_and_contact(frm);
		} else {
			frappe.contacts.render_address_and_contact(frm);
		}
	},
});
