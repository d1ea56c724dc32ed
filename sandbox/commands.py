"""The commands: what each does, in order."""

import importlib
import json
import os
import shutil
import socket
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from sandbox import (
	backends,
	branches,
	ports,
	python_env,
	replica,
	requirements,
	restarts,
	server,
	site,
	system,
)
from sandbox import bench as bench_folders
from sandbox.console import Console
from sandbox.errors import SandboxError
from sandbox.layout import ROLES, Bench, Sources, version
from sandbox.locks import Lock
from sandbox.processes import Services, foreground
from sandbox.stamps import Stamps, digest

BUSY = (
	"Process {pid}, another run of the command, uses this bench. Wait for it, or stop it (Ctrl-C there{how})."
)


READY = "ready"
"""The file in a bench's folder that is there while its servers answer."""


def build(bench: Bench, tests: bool, console: Console) -> None:
	"""Build what the benches share.

	System packages, framework, virtualenv and desk assets.
	"""
	sources = bench.sources
	system.check_space(sources.state, 0.5 if sources.python.exists() else system.FREE_GB)
	lock = Lock(sources.state / "build.lock")
	lock.acquire("", lambda pid: console.say(f"Waiting for process {pid}, which is building the sandbox ..."))
	try:
		fetch_branches(bench, console)
		needed = {} if sources.frappe else {system.INDEX_COPY: requirements.INDEX_COPY_PYTHONS}
		system.check_python(needed | requirements.pythons(sources.checkouts))
		wanted = "\n".join(map(requirements.requirements, sources.checkouts.values()))
		system.ensure(system.needs(bench.db, tests, wanted), sources.logs / "apt.log", console)
		python_env.create(sources, console)
		bench_folders.place_framework(sources, console)
		bench_folders.place_apps(sources)
		python_env.build(sources, tests, console)
		bench_folders.lay_out(bench)
		build_assets(sources, console)
	finally:
		lock.release()


def fetch_branches(bench: Bench, console: Console) -> None:
	"""Clone or update the branches that the command line names.

	They are not updated while another bench runs on them.
	"""
	sources = bench.sources
	if not sources.branches:
		return
	log = sources.logs / "git.log"
	system.ensure([system.Need(("git",), lambda: system.program("git"))], sources.logs / "apt.log", console)
	others = [lock for lock in locks(sources.state, ROLES) if lock.path != bench.lock]
	idle = not any(lock.holder() for lock in others)
	if not idle:
		console.say("Another bench is running: what is cloned already stays as it is.")
	for branch in sources.branches:
		branches.fetch(branch, log, idle, console)


def build_assets(sources: Sources, console: Console) -> None:
	try:
		assets = importlib.import_module("sandbox.assets")
	except ModuleNotFoundError:
		return
	apps = [sources.app_source(app) for app in ("frappe", *sources.app_roots)]
	log = sources.logs / "assets.log"
	log.parent.mkdir(parents=True, exist_ok=True)
	assets.build(apps, sources.home / "node", sources.home / "assets", log, console.say)


def take(bench: Bench) -> Lock:
	"""The bench for this command alone."""
	lock = Lock(bench.lock)
	how = ", or python3 -m sandbox down" if bench.role == "demo" else ""
	lock.acquire(BUSY.replace("{how}", how))
	(bench.folder / READY).unlink(missing_ok=True)
	return lock


def up(bench: Bench, port: int | None, console: Console) -> int:
	"""From nothing to the desk; returns when the user stops it."""
	begin = time.monotonic()
	listener = ports.reserve(port)
	port = listener.getsockname()[1]
	lock = take(bench)
	try:
		build(bench, False, console)
		with Services() as services:
			backends.start(bench, services, console, port)
			site.prepare(bench, console)
			server.start_worker(bench, services)
			logins = load_demo(bench, console)
			with console.step("Starting the web server"):
				web = server.start_web(bench, services, listener)
				server.start_scheduler(bench, services)
				server.wait_for_page(web, port, "/login")
			restarts.forget(bench)
			(bench.folder / READY).touch()
			greet(console, bench.sources, port, logins, time.monotonic() - begin)
			return watch(bench, services, port, console)
	finally:
		lock.release()
		listener.close()


def load_demo(bench: Bench, console: Console) -> str:
	"""Run sandbox/demo/ once, if it exists, and return what it printed.

	It prints the users that it made.
	"""
	demo = bench.sources.root / "sandbox" / "demo" / "__main__.py"
	printed = bench.folder / "demo.txt"
	stamps = Stamps(bench.stamps)
	if not demo.exists() or not bench.sources.app_roots:
		return ""
	if stamps.read("demo") is None:
		with console.step("Loading demo data"), stamps.fragile("site"):
			failed = "The demo data could not be loaded."
			printed.write_text(
				bench_folders.run_module(bench, failed, "sandbox.demo", bench.site, log="demo")
			)
			stamps.write("demo", digest(demo.read_bytes()))
	return printed.read_text()


