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

# Fields on the framework's own DocTypes, which every site has: `bench export-fixtures --app lead_pipeline`.
fixtures = [{"dt": "Custom Field", "filters": [["name", "in", ["Communication-pipeline_inbox"]]]}]

after_install = "lead_pipeline.install.after_install"
after_migrate = "lead_pipeline.install.after_migrate"
after_app_install = "lead_pipeline.install.after_app_install"
after_app_uninstall = "lead_pipeline.install.after_app_uninstall"
after_uninstall = "lead_pipeline.install.after_uninstall"

# Sales documents that change a lead. Only named DocTypes: a save that has nothing to do with leads pays nothing.
doc_events = {
	"Opportunity": {
		"before_insert": "lead_pipeline.documents.events.before_insert",
		"before_validate": "lead_pipeline.documents.events.before_validate",
		"before_update_after_submit": "lead_pipeline.documents.events.before_update_after_submit",
		"on_change": "lead_pipeline.documents.events.on_change",
		"on_trash": "lead_pipeline.documents.events.on_trash",
		"after_delete": "lead_pipeline.documents.events.after_delete",
		"before_rename": "lead_pipeline.documents.events.before_rename",
		"after_rename": "lead_pipeline.documents.events.after_rename",
	},
	"CRM Deal": {
		"before_insert": "lead_pipeline.documents.events.before_insert",
		"before_validate": "lead_pipeline.documents.events.before_validate",
		"before_update_after_submit": "lead_pipeline.documents.events.before_update_after_submit",
		"on_change": "lead_pipeline.documents.events.on_change",
		"on_trash": "lead_pipeline.documents.events.on_trash",
		"after_delete": "lead_pipeline.documents.events.after_delete",
		"before_rename": "lead_pipeline.documents.events.before_rename",
		"after_rename": "lead_pipeline.documents.events.after_rename",
	},
	"Quotation": {
		"before_insert": "lead_pipeline.documents.events.before_insert",
		"before_validate": "lead_pipeline.documents.events.before_validate",
		"before_update_after_submit": "lead_pipeline.documents.events.before_update_after_submit",
		"on_change": "lead_pipeline.documents.events.on_change",
		"on_trash": "lead_pipeline.documents.events.on_trash",
		"after_delete": "lead_pipeline.documents.events.after_delete",
		"before_rename": "lead_pipeline.documents.events.before_rename",
		"after_rename": "lead_pipeline.documents.events.after_rename",
	},
	"Sales Order": {
		"before_insert": "lead_pipeline.documents.events.before_insert",
		"before_validate": "lead_pipeline.documents.events.before_validate",
		"before_update_after_submit": "lead_pipeline.documents.events.before_update_after_submit",
		"on_change": "lead_pipeline.documents.events.on_change",
		"on_trash": "lead_pipeline.documents.events.on_trash",
		"after_delete": "lead_pipeline.documents.events.after_delete",
		"before_rename": "lead_pipeline.documents.events.before_rename",
		"after_rename": "lead_pipeline.documents.events.after_rename",
	},
	"Sales Invoice": {
		"before_insert": "lead_pipeline.documents.events.before_insert",
		"before_validate": "lead_pipeline.documents.events.before_validate",
		"before_update_after_submit": "lead_pipeline.documents.events.before_update_after_submit",
		"on_change": "lead_pipeline.documents.events.on_change",
		"on_trash": "lead_pipeline.documents.events.on_trash",
		"after_delete": "lead_pipeline.documents.events.after_delete",
		"before_rename": "lead_pipeline.documents.events.before_rename",
		"after_rename": "lead_pipeline.documents.events.after_rename",
	},
	"Customer": {
		"before_insert": "lead_pipeline.documents.events.before_insert",
		"before_validate": "lead_pipeline.documents.events.before_validate",
		"before_update_after_submit": "lead_pipeline.documents.events.before_update_after_submit",
		"on_change": "lead_pipeline.documents.events.on_change",
		"on_trash": "lead_pipeline.documents.events.on_trash",
		"after_delete": "lead_pipeline.documents.events.after_delete",
		"before_rename": "lead_pipeline.documents.events.before_rename",
		"after_rename": "lead_pipeline.documents.events.after_rename",
	},
	# Rows of a document can name a lead of their own.
	"Quotation Item": {
		"after_delete": "lead_pipeline.documents.events.after_delete_of_row",
	},
	"Sales Order Item": {
		"after_delete": "lead_pipeline.documents.events.after_delete_of_row",
	},
	"Sales Invoice Item": {
		"after_delete": "lead_pipeline.documents.events.after_delete_of_row",
	},
	# What the status of a deal means
	"CRM Deal Status": {
		"on_change": "lead_pipeline.documents.events.on_change_of_status_record",
	},
	# Parties behind a lead
	"Lead": {
		"on_trash": "lead_pipeline.documents.events.on_trash",
	},
	"Prospect": {
		"on_trash": "lead_pipeline.documents.events.on_trash",
	},
	# The lead itself
	"Pipeline Lead": {
		"before_insert": [
			"lead_pipeline.capture.form.submission.refuse_unchecked",
			"lead_pipeline.capture.importing.row_key.keep",
		],
		"before_validate": "lead_pipeline.status.choice.record_manual_choice",
		"validate": [
			"lead_pipeline.reference_data.checks.refuse_disabled_records",
			"lead_pipeline.visibility.staff.refuse_disabled_people",
			"lead_pipeline.activities.next_step.check_lead",
		],
		"before_save": [
			"lead_pipeline.activities.next_step.set_next_step",
			"lead_pipeline.activities.stuck.set_stuck_on",
			"lead_pipeline.activities.probability.set_probability",
		],
		"on_update": [
			"lead_pipeline.activities.next_step.carry_out",
			"lead_pipeline.activities.assignment.on_update",
		],
		"on_change": [
			"lead_pipeline.activities.assignment.on_change",
			"lead_pipeline.activities.handing_over.on_change",
		],
		"on_trash": "lead_pipeline.board.places.forget_lead",
		"before_rename": "lead_pipeline.visibility.references.check_rename",
		"after_rename": "lead_pipeline.documents.renaming.follow_lead",
		"after_delete": "lead_pipeline.documents.renaming.release",
	},
	"Kanban Board": {
		"validate": "lead_pipeline.lead_pipeline.doctype.pipeline_lead.computed.refuse_board",
	},
	# Mails and calls: made, attached to a lead, sent at last.
	"Communication": {
		"before_insert": "lead_pipeline.capture.mail.receiving.before_insert",
		"before_validate": "lead_pipeline.capture.inbox.actions.keep_decision",
		"validate": [
			"lead_pipeline.visibility.references.check_references",
			"lead_pipeline.visibility.embedded_files.check",
		],
		"on_change": [
			"lead_pipeline.activities.communications.on_change",
			"lead_pipeline.capture.events.on_change",
		],
	},
	"Pipeline Lead Import": {
		"validate": "lead_pipeline.capture.importing.assigning.on_validate",
	},
	"Call Log": {
		"before_validate": "lead_pipeline.capture.inbox.actions.keep_decision",
		"after_insert": "lead_pipeline.capture.calls.tell_people",
	},
	# A DocType gets, or loses, its link to a lead.
	"DocType": {
		"on_update": [
			"lead_pipeline.status.rules.clear_on_change",
			"lead_pipeline.visibility.requests.clear_links",
		],
		"after_delete": [
			"lead_pipeline.status.rules.clear_on_change",
			"lead_pipeline.visibility.requests.clear_links",
		],
	},
	"Custom Field": {
		"on_update": [
			"lead_pipeline.status.rules.clear_on_change",
			"lead_pipeline.visibility.requests.clear_links",
		],
		"after_delete": [
			"lead_pipeline.status.rules.clear_on_change",
			"lead_pipeline.visibility.requests.clear_links",
		],
	},
	"Web Form": {
		"on_update": "lead_pipeline.capture.form.forms.on_change",
		"after_delete": "lead_pipeline.capture.form.forms.on_change",
		"validate": "lead_pipeline.capture.form.fields.refuse_names_of_people",
	},
	# Assignments
	"ToDo": {
		"validate": "lead_pipeline.visibility.references.check_todo",
		"on_update": [
			"lead_pipeline.activities.assignment.on_assigned",
			"lead_pipeline.activities.handing_over.on_assigned",
			"lead_pipeline.activities.saving.done_with_todo",
			"lead_pipeline.activities.assignees.on_update",
		],
		"after_delete": "lead_pipeline.activities.assignees.after_delete",
	},
	# Records that can name a lead and that sales people write
	"Comment": {
		"validate": "lead_pipeline.visibility.references.check_references",
	},
	"File": {
		"validate": "lead_pipeline.visibility.references.check_references",
	},
	"Event": {
		"validate": "lead_pipeline.visibility.references.check_references",
	},
	"Reminder": {
		"validate": "lead_pipeline.visibility.references.check_references",
	},
	"Tag Link": {
		"validate": "lead_pipeline.visibility.references.check_references",
	},
	"Document Follow": {
		"validate": "lead_pipeline.visibility.follows.check_follow",
	},
	"Contact": {
		"validate": [
			"lead_pipeline.visibility.references.check_references",
			"lead_pipeline.visibility.references.name_leads_only",
		],
	},
	"Address": {
		"validate": [
			"lead_pipeline.visibility.references.check_references",
			"lead_pipeline.visibility.references.name_leads_only",
		],
		"before_save": "lead_pipeline.documents.contact_links.make_address_template",
	},
}

