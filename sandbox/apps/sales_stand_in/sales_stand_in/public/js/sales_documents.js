// Shared by the forms of the sales documents (see doctype_js in hooks.py).
frappe.provide("sales_stand_in");

Object.assign(sales_stand_in, {
	// parties that exist on this site; the order is the one users know
	parties: ["Customer", "Lead", "Prospect"],

	base_totals: ["total", "net_total", "grand_total", "rounding_adjustment", "rounded_total"].map(
		(fieldname) => `base_${fieldname}`,
	),

	set_queries(frm, { party_type, party, link }) {
		if (party_type) {
			frm.set_query(party_type, () => ({ filters: { name: ["in", sales_stand_in.parties] } }));
		}
		const of_party = (query) => () => ({
			query,
			filters: { link_doctype: link || frm.doc[party_type], link_name: frm.doc[party] },
		});
		frm.set_query("contact_person", of_party("frappe.contacts.doctype.contact.contact.contact_query"));
		frm.set_query("customer_address", of_party("frappe.contacts.doctype.address.address.address_query"));
		frm.set_query("item_code", "items", () => ({ filters: { disabled: 0 } }));
	},

	// The server knows rates and currencies; the form only must not miss them.
	set_currency_defaults(frm) {
		const in_company_currency = flt(frm.doc.conversion_rate || 1) === 1;
		frm.toggle_display(sales_stand_in.base_totals, !in_company_currency);
		if (!frm.is_new()) return;

		const currency = frm.doc.currency || frappe.defaults.get_default("currency");
		const defaults = {
			currency,
			price_list_currency: currency,
			conversion_rate: 1,
			plc_conversion_rate: 1,
		};
		for (const [fieldname, value] of Object.entries(defaults)) {
			if (!frm.doc[fieldname]) frm.doc[fieldname] = value;
		}
	},

	show_lost_dialog(frm) {
		const dialog = new frappe.ui.Dialog({
			title: __("Set as Lost"),
			fields: [
				{
					fieldname: "lost_reason",
					fieldtype: "Table MultiSelect",
					label: __("Lost Reasons"),
					options: `${frm.doctype} Lost Reason Detail`,
					reqd: 1,
				},
				{
					fieldname: "competitors",
					fieldtype: "Table MultiSelect",
					label: __("Competitors"),
					options: "Competitor Detail",
				},
				{ fieldname: "detailed_reason", fieldtype: "Small Text", label: __("Detailed Reason") },
			],
			primary_action_label: __("Declare Lost"),
			primary_action({ lost_reason, competitors, detailed_reason }) {
				frm.call("declare_enquiry_lost", {
					lost_reasons_list: lost_reason,
					competitors: competitors || [],
					detailed_reason,
				}).then(() => {
					dialog.hide();
					frm.reload_doc();
				});
			},
		});
		dialog.show();
	},

	// Fetches the item of a row and keeps amounts and totals current while the user types.
	add_totals(doctype) {
		const update = (frm) => sales_stand_in.update_totals(frm);
		frappe.ui.form.on(`${doctype} Item`, {
			qty: update,
			rate: update,
			items_remove: update,
			item_code: (frm, cdt, cdn) => sales_stand_in.fetch_item(cdt, cdn),
		});
	},

	fetch_item(cdt, cdn) {
		const row = frappe.get_doc(cdt, cdn);
		if (!row.item_code) return;
		const fields = ["item_name", "description", "item_group", "stock_uom", "standard_rate"];
		return frappe.db.get_value("Item", row.item_code, fields).then(({ message: item }) => {
			const values = {
				qty: row.qty || 1,
				item_name: item.item_name,
				description: item.description,
				item_group: item.item_group,
				uom: item.stock_uom,
				rate: item.standard_rate,
			};
			if (cdt !== "Opportunity Item") {
				Object.assign(values, {
					stock_uom: item.stock_uom,
					conversion_factor: 1,
					price_list_rate: item.standard_rate,
				});
			}
			return frappe.model.set_value(cdt, cdn, values);
		});
	},

	update_totals(frm) {
		const rows = frm.doc.items || [];
		for (const row of rows) {
			row.amount = flt(flt(row.qty) * flt(row.rate), precision("amount", row));
		}
		const total = rows.reduce((sum, row) => sum + row.amount, 0);
		const values = { total, net_total: total, grand_total: total };
		values.total_qty = rows.reduce((sum, row) => sum + flt(row.qty), 0);
		for (const [fieldname, value] of Object.entries(values)) {
			if (frm.fields_dict[fieldname]) frm.doc[fieldname] = value;
		}
		["items", ...Object.keys(values)].forEach((fieldname) => frm.refresh_field(fieldname));
	},
});
