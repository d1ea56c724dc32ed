"""Light, cached page of a form on Pipeline Lead, also to be shown on other sites.

The framework's page of a Web Form is never cached: every request builds it anew, with all that the desk's forms need
in a browser. Here a request costs what a cached page of the website costs: nothing in the page is about one visitor;
what is (the ticket) the browser asks for when somebody begins to type.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, cstr
from frappe.website.page_renderers.base_template_page import BaseTemplatePage
from frappe.website.utils import cache_html

from lead_pipeline.capture import idempotency
from lead_pipeline.capture.form import fields, forms
from lead_pipeline.capture.form.submission import HONEYPOT, consent_text, settings
from lead_pipeline.constants import LEAD
from lead_pipeline.domain.origins import is_link, origins

EMBED = "embed"

# Type of the control by the type of the field; all others are a line of text.
CONTROLS = {"Date": "date", "Datetime": "datetime-local", "Time": "time", "Phone": "tel", "Check": "checkbox"}
CONTROLS |= dict.fromkeys(fields.NUMBERS, "number")
CONTROLS |= dict.fromkeys(fields.TEXTS, "textarea")
CONTROLS |= dict.fromkeys(("Select", "Link", "Autocomplete"), "select")
BY_OPTIONS = {"Email": "email", "Phone": "tel", "URL": "url"}

# What a browser can fill in by itself.
AUTOCOMPLETE = {
	"first_name": "given-name",
	"last_name": "family-name",
	"lead_name": "name",
	"company_name": "organization",
	"job_title": "organization-title",
	"email": "email",
	"phone": "tel",
	"mobile_no": "tel",
	"website": "url",
}


class FormPage(BaseTemplatePage):
	"""Hook (page_renderer): /<route>, /<route>/new and /<route>/embed of lead forms.

	The last one is for other sites.
	"""

	def can_render(self) -> bool:
		route, _slash, last = self.path.rpartition("/")
		self.embedded = last == EMBED
		known = forms.by_route()
		self.form = known.get(route if last in (EMBED, "new") else self.path) or known.get(self.path)
		# A user who is logged in and asks for a record of a form is the framework's business.
		return bool(self.form) and not frappe.form_dict.get("name")

	def render(self):
		self.headers = {"Content-Security-Policy": f"frame-ancestors {' '.join(self.ancestors())}"}
		response = self.build_response(self.add_csrf_token(self.get_html()))
		# The answer depends on nothing but the language, and browsers must see a changed form.
		response.headers["Vary"] = "Accept-Language, Cookie"
		return response

	def ancestors(self) -> list[str]:
		"""Return the sites that may show this page in a frame.

		Newer browsers obey this rather than X-Frame-Options.
		"""
		if not self.embedded:
			return ["'self'"]
		form = frappe.get_cached_doc(forms.WEB_FORM, self.form)
		listed = f"{cstr(settings().web_embed_origins)}\n{cstr(form.get('allowed_embedding_domains'))}"
		return ["'self'", *origins(listed)]

	@cache_html
	def get_html(self) -> str:
		form = frappe.get_cached_doc(forms.WEB_FORM, self.form)
		self.init_context()
		self.context.update(context(form, self.embedded))
		self.context.update({"name": "lead-form", "route": self.path, "doc": form})
		self.context.build_version = frappe.utils.get_build_version()
		self.post_process_context()
		return frappe.get_template(self.template_path).render(self.context)


def context(form: Document, embedded: bool) -> dict:
	kind = "embedded" if embedded else "page"
	return {
		"template": f"templates/lead_form_{kind}.html",
		"title": _(form.title),
		"embedded": embedded,
		"form": form,
		"lang": frappe.local.lang,
		"introduction": _(form.introduction_text) if form.introduction_text else "",
		"sections": sections(form),
		"consent": consent_text(),
		"privacy_page": cstr(settings().web_privacy_page).strip(),
		"trap": HONEYPOT,
		"button": _(form.button_label or "Send"),
		"thanks_title": _(form.success_title or "Thank you"),
		"thanks": _(form.success_message or "We have received your enquiry and will answer soon."),
		"page_data": page_data(form),
		"metatags": {
			"title": _(form.get("meta_title") or form.title),
			"description": cstr(form.meta_description),
		},
		"no_breadcrumbs": 1,
	}


def page_data(form: Document) -> str:
	"""Return what the page's script has to know, as JSON that can stand in HTML."""
	consented = consent_text()
	next_page = cstr(form.success_url).strip()
	data = {
		"form": form.name,
		"lang": frappe.local.lang,
		"trap": HONEYPOT,
		"consent": idempotency.digest(consented) if consented else None,
		"next": next_page if is_link(next_page) else None,
		"words": {
			"sending": _("Sending…"),
			"failed": _("The form could not be sent. Check your connection and try again."),
			"busy": _("Too many enquiries are coming in right now. Please try again in a few minutes."),
		},
	}
	return frappe.as_json(data, indent=None).replace("<", "\\u003c")


def sections(form: Document) -> list[dict]:
	"""Return the form as a template shows it.

	Sections with a heading and columns of fields.
	"""
	fillable = {field.name for field in fields.visible_fields(form)}
	found = [{"title": "", "columns": [[]]}]
	for field in form.web_form_fields:
		if field.fieldtype in ("Section Break", "Page Break") and not field.hidden:
			found.append({"title": _(field.label) if field.label else "", "columns": [[]]})
		elif field.fieldtype == "Column Break":
			found[-1]["columns"].append([])
		elif field.fieldtype == "HTML" and not field.hidden:
			found[-1]["columns"][-1].append({"html": cstr(field.options)})
		elif field.name in fillable:
			found[-1]["columns"][-1].append(control(field))
	return [section for section in found if any(section["columns"])]


def control(field: Document) -> dict:
	in_lead = frappe.get_meta(LEAD).get_field(field.fieldname)
	kind = CONTROLS.get(field.fieldtype) or CONTROLS.get(in_lead.fieldtype)
	# The lead's own options say what a line of text is: an address, a number.
	kind = kind or BY_OPTIONS.get(cstr(in_lead.options), "text")
	return {
		"name": field.fieldname,
		"label": _(field.label or in_lead.label),
		"kind": kind,
		"required": cint(field.reqd),
		"depends_on": cstr(field.depends_on).strip(),
		"help": _(field.description) if field.description else "",
		"default": cstr(field.default),
		"max_length": cint(field.max_length) or longest(kind),
		"max_value": cint(field.max_value),
		"step": 1 if in_lead.fieldtype == "Int" else "any",
		"options": fields.choices_of_field(field) if kind == "select" else [],
		"autocomplete": AUTOCOMPLETE.get(field.fieldname, "off"),
	}


def longest(kind: str) -> int:
	return fields.MAX_TEXT_LENGTH if kind == "textarea" else fields.MAX_WORD_LENGTH
