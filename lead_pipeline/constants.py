"""Names that more than one layer uses. Plain values, no imports."""

APP = "lead_pipeline"
MODULE = "Lead Pipeline"

LEAD = "Pipeline Lead"
STATUS = "Pipeline Lead Status"
LEAD_TYPE = "Pipeline Lead Type"
RULE = "Pipeline Status Rule"
STATUS_LOG = "Pipeline Status Log"
STATUS_FAILURE = "Pipeline Status Failure"
SETTINGS = "Lead Pipeline Settings"

# The next steps of a lead.
ACTIVITY = "Pipeline Activity"
ACTIVITY_TYPE = "Pipeline Activity Type"

# Records about leads that may be the same, or were.
LEAD_KEY = "Pipeline Lead Key"
# The full-text index of the words of leads.
SEARCH_INDEX = "lead_pipeline_search_words"
LEAD_MERGE = "Pipeline Lead Merge"
DISTINCT_LEADS = "Pipeline Distinct Leads"

# Where one user has placed a lead on the board.
CARD_PLACE = "Pipeline Card Place"

# What came of the last run of a job.
JOB = "Pipeline Job"

# A row of an import or a migration.
IMPORT_ROW = "Pipeline Import Row"

# The field by which a document belongs to a lead.
LEAD_LINK = "pipeline_lead"

# The mark of a Customer that came into being on the way to another document of its lead.
MADE_FOR_SALE = "pipeline_made_for_sale"

# The field without a column that makes the framework save a document whose lead is gone.
LEAD_FOUND = "pipeline_lead_found"

# What can be behind a lead, in ERPNext's words.
PARTY_TYPES = ("Customer", "Lead", "Prospect")

# Meaning of a status, in the order in which a lead goes through them. Code tests these, never a label.
NEW, WORKING, QUALIFIED, WON, LOST, DISQUALIFIED = CATEGORIES = (
	"New",
	"Working",
	"Qualified",
	"Won",
	"Lost",
	"Disqualified",
)
CLOSED_CATEGORIES = (WON, LOST, DISQUALIFIED)
OPEN_CATEGORIES = (NEW, WORKING, QUALIFIED)

# A list takes no day for the earliest one of all: a filter "until today" needs a first day, too.
FIRST_DAY = "1900-01-01"

# How the next step of a lead stands: the values of its field next_step.
NO_STEP, OVERDUE, TODAY, PLANNED = NEXT_STEPS = ("None", "Overdue", "Today", "Planned")

# The values of Pipeline Activity.status.
OPEN, DONE, CANCELLED = "Open", "Done", "Cancelled"

# Why a status changed: the values of Pipeline Status Log.cause.
CREATED = "Created"
PERSON = "Person"
DOCUMENT = "Document"
TYPE_CHANGE = "Type Change"
REPAIR = "Repair"
IMPORT = "Import"
INCOMING_MAIL = "Incoming Mail"
OUTGOING_MAIL = "Outgoing Mail"
CALL = "Call"
FOLLOW_UP = "Follow-up"
ENQUIRY = "Enquiry"

# A change for one of these is a person's choice: it stands until the documents say something new.
PEOPLES_CAUSES = (CREATED, PERSON, IMPORT, INCOMING_MAIL, OUTGOING_MAIL, CALL, FOLLOW_UP, ENQUIRY)

# Values of the setting lead_visibility.
ALL_LEADS = "All Leads"
OWN_LEADS = "Own Leads"

# Settings that name the status of an action, and the categories that they take.
SETTING_CATEGORIES = {
	"lost_status": (LOST,),
	"disqualified_status": (DISQUALIFIED,),
	"qualified_status": (QUALIFIED,),
	"open_status": (NEW, WORKING),
	"replied_status": (WORKING,),
}

# Where a mail or call that belongs to nobody stands: the values of the field that the app adds to both.
INBOX_FIELD = "pipeline_inbox"
IGNORED = "Ignored"
# Why a mail made no lead by itself.
BOUNCE, AUTOMATIC_REPLY, MASS_MAIL = "Bounce", "Automatic Reply", "Mass Mail"
# The reason of our rows among the framework's unhandled mails: tells ours from others, and people what they are.
WAITING_MAIL = (
	"Lead Pipeline is receiving this mail, or takes it up again with the next mails of its account."
)
COLLEAGUE, NO_SENDER, CLAIMED, FAILED = "Colleague", "No Sender", "Claimed Sender", "Failed"
# Nobody has to look at these; all others wait for a decision.
PUT_ASIDE = (IGNORED, BOUNCE, AUTOMATIC_REPLY, MASS_MAIL)
INBOX_VALUES = (*PUT_ASIDE, COLLEAGUE, NO_SENDER, CLAIMED, FAILED)

CALL_LOG = "Call Log"