def greet(console: Console, sources: Sources, port: int, logins: str, seconds: float) -> None:
	console.say(f"\nReady after {seconds:.0f} s.\n")
	address = f"http://{ports.HOST}:{port}{desk(sources.app_source('frappe'))}/lead-board"
	console.say(f"  Address   {address}")
	console.say(f"  Log-in    Administrator, password {site.PASSWORD}")
	for line in logins.strip().splitlines():
		console.say(f"            {line}")
	console.say("\nCtrl-C stops everything.")


def desk(framework: Path) -> str:
	"""The path of the desk, which has moved with version 16 of the framework."""
	major = version(framework).partition(".")[0]
	return "/desk" if major.isdigit() and int(major) >= 16 else "/app"


def watch(bench: Bench, services: Services, port: int, console: Console) -> int:
	"""Wait for the user's Ctrl-C, and restart servers that are asked for.

	Raises SandboxError when a server ends by itself.
	"""
	try:
		while not (dead := services.dead()):
			if name := restarts.fulfil(bench, services, port):
				console.say(f"{name} was restarted.")
			time.sleep(0.5)
	except KeyboardInterrupt:
		console.say("\nStopping.")
		return 0
	raise SandboxError(f"{dead.name} has ended by itself; the rest was stopped. What it wrote: {dead.log}")


def test(bench: Bench, arguments: list[str], sites: int | None, console: Console) -> int:
	"""Set up what is missing, run the test suite and return pytest's exit code.

	sites: so many copies of the site share the tests. The exit code is 5 when pytest finds no test.
	"""
	count = sites or sites_for(arguments, len(os.sched_getaffinity(0)))
	benches = [bench, *(replace(bench, number=number) for number in range(2, count + 1))]
	return run_on_sites(benches, ["pytest", *shared(count), *arguments], "the tests begin", console)


def sites_for(arguments: list[str], processors: int) -> int:
	"""Return how many sites the tests are shared among when nothing is said.

	Two for the whole suite, one for what somebody names.
	"""
	return 1 if arguments else min(processors, 2)


def shared(sites: int) -> list[str]:
	"""Return the options with which pytest runs in so many processes.

	Each takes whole groups of tests (`tests/conftest.py`). A process that dies is not replaced: its site is as it left
	it.
	"""
	return ["-n", str(sites), "--dist", "loadgroup", "--max-worker-restart", "0"] if sites > 1 else []


def benchmark(bench: Bench, names: list[str], leads: int | None, is_kept: bool, console: Console) -> int:
	"""Set up what is missing and run the named benchmarks; return the exit code.

	is_kept: they are written into docs/benchmarks.md.

	All benchmarks when none is named. They run on a site of their own, which keeps its leads; the exit code
	is 0 when they ran.
	"""
	options = [*(["--leads", str(leads)] if leads else []), *(["--record"] if is_kept else [])]
	return run_on_sites([bench], ["benchmarks", *options, *names], "the benchmarks begin", console)


def pictures(bench: Bench, console: Console) -> int:
	"""Set up what is missing and take the pictures of docs/; return the exit code.

	They show the demo's site; the exit code is 0 when all were taken.
	"""
	return run_on_sites([bench], ["sandbox.pictures"], "the pictures are taken", console, with_demo=True)


def run_on_sites(
	benches: list[Bench], module: list[str], begins: str, console: Console, with_demo: bool = False
) -> int:
	"""Run a Python module with arguments against the sites; return the exit code.

	The sites' servers run meanwhile. Further sites are copies of the first.
	"""
	begin = time.monotonic()
	first = benches[0]
	with ExitStack() as held:
		for bench in benches:
			held.callback(take(bench).release)
		listeners = [held.enter_context(ports.reserve(None)) for _ in benches]
		build(first, True, console)
		copy_site(first, benches[1:], console)
		services = held.enter_context(Services())
		told = [
			serve(bench, listener, services, console, with_demo)
			for bench, listener in zip(benches, listeners, strict=True)
		]
		console.say(f"Ready after {time.monotonic() - begin:.0f} s; {begins}.")
		for bench in benches:
			(bench.folder / READY).touch()
		env = told[0] | ({"LEAD_PIPELINE_SHARED": json.dumps(told)} if len(told) > 1 else {})
		program = [str(first.sources.python), "-m", *module]
		return foreground(program, first.sources.root, python_env.environment(first.sources, **env))


def copy_site(first: Bench, others: list[Bench], console: Console) -> None:
	"""Make the `others` that are not there yet, as copies of the first one."""
	missing = [bench for bench in others if not bench.folder.exists()]
	if missing:
		with Services() as services:
			backends.start(first, services, console)
			site.prepare(first, console)
	for bench in missing:
		with console.step(f"Copying the site, number {bench.number}"):
			bench_folders.copy(first, bench)
	for bench in others:
		bench_folders.lay_out(bench)