# Requests and jobs
auth_hooks = ["lead_pipeline.visibility.requests.check_request"]
after_request = [
	"lead_pipeline.visibility.requests.hide_titles",
	"lead_pipeline.visibility.requests.hide_documents",
	# The last one: whatever goes wrong with a lead, what is hidden stays hidden.
	"lead_pipeline.framework.transactions.run_waiting_work",
]
before_job = ["lead_pipeline.visibility.follows.before_job"]
after_job = ["lead_pipeline.framework.transactions.run_waiting_work"]

override_doctype_class = {
	"Assignment Rule": "lead_pipeline.activities.assignment.LeadAssignmentRule",
	"Email Account": "lead_pipeline.capture.mail.account.LeadEmailAccount",
}
# From Frappe 16 on.
extend_doctype_class = {
	"Opportunity": "lead_pipeline.framework.dangling_links.DocumentOfLead",
	"CRM Deal": "lead_pipeline.framework.dangling_links.DocumentOfLead",
	"Quotation": "lead_pipeline.framework.dangling_links.DocumentOfLead",
	"Sales Order": "lead_pipeline.framework.dangling_links.DocumentOfLead",
	"Sales Invoice": "lead_pipeline.framework.dangling_links.DocumentOfLead",
	"Customer": "lead_pipeline.framework.dangling_links.DocumentOfLead",
	"Quotation Item": "lead_pipeline.framework.dangling_links.DocumentOfLead",
	"Sales Order Item": "lead_pipeline.framework.dangling_links.DocumentOfLead",
	"Sales Invoice Item": "lead_pipeline.framework.dangling_links.DocumentOfLead",
}

