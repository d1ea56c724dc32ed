"""Leads with many records are merged, and taken out again, by a job."""

import frappe
import pytest
from frappe.desk.form.load import getdoc

from lead_pipeline import hooks
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
	monkeypatch.setattr(merging, "MANY_RECORDS", 100)
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


@pytest.fixture
def merged(leads, manager) -> str:
	"""Return the merge of the second lead into the first one."""
	ask(manager, leads[:2])
	assert background.merge_waiting() == 1
	return frappe.db.get_value(LEAD_MERGE, {"merged_lead": leads[1].name})


def ask_for_undo(user: str, merge: str) -> dict:
	frappe.set_user(user)
	try:
		return undo.undo(merge)
	finally:
		frappe.set_user("Administrator")
		frappe.db.commit()


def test_a_big_merge_is_undone_in_the_background_with_progress(leads, manager, merged, monkeypatch):
	shown, client, (kept, lead) = [], Client(manager), [lead.name for lead in leads[:2]]

	def show(_percent, **texts) -> None:
		job = client.get(JOB, waiting.MERGES)
		shown.append((texts["docname"], job["status"], job["done"], job["total"]))
		# Nobody waits for it who saves one of the two.
		for name in (kept, lead):
			client.call("PUT", f"resource/{LEAD}/{name}", job_title=f"Title {len(shown)}")

	monkeypatch.setattr(frappe, "publish_progress", show)
	answer = ask_for_undo(manager, merged)
	assert answer == {"lead": lead, "survivor": kept, "missing": {}, "in_background": True}
	assert there(leads) == [True, False, True] and comments(leads[0]) == COMMENTS
	assert background.merge_waiting() == 1
	assert shown[0][2] <= 2
	assert {each[:2] for each in shown} == {(kept, "Running")} and shown[-1][2] == shown[-1][3] > COMMENTS
	assert there(leads) == [True, True, True] and (comments(leads[0]), comments(leads[1])) == (0, COMMENTS)
	assert (status_of_job(), waiting.waiting_merges()) == ("Done", [])
	assert "was taken out of" in told(manager)
	assert frappe.db.get_value(LEAD_MERGE, merged, ["snapshot", "undone_by"]) == (None, manager)
	assert {frappe.db.get_value(LEAD, name, "job_title") for name in (kept, lead)} == {f"Title {len(shown)}"}
	assert undo.merges_of(kept) == []


def test_an_undo_is_asked_for_once_and_its_leads_are_not_merged_meanwhile(leads, manager, merged):
	ask_for_undo(manager, merged)
	frappe.set_user(manager)
	assert [each["can_undo"] for each in undo.merges_of(leads[0].name)] == [False]
	frappe.set_user("Administrator")
	with pytest.raises(MergeRefusedError, match="is being taken out of"):
		ask_for_undo(manager, merged)
	with pytest.raises(MergeRefusedError, match="is being taken out of"):
		ask(manager, [leads[2], leads[0]])


def test_an_undo_that_was_stopped_is_in_part_and_goes_on_when_asked_again(
	leads, manager, merged, monkeypatch
):
	stopper = Client(manager)

	def stop(*_args, **_texts) -> None:
		stopper.call("POST", f"method/{STOP}", job=waiting.MERGES)

	ask_for_undo(manager, merged)
	with monkeypatch.context() as patch:
		patch.setattr(frappe, "publish_progress", stop)
		assert background.merge_waiting() == 0
	assert (status_of_job(), waiting.waiting_merges()) == ("Stopped", [])
	assert "was stopped" in told(manager)
	assert there(leads) == [True, True, True] and comments(leads[0]) + comments(leads[1]) == COMMENTS
	undo.forget_snapshots()
	frappe.set_user(manager)
	getdoc(LEAD_MERGE, merged)
	assert frappe.response.docs.pop().get_onload("can_undo")
	shown = undo.merges_of(leads[0].name)[0]
	frappe.set_user("Administrator")
	assert (shown["is_begun"], shown["can_undo"]) == (True, True)
	ask_for_undo(manager, merged)
	assert background.merge_waiting() == 1
	assert (comments(leads[0]), comments(leads[1])) == (0, COMMENTS)
	assert "could not be given back" not in told(manager)
	with pytest.raises(MergeRefusedError, match="undone already"):
		ask_for_undo(manager, merged)


@pytest.mark.parametrize("killed_at", ["begin_in_background", "move_back", "finish_in_background"])
def test_an_undo_that_was_killed_is_finished_by_the_hourly_job(
	leads, manager, merged, monkeypatch, killed_at
):
	ask_for_undo(manager, merged)
	work, calls = getattr(undo, killed_at), []

	def dies(*args):
		result = work(*args)
		calls.append(args)
		if len(calls) == min(2, COMMENTS) or killed_at != "move_back":
			raise Killed
		return result

	with monkeypatch.context() as patch:
		patch.setattr(undo, killed_at, dies)
		with pytest.raises(Killed):
			background.merge_waiting()
	frappe.db.rollback()
	assert there(leads)[1] == (killed_at != "begin_in_background")
	assert comments(leads[0]) + comments(leads[1]) == COMMENTS
	run_hourly_job()
	assert (comments(leads[0]), comments(leads[1])) == (0, COMMENTS)
	assert "was taken out of" in told(manager) and waiting.waiting_merges() == []


def run_hourly_job() -> None:
	"""Do what a worker does at the full hour, whatever Redis has forgotten."""
	frappe.get_doc("Scheduled Job Type", {"method": hooked_path()}).execute()
	frappe.set_user("Administrator")


def hooked_path() -> str:
	return next(path for path in hooks.scheduler_events["hourly_long"] if path.endswith("merge_waiting"))


def test_a_merge_whose_job_was_lost_is_done_within_the_hour(leads, manager, monkeypatch):
	monkeypatch.setattr(frappe, "enqueue", lambda *_args, **_values: None)
	ask(manager, leads[:2])
	moved, calls = relink.write_links, []

	def dies(*args):
		calls.append(args)
		moved(*args)
		if len(calls) == 2:
			raise Killed

	with monkeypatch.context() as patch:
		patch.setattr(relink, "write_links", dies)
		with pytest.raises(Killed):
			background.merge_waiting()
	frappe.db.rollback()
	assert there(leads)[1] and comments(leads[1]) == COMMENTS
	run_hourly_job()
	assert not there(leads)[1] and comments(leads[0]) == COMMENTS
	assert told(manager).endswith("is done. Leads merged: 1.")


def test_an_undo_whose_lead_was_deleted_meanwhile_says_so(leads, manager, merged, monkeypatch):
	def stop(*_args, **_texts) -> None:
		Client(manager).call("POST", f"method/{STOP}", job=waiting.MERGES)

	ask_for_undo(manager, merged)
	with monkeypatch.context() as patch:
		patch.setattr(frappe, "publish_progress", stop)
		background.merge_waiting()
	ask_for_undo(manager, merged)
	frappe.delete_doc(LEAD, leads[1].name, force=True)
	frappe.db.commit()
	assert background.merge_waiting() == 0
	assert "has failed" in told(manager) and "is not there any more" in told(manager)
	assert waiting.waiting_merges() == []
	frappe.db.delete("Error Log", {"reference_doctype": LEAD, "reference_name": leads[0].name})
	frappe.db.commit()
