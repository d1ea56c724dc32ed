frappe.ui.form.on("Quotation", {
	setup(frm) {
		frm.custom_make_buttons = { "Sales Order": "Sales Order" };
		sales_stand_in.add_totals("Quotation");
		sales_stand_in.set_queries(frm, { party_type: "quotation_to", party: "party_name" });
	},

	refresh(frm) {
		sales_stand_in.set_currency_defaults(frm);
		frm.trigger("show_party");
		if (frm.is_new() && !frm.doc.valid_till) {
			frm.set_value("valid_till", frappe.datetime.add_months(frm.doc.transaction_date, 1));
		}
		if (frm.doc.docstatus !== 1 || ["Lost", "Ordered"].includes(frm.doc.status)) return;

		const is_valid = !frm.doc.valid_till || frm.doc.valid_till >= frappe.datetime.get_today();
		if (is_valid && frappe.model.can_create("Sales Order")) {
			frm.add_custom_button(__("Sales Order"), () => frm.trigger("make_sales_order"), __("Create"));
			frm.page.set_inner_btn_group_as_primary(__("Create"));
		}
		if (frm.has_perm("write")) {
			frm.add_custom_button(__("Set as Lost"), () => frm.trigger("set_as_lost_dialog"));
		}
	},

	quotation_to(frm) {
		frm.set_value("customer_name", "");
		frm.trigger("show_party");
	},

	show_party(frm) {
		if (frm.doc.quotation_to) frm.set_df_property("party_name", "label", __(frm.doc.quotation_to));
		frm.toggle_reqd("party_name", Boolean(frm.doc.quotation_to));
		frappe.dynamic_link = { doc: frm.doc, fieldname: "party_name", doctype: frm.doc.quotation_to };
	},

	make_sales_order(frm) {
		frappe.model.open_mapped_doc({
			method: "erpnext.selling.doctype.quotation.quotation.make_sales_order",
			frm,
		});
	},

	set_as_lost_dialog: (frm) => sales_stand_in.show_lost_dialog(frm),
});
