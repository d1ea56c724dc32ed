"""Exceptions of the app: one class per situation.

Callers and tests can thus tell them apart.
"""

import frappe


class LeadPipelineError(frappe.ValidationError):
	"""Base of all errors that a user of the app can cause and correct."""


class MissingIdentityError(LeadPipelineError):
	"""A lead without a person, a company or an e-mail."""


class StatusNotAllowedError(LeadPipelineError):
	"""The lead's type forbids the status."""


class LostReasonRequiredError(LeadPipelineError):
	"""A person moves a lead to a status of category Lost without saying why."""


class InvalidContactError(LeadPipelineError):
	"""An e-mail address, a website or a phone number that cannot be one."""


class InvalidValueError(LeadPipelineError):
	"""A number, a date or a kind of party that a lead cannot have."""


class LeadHasDocumentsError(LeadPipelineError, frappe.LinkExistsError):
	"""Somebody deletes a lead to which documents belong."""


class LeadMergedError(frappe.DoesNotExistError, LeadPipelineError):
	"""A lead is requested by the name that it had before it was merged into another."""


class MergeRefusedError(LeadPipelineError):
	"""Leads cannot be merged as requested, or a merge cannot be undone."""


class InvalidRuleError(LeadPipelineError):
	"""A status rule that could never hold or that cannot be evaluated."""


class InvalidReferenceDataError(LeadPipelineError):
	"""A status, type or setting that would leave the pipeline without a way to work."""


class InUseError(LeadPipelineError, frappe.LinkExistsError):
	"""A reference record cannot be deleted because leads or rules use it.

	Such as a status or a type.
	"""


class DisabledValueError(LeadPipelineError):
	"""A lead is given a reason or channel that is disabled."""


class LogIsInsertOnlyError(LeadPipelineError):
	"""Somebody tries to change or delete a row of the status log."""


class ActionRefusedError(LeadPipelineError):
	"""An action that does not fit this lead as it stands."""


class InvalidActionError(LeadPipelineError):
	"""An action that cannot be done to any lead as it was asked for."""


class DocumentNotOfferedError(LeadPipelineError):
	"""A document that is not made from leads on this site."""


class InvalidPartyError(LeadPipelineError):
	"""A party, contact or opportunity does not fit this lead or this document."""


class IncompletePartyError(LeadPipelineError):
	"""A party that a document needs and that the lead knows too little for."""


class LeadIsBusyError(LeadPipelineError):
	"""Somebody else was changing the lead each time that it was tried."""


class FormRefusedError(LeadPipelineError):
	"""A visitor sends a form with something missing, or with what it cannot have."""


class FormNotOpenError(LeadPipelineError, frappe.PermissionError):
	"""A visitor sends a form that is not published, or that needs a log-in."""

	http_status_code = frappe.PermissionError.http_status_code


class TooManyEnquiriesError(LeadPipelineError, frappe.TooManyRequestsError):
	"""More enquiries come in than the site takes in a minute."""

	http_status_code = frappe.TooManyRequestsError.http_status_code


class InvalidRequestError(LeadPipelineError):
	"""A program sends what is no lead, or uses the key of another request."""


class InvalidFileError(LeadPipelineError):
	"""A file that is no table of leads."""


class InvalidBoardError(LeadPipelineError):
	"""Filters, an order or a page of the board that there is not."""


class NextStepRequiredError(LeadPipelineError):
	"""A lead would stand without a next step at a status that requires one."""


class InvalidStepError(LeadPipelineError):
	"""A step cannot be planned like this.

	Because of its day, its time, its type or its person, or because it is one too many.
	"""


class LeadClosedError(LeadPipelineError):
	"""A step on a lead that is closed."""


class InvalidReportFilterError(LeadPipelineError):
	"""A report is asked for what it cannot show."""
