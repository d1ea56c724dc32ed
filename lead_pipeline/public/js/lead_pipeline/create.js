// The menu Create on a lead's form: a document made of the lead, or an existing one linked to it. What a document is
// filled with is the server's business (lead_pipeline.documents.create); here a person decides who it is for.

import { ask, confirm } from "./questions";

const SERVER = "lead_pipeline.documents.create";

// What this user can make of a lead, in the order of the menu.
lead_pipeline.documents = () => lead_pipeline.reference().documents || [];

// All that can be made of a lead, on other sites or by other users too, and what can be behind one.
lead_pipeline.document_types = () => lead_pipeline.reference().document_types || [];
lead_pipeline.party_types = () => lead_pipeline.reference().party_types || [];

// Ask what there is to decide and let the server prepare it. Resolves to a function that opens the document, or to
// nothing when the person has changed their mind or the server has refused.
lead_pipeline.create = async (document_type, lead) => {
	const choices = await call("GET", "choices", { lead: lead.name, document_type });
	const answers = choices.ask ? await ask_for_party(document_type, lead, choices) : chosen(choices);
	if (!answers) return;
	if (answers.opportunity) {
		const linked = await call("POST", "link_opportunity", {
			lead: lead.name,
			opportunity: answers.opportunity,
		});
		return () => frappe.set_route("Form", linked.doctype, linked.name);
	}
	const { party_type, party, contact } = await call("POST", "prepare", {
		lead: lead.name,
		document_type,
		party_type: answers.party_type,
		party_name: answers.party,
		contact_name: answers.contact,
	});
	if (document_type === "Customer") return () => frappe.set_route("Form", party_type, party);
	return () => open_new(document_type, lead.name, contact);
};

const chosen = ({ party_type, party, contact }) => ({ party_type, party, contact });

async function call(type, method, args) {
	const { message } = await frappe.call({
		method: `${SERVER}.${method}`,
		type,
		args,
		freeze: true,
		freeze_message: __("Preparing the document"),
	});
	return message;
}

async function open_new(document_type, lead, contact_name) {
	const document = await call("GET", "new_document", { lead, document_type, contact_name });
	// As the framework opens what it has mapped: known to the browser only, until it is saved.
	frappe.model.sync(document);
	return frappe.set_route("Form", document.doctype, document.name);
}

function ask_for_party(document_type, lead, choices) {
	let { party_type } = choices;
	const unless_opportunity = choices.opportunities ? { depends_on: "eval:!doc.opportunity" } : {};
	const fields = [
		choices.opportunities && {
			fieldname: "opportunity",
			fieldtype: "Link",
			options: "Opportunity",
			label: __("Existing Opportunity"),
			description: __("Choose one to link it to this lead. Left empty, a new one is created."),
			get_query: () => ({
				query: "lead_pipeline.documents.party_matching.search_opportunities",
				filters: { lead: lead.name },
			}),
			// A new one is made by leaving the field empty, and then it is made of this lead.
			only_select: 1,
		},
		{
			fieldname: "party_type",
			fieldtype: "Select",
			label: __("Party Type"),
			options: choices.party_types.map((value) => ({ value, label: __(value) })),
			default: choices.party_type,
			hidden: choices.party_types.length < 2,
			change() {
				if (this.get_value() === party_type) return;
				party_type = this.get_value();
				window.cur_dialog?.set_value("party", "");
			},
			...unless_opportunity,
		},
		{
			fieldname: "party",
			fieldtype: "Dynamic Link",
			options: "party_type",
			label: choices.party_types.length < 2 ? __(choices.party_type) : __("Party"),
			default: choices.party,
			description: __("Left empty, a new one is made from this lead."),
			get_options: () => party_type,
			...unless_opportunity,
		},
		{
			fieldname: "contact",
			fieldtype: "Link",
			options: "Contact",
			label: __("Contact"),
			default: choices.contact,
			description: __("Left empty, a contact is made of the person, e-mails and phones of this lead."),
			...unless_opportunity,
		},
	];
	const title = __("Create {0}", [__(document_type)]);
	return ask(title, __("Create"), fields.filter(Boolean), { closed: true });
}

// The badges of what the framework has not counted: the parties behind the lead, made from it or chosen for it, and the
// documents that name it in their rows.
lead_pipeline.show_parties = (frm) => {
	const { parties, by_rows } = frm.dashboard_data || {};
	for (const [doctype, names] of Object.entries({ ...parties, ...by_rows })) {
		const link = frm.dashboard.transactions_area.find(`.document-link[data-doctype="${doctype}"]`);
		link.find(".count").removeClass("hidden").text(names.length);
		link.find(".badge-link")
			.off("click")
			.on("click", () => {
				if (names.length === 1) frappe.set_route("Form", doctype, names[0]);
				else frappe.set_route("List", doctype, { name: ["in", names] });
			});
	}
};

// An opportunity of each lead that is worked on, as the form would make it without being asked: for the party that the
// lead has, or the one of its name. Those that are qualified or closed already stay as they are.
lead_pipeline.convert_many = async (document_type, leads) => {
	const fit = leads.filter(({ status }) =>
		lead_pipeline.UNQUALIFIED_CATEGORIES.includes(lead_pipeline.category(status)),
	);
	const title = __("Convert to {0}", [__(document_type)]);
	if (
		!fit.length ||
		!(await confirm(__("Make a {0} of each of {1} leads?", [__(document_type), fit.length])))
	) {
		if (!fit.length) frappe.msgprint({ title, message: __("None of these leads is New or Working.") });
		return false;
	}
	const failed = [];
	for (const [index, { name }] of fit.entries()) {
		frappe.show_progress(title, index, fit.length, name);
		try {
			await convert(document_type, name);
		} catch {
			// The server has said why.
			failed.push(lead_pipeline.document_link("Pipeline Lead", name, name));
		}
	}
	frappe.hide_progress();
	frappe.show_alert({
		message: __("{0} of {1} leads are converted.", [fit.length - failed.length, leads.length]),
		indicator: failed.length ? "orange" : "green",
	});
	if (failed.length) frappe.msgprint({ title, message: failed.join(", ") });
	return true;
};

async function convert(document_type, lead) {
	const { party_type, party, contact } = chosen(await call("GET", "choices", { lead, document_type }));
	const prepared = await call("POST", "prepare", {
		lead,
		document_type,
		party_type,
		party_name: party,
		contact_name: contact,
	});
	const doc = await call("GET", "new_document", { lead, document_type, contact_name: prepared.contact });
	await frappe.call({ method: "frappe.client.insert", type: "POST", args: { doc } });
}
