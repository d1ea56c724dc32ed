// The web forms for leads in the settings: which there are, whether visitors can fill them in, their texts and fields, and
// how to put one on another site. The rules are the server's (lead_pipeline.capture.form.api).

import { ask } from "./questions";

const METHODS = "lead_pipeline.capture.form.api.";
const escape = (text) => frappe.utils.escape_html(text || "");

lead_pipeline.show_web_forms = (frm) => {
	const { $wrapper } = frm.get_field("web_forms_html");
	if (frm.has_perm("write")) show($wrapper);
	else $wrapper.empty();
};

async function show($wrapper) {
	const { message } = await frappe.call({ method: `${METHODS}forms`, type: "GET" });
	draw($wrapper, message);
}

function draw($wrapper, { forms, fields }) {
	const show_again = () => show($wrapper);
	const $list = $(`<div class="lead-web-forms"></div>`);
	if (!forms.length) {
		$list.append($(`<p class="text-muted"></p>`).text(__("There is no web form for leads yet.")));
	}
	for (const form of forms) $list.append(card(form, fields, show_again));
	$(`<button type="button" class="btn btn-default btn-sm"></button>`)
		.text(__("New Form"))
		.on("click", () => new_form(show_again))
		.appendTo($list);
	$(`<p class="help-box small text-muted mt-2"></p>`)
		.text(
			__(
				"Look, scripts and log-in of a form are set in the DocType Web Form, which needs the role Website Manager.",
			),
		)
		.appendTo($list);
	$wrapper.empty().append($list);
}

function card(form, fields, show_again) {
	const state = form.published ? [__("Published"), "green"] : [__("Not Published"), "gray"];
	const names = form.fields.filter(({ fieldname }) => !fieldname.endsWith(" Break"));
	const $card = $(`<div class="lead-web-form mb-4" data-form="${escape(form.name)}">
		<div><b>${escape(form.title)}</b> <span class="indicator-pill ${state[1]}">${state[0]}</span></div>
		<div><a href="${escape(form.address)}" target="_blank" rel="noopener">${escape(form.address)}</a></div>
		<div class="text-muted small">${escape(
			names.map(({ label, reqd }) => (reqd ? `${label} *` : label)).join(", "),
		)}</div>
		<div class="lead-web-form-buttons mt-2"></div>
	</div>`);
	if (form.login_required) {
		$(`<div class="text-muted small"></div>`)
			.text(__("Only users who are logged in can fill it in."))
			.insertBefore($card.find(".lead-web-form-buttons"));
	}
	const button = (label, on_click) =>
		$(`<button type="button" class="btn btn-default btn-xs mr-2"></button>`)
			.text(label)
			.on("click", on_click)
			.appendTo($card.find(".lead-web-form-buttons"));
	const change = async (method, args) => {
		if (await call(method, { web_form: form.name, ...args })) show_again();
	};
	button(form.published ? __("Unpublish") : __("Publish"), () =>
		change("publish", { published: form.published ? 0 : 1 }),
	);
	if (!form.is_standard) {
		button(__("Texts"), async () => {
			const texts = await ask_texts(form);
			if (texts) change("change_texts", { texts });
		});
		button(__("Fields"), async () => {
			const rows = await ask_fields(form, fields);
			if (rows) change("change_fields", { rows });
		});
	}
	button(__("Embed on a Site"), () => lead_pipeline.show_embedding(form));
	if (frappe.model.can_write("Web Form")) {
		button(__("Web Form"), () => frappe.set_route("Form", "Web Form", form.name));
	}
	return $card;
}

async function new_form(show_again) {
	const values = await ask(__("New Form"), __("Create"), [
		{ fieldname: "title", fieldtype: "Data", label: __("Title"), reqd: 1 },
	]);
	if (values && (await call("new_form", values))) show_again();
}

function ask_texts({ texts }) {
	const field = (fieldname, fieldtype, label, reqd = 0) => ({
		fieldname,
		fieldtype,
		label,
		reqd,
		default: texts[fieldname],
	});
	return ask(__("Texts"), __("Save"), [
		field("title", "Data", __("Title"), 1),
		field("introduction_text", "Small Text", __("Introduction")),
		field("button_label", "Data", __("Button")),
		field("success_title", "Data", __("Title after Sending")),
		field("success_message", "Small Text", __("Message after Sending")),
	]).then(
		(answers) =>
			answers && {
				introduction_text: "",
				button_label: "",
				success_title: "",
				success_message: "",
				...answers,
			},
	);
}

async function ask_fields(form, fields) {
	const known = new Set(fields.map(({ fieldname }) => fieldname));
	const others = form.fields.filter(
		({ fieldname }) => !known.has(fieldname) && !fieldname.endsWith(" Break"),
	);
	const options = [
		...[...fields, ...others].map(({ fieldname, label }) => ({ value: fieldname, label })),
		{ value: "Column Break", label: __("New Column") },
		{ value: "Section Break", label: __("New Section") },
	];
	const answers = await ask(__("Fields"), __("Save"), [
		{
			fieldname: "rows",
			fieldtype: "Table",
			label: __("Fields"),
			in_place_edit: true,
			data: form.fields.map((row) => ({ ...row })),
			fields: [
				{
					fieldname: "fieldname",
					fieldtype: "Select",
					label: __("Field"),
					options,
					in_list_view: 1,
					reqd: 1,
					columns: 4,
				},
				{ fieldname: "label", fieldtype: "Data", label: __("Label"), in_list_view: 1, columns: 4 },
				{
					fieldname: "reqd",
					fieldtype: "Check",
					label: __("Mandatory"),
					in_list_view: 1,
					columns: 2,
				},
			],
		},
	]);
	return answers && (answers.rows || []).map(({ fieldname, label, reqd }) => ({ fieldname, label, reqd }));
}

// Whether the server has done it; what it had to say otherwise is on the screen already.
async function call(method, args) {
	try {
		await frappe.call({ method: METHODS + method, type: "POST", args, freeze: true });
		return true;
	} catch {
		return false;
	}
}

// Two lines of HTML that put the form on the page of another site.
lead_pipeline.show_embedding = ({ route, published }) => {
	const site = window.location.origin;
	const snippet = [
		`<div data-lead-form="${site}/${route}/embed"></div>`,
		`<script async src="${site}/assets/lead_pipeline/js/embed.js"></` + "script>",
	].join("\n");
	const dialog = new frappe.ui.Dialog({
		title: __("Embed on a Site"),
		fields: [
			{
				fieldname: "how",
				fieldtype: "HTML",
				options: `<p>${escape(
					__("Put this where the form is to stand on the page of the other site:"),
				)}</p>
					<pre class="lead-snippet" style="white-space: pre-wrap">${escape(snippet)}</pre>
					<p>${escape(
						__("The address of the other site must be in Lead Pipeline Settings, under {0}.", [
							__("Sites that May Show Our Forms"),
						]),
					)}</p>
					${published ? "" : `<p class="text-warning">${escape(__("The form is not published yet."))}</p>`}`,
			},
		],
		primary_action_label: __("Copy"),
		primary_action: () => {
			frappe.utils.copy_to_clipboard(snippet);
			dialog.hide();
		},
	});
	dialog.show();
};