def serve(
	bench: Bench, listener: socket.socket, services: Services, console: Console, with_demo: bool
) -> dict[str, str]:
	"""Start the site's servers and return what the tests are told about it."""
	port = listener.getsockname()[1]
	backends.start(bench, services, console, port)
	site.prepare(bench, console)
	followed = {"LEAD_PIPELINE_REPLICA_PORT": str(replica.start(bench, services))} if bench.replica else {}
	server.start_worker(bench, services)
	if with_demo:
		load_demo(bench, console)
	web = server.start_web(bench, services, listener)
	server.wait_for_page(web, port, "/api/method/ping")
	return facts_of(bench, port) | followed


def facts_of(bench: Bench, port: int) -> dict[str, str]:
	"""What the tests are told about the site."""
	return {
		"FRAPPE_BENCH_ROOT": str(bench.folder),
		"LEAD_PIPELINE_BENCH": str(bench.folder),
		"LEAD_PIPELINE_SITES": str(bench.sites),
		"LEAD_PIPELINE_SITE": bench.site,
		"LEAD_PIPELINE_URL": f"http://{ports.HOST}:{port}",
		"LEAD_PIPELINE_DB": bench.db,
		"LEAD_PIPELINE_CHROMIUM": system.chromium() or "",
	}


def test_environment(bench: Bench, port: int) -> dict[str, str]:
	"""The environment of the virtualenv with what the tests are told about the site."""
	return python_env.environment(bench.sources, **facts_of(bench, port))


def framework_command(bench: Bench, arguments: list[str], console: Console) -> int:
	"""Run the framework's command line on a bench.

	It uses the servers of the bench's running `up`, else own servers.
	"""
	program = bench_folders.command(bench, *arguments)
	env = bench_folders.environment(bench)
	if pid := Lock(bench.lock).holder():
		check_served(bench, pid)
		return foreground(program, bench.sites, env)
	lock = take(bench)
	try:
		build(bench, bench.role in ("test", "benchmark"), console)
		with Services() as services:
			backends.start(bench, services, console)
			site.prepare(bench, console)
			return foreground(program, bench.sites, env)
	finally:
		lock.release()


def check_served(bench: Bench, pid: int) -> None:
	"""Raise SandboxError unless process `pid` has set up its bench up to the servers."""
	if not (bench.folder / READY).exists():
		raise SandboxError(f"Process {pid} is setting this bench up. Wait until it is ready.")


def restart(bench: Bench, name: str, console: Console) -> int:
	"""Restart one server of the running `up`; returns when it answers."""
	if pid := Lock(bench.lock).holder():
		check_served(bench, pid)
	with console.step(f"Restarting {name}"):
		restarts.ask(bench, name)
	return 0


def down(state: Path, console: Console, roles: tuple[str, ...] = ("demo",)) -> int:
	"""Stop what runs in this checkout; returns when it has ended."""
	running = {lock: pid for lock in locks(state, roles) if (pid := lock.holder())}
	if not running:
		console.say("Nothing is running.")
	for lock, pid in running.items():
		with console.step(f"Stopping process {pid}"):
			stop(lock, pid)
	return 0


def stop(lock: Lock, pid: int, seconds: int = 60) -> None:
	"""End process `pid`, which holds `lock`, the way that its own Ctrl-C would."""
	os.kill(pid, 15)
	limit = time.monotonic() + seconds
	while lock.holder() == pid:
		if time.monotonic() > limit:
			raise SandboxError(
				f"Process {pid} does not end. Look at what it does, and end it by hand (kill -9 {pid})."
			)
		time.sleep(0.1)


def locks(state: Path, roles: tuple[str, ...]) -> list[Lock]:
	return [Lock(file) for role in roles for file in sorted(state.glob(f"*/{role}-*.lock"))]


def reset(state: Path, everything: bool, console: Console) -> int:
	"""Stop a running `up` and delete the sites with their databases.

	everything: also the virtualenv, the framework and the downloads. Raises SandboxError while tests run.
	"""
	for lock in locks(state, ("test", "benchmark")):
		if pid := lock.holder():
			raise SandboxError(f"Tests are running (process {pid}). Wait for them, or stop them, then reset.")
	down(state, console)
	held = [Lock(state / "build.lock"), *locks(state, ROLES)]
	for lock in held:
		lock.acquire("Process {pid} has begun to use the sandbox. Stop it, then reset.")
	with console.step("Deleting"):
		folders = [state] if everything else [lock.path.with_suffix("") for lock in held[1:]]
		for folder in folders:
			if folder.exists():
				shutil.rmtree(folder)
	for lock in held:
		lock.release()
	return 0
