"""No method of the framework reveals or changes a hidden lead (promise P10).

The setting is *Own Leads*. The methods are found, not listed: every whitelisted function of the framework that takes
a document is called by a Sales User, as the web server would call it, with a hidden lead and with the records that
tell of one. A method of a new version that this test does not know how to call fails it.
"""

import itertools
import json

import frappe
import pytest

from lead_pipeline.constants import LEAD
from lead_pipeline.tests.framework_methods import (
	READ_THE_FORM,
	SECRET,
	TAKES_A_DOCUMENT,
	VALUES,
	form_for,
	generic_methods,
	whitelisted,
)
from lead_pipeline.tests.hidden_lead import Call, HiddenLead, hidden_lead, leaks


@pytest.fixture
def world(clean_transaction):
	with hidden_lead() as world:
		yield world


def test_every_method_that_takes_a_document_is_known():
	"""What this test passes is what the method asks for."""
	known = TAKES_A_DOCUMENT | VALUES.keys()
	unknown = {}
	for path in generic_methods():
		_names, required = whitelisted()[path]
		if missing := required - known:
			unknown[path] = missing
	assert not unknown, "say in VALUES what to pass, or in IRRELEVANT why it is not to be called"
	assert set(READ_THE_FORM) <= set(generic_methods())


def test_no_method_tells_of_a_hidden_lead_or_changes_it(world):
	"""P10: all methods, with the lead itself."""
	before, told, changed = world.row(), {}, {}
	document = frappe.get_doc(LEAD, world.lead.name).as_dict() | {"job_title": "By the door"}
	# The sender of a document knows what he sends.
	document = {key: value for key, value in document.items() if SECRET.lower() not in str(value).lower()}
	for path, names in generic_methods().items():
		form = form_for(names, LEAD, world.lead.name, document)
		forms = [form, form | {"docs": json.dumps([world.lead.name])}] if "docs" in names else [form]
		for form in forms:
			call = Call(world, path, form)
			if leaks(call):
				told[path] = call.text[:500]
			if call.changed != before:
				changed[path] = call.changed
	assert not told
	assert not changed


# Methods that read, list or count whatever they are told to.
READERS = (
	"frappe.client.",
	"frappe.desk.reportview.",
	"frappe.desk.search.",
	"frappe.desk.form.load.",
	"frappe.desk.form.linked_with.",
	"frappe.www.printview.",
)


# A lead follows its documents, whoever may delete one of those: it gets another status, and what follows from that.
FOLLOWED = {(path, "Opportunity") for path in ("frappe.client.delete", "frappe.desk.reportview.delete_items")}
FOLLOWING = {"status", "status_category", "status_changed_on", "probability", "stuck_on"} | {
	"modified",
	"modified_by",
}


def changed_fields(before: str, after: str) -> set[str]:
	"""The fields of the lead that differ; both texts begin with its row as JSON."""
	(was,), (now,) = (json.JSONDecoder().raw_decode(text)[0] for text in (before, after))
	return {fieldname for fieldname in was if was[fieldname] != now.get(fieldname)}


def pairs_of(world: HiddenLead, readers: bool) -> list[tuple]:
	"""Return (method, names of its parameters, DocType, record) to be tested.

	Either for the methods that read (`readers`), or for all other methods.
	"""
	return [
		(path, names, doctype, record)
		for path, names in generic_methods().items()
		if path.startswith(READERS) == readers
		for doctype, record in world.records.items()
	]


def check_pairs(world: HiddenLead, pairs: list[tuple]) -> None:
	before, told, changed = world.row(), {}, {}
	for path, names, doctype, record in pairs:
		document = {"doctype": doctype, "name": record.name}
		call = Call(world, path, form_for(names, doctype, record.name, document), whole=False)
		if leaks(call):
			told[path, doctype] = call.text[:500]
		if (path, doctype) in FOLLOWED and changed_fields(before, call.changed) <= FOLLOWING:
			continue
		if call.changed != before[: len(call.changed)]:
			changed[path, doctype] = call.changed[:300]
	assert not told
	assert not changed


def test_no_reader_tells_of_it_by_a_record_that_names_it(world):
	"""No reading method reveals a hidden lead by a record that names it (P10).

	Tested with the records belonging to a document that the framework reads and lists.
	"""
	check_pairs(world, pairs_of(world, readers=True))


@pytest.mark.slow
def test_no_other_method_tells_of_it_by_such_a_record(world):
	"""P10: all other methods that take a document, with the same records."""
	check_pairs(world, pairs_of(world, readers=False))


def test_who_may_write_records_can_name_no_hidden_lead_in_them(world):
	"""No user can name a hidden lead in a record that they may write (P10).

	Tested for every DocType that can name a document, as far as the user may make such records at all.
	"""
	before, answered, told = world.row(), [], {}
	for doctype, record in world.records.items():
		values = {key: value for key, value in record.as_dict().items() if key != "name"}
		for row in [values, *itertools.chain(*(v for v in values.values() if isinstance(v, list)))]:
			for key in ("name", "parent", "link_title", "creation", "modified", "owner"):
				row.pop(key, None)
		text = json.dumps(values, default=str).replace(SECRET, "Door")
		call = Call(world, "frappe.client.insert", {"doc": text})
		if leaks(call):
			told[doctype] = call.text[:300]
		if call.error is None and doctype != "Opportunity":
			answered.append(doctype)
		assert call.changed == before, doctype
	assert not told
	assert not answered
