// What list and form of held enquiries share: why they are held, in words, and what can be done with them.

const QUARANTINE = "lead_pipeline.capture.form.quarantine";

lead_pipeline.HELD_ACTIONS = [
	[__("Release"), "release"],
	[__("Delete as Spam"), "delete_as_spam"],
];

let words = {};

// Asks the server once.
lead_pipeline.load_held_reasons = async () => {
	if (Object.keys(words).length) return;
	const { message } = await frappe.call({ method: `${QUARANTINE}.reasons`, type: "GET" });
	words = message || {};
};

lead_pipeline.held_reasons = (codes) =>
	(codes || "")
		.split("\n")
		.filter(Boolean)
		.map((code) => words[code] || code)
		.join(", ");

// Asks before anything is deleted; resolves with what was done.
lead_pipeline.act_on_held = (names, method) =>
	new Promise((resolve) => {
		const act = async () => {
			const { message } = await frappe.call({
				method: `${QUARANTINE}.${method}`,
				type: "POST",
				args: { held: names },
				freeze: true,
			});
			if (message.refused.length) frappe.msgprint({ message: message.message, indicator: "orange" });
			else frappe.show_alert({ message: message.message, indicator: "green" });
			resolve(message);
		};
		if (method === "release") act();
		else
			frappe.confirm(
				__("Delete {0} enquiries for good? What their senders send from now on is held back.", [
					names.length,
				]),
				act,
			);
	});