scheduler_events = {
	"cron": {
		"*/5 * * * *": [
			"lead_pipeline.activities.reminders.remind",
		],
	},
	"hourly_long": [
		"lead_pipeline.status.hourly_repair.repair_changed",
		"lead_pipeline.status.recompute.retry_failed",
		"lead_pipeline.documents.renaming.release_dangling",
		"lead_pipeline.reference_data.categories.follow_all",
		"lead_pipeline.activities.day_change.turn",
		"lead_pipeline.activities.follow_up.remind",
		"lead_pipeline.activities.stuck.tell_managers",
		"lead_pipeline.capture.carts.collect",
		"lead_pipeline.duplicates.background.merge_waiting",
		"lead_pipeline.duplicates.undo.forget_snapshots",
	],
	"daily_long": [
		"lead_pipeline.board.places.clean",
		"lead_pipeline.visibility.health.report",
	],
}

ignore_links_on_delete = [
	"Pipeline Status Log",
	"Pipeline Status Failure",
	"Pipeline Lead Key",
	"Pipeline Lead Merge",
	"Pipeline Distinct Leads",
	"Pipeline Card Place",
	"Pipeline Activity",
]
# What link fields to leads offer
standard_queries = {"Pipeline Lead": "lead_pipeline.search.link_field.suggest_leads"}
# For sites that set up or reset their search bar; a site that has one is asked once, at install.
global_search_doctypes = {"Default": [{"doctype": "Pipeline Lead"}]}

