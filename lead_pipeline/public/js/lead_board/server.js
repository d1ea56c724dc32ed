// What the board asks the server (lead_pipeline.board, .activities, .status). A refused move is an answer, not an error.

const LEAD = "Pipeline Lead";
const BOARD = "lead_pipeline.board";

export const columns = (view) => get(`${BOARD}.columns.columns`, asked(view));

export const page = (view, status, cursor) =>
	get(`${BOARD}.columns.page`, { ...asked(view), status, cursor });

export const cards = (view, leads) => get(`${BOARD}.columns.cards`, { leads, filters: view.question() });

export const totals = (view) => get(`${BOARD}.totals.totals`, { filters: view.question() });

export const move = (request) => post(`${BOARD}.moves.move`, request);

export const undo = (lead, undo) => post(`${BOARD}.moves.undo`, { lead, undo });

export const panel = (lead) => get(`${BOARD}.panel.panel`, { lead });

export const save = (name, values) =>
	post("frappe.client.set_value", { doctype: LEAD, name, fieldname: values });

export const comment = (name, text) =>
	post("frappe.desk.form.utils.add_comment", {
		reference_doctype: LEAD,
		reference_name: name,
		content: frappe.utils.escape_html(text).replaceAll("\n", "<br>"),
		comment_email: frappe.session.user,
		comment_by: frappe.session.user_fullname,
	});

export const follow_documents = async (lead) =>
	(await post("lead_pipeline.status.choice.follow_documents", { lead })).message;

export const repair = async (lead) =>
	(await post("lead_pipeline.status.repair.repair", { leads: [lead] })).message;

function asked(view) {
	return { filters: view.question(), order: view.order };
}

async function get(method, args) {
	const { message } = await frappe.call({ method, type: "GET", args });
	return message;
}

async function post(method, args) {
	const { message } = await frappe.call({ method, type: "POST", args });
	return message;
}
