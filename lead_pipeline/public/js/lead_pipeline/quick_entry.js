// The short form for a new lead: who it is and how to reach them, in the order in which people say it.

const FIELDS = [
	"lead_name",
	"is_organization",
	"company_name",
	"first_name",
	"last_name",
	"email",
	"phone",
	"lead_type",
	"status",
];

frappe.provide("frappe.ui.form");

frappe.ui.form.PipelineLeadQuickEntryForm = class extends frappe.ui.form.QuickEntryForm {
	constructor(...args) {
		super(...args);
		// A mistake is corrected where it was made.
		this.skip_redirect_on_error = true;
	}

	set_meta_and_mandatory_fields() {
		super.set_meta_and_mandatory_fields();
		const place = ({ fieldname }) => (FIELDS.indexOf(fieldname) + 1 || FIELDS.length + 1);
		this.mandatory.sort((one, other) => place(one) - place(other));
	}

	render_dialog() {
		super.render_dialog();
		this.show_hints();
		const status = this.dialog.get_field("status");
		if (!status) return;
		// A lead that is lost already needs its reason: the full form asks for it.
		status.get_query = () => ({
			filters: {
				name: [
					"in",
					lead_pipeline
						.choosable(this.dialog.get_value("lead_type"))
						.filter((name) => !lead_pipeline.is_lost(name)),
				],
			},
		});
	}

	// Leads that may be the same, while the new one is typed; they keep nobody from adding it.
	show_hints() {
		const place = document.createElement("div");
		this.dialog.body.append(place);
		const show = () =>
			lead_pipeline.show_hints(place, lead_pipeline.typed_values(this.dialog.fields_dict));
		lead_pipeline.watch_typing(this.dialog.body, show);
		show();
	}

	open_form_if_not_list() {
		super.open_form_if_not_list();
		const { doctype, name, lead_name } = this.dialog.doc;
		const [view, shown] = frappe.get_route();
		if (view !== "List" || shown !== doctype) return;
		frappe.show_alert({
			message: __("{0} was added.", [lead_pipeline.document_link(doctype, name, lead_name)]),
			indicator: "green",
		});
		if (window.cur_list?.doctype === doctype) lead_pipeline.reload_list(window.cur_list);
	}
};
