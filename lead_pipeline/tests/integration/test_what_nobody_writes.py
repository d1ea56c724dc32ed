"""What nobody can write into a record in any way (P9).

What the app notes, rows of others, who made the record, and that it is submitted.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
import pytest
from frappe.core.doctype.data_import.importer import Importer

from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_user
from lead_pipeline.tests.records_to_write import Sender, post, put, records_to_write
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.written_fields import ADMIN, SELLER, TOLD_AT_FIRST, app, differences


@pytest.fixture(scope="module")
def world(connected_site):
	with records_to_write() as world:
		yield world


@contextmanager
def importing(kind: str, columns: list[str], *rows: list) -> Iterator[Importer]:
	"""The framework's Data Import of these rows of leads, as its job runs it."""
	content = "\n".join(",".join(f'"{cell}"' for cell in line) for line in (columns, *rows))
	file = frappe.get_doc(
		{"doctype": "File", "file_name": f"{frappe.generate_hash()}.csv", "content": content, "is_private": 1}
	).insert()
	made = frappe.get_doc(
		{
			"doctype": "Data Import",
			"reference_doctype": LEAD,
			"import_type": kind,
			"import_file": file.file_url,
		}
	).insert()
	frappe.db.commit()
	try:
		yield Importer(LEAD, data_import=made)
	finally:
		site.start_over()
		frappe.flags.in_import = frappe.flags.mute_emails = False
		frappe.db.delete("Data Import Log", {"data_import": made.name})
		for document in (made, file):
			site.delete(document.doctype, document.name)
		frappe.db.commit()


def fields_read(importer: Importer) -> set[str]:
	"""The fields that the importer has found in the header of its file."""
	return {column.df.fieldname for column in importer.import_file.header.columns if column.df}


def test_a_data_import_writes_nothing_that_the_app_notes(world):
	before = world.stored(LEAD, world.lead.name)
	sent = world.forged(LEAD, [*app(LEAD), "job_title"], before)
	frappe.set_user(make_user("System Manager"))
	rows = ["name", *sent], [world.lead.name, *sent.values()]
	with importing("Update Existing Records", *rows) as importer:
		assert set(sent) <= fields_read(importer)
		importer.import_data()
	found = list(differences(LEAD, before, world.stored(LEAD, world.lead.name), sent, {"job_title"}))
	assert found == []


def test_a_data_import_makes_nothing_that_the_app_notes(world):
	name = world.word()
	sent = world.forged(LEAD, [field for field in app(LEAD) if field not in TOLD_AT_FIRST], {})
	frappe.set_user(make_user("System Manager"))
	with importing("Insert New Records", ["first_name", *sent], [name, *sent.values()]) as importer:
		assert set(sent) <= fields_read(importer)
		importer.import_data()
	frappe.db.rollback()
	(lead,) = frappe.get_all(LEAD, {"first_name": name}, ["*"])
	world.made.append((LEAD, lead.name))
	assert [field for field, value in sent.items() if str(lead.get(field)) == str(value)] == []


def test_a_row_of_another_document_is_not_taken(world):
	"""The framework writes a row by its name, whosever it is."""
	contact = frappe.get_doc({"doctype": "Contact", "first_name": world.word()})
	contact.append("email_ids", {"email_id": f"{world.word()}@example.com", "is_primary": 1})
	contact.insert()
	world.made.append(("Contact", contact.name))
	lead = frappe.get_doc(LEAD, world.other_lead.name)
	lead_row = lead.append("tags", {"tag": world.tags[0]})
	lead.save()
	frappe.db.commit()
	rows = {"Contact Email": contact.email_ids[0].name, "Pipeline Lead Tag Item": lead_row.name}
	before = {
		doctype: frappe.db.get_value(doctype, name, "*", as_dict=True) for doctype, name in rows.items()
	}
	sent = {
		"email_ids": [{"name": rows["Contact Email"], "email_id": f"{world.word()}@example.com"}],
		"tags": [{"name": rows["Pipeline Lead Tag Item"], "tag": world.tags[1]}],
	}
	answer = put(world.senders[SELLER], LEAD, world.lead.name, sent)
	frappe.db.rollback()
	assert answer.ok, answer.text[:500]
	for doctype, name in rows.items():
		assert frappe.db.get_value(doctype, name, "*", as_dict=True) == before[doctype]
	lead = frappe.get_doc(LEAD, world.lead.name)
	assert sent["email_ids"][0]["email_id"] in [row.email_id for row in lead.email_ids]
	assert [row.tag for row in lead.tags] == [world.tags[1]]


@pytest.mark.parametrize("docstatus", [1, 2])
def test_a_lead_is_never_submitted(world, docstatus):
	for role in (SELLER, ADMIN):
		session = world.senders[role]
		before = world.stored(LEAD, world.lead.name)
		assert put(session, LEAD, world.lead.name, {"docstatus": docstatus}).status_code in (403, 417)
		assert world.stored(LEAD, world.lead.name) == before
		name = world.word()
		answer = post(session, LEAD, {"first_name": name, "docstatus": docstatus})
		frappe.db.rollback()
		made = frappe.get_all(LEAD, {"first_name": name}, ["name", "docstatus"])
		world.made += [(LEAD, row.name) for row in made]
		assert [row.docstatus for row in made] in ([], [0]), answer.text[:300]


@pytest.mark.parametrize(
	"sent", [{"owner": "Guest"}, {"creation": "2001-01-01 00:00:00"}, {"modified": "2001-01-01"}]
)
def test_nor_who_has_made_a_lead_and_when(world, sent):
	before = world.stored(LEAD, world.lead.name)
	for role in (SELLER, ADMIN):
		put(world.senders[role], LEAD, world.lead.name, sent)
		assert world.stored(LEAD, world.lead.name) == before


@pytest.mark.parametrize("role", ["Inbox User", ADMIN])
def test_what_the_inbox_has_decided_nobody_writes(world, role):
	values = {"communication_medium": "Email", "sent_or_received": "Received", "subject": world.word()}
	values |= {"sender": f"{world.word()}@example.com", "content": "Text", "pipeline_inbox": "Ignored"}
	client = Client(make_user(role))
	answer = post(Sender(client.user, client.session), "Communication", values)
	assert answer.ok, answer.text[:500]
	frappe.db.rollback()
	name = answer.json()["data"]["name"]
	world.made.append(("Communication", name))
	assert not frappe.db.get_value("Communication", name, "pipeline_inbox")
