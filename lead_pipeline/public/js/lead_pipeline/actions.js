// What people do with a lead, from its form and with many at once from the list: which actions make sense when, what
// they ask, and how their result is told. The rules are the server's (lead_pipeline.activities.actions).

import { ask, ask_lost_reason, confirm, person_field } from "./questions";

// In the order of the menus. `applies` looks at the one lead of a form; `question` is asked before many leads are
// changed by an action that has nothing else to ask.
lead_pipeline.actions = [
	{
		name: "log_call",
		label: () => __("Log Call"),
		asks_for_step: true,
		only_on_form: true,
		applies: () => true,
		ask: () =>
			ask(__("Log Call"), __("Log Call"), [
				{
					fieldname: "direction",
					fieldtype: "Select",
					label: __("Who Called?"),
					reqd: 1,
					options: [
						{ value: "Outgoing", label: __("We called the lead") },
						{ value: "Incoming", label: __("The lead called us") },
					],
					default: "Outgoing",
				},
				{ fieldname: "duration", fieldtype: "Duration", label: __("Duration") },
				{ fieldname: "note", fieldtype: "Small Text", label: __("What Was Said?") },
			]),
	},
	{
		name: "follow_up",
		label: () => __("Follow Up"),
		applies: is_open,
		ask: (leads, lead) =>
			ask(__("Follow Up"), __("Set Follow-up"), [
				{
					fieldname: "date",
					fieldtype: "Date",
					label: __("Next Contact Date"),
					reqd: 1,
					default: next_date(lead),
				},
				person_field({
					fieldname: "by",
					label: __("Next Contact By"),
					default: lead?.next_contact_by || frappe.session.user,
				}),
			]),
	},
	{
		name: "take",
		label: () => __("Take"),
		applies: (lead) => lead.lead_owner !== frappe.session.user,
		question: (count) => __("Become the sales person of {0} leads?", [count]),
	},
	{
		name: "hand_over",
		label: () => __("Hand Over"),
		applies: () => true,
		ask: () =>
			ask(__("Hand Over"), __("Hand Over"), [
				person_field({ fieldname: "to", label: __("Sales Person"), reqd: 1 }),
				{
					fieldname: "note",
					fieldtype: "Small Text",
					label: __("Note"),
					description: __("For the sales person, and in the timeline."),
				},
			]),
	},
	{
		name: "qualify",
		label: () => __("Qualify"),
		applies: (lead) => ["New", "Working"].includes(lead.status_category),
		question: (count) => __("Qualify {0} leads?", [count]),
	},
	{
		// OroCRM's: the lead is qualified by the opportunity, once that is saved.
		label: () => __("Convert to Opportunity"),
		only_on_form: true,
		applies: (lead) => is_open(lead) && lead_pipeline.documents().includes("Opportunity"),
		document: "Opportunity",
	},
	{
		// The same where opportunities are deals of Frappe CRM.
		label: () => __("Convert to Deal"),
		only_on_form: true,
		applies: (lead) =>
			is_open(lead) &&
			lead_pipeline.documents().includes("CRM Deal") &&
			!lead_pipeline.documents().includes("Opportunity"),
		document: "CRM Deal",
	},
	{
		name: "lose",
		label: () => __("Lost"),
		applies: is_open,
		ask: (leads, lead) => ask_lost_reason(__("Set Lost"), lead),
	},
	{
		name: "disqualify",
		label: () => __("Disqualify"),
		applies: (lead) => lead.status_category !== "Disqualified",
		ask: () =>
			ask(__("Disqualify"), __("Disqualify"), [
				{ fieldname: "note", fieldtype: "Small Text", label: __("Why?") },
			]),
	},
	{
		name: "reactivate",
		label: () => __("Reactivate"),
		asks_for_step: true,
		applies: (lead) => lead_pipeline.CLOSED_CATEGORIES.includes(lead.status_category),
		question: (count) => __("Reactivate {0} leads?", [count]),
	},
	{
		name: "plan_step",
		label: () => __("Plan a Step"),
		// On the form the next steps stand above the fields.
		applies: () => false,
		ask: () => lead_pipeline.steps.ask(__("Plan a Step")),
	},
	{
		name: "send_template",
		label: () => __("Send an E-mail"),
		applies: () => false,
		ask: (leads) =>
			ask(__("Send an E-mail"), __("Send"), [
				{
					fieldname: "email_template",
					fieldtype: "Link",
					options: "Email Template",
					label: __("Email Template"),
					description: __(
						"Filled in for each of the {0} leads. Leads without an address, disqualified ones and those that have unsubscribed get none.",
						[leads.length],
					),
					reqd: 1,
				},
			]),
	},
	{
		name: "add_tag",
		label: () => __("Add Tag"),
		applies: () => false,
		ask: () =>
			ask(__("Add Tag"), __("Add Tag"), [
				{
					fieldname: "tag",
					fieldtype: "Link",
					options: "Pipeline Lead Tag",
					label: __("Tag"),
					reqd: 1,
				},
			]),
	},
];

function is_open(lead) {
	return lead_pipeline.OPEN_CATEGORIES.includes(lead.status_category);
}

// The date in the lead when it is still to come, else in a week.
function next_date(lead) {
	const today = frappe.datetime.get_today();
	const date = lead?.next_contact_date;
	return date && date >= today ? date : frappe.datetime.add_days(today, 7);
}

// Carry out an action on leads given by name. `lead`: the document, when it is one lead's form that asks.
// Resolves to whether the server was asked to do anything.
lead_pipeline.act = async (action, leads, lead) => {
	const answers = await answers_for(action, leads, lead);
	if (!answers) return false;
	try {
		const { message } = await frappe.call({
			method: `lead_pipeline.activities.actions.${action.name}`,
			type: "POST",
			args: { leads, ...answers },
			freeze: true,
			freeze_message: __("{0} ...", [action.label()]),
		});
		tell(message, action);
	} catch {
		// What the server had to say is on the screen already.
	}
	return true;
};

async function answers_for(action, leads, lead) {
	if (action.ask) return action.ask(leads, lead);
	if (lead) return {};
	return (await confirm(action.question(leads.length))) && {};
}

// One message for all leads: a passing one when everything was done, else one that stays, with links to the refused.
function tell({ done, refused, message }, action) {
	const text = plain(message);
	if (!refused.length) {
		frappe.show_alert({ message: text, indicator: "green" });
		return;
	}
	const links = refused.map(({ lead }) => lead_pipeline.document_link("Pipeline Lead", lead, lead));
	frappe.msgprint({
		title: action.label(),
		message: `<p>${text}</p><p>${links.join(", ")}</p>`,
		indicator: done.length ? "orange" : "red",
	});
}

// The server's messages have markup of their own, and what people typed in them.
function plain(html) {
	return frappe.utils.escape_html(frappe.utils.html2text(html));
}
