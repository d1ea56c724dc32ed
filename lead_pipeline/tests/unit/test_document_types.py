"""Agreement of the framework's files with the table of document types.

What is written where the framework looks for it says the same as the table.
"""

import json
from pathlib import Path

import pytest

from lead_pipeline import hooks
from lead_pipeline.constants import PARTY_TYPES
from lead_pipeline.documents import events
from lead_pipeline.documents.types import CUSTOMER, ROW_LINKS, TYPES

APP = Path(__file__).parents[2]
EVENTS = "lead_pipeline.documents.events."


def hooked(path: str, event: str) -> set[str]:
	"""The DocTypes whose event leads to the function at this path."""
	targets = {doctype: events.get(event) or [] for doctype, events in hooks.doc_events.items()}
	return {
		doctype
		for doctype, found in targets.items()
		if path in ([found] if isinstance(found, str) else found)
	}


@pytest.mark.parametrize(
	"event",
	[
		"before_insert",
		"before_validate",
		"before_update_after_submit",
		"on_change",
		"after_delete",
		"before_rename",
		"after_rename",
	],
)
def test_every_type_is_hooked_and_no_other(event):
	assert callable(getattr(events, event))
	assert hooked(EVENTS + event, event) == set(TYPES)


def test_every_row_that_can_name_a_lead_is_hooked():
	assert hooked(EVENTS + "after_delete_of_row", "after_delete") == set(ROW_LINKS)


def test_records_that_say_what_a_status_means_are_hooked():
	path = EVENTS + "on_change_of_status_record"
	assert hooked(path, "on_change") == {kind.status_records for kind in TYPES.values()} - {None}


def test_parties_are_told_of_their_end():
	assert hooked(EVENTS + "on_trash", "on_trash") == {*TYPES, *PARTY_TYPES}


def test_documents_of_a_lead_that_is_gone_can_be_saved_on_every_version():
	assert set(hooks.extend_doctype_class) == {*TYPES, *ROW_LINKS}


def test_every_type_has_its_switch():
	place = APP / "lead_pipeline/doctype/lead_pipeline_settings/lead_pipeline_settings.json"
	fields = {field["fieldname"]: field for field in json.loads(place.read_text())["fields"]}
	switches = {doctype: fields[kind.switch] for doctype, kind in TYPES.items()}
	assert {doctype: field["label"] for doctype, field in switches.items()} == {
		doctype: doctype for doctype in TYPES
	}
	assert {(field["fieldtype"], field["default"]) for field in switches.values()} == {("Check", "1")}


def test_a_document_is_made_of_what_stands_before_it():
	"""The migration goes through the table once."""
	order = [*TYPES]
	for doctype, kind in TYPES.items():
		for source in kind.sources:
			assert order.index(source.doctype) < order.index(doctype)


def test_names_of_seeded_rules_are_unique():
	names = [rule.name for kind in TYPES.values() for rule in kind.rules]
	assert len(set(names)) == len(names)


def test_customer_is_the_last_in_the_menu():
	assert [*TYPES][-1] == CUSTOMER
