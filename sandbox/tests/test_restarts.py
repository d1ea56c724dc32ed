"""`restart` restarts one server of a running command and leaves the others as they are."""

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from sandbox import __main__, commands, ports, restarts
from sandbox.console import Console
from sandbox.errors import SandboxError
from sandbox.locks import Lock
from sandbox.processes import Service, Services
from sandbox.tests.test_load import SERVER


@pytest.fixture
def bench(tmp_path: Path) -> SimpleNamespace:
	return SimpleNamespace(folder=tmp_path, lock=tmp_path / "demo.lock")


@pytest.fixture
def running(bench: SimpleNamespace):
	"""Two servers that another process watches, as `up` does."""
	names, lock = ("redis-cache", "redis-queue"), Lock(bench.lock)
	lock.acquire("")
	over = threading.Event()
	with Services() as services:
		for name, port in zip(names, ports.free(2), strict=True):
			services.start(Service(name, ["python3", "-c", SERVER, str(port)], bench.folder, port=port))
		for service in services.running:
			service.wait_until(lambda port=service.port: ports.answers(port))

		def watch() -> None:
			while not over.wait(0.05):
				restarts.fulfil(bench, services, 0)

		thread = threading.Thread(target=watch)
		thread.start()
		(bench.folder / commands.READY).touch()
		yield {service.name: service for service in services.running}
		over.set()
		thread.join()
	lock.release()


def pids(running: dict[str, Service]) -> dict[str, int]:
	return {name: service.process.pid for name, service in running.items()}


def test_one_server_is_started_anew_at_its_port_and_the_others_stay(bench, running) -> None:
	before = pids(running)
	assert commands.restart(bench, "redis-cache", Console()) == 0
	after = pids(running)
	assert after["redis-cache"] != before["redis-cache"] and after["redis-queue"] == before["redis-queue"]
	assert ports.answers(running["redis-cache"].port)
	assert not list(bench.folder.glob("restart*"))


def test_a_server_that_there_is_not_is_refused_with_the_names_of_those_that_run(bench, running) -> None:
	before = pids(running)
	with pytest.raises(SandboxError, match="no server webb. Those that run: redis-cache, redis-queue"):
		commands.restart(bench, "webb", Console())
	assert pids(running) == before


def test_a_server_that_does_not_start_again_is_told(bench, running) -> None:
	running["redis-cache"].command = ["false"]
	with pytest.raises(SandboxError, match="redis-cache did not start"):
		commands.restart(bench, "redis-cache", Console())


def test_what_is_not_running_or_not_ready_is_refused(bench) -> None:
	with pytest.raises(SandboxError, match="Nothing is running"):
		commands.restart(bench, "web", Console())
	lock = Lock(bench.lock)
	lock.acquire("")
	try:
		with pytest.raises(SandboxError, match="is setting this bench up"):
			commands.restart(bench, "web", Console())
	finally:
		lock.release()


def test_the_command_line_names_the_server(capsys: pytest.CaptureFixture) -> None:
	assert __main__.split(["restart", "redis-queue", "--db", "postgres"])[0].server == "redis-queue"
	with pytest.raises(SystemExit):
		__main__.split(["restart", "--help"])
	assert "the others stay up" in capsys.readouterr().out.replace("\n", " ")
