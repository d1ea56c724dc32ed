// The status history of a lead: how long it was at each status in total, and every change on a timeline.

const escape_html = frappe.utils.escape_html;

// The answer of lead_pipeline.status.explain.status_history (newest first) as HTML.
lead_pipeline.history_html = (rows) => {
	if (!rows.length) return `<p class="text-muted">${__("Nothing has happened yet.")}</p>`;
	const stays = stays_of(rows);
	const own = stays.filter((stay) => !stay.merged_from);
	return `<div class="lead-history-totals">${totals_html(own)}</div>
		<ol class="lead-history">${stays.map(stay_html).join("")}</ol>`;
};

// Each change with the time that the lead then stayed; the newest stay lasts until now. A lead that was merged into
// this one has a story of its own, which ends with the merge.
function stays_of(rows) {
	const now = frappe.datetime.now_datetime();
	const later = new Map();
	return rows.map((row) => {
		const next = later.get(row.merged_from);
		later.set(row.merged_from, row);
		const is_current = !next && !row.merged_from;
		const seconds = is_current ? seconds_between(row.changed_on, now) : next && next.seconds_in_previous;
		return { ...row, seconds, is_current };
	});
}

function seconds_between(start, end) {
	return Math.max(0, moment(end).diff(moment(start), "seconds"));
}

function totals_html(stays) {
	const totals = new Map();
	for (const { to_status, seconds } of [...stays].reverse()) {
		totals.set(to_status, (totals.get(to_status) || 0) + seconds);
	}
	const sum = [...totals.values()].reduce((total, seconds) => total + seconds, 0) || 1;
	const parts = [...totals].map(([status, seconds]) => {
		const colour = lead_pipeline.colour_class("status", status);
		return `<span class="lead-share ${colour}" style="flex-grow: ${seconds / sum}"></span>`;
	});
	const legend = [...totals].map(
		([status, seconds]) => `<span class="lead-total">${lead_pipeline.status_pill(status)}
			${escape_html(lead_pipeline.duration(seconds))}</span>`,
	);
	return `<div class="lead-shares" aria-hidden="true">${parts.join("")}</div>
		<div class="lead-totals">${legend.join("")}</div>`;
}

function stay_html(stay) {
	const details = [
		stay.merged_from && __("{0}, merged into this lead", [escape_html(stay.merged_from)]),
		__(stay.cause),
		lead_pipeline.person(stay),
		(stay.reference_name || stay.unseen) &&
			lead_pipeline.document_link(stay.reference_doctype, stay.reference_name, stay.reference_title),
		stay.rule && lead_pipeline.document_link("Pipeline Status Rule", stay.rule, __("Rule")),
		stay.reason && `<span class="lead-reason">${escape_html(stay.reason)}</span>`,
	];
	return `<li class="lead-stay ${lead_pipeline.colour_class("status", stay.to_status)}">
		<div class="lead-stay-head">
			${lead_pipeline.status_pill(stay.to_status)}
			<span class="lead-stay-lasted">${lasted(stay)}</span>
			<span class="lead-stay-when text-muted">${frappe.datetime.comment_when(stay.changed_on)}</span>
		</div>
		<div class="text-muted small">${details.filter(Boolean).join(" · ")}</div>
	</li>`;
}

function lasted({ seconds, is_current }) {
	if (seconds === undefined) return __("until it was merged");
	const duration = escape_html(lead_pipeline.duration(seconds));
	return is_current ? __("for {0} so far", [duration]) : __("for {0}", [duration]);
}
