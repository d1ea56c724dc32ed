// Leads side by side, field by field: which one stays, and which value of each field. The rules are the server's
// (lead_pipeline.duplicates.merging).

import { ask } from "./questions";

const LEAD = "Pipeline Lead";
const escape_html = frappe.utils.escape_html;

// Compare these leads in a dialog and merge them. `frm`: the form that asks.
lead_pipeline.merge = async (leads, frm) => {
	if (frm?.is_dirty()) await frm.save();
	if (frm?.is_dirty()) return;
	const answer = await compare({ leads });
	if (answer) new MergeDialog(leads, answer, frm);
};

lead_pipeline.merge_with_another = async (frm) => {
	const answers = await ask(__("Merge with Another Lead"), __("Compare"), [
		{
			fieldname: "other",
			fieldtype: "Link",
			options: LEAD,
			label: __("Lead"),
			reqd: 1,
			get_query: () => ({ filters: { name: ["!=", frm.doc.name] } }),
			filter_description: __("All other leads."),
		},
	]);
	if (answers) await lead_pipeline.merge([frm.doc.name, answers.other], frm);
};

// What the server says against it is on the screen already.
async function compare(args) {
	try {
		const { message } = await frappe.call({
			method: "lead_pipeline.duplicates.merging.compare",
			type: "GET",
			args,
		});
		return message;
	} catch {
		return null;
	}
}

const age = ({ creation }) => frappe.datetime.comment_when(creation);

class MergeDialog {
	constructor(leads, answer, frm) {
		Object.assign(this, { leads, frm, choices: {} });
		this.dialog = new frappe.ui.Dialog({
			title: __("Merge Leads"),
			size: "extra-large",
			fields: [{ fieldname: "comparison", fieldtype: "HTML" }],
			primary_action_label: __("Merge"),
			primary_action: () => this.merge(),
		});
		this.$place = this.dialog.get_field("comparison").$wrapper;
		this.$place
			.on("change", "[data-survivor]", ({ target }) => this.keep(target.dataset.survivor))
			.on("click", "[data-field]", ({ target }) => {
				this.choices[target.dataset.field] = target.value;
			});
		this.show(answer);
		this.dialog.show();
	}

	// Another lead stays: the server suggests anew, what the user has chosen stays chosen.
	async keep(survivor) {
		const answer = await compare({ leads: this.leads, survivor });
		if (answer) this.show(answer);
		this.$place.find("[data-survivor]:checked").trigger("focus");
	}

	show(answer) {
		this.answer = answer;
		this.$place.html(this.html());
		this.dialog.get_primary_btn().text(__("Merge into {0}", [answer.survivor]));
	}

	html() {
		const { leads, fields, undo_days } = this.answer;
		const rows = fields.map((field) => this.row_html(field)).join("");
		const undo = undo_days
			? __("It can be undone for {0} days.", [undo_days])
			: __("It cannot be undone.");
		return `<table class="lead-compare">
				<thead><tr><th>${__("Which one stays?")}</th>${leads
					.map((lead) => this.head_html(lead))
					.join("")}</tr></thead>
				<tbody>${rows}</tbody>
			</table>
			${rows ? "" : `<p class="text-muted">${__("They do not differ in any field.")}</p>`}
			<p class="text-muted small">${__(
				"All e-mail addresses, phone numbers, documents, mails, comments, files, assignments and tags are kept. The other names lead to the one that stays.",
			)} ${undo}</p>`;
	}

	head_html(lead) {
		const name = escape_html(lead.name);
		const details = [name, lead.owner_name && escape_html(lead.owner_name), age(lead)].filter(Boolean);
		const checked = lead.name === this.answer.survivor ? "checked" : "";
		return `<th><label>
			<input type="radio" name="lead-survivor" data-survivor="${name}" ${checked}>
			<span><b>${escape_html(lead.lead_name)}</b> ${lead_pipeline.status_pill(lead.status)}
			<span class="lead-compare-details text-muted small">${details.join(" · ")}</span></span>
		</label></th>`;
	}

	row_html({ fieldname, label, texts, source }) {
		const chosen = this.choices[fieldname] || source;
		const cells = this.answer.leads.map(({ name, lead_name }) => {
			const text = texts[name];
			if (!text) return `<td class="lead-compare-empty" data-of="${escape_html(lead_name)}">–</td>`;
			return `<td data-of="${escape_html(lead_name)}"><label>
				<input type="radio" name="lead-field-${escape_html(fieldname)}" data-field="${escape_html(fieldname)}"
					value="${escape_html(name)}" ${name === chosen ? "checked" : ""}>
				<span>${escape_html(text)}</span>
			</label></td>`;
		});
		return `<tr><th scope="row">${escape_html(label)}</th>${cells.join("")}</tr>`;
	}

	async merge() {
		const { survivor } = this.answer;
		this.dialog.disable_primary_action();
		let answer;
		try {
			({ message: answer } = await frappe.call({
				method: "lead_pipeline.duplicates.merging.merge",
				type: "POST",
				args: { survivor, leads: this.leads, values: this.choices },
				freeze: true,
				freeze_message: __("Merging"),
			}));
		} catch {
			this.dialog.enable_primary_action();
			return;
		}
		this.dialog.hide();
		if (answer.in_background) {
			frappe.set_route("Form", LEAD, survivor);
			frappe.show_alert({
				message: __(
					"These leads have many records. They are merged in the background; you are told when it is done.",
				),
				indicator: "blue",
			});
			return;
		}
		this.leads.forEach((lead) => lead !== survivor && frappe.model.remove_from_locals(LEAD, lead));
		frappe.show_alert({ message: __("Merged into {0}.", [escape_html(survivor)]), indicator: "green" });
		if (this.frm?.doc.name === survivor) await this.frm.reload_doc();
		else {
			frappe.model.remove_from_locals(LEAD, survivor);
			frappe.set_route("Form", LEAD, survivor);
		}
	}
}
