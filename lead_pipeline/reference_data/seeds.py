"""Remember the seeded records of this site, and their present names.

In the settings. A seed that a user renamed or deleted does not come back; what refers to a renamed one finds it.
"""

import json

import frappe

from lead_pipeline.constants import SETTINGS


def key(doctype: str, title: str) -> str:
	return f"{doctype}/{title}"


def load_seeds() -> dict[str, str]:
	"""`key` of every seed that was inserted → its present name."""
	return parse_seeds(frappe.db.get_single_value(SETTINGS, "seeded_records"))


def parse_seeds(text: str | None) -> dict[str, str]:
	"""Return the present names of the seeds from the text that the settings keep."""
	stored = json.loads(text or "{}")
	# The first version kept the keys only.
	return stored if isinstance(stored, dict) else {entry: entry.partition("/")[2] for entry in stored}


def store(known: dict[str, str]) -> None:
	frappe.db.set_single_value(SETTINGS, "seeded_records", json.dumps(known, sort_keys=True))


def present_seed_name(known: dict[str, str], doctype: str, title: str) -> str:
	return known.get(key(doctype, title), title)


def follow_renamed_seed(doctype: str, old: str, new: str) -> None:
	"""Keep the new name of a seed; to be called when a record is renamed or merged."""
	known = load_seeds()
	for entry, name in known.items():
		if name == old and entry.startswith(key(doctype, "")):
			known[entry] = new
	store(known)
