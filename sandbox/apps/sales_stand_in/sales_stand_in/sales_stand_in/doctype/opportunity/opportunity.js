frappe.ui.form.on("Opportunity", {
	setup(frm) {
		frm.custom_make_buttons = { Quotation: "Quotation" };
		frm.email_field = "contact_email";
		sales_stand_in.add_totals("Opportunity");
		sales_stand_in.set_queries(frm, { party_type: "opportunity_from", party: "party_name" });
	},

	refresh(frm) {
		frm.trigger("show_party");
		if (frm.is_new()) return;

		if (frm.doc.status !== "Lost" && frappe.model.can_create("Quotation")) {
			frm.add_custom_button(__("Quotation"), () => frm.trigger("make_quotation"), __("Create"));
		}
		if (!frm.perm[0].write) return;
		if (frm.doc.status === "Open") {
			frm.add_custom_button(__("Close"), () =>
				frm.set_value("status", "Closed").then(() => frm.save()),
			);
		} else {
			frm.add_custom_button(__("Reopen"), () => frm.trigger("reopen"));
		}
	},

	validate(frm) {
		if (frm.doc.status === "Lost" && !(frm.doc.lost_reasons || []).length) {
			frm.trigger("set_as_lost_dialog");
			frappe.throw(__("A lost opportunity needs a lost reason."));
		}
	},

	status(frm) {
		if (frm.doc.status === "Lost") frm.trigger("set_as_lost_dialog");
	},

	opportunity_from(frm) {
		frm.set_value("party_name", "");
		frm.trigger("show_party");
	},

	show_party(frm) {
		if (frm.doc.opportunity_from) {
			frm.set_df_property("party_name", "label", __(frm.doc.opportunity_from));
		}
		frappe.dynamic_link = { doc: frm.doc, fieldname: "party_name", doctype: frm.doc.opportunity_from };
		if (frm.is_new()) {
			frappe.contacts.clear_address_and_contact(frm);
		} else {
			frappe.contacts.render_address_and_contact(frm);
		}
	},

	reopen(frm) {
		frm.set_value({ lost_reasons: [], status: "Open" }).then(() => frm.save());
	},

	make_quotation(frm) {
		frappe.model.open_mapped_doc({
			method: "erpnext.crm.doctype.opportunity.opportunity.make_quotation",
			frm,
		});
	},

	set_as_lost_dialog: (frm) => sales_stand_in.show_lost_dialog(frm),
});