# Who may see and change what
permission_query_conditions = {
	"Pipeline Lead": "lead_pipeline.visibility.permissions.lead_conditions",
	"Pipeline Status Log": "lead_pipeline.visibility.permissions.log_conditions",
	"Pipeline Activity": "lead_pipeline.visibility.permissions.step_conditions",
	"Pipeline Lead Tag Item": "lead_pipeline.visibility.permissions.tag_conditions",
	"Contact Email": "lead_pipeline.visibility.permissions.email_conditions",
	"Contact Phone": "lead_pipeline.visibility.permissions.phone_conditions",
	"Dynamic Link": "lead_pipeline.visibility.permissions.contact_link_conditions",
	"Communication Link": "lead_pipeline.visibility.permissions.communication_link_conditions",
	"Event Participants": "lead_pipeline.visibility.permissions.participant_conditions",
	"Tag Link": "lead_pipeline.visibility.permissions.tag_link_conditions",
	"ToDo": "lead_pipeline.visibility.permissions.todo_conditions",
	"Comment": "lead_pipeline.visibility.permissions.comment_conditions",
	"Communication": "lead_pipeline.visibility.permissions.communication_conditions",
	"Version": "lead_pipeline.visibility.permissions.version_conditions",
	"File": "lead_pipeline.visibility.permissions.file_conditions",
	"DocShare": "lead_pipeline.visibility.permissions.share_conditions",
	"Activity Log": "lead_pipeline.visibility.permissions.activity_conditions",
	"View Log": "lead_pipeline.visibility.permissions.view_conditions",
	"Document Follow": "lead_pipeline.visibility.permissions.follow_conditions",
	"Email Queue": "lead_pipeline.visibility.permissions.email_queue_conditions",
	"Reminder": "lead_pipeline.visibility.permissions.reminder_conditions",
	"Submission Queue": "lead_pipeline.visibility.permissions.submission_conditions",
	"Workflow Action": "lead_pipeline.visibility.permissions.workflow_action_conditions",
	"Prepared Report": "lead_pipeline.visibility.permissions.prepared_conditions",
}
has_permission = {
	"Pipeline Lead": "lead_pipeline.visibility.permissions.lead_has_permission",
	"Pipeline Status Log": "lead_pipeline.visibility.permissions.log_has_permission",
	"Pipeline Activity": "lead_pipeline.visibility.permissions.step_has_permission",
	"Tag Link": "lead_pipeline.visibility.permissions.reference_has_permission",
	"Communication": "lead_pipeline.visibility.permissions.reference_has_permission",
	"Comment": "lead_pipeline.visibility.permissions.reference_has_permission",
	"File": "lead_pipeline.visibility.permissions.reference_has_permission",
	"Document Follow": "lead_pipeline.visibility.permissions.reference_has_permission",
	"Reminder": "lead_pipeline.visibility.permissions.reference_has_permission",
	"ToDo": "lead_pipeline.visibility.permissions.reference_has_permission",
	"Notification Log": "lead_pipeline.visibility.permissions.reference_has_permission",
	"Activity Log": "lead_pipeline.visibility.permissions.reference_has_permission",
	"Submission Queue": "lead_pipeline.visibility.permissions.reference_has_permission",
	"Workflow Action": "lead_pipeline.visibility.permissions.reference_has_permission",
	"Prepared Report": "lead_pipeline.visibility.permissions.prepared_has_permission",
}

