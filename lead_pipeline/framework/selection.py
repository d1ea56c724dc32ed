"""Read the record names in a request, and explain why one of them was refused."""

import json

import frappe
from frappe import _

from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import InvalidActionError
from lead_pipeline.framework.locks import somebody_was_first


def names_of(leads: str | list) -> list[str]:
	"""Return the names in a name, a list, or JSON of a list, each once.

	Raises InvalidActionError when there are none.
	"""
	if isinstance(leads, str) and leads.lstrip().startswith("["):
		try:
			leads = json.loads(leads)
		except ValueError:
			leads = []
	names = [leads] if isinstance(leads, str) else leads
	if not all(isinstance(name, str) for name in names):
		names = []
	names = list(dict.fromkeys(name for name in names if name.strip()))
	if not names:
		frappe.throw(
			_("No lead was chosen. Choose at least one first."), InvalidActionError, title=_("Which Lead?")
		)
	return names


def reason_of(error: Exception) -> str:
	"""Return why a lead was refused, in words for the user.

	Unexpected errors are also written to the Error Log.
	"""
	if isinstance(error, frappe.PermissionError | frappe.ValidationError) and str(error):
		return str(error)
	if somebody_was_first(error):
		return _("Somebody else is saving it at this moment. Try again.")
	frappe.log_error(title=_("An action on a lead failed"), reference_doctype=LEAD)
	return _("Something unexpected happened. The Error Log says what; tell your administrator.")
