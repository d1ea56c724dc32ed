from lead_pipeline import overrides
from lead_pipeline.framework.desk_address import DESK

app_name = "lead_pipeline"
app_title = "Lead Pipeline"
app_publisher = "The Lead Pipeline maintainers"
app_description = "A lead pipeline whose statuses follow the sales documents by themselves"
app_email = "maintainers@users.noreply.h-seed-4b572869.example"
app_license = "MIT"
add_to_apps_screen = [
	{
		"name": app_name,
		"logo": "/assets/lead_pipeline/images/lead-pipeline.svg",
		"title": app_title,
		"route": f"{DESK}/lead-pipeline",
		"has_permission": "lead_pipeline.boot.is_shown",
	}
]

export_python_type_annotations = True
require_type_annotated_api_methods = True

after_install = "lead_pipeline.install.after_install"
after_migrate = "lead_pipeline.install.after_migrate"
after_app_install = "lead_pipeline.install.after_app_install"
after_app_uninstall = "lead_pipeline.install.after_app_uninstall"
after_uninstall = "lead_pipeline.install.after_uninstall"

# Documents that move a lead. Named DocTypes only: a save that has nothing to do with leads pays nothing.
_sales_documents = ("Opportunity", "Quotation", "Sales Order", "Sales Invoice", "Customer")
_events = ("before_insert", "before_validate", "before_update_after_submit", "on_change", "on_trash")
_events += ("after_delete", "before_rename", "after_rename")
_sales_document = {event: f"lead_pipeline.documents.events.{event}" for event in _events}
_row = {"after_delete": "lead_pipeline.documents.events.after_delete_of_row"}
_rows = {doctype: _row for doctype in ("Quotation Item", "Sales Order Item", "Sales Invoice Item")}
_party = {"on_trash": _sales_document["on_trash"]}
_capture = "lead_pipeline.capture"
_people = "lead_pipeline.people"
_assignment = f"{_people}.assignment"
_clear_links = ("lead_pipeline.status.rules.clear_on_change", "lead_pipeline.request_guard.clear_links")
_with_links = {event: list(_clear_links) for event in ("on_update", "after_delete")}
_check = "lead_pipeline.guards.check_references"
_tells_of_leads = ("Comment", "File", "Event", "Reminder", "Tag Link")

doc_events = dict.fromkeys(_sales_documents, _sales_document) | {
	**_rows,
	**dict.fromkeys(("Lead", "Prospect"), _party),
	"Pipeline Lead": {
		"before_insert": [f"{_capture}.form.entrance.refuse_unchecked", f"{_capture}.importing.origin.keep"],
		"before_validate": "lead_pipeline.status.recompute.choose",
		"validate": [
			"lead_pipeline.reference_guards.refuse_disabled",
			"lead_pipeline.staff.refuse_disabled_people",
		],
		"on_update": f"{_assignment}.on_update",
		"on_change": [f"{_assignment}.on_change", f"{_people}.handing_over.on_change"],
		"before_rename": "lead_pipeline.guards.check_rename",
		"after_rename": "lead_pipeline.documents.renaming.follow_lead",
		"after_delete": "lead_pipeline.documents.renaming.release",
	},
	"Kanban Board": {"validate": "lead_pipeline.lead_pipeline.doctype.pipeline_lead.computed.refuse_board"},
	# Mails and calls: made, attached to a lead, sent at last.
	"Communication": {
		"before_insert": f"{_capture}.mail.receiving.before_insert",
		"before_validate": f"{_capture}.inbox.actions.keep_decision",
		"validate": _check,
		"on_change": ["lead_pipeline.people.answers.on_change", f"{_capture}.events.on_change"],
	},
	"Pipeline Lead Import": {"validate": f"{_capture}.importing.assigning.on_validate"},
	"Call Log": {
		"before_validate": f"{_capture}.inbox.actions.keep_decision",
		"after_insert": f"{_capture}.calls.tell_people",
	},
	# A type gets, or loses, its way to a lead.
	**dict.fromkeys(("DocType", "Custom Field"), _with_links),
	"Web Form": dict.fromkeys(("on_update", "after_delete"), f"{_capture}.form.forms.on_change")
	| {"validate": f"{_capture}.form.fields.refuse_names_of_people"},
	"ToDo": {
		"validate": "lead_pipeline.guards.check_todo",
		"on_update": [f"{_assignment}.on_assigned", f"{_people}.handing_over.on_assigned"],
	},
	# Records that can name a lead and that sales people write.
	**{doctype: {"validate": _check} for doctype in _tells_of_leads},
	"Document Follow": {"validate": "lead_pipeline.follows.check"},
	"Contact": {"validate": [_check, "lead_pipeline.guards.name_leads_only"]},
	"Address": {"validate": [_check, "lead_pipeline.guards.name_leads_only"]},
}

