"""Load and faults: what people get of the site while many work or a server ends.

The people are in `benchmarks/load/`, a process of its own; this one holds the servers and can end each.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sandbox import backends, faults, load_tables, ports, server, site
from sandbox.commands import READY, build, take, test_environment
from sandbox.console import Console
from sandbox.errors import SandboxError
from sandbox.layout import Bench
from sandbox.processes import Services, dies_with_us, foreground

WEB_PROCESSES = 4
# What each worker takes; the first one leaves long jobs to the second.
WORKERS = {"worker-short": "short,default", "worker-long": "long,default,short"}
# Seconds of load with a fault: it begins, and it is mended.
FAULT_RUN, FAULT_BEGINS, FAULT_LASTS = 60, 15, 15


class Plan(NamedTuple):
	"""A run: so many minutes among so many leads, or a minute for each fault."""

	minutes: float
	leads: int
	faults: tuple[str, ...]


def load(bench: Bench, plan: Plan, console: Console) -> int:
	"""Set up what is missing, run the load, check the site, write the table.

	A fault's row is written when its run has ended: what a later run breaks off stays.

	Returns 0 when nothing was lost, nothing came twice and every lead agrees.
	"""
	lock = take(bench)
	listener = ports.reserve(None)
	results = bench.folder / "load"
	results.mkdir(parents=True, exist_ok=True)
	document = bench.sources.root / "docs" / "benchmarks.md"
	try:
		build(bench, True, console)
		with running(bench, listener, None, console) as servers:
			with console.step(f"Making {plan.leads:,} leads, as far as they are missing"):
				people(bench, servers, "prepare", str(plan.leads))
			if not plan.faults:
				one_run(bench, servers, plan, None, results / "load.json")
				return load_tables.write(document, results / "load.json")
		is_wrong = 0
		for name in plan.faults:
			console.say(f"{name}: {faults.FAULTS[name].what} ...")
			with running(bench, listener, faults.FAULTS[name], console) as servers:
				one_run(bench, servers, plan, faults.FAULTS[name], results / f"{name}.json")
			is_wrong |= load_tables.write(document, results / f"{name}.json")
		return is_wrong
	finally:
		lock.release()
		listener.close()


@contextmanager
def running(bench: Bench, listener, fault, console: Console) -> Iterator[faults.Servers]:
	"""All servers of the bench, several web and job workers among them."""
	port = listener.getsockname()[1]
	place = fault.place if fault else faults.as_ever
	with place(bench) as setting, Services() as services:
		backends.start(bench, services, console, port, **setting.database)
		if not fault:
			site.prepare(bench, console)
		for name, queues in WORKERS.items():
			server.start_worker(bench, services, name, queues, setting.env)
		web = server.start_web(bench, services, listener, WEB_PROCESSES, setting.env)
		server.wait_for_page(web, port, "/api/method/ping")
		(bench.folder / READY).touch()
		yield faults.Servers(bench, {service.name: service for service in services.running}, port)


def one_run(bench: Bench, servers: faults.Servers, plan: Plan, fault, file: Path) -> None:
	"""Let the people act, a fault and its repair in the middle, and check the site."""
	seconds = FAULT_RUN if fault else plan.minutes * 60
	process = subprocess.Popen(
		program(bench, "run", str(seconds), str(file)),
		cwd=bench.sources.root,
		env=test_environment(bench, servers.port),
		stdout=subprocess.PIPE,
		text=True,
		preexec_fn=dies_with_us(15),
	)
	wait_for_line(process, "began")
	times = {}
	if fault:
		time.sleep(FAULT_BEGINS)
		times["from"] = time.time()
		repair = fault.happens(servers)
		time.sleep(FAULT_LASTS)
		repair()
		times["until"] = time.time()
	wait_for_line(process, "ended")
	if process.wait():
		raise SandboxError("The people of the load run have ended with an error; it is above.")
	noted = json.loads(file.read_text())
	more = {"fault": times, "what": fault.what if fault else "", "seconds": seconds}
	file.write_text(json.dumps(noted | more))
	people(bench, servers, "check", str(file))


def wait_for_line(process: subprocess.Popen, wanted: str) -> None:
	for line in process.stdout:
		if line.strip() == wanted:
			return
	raise SandboxError("The people of the load run have ended too early; what they said is above.")


def people(bench: Bench, servers: faults.Servers, *arguments: str) -> None:
	"""Run a part of `benchmarks/load` to its end."""
	env = test_environment(bench, servers.port)
	if foreground(program(bench, *arguments), bench.sources.root, env):
		raise SandboxError(f"The load run could not {arguments[0]}; what was wrong is above.")


def program(bench: Bench, *arguments: str) -> list[str]:
	return [str(bench.sources.python), "-m", "benchmarks.load", *arguments]
