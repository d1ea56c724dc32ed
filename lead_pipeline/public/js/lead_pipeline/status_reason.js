// “Why this status?”: which rule and document, or which person's choice, a lead's status follows from.

const escape_html = frappe.utils.escape_html;
const pill = (...args) => lead_pipeline.status_pill(...args);
const link = (...args) => lead_pipeline.document_link(...args);

// The answer of lead_pipeline.status.explain.explain as HTML.
lead_pipeline.why_html = (why) => {
	const lines = [decided_by(why), held(why), ...why.skipped.map(skipped)].filter(Boolean);
	return `<div class="lead-why" role="note">
		${lines.map((line) => `<div>${line}</div>`).join("")}
	</div>`;
};

function decided_by({ origin, status, wanted, fact, held_by, change }) {
	const shown = pill(held_by ? wanted : status);
	if (origin === "document") {
		const document = link(fact.document_type, fact.document_name);
		const rule = link("Pipeline Status Rule", fact.rule, __(fact.rule_name));
		return held_by
			? __("The documents say {0}: {1} (rule {2}).", [shown, document, rule])
			: __("{0} because of {1} (rule {2}).", [shown, document, rule]);
	}
	if (origin === "default") {
		return __("{0} because no document and no person says otherwise.", [shown]);
	}
	const choice = chosen(shown, status, change);
	return fact ? `${choice} ${overruled(fact)}` : choice;
}

function overruled(fact) {
	return __("{0} says {1}; the choice stands until the documents say something new.", [
		link(fact.document_type, fact.document_name),
		pill(fact.status),
	]);
}

function chosen(shown, status, change) {
	if (change?.to_status !== status) return __("{0} as last chosen by a person.", [shown]);
	const when = frappe.datetime.comment_when(change.changed_on);
	if (change.cause === "Created") return __("{0} since the lead was created {1}.", [shown, when]);
	return __("{0} as chosen by {1} {2}.", [shown, lead_pipeline.person(change), when]);
}

function held({ held_by, status }) {
	if (held_by === "hold") return __("It stays at {0} because its status is held.", [pill(status)]);
	if (held_by === "protection") {
		return __("It stays at {0}: only a person takes a lead out of this status.", [pill(status)]);
	}
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
			: changed_by_name || frappe.user.full_name(changed_by)
	);
