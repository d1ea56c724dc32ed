"""The worker beside the tests. It rests unless a test is about what it does.

It would take the time of a whole processor: the framework queues jobs for most of what tests do, also for what they roll
back. And it would hold rows that a test is about to lock.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import frappe
from frappe.utils.background_jobs import get_queue, get_redis_conn
from rq import Worker
from rq.suspension import resume, suspend
from rq.worker import WorkerStatus

from lead_pipeline.tests import site

QUEUES = ("short", "default", "long")
# Rest ends by itself, should the tests be stopped.
REST_SECONDS = 2 * 3600


def forget_jobs() -> None:
	"""What waits is of no interest any more."""
	for name in QUEUES:
		get_queue(name).empty()


def rest() -> None:
	"""Let the worker end its job and begin no other; returns when it rests."""
	queue = get_redis_conn()
	suspend(queue, ttl=REST_SECONDS)
	# A worker that waits for a job does one more.
	frappe.enqueue("frappe.ping", queue="short")
	site.wait_until(
		lambda: all(worker.get_state() == WorkerStatus.SUSPENDED for worker in Worker.all(connection=queue)),
		"the worker rests",
	)


def work() -> None:
	resume(get_redis_conn())


def wait_until_idle() -> None:
	"""Wait until the worker has done all jobs.

	Those that are queued now, and those that these jobs have queued.
	"""
	while True:
		# The queue whose jobs come last.
		last = frappe.enqueue("frappe.ping", queue=QUEUES[-1])
		site.wait_until(lambda last=last: last.is_finished, "the worker has done all jobs")
		if not any(len(get_queue(name)) for name in QUEUES):
			return


@contextmanager
def resting() -> Iterator[None]:
	"""No job is begun in the block; what was queued in it is forgotten."""
	rest()
	try:
		yield
	finally:
		forget_jobs()
		work()


@contextmanager
def working() -> Iterator[None]:
	"""Jobs that are queued in the block are done, none from before it."""
	forget_jobs()
	work()
	try:
		yield
	finally:
		rest()
		forget_jobs()


DEAD = "redis://127.0.0.1:1"


def run_without_redis(script: str, bench: Path, *arguments: str) -> subprocess.CompletedProcess:
	"""Run a script in a process whose Redis servers do not answer.

	The Redis of the tests goes on for all other processes. `bench`: an empty folder for a bench that has the site, with
	another configuration.
	"""
	sites = bench / "sites"
	sites.mkdir()
	(bench / "logs").mkdir()
	config = json.loads((Path(site.SITES) / "common_site_config.json").read_text())
	dead = {key: DEAD for key in config if key.startswith("redis_")}
	for entry in Path(site.SITES).iterdir():
		if entry.name != "common_site_config.json":
			(sites / entry.name).symlink_to(entry.resolve())
	(sites / "common_site_config.json").write_text(json.dumps(config | dead))
	return subprocess.run(
		[sys.executable, "-c", script, *arguments],
		env=os.environ | {"LEAD_PIPELINE_SITES": str(sites)},
		cwd=sites,
		capture_output=True,
		text=True,
		timeout=300,
	)
