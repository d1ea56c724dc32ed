// The name of a lead that was merged into another one opens that one, as in links of old mails and in bookmarks. The
// desk has no hook for what it does not find, so this stands before its page that says so.

const LEAD = "Pipeline Lead";

const show_not_found = frappe.show_not_found;

frappe.show_not_found = async (...args) => {
	const [view, doctype, name] = frappe.get_route();
	const successor = view === "Form" && doctype === LEAD && (await successor_of(name));
	if (!successor) {
		show_not_found(...args);
		return;
	}
	frappe.route_flags.replace_route = true;
	await frappe.set_route("Form", LEAD, successor);
	frappe.show_alert(
		{
			message: __("{0} was merged into this lead.", [frappe.utils.escape_html(name)]),
			indicator: "blue",
		},
		10,
	);
};

async function successor_of(lead) {
	try {
		const { message } = await frappe.call({
			method: "lead_pipeline.duplicates.redirects.successor",
			type: "GET",
			args: { lead },
			silent: true,
		});
		return message;
	} catch {
		return null;
	}
}
