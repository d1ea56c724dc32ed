"""The names of leads, as LEAD-2026-00042: numbers from a sequence of the database."""

import re

import frappe
from frappe import _
from frappe.database.sequence import get_next_val, set_next_val
from frappe.utils import getdate

from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.visibility.own_leads import MANAGERS

# Digits of a number that a sequence could reach one day.
MAX_NUMBER_LENGTH = 9

# So far ahead of the sequence may a name be that somebody chooses who is no manager.
FARTHEST_STEP = 1000


def next_name() -> str:
	"""Return the next free name, such as LEAD-2026-00042.

	From a database sequence, so that no insert waits for another.
	"""
	prefix = frappe.get_cached_doc(SETTINGS).lead_prefix or "LEAD"
	return f"{prefix}-{getdate().year}-{get_next_val(LEAD):05d}"


def keep_sequence_ahead(name: str) -> None:
	"""Move the sequence past a name given by an import or a renaming.

	It must not come to that name again. Raises ValidationError for a name by which a user who is no manager would
	give all later leads long numbers.
	"""
	number = re.fullmatch(r".+-\d{4}-(\d+)", name)
	if not number or len(number[1]) > MAX_NUMBER_LENGTH:
		return
	coming = get_next_val(LEAD)
	if int(number[1]) < coming:
		return
	if int(number[1]) > coming + FARTHEST_STEP and MANAGERS.isdisjoint(frappe.get_roles()):
		frappe.throw(
			_(
				"The number in {0} is far ahead of the others. Choose a lower one, or ask a Sales Manager."
			).format(frappe.bold(name))
		)
	set_next_val(LEAD, int(number[1]) + 1)
