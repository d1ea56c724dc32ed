// The short form for a new lead: who it is and how to reach them, in the order in which people say it.

import { keep_what_is_typed } from "./questions";

const FIELDS = [
	"first_name",
	"last_name",
	"company_name",
	"is_organization",
	"email",
	"phone",
	"lead_name",
	"channel",
	"expected_revenue",
	"lead_type",
	"status",
];
// One of these says who it is.
const NAMING = ["lead_name", "company_name", "first_name", "last_name", "email", "item"];

frappe.provide("frappe.ui.form");

frappe.ui.form.PipelineLeadQuickEntryForm = class extends frappe.ui.form.QuickEntryForm {
	constructor(...args) {
		super(...args);
		// A mistake is corrected where it was made.
		this.skip_redirect_on_error = true;
	}

	set_meta_and_mandatory_fields() {
		super.set_meta_and_mandatory_fields();
		const place = ({ fieldname }) => FIELDS.indexOf(fieldname) + 1 || FIELDS.length + 1;
		this.mandatory.sort((one, other) => place(one) - place(other));
		if (!Object.keys(lead_pipeline.reference().types).length) {
			// A site without types has nothing to choose there.
			this.mandatory = this.mandatory.filter(({ fieldname }) => fieldname !== "lead_type");
		}
	}

	render_dialog() {
		super.render_dialog();
		this.show_hints();
		this.ask_who_it_is();
		keep_what_is_typed(this.dialog);
		const channel = this.dialog.get_field("channel");
		if (channel) {
			channel.get_query = () => ({ filters: { disabled: 0 } });
			channel.df.filter_description = lead_pipeline.only_enabled();
		}
		const status = this.dialog.get_field("status");
		if (!status) return;
		// What the lead has when nothing is chosen.
		status.$input?.attr(
			"placeholder",
			__(lead_pipeline.choosable(this.dialog.get_value("lead_type"))[0] || ""),
		);
		status.df.filter_description = __("A lead that is lost already needs its reason: use the full form.");
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
		place.className = "lead-hints";
		this.dialog.body.append(place);
		const show = () =>
			lead_pipeline.show_hints(place, lead_pipeline.typed_values(this.dialog.fields_dict));
		lead_pipeline.watch_typing(this.dialog.body, show);
		show();
	}

	// Said at the fields, before the server refuses it in a message of its own.
	ask_who_it_is() {
		const { dialog } = this;
		const problem = document.createElement("div");
		problem.className = "lead-entry-problem";
		problem.setAttribute("role", "alert");
		dialog.body.prepend(problem);
		dialog.$wrapper.on("input", () => (problem.textContent = ""));
		const get_values = dialog.get_values.bind(dialog);
		dialog.get_values = (ignore_errors, ...args) => {
			const named = NAMING.some((field) => String(dialog.get_value(field) || "").trim());
			problem.textContent =
				ignore_errors || named ? "" : __("A lead needs a name, a company or an e-mail address.");
			if (!problem.textContent) return get_values(ignore_errors, ...args);
			dialog.get_field(dialog.has_field("first_name") ? "first_name" : "lead_name").set_focus();
			return null;
		};
	}

	// Frappe 16 closes the dialog and says "saved" when this answers, whatever became of the lead: no answer keeps it open.
	async insert() {
		const lead = await super.insert();
		if (!lead.__islocal) return lead;
		this.dialog.clear_message();
		return new Promise(() => {});
	}

	open_form_if_not_list() {
		super.open_form_if_not_list();
		const { doctype, name, lead_name } = this.dialog.doc;
		const [view, shown] = frappe.get_route();
		if (view !== "List" || shown !== doctype) return;
		// On Frappe 16 the form is the dialog, and says by itself that it has saved.
		if (this.dialog !== this) {
			frappe.show_alert({
				message: __("{0} was added.", [lead_pipeline.document_link(doctype, name, lead_name)]),
				indicator: "green",
			});
		}
		if (window.cur_list?.doctype === doctype) lead_pipeline.reload_list(window.cur_list);
	}
};
