"""What has to be true after a load, whatever happened meanwhile."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import frappe
from frappe.utils import now_datetime
from frappe.utils.background_jobs import get_queue, get_redis_conn
from rq import Worker
from rq.worker import WorkerStatus

from lead_pipeline.capture.mail.waiting_mails import STORE
from lead_pipeline.constants import LEAD, STATUS_FAILURE, STATUS_LOG, WAITING_MAIL
from lead_pipeline.status import recompute, reconcile
from lead_pipeline.tests import worker

# What a lead's status is when its only Quotation is a draft, submitted or cancelled.
BY_STATE = {0: "Quotation", 1: "Quotation", 2: "Lead"}
SECONDS_FOR_JOBS = 20 * 60
MARGIN = timedelta(hours=2)


def check(facts: dict, begun: float) -> dict:
	"""Wait for the queues, compare the site with `facts`, repair, and look again.

	Returns numbers of what is wrong by name; `answered` and `sent` count what was promised. `begun`: when the run
	began.
	"""
	wait_for_jobs()
	found = {"recorded failures": frappe.db.count(STATUS_FAILURE)}
	began = time.monotonic()
	outcome = reconcile.repair_each()
	recompute.retry_failed()
	frappe.db.commit()
	found |= {
		"seconds of repair": time.monotonic() - began,
		"disagree before repair": outcome.found,
		"disagree after repair": sum(1 for _lead in reconcile.disagreements()) if outcome.found else 0,
		"failures after repair": frappe.db.count(STATUS_FAILURE),
		"leads": frappe.db.count(LEAD),
	}
	for part in (enquiries, mails, sales):
		found |= part(facts)
	return found | logs(now_datetime() - timedelta(seconds=time.time() - begun))


def wait_for_jobs() -> None:
	"""Wait until no job waits or runs, except for those whose worker was killed."""
	limit = time.monotonic() + SECONDS_FOR_JOBS
	while any(len(get_queue(name)) for name in worker.QUEUES) or is_busy():
		assert time.monotonic() < limit, f"The workers have not ended their jobs within {SECONDS_FOR_JOBS} s."
		time.sleep(1)
	frappe.db.rollback()


def waiting_mails() -> int:
	"""Return how many mails were fetched and are not received yet."""
	frappe.db.rollback()
	return frappe.db.count(STORE, {"reason": WAITING_MAIL})


def is_busy() -> bool:
	"""Whether a worker that is alive has a job."""
	workers = Worker.all(connection=get_redis_conn())
	alive = [each for each in workers if each.pid and Path(f"/proc/{each.pid}").exists()]
	return any(each.get_state() == WorkerStatus.BUSY for each in alive)


def in_pieces(names: list[str], size: int = 500) -> list[list[str]]:
	return [names[first : first + size] for first in range(0, len(names), size)]


def counted(doctype: str, field: str, values: list[str], **more) -> Counter:
	found: Counter = Counter()
	for piece in in_pieces(values):
		filters = {field: ("in", piece)} | more
		found.update(frappe.get_all(doctype, filters=filters, pluck=field, order_by=None))
	return found


def enquiries(facts: dict) -> dict:
	"""An answered enquiry is at one lead; one without an answer at one or none."""
	sent = facts["enquiries"]
	leads = counted(LEAD, "email", list(sent))
	held = counted("Pipeline Held Enquiry", "email", list(sent))
	answered = [email for email, fact in sent.items() if fact.get("answered")]
	return {
		"enquiries sent": len(sent),
		"enquiries answered": len(answered),
		"enquiries lost": sum(1 for email in answered if not leads[email] + held[email]),
		"enquiries twice": sum(1 for email in sent if leads[email] + held[email] > 1),
	}


def mails(facts: dict) -> dict:
	"""A mail is one Communication, and its sender has one lead."""
	sent = facts["mails"]
	arrived = counted("Communication", "message_id", [fact["message_id"] for fact in sent.values()])
	leads = counted(LEAD, "email", list(sent))
	return {
		"mails sent": len(sent),
		"mails lost": sum(
			1 for email, fact in sent.items() if not arrived[fact["message_id"]] or not leads[email]
		),
		"mails twice": sum(
			1 for email, fact in sent.items() if arrived[fact["message_id"]] > 1 or leads[email] > 1
		),
	}


def sales(facts: dict) -> dict:
	"""Return what differs from what sellers were told.

	Their leads and documents exist once, at the state that was answered, and a lead whose status nobody has chosen
	is at the one that its document justifies.
	"""
	sent = facts["sales"]
	leads = counted(LEAD, "company_name", list(sent))
	documents = [fact["quotation"] for fact in sent.values() if fact.get("quotation")]
	states = rows_by_name("Quotation", documents, ["name", "docstatus", "pipeline_lead"])
	known = rows_by_name(
		LEAD,
		[fact["lead"] for fact in sent.values() if fact.get("lead")],
		["name", "status", "manual_status"],
	)
	quotations = counted(
		"Quotation", "pipeline_lead", [fact["lead"] for fact in sent.values() if fact.get("lead")]
	)
	return {
		"sales sent": len(sent),
		"documents answered": len(documents),
		"documents lost": sum(1 for name in documents if name not in states)
		+ sum(1 for fact in sent.values() if fact.get("lead") and fact["lead"] not in known),
		"documents twice": sum(1 for company in sent if leads[company] > 1)
		+ sum(1 for number in quotations.values() if number > 1),
		"documents at another state": sum(
			1
			for fact in sent.values()
			if fact.get("sure")
			and fact["quotation"] in states
			and states[fact["quotation"]].docstatus != fact["state"]
		),
		"sales at a wrong status": sum(1 for fact in sent.values() if is_wrong(fact, states, known)),
	}


def is_wrong(fact: dict, states: dict, known: dict) -> bool:
	document, lead = states.get(fact.get("quotation")), known.get(fact.get("lead"))
	if not document or not lead or lead.manual_status:
		return False
	return lead.status != BY_STATE[document.docstatus]


def rows_by_name(doctype: str, names: list[str], fields: list[str]) -> dict[str, frappe._dict]:
	found = {}
	for piece in in_pieces(names):
		rows = frappe.get_all(doctype, {"name": ("in", piece)}, fields, order_by=None)
		found |= {row.name: row for row in rows}
	return found


def logs(begun: datetime) -> dict:
	"""The log of each lead saved since then, replayed from its first row, ends at its status."""
	lead, log = frappe.qb.DocType(LEAD), frappe.qb.DocType(STATUS_LOG)
	# A clock that was turned may have written other times.
	saved = lead.modified > begun - MARGIN
	statuses = dict(frappe.qb.from_(lead).select(lead.name, lead.status).where(saved).run())
	rows = (
		frappe.qb.from_(log)
		.join(lead)
		.on(lead.name == log.lead)
		.where(saved)
		.select(log.lead, log.from_status, log.to_status, log.seconds_in_previous, log.changed_on)
		.orderby(log.lead, log.changed_on, log.creation)
		.run(as_dict=True)
	)
	replayed = {name: list(history) for name, history in groupby(rows, key=lambda row: row.lead)}
	broken = [name for name, status in statuses.items() if not replays(replayed.get(name, []), status)]
	return {"logs": len(statuses), "logs that do not replay": len(broken), "for example": broken[:5]}


def replays(history: list[frappe._dict], status: str) -> bool:
	at: str | None = None
	for row in history:
		if (row.from_status or None) != at:
			return False
		at = row.to_status
	return bool(history) and at == status and adds_up(history)


def adds_up(history: list[frappe._dict]) -> bool:
	"""The durations in a log are as long as the time between its ends."""
	whole: Callable = lambda row: row.changed_on.replace(microsecond=0)  # noqa: E731
	lasted = (whole(history[-1]) - whole(history[0])).total_seconds()
	return sum(row.seconds_in_previous or 0 for row in history) == lasted
