"""Processes: what they say when they fail, and that none is left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox import ports
from sandbox.errors import SandboxError
from sandbox.locks import Lock
from sandbox.processes import Service, Services, foreground, run, started

# A server that has a child of its own, which outlives a polite end of its parent.
FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""

COMMAND = """
import sys, time
from pathlib import Path
from sandbox.processes import Service, Services
services = Services()
server = services.start(Service("server", ["sleep", "60"], Path(sys.argv[1])))
print(server.process.pid, flush=True)
time.sleep(60)
"""

# It starts a process the way that a library would: without us knowing of it.
HOLDER = """
import subprocess, sys, time
from pathlib import Path
from sandbox.locks import Lock
Lock(Path(sys.argv[1])).acquire("busy")
print(subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL).pid, flush=True)
time.sleep(60)
"""


SLEEPER = """
import time
print("up", flush=True)
time.sleep(60)
"""

# It sleeps in short pieces: a signal that comes just before a sleep is seen after it.
STOPPED_COMMAND = """
import sandbox.__main__ as m, time
def main(arguments):
	print("on", flush=True)
	for _piece in range(600):
		time.sleep(0.1)
m.main = main
raise SystemExit(m.guarded([]))
"""


def gone(pid: int, seconds: float = 10) -> bool:
	limit = time.monotonic() + seconds
	while started(pid) is not None and time.monotonic() < limit:
		time.sleep(0.05)
	return started(pid) is None


def test_a_failed_program_is_told_with_its_last_lines_and_its_log(tmp_path: Path) -> None:
	log = tmp_path / "logs" / "step.log"
	run([sys.executable, "-c", "print('an earlier step')"], log, "Not this.")
	program = "print('first'); print('the reason'); raise SystemExit(3)"
	with pytest.raises(SandboxError) as caught:
		run([sys.executable, "-c", program], log, "It failed.")
	message = str(caught.value)
	assert message.startswith("It failed.") and "the reason" in message and str(log) in message
	assert "an earlier step" not in message


def test_a_full_disk_under_a_program_is_named(tmp_path: Path) -> None:
	program = "open('/dev/full', 'wb', 0).write(b'x')"
	with pytest.raises(SandboxError, match="disk is full"):
		run([sys.executable, "-c", program], tmp_path / "log", "It failed.")


def test_input_and_output_of_a_program(tmp_path: Path) -> None:
	assert run(["cat"], tmp_path / "log", "It failed.", text="hello\n") == "hello\n"


def test_warnings_of_a_program_are_in_its_log_and_not_in_its_answer(tmp_path: Path) -> None:
	log = tmp_path / "log"
	program = "import sys; print('a log-in'); print('FutureWarning', file=sys.stderr)"
	answer = run([sys.executable, "-c", program], log, "It failed.", stderr_apart=True)
	assert answer == "a log-in\n"
	assert sorted(log.read_text().splitlines()) == ["FutureWarning", "a log-in"]
	with pytest.raises(SandboxError, match="because"):
		run([sys.executable, "-c", "exit('because')"], log, "It failed.", stderr_apart=True)


def test_stopping_a_server_ends_its_children_too(tmp_path: Path) -> None:
	with Services() as services:
		server = services.start(Service("server", [sys.executable, "-c", FAMILY], tmp_path))
		server.wait_until(lambda: server.output().strip().isdigit())
		child = int(server.output())
		leader = server.process.pid
		assert started(child)
	assert gone(leader) and gone(child)


def test_a_server_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
	with Services() as services, pytest.raises(SandboxError, match="no such option"):
		server = services.start(Service("server", ["sh", "-c", "echo no such option; exit 1"], tmp_path))
		server.wait_until(lambda: False)


def test_a_killed_command_leaves_no_server(tmp_path: Path) -> None:
	with subprocess.Popen(
		[sys.executable, "-c", COMMAND, tmp_path], stdout=subprocess.PIPE, text=True
	) as other:
		server = int(other.stdout.readline())
		assert started(server)
		other.kill()
	assert gone(server)


def test_who_takes_a_lock_ends_what_its_killed_holder_left(tmp_path: Path) -> None:
	file = tmp_path / "bench.lock"
	with subprocess.Popen([sys.executable, "-c", HOLDER, file], stdout=subprocess.PIPE, text=True) as other:
		left = int(other.stdout.readline())
		other.kill()
		other.wait()
		assert started(left)
		lock = Lock(file)
		lock.acquire("busy")
		assert gone(left, 0)
		lock.release()


def test_who_gives_a_lock_back_leaves_no_process(tmp_path: Path) -> None:
	lock = Lock(tmp_path / "bench.lock")
	lock.acquire("busy")
	# Linux shows the environment of a program only a moment after it has begun.
	with subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE, text=True) as mine:
		assert mine.stdout.readline() == "up\n"
		lock.release()
		assert mine.wait() == -signal.SIGTERM
	with subprocess.Popen(["sleep", "0.2"]) as foreign:
		lock.acquire("busy")
		lock.release()
		assert foreign.wait() == 0


@pytest.mark.parametrize(("program", "code"), [("exit 0", 0), ("exit 5", 5), ("kill -TERM $$", 143)])
def test_a_foreground_program_hands_its_exit_code_on(tmp_path: Path, program: str, code: int) -> None:
	assert foreground(["sh", "-c", program], tmp_path, dict(os.environ)) == code


def test_free_ports_differ_and_can_be_bound() -> None:
	found = ports.free(20)
	assert len(set(found)) == 20
	for port in found:
		ports.reserve(port).close()


def test_a_taken_port_is_refused() -> None:
	with socket.socket() as taken:
		taken.bind((ports.HOST, 0))
		taken.listen()
		port = taken.getsockname()[1]
		with pytest.raises(SandboxError, match=f"Port {port} is taken"):
			ports.reserve(port)


def test_a_stopped_command_says_so_and_has_the_signals_exit_code(tmp_path: Path) -> None:
	pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
	with subprocess.Popen([sys.executable, "-c", STOPPED_COMMAND], **pipes) as command:
		command.stdout.readline()
		command.send_signal(signal.SIGTERM)
		_, errors = command.communicate(timeout=20)
	assert command.returncode == 128 + signal.SIGTERM
	assert errors == "Stopped. The next run goes on from here.\n"
