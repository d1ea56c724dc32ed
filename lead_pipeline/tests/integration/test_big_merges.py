"""Leads with many records are merged by a job, each wholly or not at all."""

import frappe
import pytest

from lead_pipeline.constants import JOB, LEAD, LEAD_MERGE
from lead_pipeline.duplicates import background, merging, relink, undo, waiting
from lead_pipeline.exceptions import MergeRefusedError
from lead_pipeline.framework import job_records
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.rest import Client

STOP = "lead_pipeline.lead_pipeline.doctype.pipeline_job.pipeline_job.stop"

# On each of the leads that are merged into the first one.
COMMENTS = 6


@pytest.fixture
def leads(committed, monkeypatch):
	"""Return the lead to keep and two others that have many records."""
	monkeypatch.setattr(merging, "MANY_RECORDS", COMMENTS)
	monkeypatch.setattr(relink, "BATCH_SIZE", 2)
	leads = [
		make_lead(company_name="Kept Ltd"),
		make_lead(company_name="Second Ltd", website="https://second.example"),
		make_lead(company_name="Third Ltd", website="https://third.example", job_title="Buyer"),
	]
	committed += leads
	for lead in leads[1:]:
		for number in range(COMMENTS):
			lead.add_comment("Comment", f"{number} of {lead.name}")
	forget_merges()
	yield leads
	frappe.db.rollback()
	forget_merges()


@pytest.fixture
def manager(leads):
	user = make_user("Sales Manager")
	frappe.db.commit()
	return user


def forget_merges() -> None:
	job_records.keep_state(waiting.MERGES, {}, status="Done", **background.AT_END)
	frappe.db.commit()


def ask(user: str, leads, **values) -> dict:
	"""Ask for the merge of all leads into the first one, as a request does."""
	frappe.set_user(user)
	try:
		return merging.merge(leads[0].name, [lead.name for lead in leads], values)
	finally:
		frappe.set_user("Administrator")
		frappe.db.commit()


def comments(lead) -> int:
	about = {"reference_doctype": LEAD, "reference_name": lead.name, "comment_type": "Comment"}
	return frappe.db.count("Comment", about)


def there(leads) -> list[bool]:
	return [bool(frappe.db.exists(LEAD, lead.name)) for lead in leads]


def status_of_job() -> str:
	return frappe.db.get_value(JOB, waiting.MERGES, "status")


def told(user: str) -> str:
	return frappe.get_last_doc("Notification Log", {"for_user": user}).subject


def test_they_are_merged_in_the_background_with_progress(leads, manager, monkeypatch):
	shown, client, third = [], Client(manager), leads[2].name

	def show(percent, **texts) -> None:
		assert (texts["doctype"], texts["docname"]) == (LEAD, leads[0].name)
		if not shown:
			job = client.get(JOB, waiting.MERGES)
			assert (job["status"], job["done"], job["total"]) == ("Running", 0, 2)
			# The lead whose turn comes later is locked by nobody.
			client.call("PUT", f"resource/{LEAD}/{third}", job_title="Head of Buying")
		shown.append(texts["description"])

	monkeypatch.setattr(frappe, "publish_progress", show)
	answer = ask(manager, leads, website=third)
	assert answer == {"survivor": leads[0].name, "merges": [], "in_background": True}
	assert there(leads) == [True, True, True] and comments(leads[0]) == 0
	assert background.merge_waiting() == 2
	assert there(leads) == [True, False, False] and comments(leads[0]) == 2 * COMMENTS
	kept = frappe.get_doc(LEAD, leads[0].name)
	assert (kept.company_name, kept.website) == ("Kept Ltd", "https://third.example")
	assert kept.job_title == "Head of Buying"
	# The history of the lead is a record, too, and so is what was changed of the last one meanwhile.
	assert {"7 of 7 records", "8 of 8 records"} < set(shown)
	assert (status_of_job(), waiting.waiting_merges()) == ("Done", [])
	assert told(manager).endswith("is done. Leads merged: 2.")
	assert background.merge_waiting() == 0
	merge = frappe.db.get_value(LEAD_MERGE, {"merged_lead": third})
	assert undo.undo(merge)["missing"] == {}
	frappe.db.commit()
	assert there(leads) == [True, False, True] and comments(leads[2]) == COMMENTS


