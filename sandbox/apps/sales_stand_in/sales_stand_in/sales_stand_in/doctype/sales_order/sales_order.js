frappe.ui.form.on("Sales Order", {
	setup(frm) {
		frm.custom_make_buttons = { "Sales Invoice": "Sales Invoice" };
		sales_stand_in.add_totals("Sales Order");
		sales_stand_in.set_queries(frm, { party: "customer", link: "Customer" });
	},

	refresh(frm) {
		sales_stand_in.set_currency_defaults(frm);
		if (frm.doc.docstatus !== 1) return;
		if (frm.has_perm("submit")) frm.trigger("add_status_buttons");

		const is_open = frm.doc.status !== "Closed" && frm.doc.status !== "On Hold";
		if (is_open && flt(frm.doc.per_billed) < 100 && frappe.model.can_create("Sales Invoice")) {
			frm.add_custom_button(__("Sales Invoice"), () => frm.trigger("make_sales_invoice"), __("Create"));
			frm.page.set_inner_btn_group_as_primary(__("Create"));
		}
	},

	add_status_buttons(frm) {
		const add = (label, action) => frm.add_custom_button(label, action, __("Status"));
		const update = (status) => () => frm.events.update_status(frm, status);
		const is_unfinished = flt(frm.doc.per_delivered) < 100 || flt(frm.doc.per_billed) < 100;
		if (frm.doc.status === "Closed") {
			add(__("Re-open"), update("Draft"));
			return;
		}
		if (frm.doc.status === "On Hold") {
			add(__("Resume"), update("Draft"));
		} else if (is_unfinished) {
			add(__("Hold"), () => frm.trigger("hold"));
		}
		if (is_unfinished) add(__("Close"), update("Closed"));
	},

	hold(frm) {
		const field = { fieldname: "reason_for_hold", fieldtype: "Text", label: __("Reason"), reqd: 1 };
		frappe.prompt(
			field,
			({ reason_for_hold }) => {
				frappe
					.xcall("frappe.desk.form.utils.add_comment", {
						reference_doctype: frm.doctype,
						reference_name: frm.docname,
						content: `${__("Reason for hold:")} ${reason_for_hold}`,
						comment_email: frappe.session.user,
						comment_by: frappe.session.user_fullname,
					})
					.then(() => frm.events.update_status(frm, "On Hold"));
			},
			__("Reason for Hold"),
		);
	},

	update_status(frm, status) {
		return frappe
			.xcall("erpnext.selling.doctype.sales_order.sales_order.update_status", {
				status,
				name: frm.docname,
			})
			.then(() => frm.reload_doc());
	},

	make_sales_invoice(frm) {
		frappe.model.open_mapped_doc({
			method: "erpnext.selling.doctype.sales_order.sales_order.make_sales_invoice",
			frm,
		});
	},

	// rows without a date of their own take the order's
	delivery_date(frm) {
		(frm.doc.items || []).forEach((row) => {
			row.delivery_date = row.delivery_date || frm.doc.delivery_date;
		});
		frm.refresh_field("items");
	},
});
