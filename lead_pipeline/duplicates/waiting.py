"""Keep the merges, and undos of merges, that wait for `background.py`.

They are in the record of its job. Each is a dict: `survivor`, `leads` (those that are not merged yet, in order), `total` (how many there were), `sources`
(field → name of the lead whose value is taken), `user`, and `id`. An undo has the name of the Pipeline Lead Merge as `undo`
in place of the sources, and in `leads` the one that is taken out.
"""

from contextlib import suppress

import frappe
from frappe import _
from redis.exceptions import RedisError

from lead_pipeline.exceptions import MergeRefusedError
from lead_pipeline.framework import job_records

# The record of the job, which also shows how far it is (Pipeline Job).
MERGES = "Merges of Leads"


def queue_merge(survivor: str, leads: list[str], sources: dict[str, str]) -> None:
	"""Let the job merge the leads into `survivor` once this is committed.

	For the user of the session. Without Redis the hourly run does it. Raises MergeRefusedError when one of the leads
	waits already.
	"""
	queue({"survivor": survivor, "leads": leads, "sources": sources})


def queue_undo(merge: str, lead: str, survivor: str) -> None:
	"""Let the job take `lead` out of `survivor` again, as `queue_merge`."""
	queue({"survivor": survivor, "leads": [lead], "undo": merge})


def queue(work: dict) -> None:
	work |= {"id": frappe.generate_hash(length=10), "total": len(work["leads"]), "user": frappe.session.user}

	def with_it(state: dict) -> dict:
		merges = state.get("waiting", [])
		refuse_taken_leads({work["survivor"], *work["leads"]}, merges)
		return {"waiting": [*merges, work]}

	job_records.change_state(MERGES, with_it)
	frappe.db.after_commit.add(enqueue_job)


def refuse_waiting_leads(names: set[str]) -> None:
	"""Raise MergeRefusedError if the job is going to change one of the leads."""
	refuse_taken_leads(names, waiting_merges())


def refuse_taken_leads(names: set[str], merges: list[dict]) -> None:
	for merge in merges:
		# A merge may still get further leads; of leads that are taken apart both are changed.
		taken = {*merge["leads"], merge["survivor"]} if "undo" in merge else merge["leads"]
		if not names.intersection(taken):
			continue
		if "undo" in merge:
			text = _("{0} is being taken out of {1} in the background. Wait until that is done.")
			lead = merge["leads"][0]
		else:
			text = _("{0} is being merged into {1} in the background. Wait until that is done.")
			lead = min(names.intersection(taken))
		frappe.throw(
			text.format(frappe.bold(lead), frappe.bold(merge["survivor"])),
			MergeRefusedError,
			title=_("Merge Leads"),
		)


def enqueue_job() -> None:
	with suppress(RedisError):
		frappe.enqueue("lead_pipeline.duplicates.background.merge_waiting", queue="long")


def waiting_merges() -> list[dict]:
	return job_records.state_of(MERGES).get("waiting", [])


def undone_by_job() -> set[str]:
	"""Return the names of the Pipeline Lead Merges that the job is going to undo."""
	return {work["undo"] for work in waiting_merges() if "undo" in work}


def remove_lead(merge: dict, lead: str) -> list[str]:
	"""Note that `lead` is merged; return the leads of `merge` that are left."""
	left = [name for name in merge["leads"] if name != lead]
	change_merges(lambda other: other | {"leads": left} if other["id"] == merge["id"] else other)
	return left


def remove_merge(merge: dict) -> None:
	change_merges(lambda other: other | {"leads": []} if other["id"] == merge["id"] else other)


def remove_all() -> None:
	change_merges(lambda other: other | {"leads": []})


def change_merges(change) -> None:
	"""Change the merges that wait; those without leads are forgotten."""
	job_records.change_state(
		MERGES,
		lambda state: {
			"waiting": [merge for merge in map(change, state.get("waiting", [])) if merge["leads"]]
		},
	)