def test_a_stop_leaves_the_next_lead_whole_and_asking_again_goes_on(leads, manager, monkeypatch):
	stopper, calls = Client(manager), []

	def stop(*_args, **_texts) -> None:
		if not calls:
			stopper.call("POST", f"method/{STOP}", job=waiting.MERGES)
		calls.append(1)

	monkeypatch.setattr(frappe, "publish_progress", stop)
	ask(manager, leads)
	assert background.merge_waiting() == 1
	assert there(leads) == [True, False, True]
	assert (comments(leads[0]), comments(leads[2])) == (COMMENTS, COMMENTS)
	assert (status_of_job(), waiting.waiting_merges()) == ("Stopped", [])
	assert leads[2].name in told(manager) and "was stopped" in told(manager)
	assert background.merge_waiting() == 0 and there(leads)[2]
	ask(manager, [leads[0], leads[2]])
	assert background.merge_waiting() == 1
	assert there(leads) == [True, False, False] and comments(leads[0]) == 2 * COMMENTS
	assert status_of_job() == "Done"


class Killed(BaseException):
	"""As when the process ends."""


def test_a_run_that_is_killed_goes_on_with_the_lead_that_it_was_at(leads, manager, monkeypatch):
	ask(manager, leads)
	note_down = merging.note_down

	def dies(kept, lead, snapshot):
		if lead.name == leads[2].name:
			raise Killed
		return note_down(kept, lead, snapshot)

	with monkeypatch.context() as patch:
		patch.setattr(merging, "note_down", dies)
		with pytest.raises(Killed):
			background.merge_waiting()
	frappe.db.rollback()
	assert there(leads) == [True, False, True]
	assert (comments(leads[0]), comments(leads[2])) == (COMMENTS, COMMENTS)
	assert [merge["leads"] for merge in waiting.waiting_merges()] == [[leads[2].name]]
	assert background.merge_waiting() == 1
	assert there(leads) == [True, False, False] and comments(leads[0]) == 2 * COMMENTS
	assert frappe.db.count(LEAD_MERGE, {"survivor": leads[0].name}) == 2


def test_what_cannot_be_merged_is_told_and_what_waits_is_not_asked_for_twice(leads, manager, monkeypatch):
	ask(manager, leads)
	with pytest.raises(MergeRefusedError, match="is being merged into"):
		ask(manager, leads)

	def fails(*_args):
		raise frappe.ValidationError("No room left")

	with monkeypatch.context() as patch:
		patch.setattr(merging, "note_down", fails)
		assert background.merge_waiting() == 0
	assert there(leads) == [True, True, True] and comments(leads[1]) == COMMENTS
	assert "No room left" in told(manager) and leads[1].name in told(manager)
	assert waiting.waiting_merges() == []
	failure = {"reference_doctype": LEAD, "reference_name": leads[0].name}
	assert frappe.db.count("Error Log", failure) == 1
	frappe.db.delete("Error Log", failure)
	frappe.db.commit()


def test_what_arrives_while_a_lead_is_merged_is_taken_along(leads, manager, monkeypatch):
	client, files = Client(manager), []
	file = {"file_name": "late.txt", "content": "In between", "is_private": 1}
	file |= {"attached_to_doctype": LEAD, "attached_to_name": leads[1].name}

	def arrive(*_args, **_texts) -> None:
		if not files:
			files.append(client.create("File", **file)["name"])

	monkeypatch.setattr(frappe, "publish_progress", arrive)
	ask(manager, leads[:2])
	assert background.merge_waiting() == 1
	assert frappe.db.get_value("File", files[0], "attached_to_name") == leads[0].name
