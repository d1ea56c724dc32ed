"""Restart one server of a running `up`, which another command asks for.

The servers belong to the process that has started them. So the wish is a file in the folder of its bench, and the answer
another one.
"""

import os
import time
from pathlib import Path

from sandbox import faults
from sandbox.errors import SandboxError
from sandbox.layout import Bench
from sandbox.locks import Lock
from sandbox.processes import Services

# Seconds after which who asks gives up: a database that begins to repair its files needs a while.
PATIENCE = 180

DONE = "done"


def wish_of(bench: Bench) -> Path:
	return bench.folder / "restart"


def answer_of(bench: Bench) -> Path:
	return bench.folder / "restart-answer"


def forget(bench: Bench) -> None:
	"""Delete a wish that an earlier run has not fulfilled."""
	for file in (wish_of(bench), answer_of(bench)):
		file.unlink(missing_ok=True)


def ask(bench: Bench, name: str) -> None:
	"""Let the running command restart the server `name`; returns when it answers.

	Raises SandboxError when nothing runs, there is no such server, or it does not start.
	"""
	lock = Lock(bench.lock)
	pid = lock.holder()
	if not pid:
		raise SandboxError("Nothing is running. Start it with: python3 -m sandbox up")
	forget(bench)
	# Renamed, so that the other process never reads half of it.
	draft = bench.folder / f"restart-{os.getpid()}"
	draft.write_text(name)
	draft.rename(wish_of(bench))
	limit = time.monotonic() + PATIENCE
	while not (answer := read(answer_of(bench))):
		if lock.holder() != pid:
			raise SandboxError("What was running has ended; start it again with: python3 -m sandbox up")
		if time.monotonic() > limit:
			raise SandboxError(
				f"{name} was not restarted in {PATIENCE} s. Stop all with: python3 -m sandbox down"
			)
		time.sleep(0.1)
	forget(bench)
	if answer != DONE:
		raise SandboxError(answer)


def read(file: Path) -> str | None:
	try:
		return file.read_text()
	except FileNotFoundError:
		return None


def fulfil(bench: Bench, services: Services, port: int) -> str | None:
	"""Restart the server that somebody has asked for; return its name."""
	name = read(wish_of(bench))
	if name is None:
		return None
	wish_of(bench).unlink()
	servers = faults.Servers(bench, {service.name: service for service in services.running}, port)
	try:
		restart(servers, name)
	except SandboxError as error:
		answer(bench, str(error))
		return None
	answer(bench, DONE)
	return name


def answer(bench: Bench, text: str) -> None:
	draft = answer_of(bench).with_suffix(".draft")
	draft.write_text(text)
	draft.rename(answer_of(bench))


def restart(servers: faults.Servers, name: str) -> None:
	"""Kill the server as a crash does, and start it again at its port."""
	if name not in servers.services:
		names = ", ".join(servers.services)
		raise SandboxError(f"There is no server {name}. Those that run: {names}.")
	faults.killed(name)(servers)()
