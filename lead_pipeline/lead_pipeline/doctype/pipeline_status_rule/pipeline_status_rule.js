frappe.ui.form.on("Pipeline Status Rule", {
	refresh(frm) {
		show_filters(frm);
	},

	document_type(frm) {
		frm.set_value("filters", "[]");
		show_filters(frm);
	},
});

async function show_filters(frm) {
	const wrapper = frm.get_field("filters_html").$wrapper.empty();
	const doctype = frm.doc.document_type;
	if (!doctype) return;
	await frappe.model.with_doctype(doctype);
	const group = new frappe.ui.FilterGroup({
		parent: $("<div>").appendTo(wrapper),
		doctype,
		on_change: () => frm.set_value("filters", JSON.stringify(plain(group.get_filters()))),
	});
	await group.add_filters_to_filter_group(JSON.parse(frm.doc.filters || "[]"));
}

// The widget's fifth element (hidden or not) is no part of a rule.
function plain(filters) {
	return filters.map(([doctype, field, operator, value]) => [doctype, field, operator, value]);
}
