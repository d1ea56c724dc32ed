"""Who may write which field of which record (promise P9).

Tested by every way in which the framework writes. `written_fields.WRITTEN` says it once for all. DocTypes and fields
are found, not listed: a new one fails until the table has an answer. What is asked is the database, not the answer of
the server.
"""

import frappe
import pytest

from lead_pipeline.constants import LEAD, MODULE, SETTINGS
from lead_pipeline.tests.records_to_write import (
	CHANGES,
	INSERTS,
	edit_in_list,
	insert,
	post,
	put,
	records_to_write,
	set_value,
	settings_kept,
)
from lead_pipeline.tests.written_fields import (
	ADMIN,
	GUEST,
	MANAGER,
	NOTED_ELSEWHERE,
	PEOPLES_LINKS,
	ROLES,
	SELLER,
	STANDARD,
	TOLD_AT_FIRST,
	WEBSITE,
	WRITTEN,
	app,
	differences,
	doctypes,
	people,
	value_fields,
)


@pytest.fixture(scope="module")
def world(connected_site):
	with records_to_write() as world:
		yield world


@pytest.fixture(autouse=True)
def same_settings(clean_transaction):
	with settings_kept():
		yield


def test_every_doctype_and_field_has_an_answer():
	assert set(doctypes()) == set(WRITTEN)
	for doctype, written in WRITTEN.items():
		named = [*written.people.split(), *written.app.split()]
		assert len(named) == len(set(named)), doctype
		found = {field.fieldname for field in value_fields(doctype)}
		# Only sites with items have the last one.
		assert found - set(named) == set() and set(named) - found <= {"item"}, doctype


def test_every_field_on_other_doctypes_has_an_answer():
	fields = frappe.get_all("Custom Field", {"module": MODULE, "dt": ("!=", LEAD)}, pluck="fieldname")
	assert set(fields) <= PEOPLES_LINKS | NOTED_ELSEWHERE


def witness(doctype: str) -> str | None:
	"""Return a field that people edit.

	It is sent with the others and shows whether the request was processed at all.
	"""
	if doctype == LEAD:
		# Another status, for example, has effects of its own.
		return "job_title"
	simple = ("Data", "Small Text", "Int", "Color", "Select", "Link", "Check")
	own_name = (frappe.get_meta(doctype).autoname or "").removeprefix("field:")
	return next(
		(
			name
			for name in people(doctype)
			if name not in (own_name, "source", "lead_visibility", "lead_prefix")
			if frappe.get_meta(doctype).get_field(name).fieldtype in simple
		),
		None,
	)


# The ways differ in what they do with a document, which is the same for these as for the others.
BY_FEWER_WAYS = (GUEST, WEBSITE, ADMIN)


def every(ways: tuple, few: tuple):
	pairs = [(role, way) for role in ROLES for way in (few if role in BY_FEWER_WAYS else ways)]
	return pytest.mark.parametrize("role, way", pairs, ids=[f"{role}-{way.__name__}" for role, way in pairs])


@every(CHANGES, few=(put, set_value, edit_in_list))
def test_what_the_app_notes_nobody_changes(world, role, way):
	wrong = []
	for doctype, name in world.names():
		may, heard = role in WRITTEN[doctype].by, witness(doctype)
		before = world.stored(doctype, name)
		standard = dict.fromkeys(STANDARD, '["Guest"]') if doctype == LEAD else {}
		sent = world.forged(doctype, [*app(doctype), *filter(None, [heard])], before) | standard
		answer = way(world.senders[role], doctype, name, sent)
		if answer.status_code >= 500:
			wrong.append(f"{doctype}: {answer.status_code} {answer.text[-300:]}")
		found = list(
			differences(doctype, before, world.stored(doctype, name), sent, {heard} if may else set())
		)
		wrong += [f"{line} ({answer.status_code} {answer.text[:200]})" for line in found]
	assert wrong == []


@pytest.mark.parametrize("doctype", [doctype for doctype, written in WRITTEN.items() if written.by])
def test_what_people_edit_they_can_change(world, doctype):
	"""Else the refusals above would say nothing."""
	name = dict(world.names()).get(doctype)
	if not name:
		pytest.skip("this site has no documents that rules could be about")
	wrong = []
	own_name = (frappe.get_meta(doctype).autoname or "").removeprefix("field:")
	once = {"source", "document_type", "party", "party_type", own_name}
	fields = [field for field in people(doctype) if field not in once]
	for role in (SELLER, MANAGER, ADMIN):
		before = world.stored(doctype, name)
		sent = world.forged(doctype, fields, before)
		answer = put(world.senders[role], doctype, name, sent)
		may = set(sent) if role in WRITTEN[doctype].by else set()
		found = list(differences(doctype, before, world.stored(doctype, name), sent, may))
		wrong += [f"{role}: {line} ({answer.status_code} {answer.text[:300]})" for line in found]
	assert wrong == []


@every(INSERTS, few=(post, insert))
def test_what_the_app_notes_nobody_makes(world, role, way):
	wrong = []
	for doctype in set(world.records) - {SETTINGS}:
		may = role in WRITTEN[doctype].by
		needed = world.new(doctype)
		forged = world.forged(doctype, [name for name in app(doctype) if name not in TOLD_AT_FIRST], {})
		before = set(frappe.get_all(doctype, pluck="name", limit=0, order_by=None))
		answer = way(world.senders[role], doctype, forged | needed)
		frappe.db.rollback()
		made = set(frappe.get_all(doctype, pluck="name", limit=0, order_by=None)) - before
		world.made += [(doctype, name) for name in made]
		if bool(made) != may or answer.status_code >= 500:
			wrong.append(f"{doctype}: {len(made)} made ({answer.status_code} {answer.text[:300]})")
		for name in made:
			stored = world.stored(doctype, name)
			wrong += [
				f"{doctype}.{field} was written: {value!r}"
				for field, value in forged.items()
				if str(stored.get(field)) == str(value)
			]
	assert wrong == []
