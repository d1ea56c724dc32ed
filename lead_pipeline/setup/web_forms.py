"""The Web Form that a new site starts with.

Not published until somebody publishes it, and the site's own from then on.

Not one of the framework's standard Web Forms: those cannot be edited on a site, and a migrate publishes or unpublishes
them again.
"""

from lead_pipeline.constants import LEAD, MODULE

ENQUIRY = {
	"doctype": "Web Form",
	"title": "Enquiry",
	"route": "enquiry",
	"doc_type": LEAD,
	"module": MODULE,
	"published": 0,
	"is_standard": 0,
	"login_required": 0,
	"allow_multiple": 1,
	"introduction_text": "Tell us what you need. We will get back to you soon.",
	"button_label": "Send",
	"success_title": "Thank you",
	"success_message": "We have received your enquiry and will answer soon.",
	"web_form_fields": [
		{"fieldname": "first_name", "fieldtype": "Data", "label": "First Name", "max_length": 80},
		{"fieldname": "last_name", "fieldtype": "Data", "label": "Last Name", "reqd": 1, "max_length": 80},
		{"fieldtype": "Column Break"},
		{"fieldname": "email", "fieldtype": "Data", "label": "E-mail", "reqd": 1, "max_length": 140},
		{"fieldname": "phone", "fieldtype": "Data", "label": "Phone", "max_length": 20},
		{"fieldtype": "Section Break"},
		{"fieldname": "company_name", "fieldtype": "Data", "label": "Company", "max_length": 140},
		{
			"fieldname": "description",
			"fieldtype": "Text",
			"label": "How Can We Help You?",
			"reqd": 1,
			"max_length": 5000,
		},
	],
}

# Days for which it is kept that an enquiry was received (Log Settings).
RECEIPT = "Pipeline Enquiry Receipt"
RECEIPT_DAYS = 30
