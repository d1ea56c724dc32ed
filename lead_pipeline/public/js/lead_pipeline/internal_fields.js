// Fields that the app keeps for itself (report_hide in the DocType) say nothing to people: filters, groups, sorting,
// columns and exports do not offer them. The framework's pickers show every field that they are told of, hidden or not,
// so these are taken out of what it goes through. The document has their values as ever.
lead_pipeline.hide_internal_fields = (doctype) => {
	const { docfield_list, docfield_map } = frappe.meta;
	for (const fields of [docfield_list[doctype], frappe.get_meta(doctype)?.fields]) {
		const shown = fields?.filter((df) => !df.report_hide);
		fields?.splice(0, fields.length, ...shown);
	}
	for (const [fieldname, df] of Object.entries(docfield_map[doctype] || {})) {
		// Whoever knows the name still finds it, as the copy of a document does.
		if (df.report_hide) Object.defineProperty(docfield_map[doctype], fieldname, { enumerable: false });
	}
};
