"""Run processes of the sandbox, which write to a log and end with their command.

None of them outlives the command that started it.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from sandbox.errors import SandboxError

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


def dies_with_us(death: int) -> Callable[[], None]:
	"""Return a function for the child to run before its program.

	With it the child gets signal `death` when this process ends, in any way, SIGKILL included.
	"""
	parent = os.getpid()

	def prepare() -> None:
		signal.signal(signal.SIGINT, signal.SIG_DFL)
		libc.prctl(PR_SET_PDEATHSIG, death)
		if os.getppid() != parent:
			os._exit(1)

	return prepare


def run(
	command: Sequence[str | Path],
	log: Path,
	failed: str,
	*,
	cwd: Path | None = None,
	env: dict[str, str] | None = None,
	user: str | None = None,
	text: str | None = None,
	stderr_apart: bool = False,
) -> str:
	"""Run `command` to its end, append its output to `log` and return the output.

	`text` goes to its input. `stderr_apart`: warnings are in the log only, not in what is returned. Raises
	SandboxError (`failed`, the end of the output, the log's name) when its exit code is not 0.
	"""
	log.parent.mkdir(parents=True, exist_ok=True)
	with log.open("ab+") as out:
		begin = out.seek(0, os.SEEK_END)
		options = {"stdout": subprocess.PIPE, "stderr": out} if stderr_apart else {}
		process = spawn(command, out, cwd=cwd, env=env, user=user, stdin=subprocess.PIPE, **options)
		try:
			printed, _none = process.communicate(text.encode() if text else b"")
		except BaseException:
			end_session(process.pid)
			process.wait()
			raise
		out.write(printed or b"")
		out.seek(begin)
		output = out.read().decode(errors="replace")
	if process.returncode:
		raise SandboxError(explained(failed, output, log))
	return printed.decode(errors="replace") if stderr_apart else output


def spawn(command: Sequence[str | Path], out, *, cwd, env, user=None, death=signal.SIGTERM, **options):
	"""Start `command` in a session of its own.

	So Ctrl-C on the terminal is ours to pass on.
	"""
	if user:
		options |= {"user": user, "group": user, "extra_groups": []}
	try:
		return subprocess.Popen(
			[str(part) for part in command],
			cwd=cwd,
			env=env,
			start_new_session=True,
			preexec_fn=dies_with_us(death),
			**{"stdout": out, "stderr": subprocess.STDOUT, **options},
		)
	except FileNotFoundError as error:
		raise SandboxError(
			f"{error.filename} is not there. Run the command again with the program installed."
		) from None


def explained(failed: str, output: str, log: Path) -> str:
	"""Return the message for a failed program.

	It says what failed, its last lines, and where all of its output is.
	"""
	if "No space left on device" in output or "ENOSPC" in output:
		failed = f"{failed} The disk is full: free some space, then run the command again."
	tail = "\n".join(f"  {line}" for line in output.strip().splitlines()[-12:])
	return f"{failed}\n{tail}\nAll of its output: {log}" if tail else f"{failed} It printed nothing ({log})."


def foreground(command: Sequence[str | Path], cwd: Path, env: dict[str, str]) -> int:
	"""Run `command` on the user's terminal and return its exit code.

	The signals that reach us are passed on to it.
	"""
	process = subprocess.Popen(
		[str(part) for part in command], cwd=cwd, env=env, preexec_fn=dies_with_us(signal.SIGTERM)
	)

	def pass_on(number: int, _frame) -> None:
		# The terminal sends its Ctrl-C to the program as well; sent by another process it came to us alone.
		if number != signal.SIGINT or not sys.stdin.isatty():
			process.send_signal(number)

	before = {
		number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
	}
	try:
		code = process.wait()
	finally:
		for number, handler in before.items():
			signal.signal(number, handler)
	return 128 - code if code < 0 else code


class Service:
	"""A server that runs for as long as this command does."""

	def __init__(
		self,
		name: str,
		command: Sequence[str | Path],
		folder: Path,
		*,
		cwd: Path | None = None,
		env: dict[str, str] | None = None,
		user: str | None = None,
		stop: int = signal.SIGTERM,
		death: int = signal.SIGTERM,
		pass_fds: Sequence[int] = (),
		port: int | None = None,
	) -> None:
		"""Prepare the server, without starting it.

		folder: the bench's; stop, death: the signals for an orderly end, and for our own sudden one. port: where it
		listens, also after it was started again.
		"""
		self.name = name
		self.port = port
		self.command = command
		self.log = folder / "logs" / f"{name}.log"
		self.how = {"cwd": cwd, "env": env, "user": user, "death": death, "pass_fds": pass_fds}
		self.stop_signal = stop
		self.process: subprocess.Popen | None = None
		self.begin = 0

	def start(self) -> None:
		self.log.parent.mkdir(parents=True, exist_ok=True)
		with self.log.open("ab") as out:
			self.begin = out.seek(0, os.SEEK_END)
			self.process = spawn(self.command, out, stdin=subprocess.DEVNULL, **self.how)

	def alive(self) -> bool:
		return self.process is not None and self.process.poll() is None

	def wait_until(self, ready: Callable[[], bool], seconds: int = 60) -> None:
		"""Wait until `ready()` is true.

		Raises SandboxError with the log's end when the server ends or time is up.
		"""
		limit = time.monotonic() + seconds
		while not ready():
			if not self.alive():
				raise SandboxError(explained(f"{self.name} did not start.", self.output(), self.log))
			if time.monotonic() > limit:
				raise SandboxError(
					explained(f"{self.name} did not answer in {seconds} s.", self.output(), self.log)
				)
			time.sleep(0.05)

	def output(self) -> str:
		"""What it has printed since its start."""
		with self.log.open("rb") as log:
			log.seek(self.begin)
			return log.read().decode(errors="replace")

	def kill(self) -> None:
		"""End it and its children at once, as a crash does; `start` starts it again."""
		if self.process is not None:
			end_session(self.process.pid)
			self.process.wait()

	def stop(self, seconds: int = 20) -> None:
		"""Ask it to end, and make it end after `seconds`."""
		if self.process is None:
			return
		if self.alive():
			self.process.send_signal(self.stop_signal)
			with suppress(subprocess.TimeoutExpired):
				self.process.wait(seconds)
		end_session(self.process.pid)
		self.process.wait()
		self.process = None


class Services:
	"""The servers of one command.

	Leaving the `with` block stops them, the last one first.
	"""

	def __init__(self) -> None:
		self.running: list[Service] = []

	def __enter__(self) -> "Services":
		return self

	def __exit__(self, *_) -> None:
		while self.running:
			self.running.pop().stop()

	def start(self, service: Service) -> Service:
		self.running.append(service)
		service.start()
		return service

	def dead(self) -> Service | None:
		"""One that has ended without being asked to."""
		return next((service for service in self.running if not service.alive()), None)


def started(pid: int) -> str | None:
	"""When the process began, in the kernel's ticks; None when it has ended."""
	fields = stat(pid)
	return fields[19] if fields and fields[0] != "Z" else None


def stat(pid: int) -> list[str] | None:
	"""Return the fields of /proc/<pid>/stat after the program's name.

	None when the process does not exist.
	"""
	try:
		text = Path(f"/proc/{pid}/stat").read_text()
	except (FileNotFoundError, ProcessLookupError):
		return None
	return text.rpartition(")")[2].split()


def end_session(leader: int) -> None:
	"""Kill the remaining processes of the session that process `leader` opened.

	Its children keep its number.
	"""
	for entry in Path("/proc").iterdir():
		if entry.name.isdigit() and (fields := stat(int(entry.name))) and int(fields[3]) == leader:
			with suppress(ProcessLookupError):
				os.kill(int(entry.name), signal.SIGKILL)


def end_marked(mark: str, seconds: float = 5) -> None:
	"""End every other process with entry `mark` in its environment.

	Politely first, after `seconds` by force.
	"""
	limit = time.monotonic() + seconds
	number = signal.SIGTERM
	told: set[int] = set()
	while found := marked(mark):
		for pid in found - told:
			with suppress(ProcessLookupError):
				os.kill(pid, number)
		told |= found
		if number != signal.SIGKILL and time.monotonic() > limit:
			number, told = signal.SIGKILL, set()
		time.sleep(0.05)


def marked(mark: str) -> set[int]:
	"""Return the other processes with the entry `mark` in their environment.

	They were started with it; `mark` is NAME=value.
	"""
	entry, found = mark.encode(), set()
	for folder in Path("/proc").iterdir():
		if not folder.name.isdigit() or int(folder.name) == os.getpid():
			continue
		with suppress(OSError):
			if entry in (folder / "environ").read_bytes().split(b"\0") and started(int(folder.name)):
				found.add(int(folder.name))
	return found
