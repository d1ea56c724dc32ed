"""Keep the merges that wait for the job of `background.py`, in its record.

Each is a dict: `survivor`, `leads` (those that are not merged yet, in order), `total` (how many there were), `sources`
(field → name of the lead whose value is taken), `user`, and `id`.
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
	merge = {"id": frappe.generate_hash(length=10), "survivor": survivor, "leads": leads, "total": len(leads)}
	merge |= {"sources": sources, "user": frappe.session.user}

	def with_it(state: dict) -> dict:
		merges = state.get("waiting", [])
		refuse_waiting_leads({survivor, *leads}, merges)
		return {"waiting": [*merges, merge]}

	job_records.change_state(MERGES, with_it)
	frappe.db.after_commit.add(enqueue_job)


def refuse_waiting_leads(names: set[str], merges: list[dict]) -> None:
	for merge in merges:
		if taken := sorted(names.intersection(merge["leads"])):
			frappe.throw(
				_("{0} is being merged into {1} in the background. Wait until that is done.").format(
					frappe.bold(taken[0]), frappe.bold(merge["survivor"])
				),
				MergeRefusedError,
				title=_("Merge Leads"),
			)


def enqueue_job() -> None:
	with suppress(RedisError):
		frappe.enqueue("lead_pipeline.duplicates.background.merge_waiting", queue="long")


def waiting_merges() -> list[dict]:
	return job_records.state_of(MERGES).get("waiting", [])


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