auth_hooks = ["lead_pipeline.request_guard.check_request"]
after_request = ["lead_pipeline.request_guard.hide_titles", "lead_pipeline.request_guard.hide_documents"]
before_job = ["lead_pipeline.follows.before_job"]

override_doctype_class = {
	"Assignment Rule": f"{_assignment}.LeadAssignmentRule",
	"Email Account": f"{_capture}.mail.account.LeadEmailAccount",
}
# From Frappe 16 on.
extend_doctype_class = dict.fromkeys(
	(*_sales_documents, "Quotation Item", "Sales Order Item", "Sales Invoice Item"),
	"lead_pipeline.framework.dangling_links.DocumentOfLead",
)

scheduler_events = {
	"hourly_long": [
		"lead_pipeline.status.reconcile.reconcile",
		"lead_pipeline.status.recompute.retry_failed",
		"lead_pipeline.documents.renaming.release_dangling",
		"lead_pipeline.status.categories.follow_all",
		"lead_pipeline.people.follow_up.remind",
		"lead_pipeline.capture.carts.collect",
		"lead_pipeline.capture.duplicates.undoing.forget_snapshots",
	]
}

ignore_links_on_delete = [
	*("Pipeline Status Log", "Pipeline Status Failure", "Pipeline Lead Key", "Pipeline Lead Merge"),
	"Pipeline Distinct Leads",
]
# For sites that set up or reset their search bar; a site that has one is asked once, at install.
global_search_doctypes = {"Default": [{"doctype": "Pipeline Lead"}]}

# Who may do what
permission_query_conditions = {
	"Pipeline Lead": "lead_pipeline.permissions.lead_conditions",
	"Pipeline Status Log": "lead_pipeline.permissions.log_conditions",
	"Pipeline Lead Tag Item": "lead_pipeline.permissions.tag_conditions",
	"Contact Email": "lead_pipeline.permissions.email_conditions",
	"Contact Phone": "lead_pipeline.permissions.phone_conditions",
	"Dynamic Link": "lead_pipeline.permissions.contact_link_conditions",
	"Communication Link": "lead_pipeline.permissions.communication_link_conditions",
	"Event Participants": "lead_pipeline.permissions.participant_conditions",
	"Tag Link": "lead_pipeline.permissions.tag_link_conditions",
	"ToDo": "lead_pipeline.permissions.todo_conditions",
	"Comment": "lead_pipeline.permissions.comment_conditions",
	"Communication": "lead_pipeline.permissions.communication_conditions",
	"Version": "lead_pipeline.permissions.version_conditions",
	"File": "lead_pipeline.permissions.file_conditions",
	"DocShare": "lead_pipeline.permissions.share_conditions",
	"Activity Log": "lead_pipeline.permissions.activity_conditions",
	"View Log": "lead_pipeline.permissions.view_conditions",
	"Document Follow": "lead_pipeline.permissions.follow_conditions",
	"Email Queue": "lead_pipeline.permissions.email_queue_conditions",
	"Reminder": "lead_pipeline.permissions.reminder_conditions",
	"Submission Queue": "lead_pipeline.permissions.submission_conditions",
	"Workflow Action": "lead_pipeline.permissions.workflow_action_conditions",
}
_reference = "lead_pipeline.permissions.reference_has_permission"
has_permission = {
	"Pipeline Lead": "lead_pipeline.permissions.lead_has_permission",
	"Pipeline Status Log": "lead_pipeline.permissions.log_has_permission",
	**dict.fromkeys(
		("Tag Link", "Communication", "Comment", "File", "Document Follow", "Reminder"), _reference
	),
	**dict.fromkeys(
		("ToDo", "Notification Log", "Activity Log", "Submission Queue", "Workflow Action"), _reference
	),
}
override_whitelisted_methods = overrides.WHITELISTED_METHODS
override_doctype_dashboards = overrides.DASHBOARDS

# Website and desk
page_renderer = [f"{_capture}.form.page.FormPage", f"{_capture}.form.own_lead.OwnLeadPage"]
doctype_js = {"Web Form": "public/js/web_form.js"}
app_include_js = "lead_pipeline.bundle.js"
app_include_css = "lead_pipeline.bundle.css"
extend_bootinfo = "lead_pipeline.boot.extend"
