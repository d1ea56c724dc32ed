"""Extract the texts of seeded records for `bench generate-pot-file`.

No call of `_()` names them. Texts that the framework's own command does not look for are extracted, too:
Notifications, form tours, the sidebar. `babel_extractors.csv` at the top of the repository says for which
files.
"""

import json
import re
from collections.abc import Iterator
from typing import IO

from lead_pipeline.setup import defaults, web_forms

FORM_TEXTS = ("title", "introduction_text", "button_label", "success_title", "success_message")


def extract(
	fileobj: IO, keywords: list, comment_tags: list, options: dict
) -> Iterator[tuple[int, None, str, list[str]]]:
	"""Yield the texts of the seeds in `fileobj` (an extractor for Babel)."""
	texts = form_texts() if fileobj.name.endswith("web_forms.py") else record_names()
	for text in dict.fromkeys(texts):
		yield 1, None, text, ["Text of a record that a new site starts with"]


def extract_record(
	fileobj: IO, keywords: list, comment_tags: list, options: dict
) -> Iterator[tuple[int, None, str, list[str]]]:
	"""Yield the texts of a record in a JSON file (an extractor for Babel).

	What its templates translate, its titles and labels.
	"""
	record = json.load(fileobj)
	for text in dict.fromkeys(filter(None, record_texts(record))):
		yield 1, None, text, [f"Text of the {record['doctype']} {record['name']}"]


def record_texts(record: dict) -> Iterator[str]:
	"""Yield the texts of a Notification, a Form Tour or a Workspace Sidebar."""
	for template in (record.get("subject"), record.get("message")):
		yield from re.findall(r'_\("([^"]+)"\)', template or "")
	if record["doctype"] == "Form Tour":
		yield record["title"]
		for step in record["steps"]:
			yield from (step["title"], step["description"])
	yield from (item.get("label") for item in record.get("items", ()))


def record_names() -> Iterator[str]:
	"""Yield the names of all seeded records."""
	for table in (defaults.STATUSES, defaults.PRIORITIES, defaults.TAGS, defaults.ACTIVITY_TYPES):
		yield from (name for name, *_rest in table)
	yield from defaults.LOST_REASONS
	yield from defaults.CHANNELS
	yield from (name for _position, name, *_rest in defaults.RULES)


def form_texts() -> Iterator[str]:
	"""Yield what visitors read on the seeded web form."""
	yield from (web_forms.ENQUIRY[field] for field in FORM_TEXTS)
	yield from (field["label"] for field in web_forms.ENQUIRY["web_form_fields"] if "label" in field)
