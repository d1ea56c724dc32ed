"""Faults: what ends, hangs or fills up under load, and how it is mended.

Each has a place to happen in (how servers are started), an act, and the repair that the act returns.
"""

import os
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import mariadb, ports, server
from sandbox.errors import SandboxError
from sandbox.layout import Bench
from sandbox.processes import Service, run, stat
from sandbox.system import program

HOUR = 3600
# What the database has left on its small disk, in MB.
FREE = 24


@dataclass
class Servers:
	"""The running servers by name, and the port of the site."""

	bench: Bench
	services: dict[str, Service]
	port: int

	def of(self, *names: str) -> list[Service]:
		return [self.services[name] for name in names]


Repair = Callable[[], None]


@dataclass(frozen=True)
class Setting:
	"""How servers are started.

	`env`: variables of web servers and workers; `database`: options of the database's service.
	"""

	env: dict[str, str] = field(default_factory=dict)
	database: dict[str, object] = field(default_factory=dict)


Place = Callable[[Bench], AbstractContextManager[Setting]]


@dataclass(frozen=True)
class Fault:
	"""What happens (`what`, for the table), where, and the act.

	The act returns its repair.
	"""

	what: str
	happens: Callable[[Servers], Repair]
	place: Place


@contextmanager
def as_ever(bench: Bench) -> Iterator[Setting]:
	"""Servers as they always are."""
	yield Setting()


@contextmanager
def on_a_small_disk(bench: Bench) -> Iterator[Setting]:
	"""Let the database be on a file system that has little space left.

	On a copy in memory, which is gone afterwards with all that was written.
	"""
	if os.geteuid():
		raise SandboxError("The fault full-disk mounts a small file system, which only root may.")
	folder, small = mariadb.folder(bench), small_disk(bench)
	small.mkdir(exist_ok=True)
	mount("-t", "tmpfs", "-o", f"size={megabytes(folder) + FREE}M", "tmpfs", small)
	try:
		subprocess.run(["cp", "-a", f"{folder}/.", small], check=True)
		yield Setting(database={"data": small})
	finally:
		subprocess.run(["umount", "-l", small], check=True)
		small.rmdir()


def small_disk(bench: Bench) -> Path:
	return bench.folder / "db-small"


def mount(*arguments: str | Path) -> None:
	subprocess.run(["mount", *arguments], check=True)


def megabytes(folder: Path) -> int:
	return sum(file.stat().st_blocks * 512 for file in folder.rglob("*")) >> 20


@contextmanager
def with_a_clock_to_turn(bench: Bench) -> Iterator[Setting]:
	"""Let web servers and workers read the clock through `clock.c`.

	It adds the seconds in a file to the time of day and leaves waiting alone.
	"""
	turn_clock(bench, 0)
	yield Setting(env={"LD_PRELOAD": str(clock_library(bench)), "SANDBOX_CLOCK": str(clock(bench))})


def clock(bench: Bench) -> Path:
	return bench.folder / "clock"


def turn_clock(bench: Bench, seconds: int) -> None:
	"""Write by how much the clock is ahead, in place: servers look into this very file."""
	file = os.open(clock(bench), os.O_RDWR | os.O_CREAT)
	os.pwrite(file, struct.pack("=q", seconds), 0)
	os.close(file)


def clock_library(bench: Bench) -> Path:
	"""Compile `clock.c`; raises SandboxError without a compiler."""
	compiler = program("gcc") or program("cc")
	if not compiler:
		raise SandboxError(
			"The fault clock needs a compiler: apt-get install gcc libc6-dev, then run it again."
		)
	library = bench.folder / "clock.so"
	command = [
		compiler,
		"-shared",
		"-fPIC",
		"-O2",
		"-o",
		library,
		Path(__file__).with_name("clock.c"),
		"-ldl",
	]
	run(command, bench.logs / "clock.log", "The clock of the fault clock could not be compiled.")
	return library


def killed(*names: str) -> Callable[[Servers], Repair]:
	"""Return the act that kills these servers; the repair starts them again."""

	def happens(servers: Servers) -> Repair:
		found = servers.of(*names)
		for service in found:
			service.kill()
		return lambda: [start_again(servers, service) for service in found] and None

	return happens


def start_again(servers: Servers, service: Service) -> None:
	service.start()
	if service.name == "web":
		server.wait_for_page(service, servers.port, "/api/method/ping")
	if service.port:
		service.wait_until(lambda: ports.answers(service.port), seconds=120)


def web_worker_killed(servers: Servers) -> Repair:
	"""One process of the web server ends, and a moment later another one.

	Its parent starts them again.
	"""
	for _time in range(3):
		os.kill(children(servers.services["web"].process.pid)[0], signal.SIGKILL)
		time.sleep(2)
	return lambda: None


def children(parent: int) -> list[int]:
	found = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
	return sorted(pid for pid in found if (fields := stat(pid)) and int(fields[1]) == parent)


def hangs(*names: str) -> Callable[[Servers], Repair]:
	"""Return the act that stops these servers without ending them."""

	def send(servers: Servers, number: int) -> None:
		for service in servers.of(*names):
			service.process.send_signal(number)

	def happens(servers: Servers) -> Repair:
		send(servers, signal.SIGSTOP)
		return lambda: send(servers, signal.SIGCONT)

	return happens


def disk_full(servers: Servers) -> Repair:
	"""Fill the small disk of the database; the repair makes room again."""
	small = small_disk(servers.bench)
	ballast = small / "ballast"
	with ballast.open("wb", buffering=0) as file, suppress(OSError):
		while True:
			file.write(bytes(1 << 16))

	def repair() -> None:
		ballast.unlink()
		mount("-o", f"remount,size={megabytes(small) + 20 * FREE}M", small)
		service = servers.services["mariadb"]
		if not service.alive():
			start_again(servers, service)

	return repair


def read_only(servers: Servers) -> Repair:
	"""Let the database refuse to write, as a primary that has become a replica does."""
	tell_database(servers, "SET GLOBAL read_only = 1")
	return lambda: tell_database(servers, "SET GLOBAL read_only = 0")


def tell_database(servers: Servers, statement: str) -> None:
	mariadb.execute(servers.bench, servers.services["mariadb"].port, statement)


def clock_jumps(servers: Servers) -> Repair:
	"""Turn the clock an hour forward, and back at the repair."""
	turn_clock(servers.bench, HOUR)
	return lambda: turn_clock(servers.bench, 0)


FAULTS = {
	"web-worker": Fault("three web workers killed, one after the other", web_worker_killed, as_ever),
	"web": Fault("the web server killed", killed("web"), as_ever),
	"worker": Fault("the background workers killed", killed("worker-short", "worker-long"), as_ever),
	"redis-cache": Fault("the cache's Redis killed", killed("redis-cache"), as_ever),
	"redis-queue": Fault("the queue's Redis killed", killed("redis-queue"), as_ever),
	"redis-hangs": Fault("both Redis hang (SIGSTOP)", hangs("redis-cache", "redis-queue"), as_ever),
	"mariadb": Fault("MariaDB killed", killed("mariadb"), as_ever),
	"full-disk": Fault("the database's disk full", disk_full, on_a_small_disk),
	"read-only": Fault("the database read-only", read_only, as_ever),
	"clock": Fault("the clock an hour forward and back", clock_jumps, with_a_clock_to_turn),
}
