"""Where the app and its leads leave something in the tables of others.

`removal.py` takes it away after an uninstall; a test compares these tables with the site's DocTypes.
"""

# Records about one lead, or rows that name our DocTypes: DocType → fields, any of which holds such a DocType. They go.
RECORDS = {
	"Access Log": ("export_from",),
	"Activity Log": ("reference_doctype", "timeline_doctype", "link_doctype"),
	"Amended Document Naming Settings": ("document_type",),
	"Comment": ("reference_doctype",),
	"Communication Link": ("link_doctype",),
	"Custom DocPerm": ("parent",),
	"Deleted Document": ("deleted_doctype",),
	"DocShare": ("share_doctype",),
	"DocType Link": ("link_doctype", "parent_doctype"),
	"Document Follow": ("ref_doctype",),
	"Document Share Key": ("reference_doctype",),
	"Dynamic Link": ("link_doctype", "parenttype"),
	"Contact Email": ("parenttype",),
	"Contact Phone": ("parenttype",),
	"Email Unsubscribe": ("reference_doctype",),
	"Energy Point Log": ("reference_doctype",),
	"Error Log": ("reference_doctype",),
	"Event Participants": ("reference_doctype",),
	"Global Search DocType": ("document_type",),
	"Integration Request": ("reference_doctype",),
	"Logs To Clear": ("ref_doctype",),
	"Milestone": ("reference_type",),
	"Notification Log": ("document_type",),
	"Notification Subscribed Document": ("document",),
	"Permission Log": ("for_doctype", "reference_type"),
	"Portal Menu Item": ("reference_doctype",),
	"Reminder": ("reminder_doctype",),
	"Session Default": ("ref_doctype",),
	"Submission Queue": ("ref_doctype",),
	"Tag Link": ("document_type",),
	"ToDo": ("reference_type",),
	"User Document Type": ("document_type",),
	"User Select Document Type": ("document_type",),
	"Version": ("ref_doctype",),
	"View Log": ("reference_doctype",),
	"Workflow Action": ("reference_doctype",),
	"Workspace Quick List": ("document_type",),
	"Workspace Link": ("link_to",),
	"Workspace Shortcut": ("link_to",),
	"Workspace Sidebar Item": ("link_to",),
}

# What stands in the search bar of the framework's own accord.
SEARCHED = ("File", "ToDo", "Communication", "Event", "Contact", "Address")

# What can hang on a call or an enquiry that goes with its lead: DocType → the fields with its DocType and name.
TALK = "Communication"
OF_TALKS = {
	"Comment": ("reference_doctype", "reference_name"),
	"Communication Link": ("parenttype", "parent"),
	"File": ("attached_to_doctype", "attached_to_name"),
	"Notification Log": ("document_type", "document_name"),
	"ToDo": ("reference_type", "reference_name"),
	"Version": ("ref_doctype", "docname"),
}

# What people have set up for our DocTypes, and what can do nothing without them: the same, deleted one by one, as the
# framework knows what hangs on each.
SET_UP = {
	"Assignment Rule": ("document_type",),
	"Auto Repeat": ("reference_doctype",),
	"Calendar View": ("reference_doctype",),
	"Client Script": ("dt",),
	"Custom Field": ("dt", "options"),
	"Dashboard Chart": ("document_type", "parent_document_type"),
	"Data Import": ("reference_doctype",),
	"Desktop Icon": ("_doctype",),
	"DocType Layout": ("document_type",),
	"Document Naming Rule": ("document_type",),
	"Energy Point Rule": ("reference_doctype",),
	"Form Tour": ("reference_doctype",),
	"Kanban Board": ("reference_doctype",),
	"List Filter": ("reference_doctype",),
	"List View Settings": ("name",),
	"Milestone Tracker": ("document_type",),
	"Notification": ("document_type",),
	"Number Card": ("document_type", "parent_document_type"),
	"Onboarding Step": ("reference_document",),
	"Permission Type": ("doc_type",),
	"Print Format": ("doc_type",),
	"Print Format Field Template": ("document_type",),
	"Property Setter": ("doc_type",),
	"Report": ("ref_doctype",),
	"Scheduler Event": ("scheduled_against",),
	"Server Script": ("reference_doctype",),
	"Service Level Agreement": ("document_type",),
	"Success Action": ("ref_doctype",),
	"User Permission": ("allow", "applicable_for"),
	"Web Form": ("doc_type",),
	"Webhook": ("webhook_doctype",),
	"Workflow": ("document_type",),
}

# What names a record that is gone with the above: its DocType → DocTypes that name it, by which field.
NAMED = {
	"Report": {
		"Prepared Report": "report_name",
		"Auto Email Report": "report",
		"Custom Role": "report",
		"Workspace Link": "link_to",
		"Workspace Shortcut": "link_to",
		"Workspace Sidebar Item": "link_to",
	},
	"Page": {
		"Custom Role": "page",
		"Workspace Link": "link_to",
		"Workspace Shortcut": "link_to",
		"Workspace Sidebar Item": "link_to",
	},
	"Workspace": {"Workspace Sidebar Item": "link_to"},
	"Dashboard Chart": {"Dashboard Chart Link": "chart", "Workspace Chart": "chart_name"},
	"Number Card": {"Number Card Link": "card", "Workspace Number Card": "number_card_name"},
}

# The company's own: only the reference to a lead goes. DocType → the field of its DocType, fields to be emptied.
BOOKS = {
	"Communication": ("reference_doctype", ("reference_doctype", "reference_name")),
	"Discussion Topic": ("reference_doctype", ("reference_doctype", "reference_docname")),
	"Email Account": ("append_to", ("append_to",)),
	"Email Queue": ("reference_doctype", ("reference_doctype", "reference_name")),
	"Event": ("reference_doctype", ("reference_doctype", "reference_docname")),
	"IMAP Folder": ("append_to", ("append_to",)),
	"User Type": ("apply_user_permission_on", ("apply_user_permission_on",)),
	"Workspace Link": ("report_ref_doctype", ("report_ref_doctype",)),
	"Workspace Shortcut": ("report_ref_doctype", ("report_ref_doctype",)),
}

# What an action on many leads has told of those that it left alone, before the app spoke other languages than English.
OLD_NOTICES = ("% was left as it is: %", "% leads were left as they are: %")
