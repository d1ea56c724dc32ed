"""The names of leads, as LEAD-2026-00042: numbers from a sequence of the database."""

import re

import frappe
from frappe.database.sequence import get_next_val, set_next_val
from frappe.utils import getdate

from lead_pipeline.constants import LEAD, SETTINGS

# Digits of a number that a sequence could reach one day.
LONGEST_NUMBER = 9


def next_name() -> str:
	"""The next free name, as LEAD-2026-00042: from a database sequence, so that no insert waits for another."""
	prefix = frappe.get_cached_doc(SETTINGS).lead_prefix or "LEAD"
	return f"{prefix}-{getdate().year}-{get_next_val(LEAD):05d}"


def keep_sequence_ahead(name: str) -> None:
	"""An import or a renaming has given a lead this name: the sequence must not come to it again."""
	number = re.fullmatch(r".+-\d{4}-(\d+)", name)
	if not number or len(number[1]) > LONGEST_NUMBER:
		return
	if int(number[1]) >= get_next_val(LEAD):
		set_next_val(LEAD, int(number[1]) + 1)