# Whitelisted methods of the framework that show leads, or take them in, past their permissions. No hook is asked in any of
# them, so a function of ours answers in their place: why, stands beside each. When another app stands there instead,
# `visibility/health.py` says so, daily and on the settings.
override_whitelisted_methods = {
	# Saves what a visitor sends with the rights of the form's owner, before any check of ours could run.
	"frappe.website.doctype.web_form.web_form.accept": "lead_pipeline.capture.form.submission.accept",
	# Gives all fields of a record to whoever owns it, as a visitor's enquiry is owned by everybody.
	"frappe.website.doctype.web_form.web_form.get_form_data": "lead_pipeline.capture.form.own_lead.form_data",
	# Lists the titles of any DocType that a field links to.
	"frappe.website.doctype.web_form.web_form.get_link_options": "lead_pipeline.capture.form.own_lead.link_options",
	# Frappe 15.0 counts without permissions: each filter answers a question about hidden leads.
	"frappe.client.get_count": "lead_pipeline.visibility.endpoints.count",
	# Counts what is linked without permissions.
	"frappe.desk.notifications.get_open_count": "lead_pipeline.visibility.endpoints.open_count",
	# Lets the caller switch off all restrictions of the user (`ignore_user_permissions`).
	"frappe.desk.search.search_link": "lead_pipeline.visibility.endpoints.search_link",
	"frappe.desk.search.search_widget": "lead_pipeline.visibility.endpoints.search_widget",
	# Tells the title of any document without a look at permissions.
	"frappe.desk.search.get_link_title": "lead_pipeline.visibility.endpoints.link_title",
	# Lists linked documents without permissions.
	"frappe.desk.form.linked_with.get": "lead_pipeline.visibility.endpoints.linked_documents",
	# Read all leads, or look for those that a user sees among all others.
	"frappe.desk.reportview.get": "lead_pipeline.visibility.endpoints.list_rows",
	"frappe.desk.reportview.get_sidebar_stats": "lead_pipeline.visibility.endpoints.list_tags",
	"frappe.desk.reportview.get_count": "lead_pipeline.visibility.endpoints.list_count",
	# Counts assignees over all records, in SQL of its own.
	"frappe.desk.listview.get_group_by_count": "lead_pipeline.visibility.endpoints.group_by_count",
	# Searches an index of all records that knows no permissions for each of them, and reads all of it.
	"frappe.utils.global_search.search": "lead_pipeline.search.everywhere.search_everywhere",
	# Frappe 15.0 lets anybody assign any document; whoever is assigned sees it.
	"frappe.desk.form.assign_to.add": "lead_pipeline.visibility.endpoints.assign",
	"frappe.desk.form.assign_to.add_multiple": "lead_pipeline.visibility.endpoints.assign_many",
	# Frappe 15.0 fills a column of a report from all documents.
	"frappe.desk.query_report.get_data_for_custom_field": "lead_pipeline.visibility.endpoints.custom_field_data",
	# Asks for a right on the DocType, not on the documents that have the tag.
	"frappe.desk.doctype.tag.tag.get_tagged_docs": "lead_pipeline.visibility.endpoints.tagged",
	# Shows everybody the numbers that were counted for the first user.
	"frappe.desk.doctype.dashboard_chart.dashboard_chart.get": "lead_pipeline.visibility.endpoints.chart",
}

# The Connections of a party's form
override_doctype_dashboards = {
	"Customer": "lead_pipeline.documents.connections.of_customer",
	"Lead": "lead_pipeline.documents.connections.of_prospect_lead",
	"Prospect": "lead_pipeline.documents.connections.of_prospect",
}

# Website and desk
page_renderer = [
	"lead_pipeline.capture.form.page.FormPage",
	"lead_pipeline.capture.form.own_lead.OwnLeadPage",
]
doctype_js = {"Web Form": "public/js/web_form.js"}
app_include_js = "lead_pipeline.bundle.js"
app_include_css = "lead_pipeline.bundle.css"
extend_bootinfo = "lead_pipeline.boot.extend"
