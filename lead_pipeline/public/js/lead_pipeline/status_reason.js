// “Why this status?”: which rule and document, or which person's choice, a lead's status follows from.

const escape_html = frappe.utils.escape_html;
const pill = (...args) => lead_pipeline.status_pill(...args);
const link = (...args) => lead_pipeline.document_link(...args);

// The answer of lead_pipeline.status.explain.explain as HTML; `can_change`: whether this user may change the lead.
lead_pipeline.why_html = (why, can_change) => {
	const lines = [
		decided_by(why),
		lost(why),
		can_change && way_back(why),
		held(why),
		...disagreement(why),
		...why.skipped.map(skipped),
	];
	return `<div class="lead-why" role="note">
		${lines
			.filter(Boolean)
			.map((line) => `<div>${line}</div>`)
			.join("")}
	</div>`;
};

function decided_by({ origin, wanted, fact, held_by, agrees, change, gone }) {
	const shown = pill(wanted);
	if (origin === "document") {
		const document = link(fact.document_type, fact.document_name);
		const rule = link("Pipeline Status Rule", fact.rule, __(fact.rule_name));
		return held_by || !agrees
			? __("The documents say {0}: {1} (rule {2}).", [shown, document, rule])
			: __("{0} because of {1} (rule {2}).", [shown, document, rule]);
	}
	if (origin === "default") {
		return agrees
			? __("{0} because no document and no person says otherwise.", [shown])
			: __("It should be at {0}, because no document and no person says otherwise.", [shown]);
	}
	const choice = agrees ? chosen(shown, wanted, change, gone) : not_yet(shown, gone);
	return fact ? `${choice} ${overruled(fact)}` : choice;
}

function overruled(fact) {
	return __("{0} says {1}; the choice stands until the documents say something new.", [
		link(fact.document_type, fact.document_name),
		pill(fact.status),
	]);
}

function lost({ lost_reason }) {
	return lost_reason && __("Lost because: {0}", [`<b>${escape_html(lost_reason)}</b>`]);
}

// A person's choice stands against a document: the same person may think better of it.
function way_back({ origin, fact, held_by }) {
	if (origin !== "person" || !fact || held_by) return null;
	return `<button type="button" class="btn btn-xs btn-default lead-follow"
		title="${__("Takes back what a person chose: the documents decide again.")}">${__(
			"Follow the Documents",
		)}</button>`;
}

// What people do without choosing the status itself.
const OCCASIONS = {
	Created: (...args) => __("{0} since the lead was created {1}.", args),
	Import: (...args) => __("{0} since the lead was imported {1}.", args),
	"Incoming Mail": (...args) => __("{0} because of a mail from the lead {1}.", args),
	"Outgoing Mail": (...args) => __("{0} because of a mail to the lead {1}.", args),
	Call: (...args) => __("{0} because of a call {1}.", args),
	"Follow-up": (...args) => __("{0} because the day of the next contact has come, {1}.", args),
	Enquiry: (...args) => __("{0} because the lead has asked again {1}.", args),
};

function not_yet(shown, gone) {
	const document = gone && link(gone.document_type, gone.document_name);
	return document
		? __("It should be at {0}, as last chosen by a person: {1} does not count any more.", [
				shown,
				document,
		  ])
		: __("It should be at {0}, as last chosen by a person.", [shown]);
}

function chosen(shown, wanted, change, gone) {
	if (gone) {
		const document = link(gone.document_type, gone.document_name);
		return __("{0} as last chosen by a person: {1} does not count any more.", [shown, document]);
	}
	if (!change?.by_person || change.to_status !== wanted) {
		return __("{0} as last chosen by a person.", [shown]);
	}
	const when = frappe.datetime.comment_when(change.changed_on);
	const occasion = OCCASIONS[change.cause];
	if (occasion) return occasion(shown, when);
	return change.changed_by === frappe.session.user
		? __("{0} as chosen by you {1}.", [shown, when])
		: __("{0} as chosen by {1} {2}.", [shown, lead_pipeline.person(change), when]);
}

function held({ held_by, status }) {
	if (held_by === "hold") return __("It stays at {0} because its status is held.", [pill(status)]);
	if (held_by === "protection") {
		return __("It stays at {0}: only a person takes a lead out of this status.", [pill(status)]);
	}
}

// A lead that has not followed yet, and what becomes of it.
function disagreement({ agrees, status, failure }) {
	if (agrees) return [];
	const lines = [__("It is at {0} still, and is corrected by itself within the hour.", [pill(status)])];
	if (failure) {
		const when = frappe.datetime.comment_when(failure.failed_on);
		lines[0] = __("It is at {0} still: it could not follow {1}, and is tried again every hour.", [
			pill(status),
			when,
		]);
		lines.push(
			failure.error
				? link("Pipeline Status Failure", failure.name, failure.error)
				: __(
						"If it stays like that, tell a Sales Manager: the list of leads that could not follow says why.",
				  ),
		);
	}
	if (frappe.model.can_write("Pipeline Status Rule")) {
		lines.push(`<button class="btn btn-xs btn-default lead-repair">${__("Correct It Now")}</button>`);
	}
	return lines;
}

function skipped({ status, document_type, document_name }) {
	return __("{0} of {1} is not allowed for this type of lead.", [
		pill(status),
		link(document_type, document_name),
	]);
}

// Who made a change, as the signed-in person would say it.
lead_pipeline.person = ({ changed_by, changed_by_name }) =>
	escape_html(
		changed_by === frappe.session.user
			? frappe.user.full_name(changed_by)
			: changed_by_name || frappe.user.full_name(changed_by),
	);
