"""Web server, worker and scheduler of a bench."""

import http.client
import signal
import socket

from sandbox.bench import command, environment
from sandbox.layout import Bench
from sandbox.ports import HOST
from sandbox.processes import Service, Services

PROCESSES = 2
THREADS = 4

# Nobody listens there. The framework asks a service on the Internet for a picture of each new contact: a test is to be
# neither slower nor different with it.
NO_INTERNET = {name: f"http://{HOST}:9" for name in ("https_proxy", "HTTPS_PROXY")}


def service_environment(bench: Bench, **more: str) -> dict[str, str]:
	return environment(bench, **({} if bench.role == "demo" else NO_INTERNET), **more)


def start_web(
	bench: Bench,
	services: Services,
	listener: socket.socket,
	processes: int = PROCESSES,
	env: dict[str, str] | None = None,
) -> Service:
	"""Serve the site on `listener`, a bound socket.

	So nobody can take the port in between.
	"""
	listener.set_inheritable(True)
	program = [bench.sources.python, "-m", "gunicorn", "sandbox.wsgi:application"]
	program += ["--bind", f"fd://{listener.fileno()}", "--workers", str(processes), "--threads", str(THREADS)]
	program += ["--worker-class", "gthread", "--preload", "--timeout", "120", "--graceful-timeout", "5"]
	env = service_environment(bench, SANDBOX_SITE=bench.site, **(env or {}))
	how = {"cwd": bench.sites, "env": env, "pass_fds": (listener.fileno(),)}
	return services.start(Service("web", program, bench.folder, **how))


def start_worker(
	bench: Bench,
	services: Services,
	name: str = "worker",
	queues: str = "short,default,long",
	env: dict[str, str] | None = None,
) -> Service:
	"""Run background jobs of these queues.

	When this process ends suddenly, the worker is killed: on a polite signal it would first end its job.
	"""
	program = command(bench, "worker", "--queue", queues)
	how = {"cwd": bench.sites, "env": service_environment(bench, **(env or {})), "death": signal.SIGKILL}
	return services.start(Service(name, program, bench.folder, **how))


def start_scheduler(bench: Bench, services: Services) -> Service:
	program = command(bench, "schedule")
	how = {"cwd": bench.sites, "env": environment(bench), "death": signal.SIGKILL}
	return services.start(Service("scheduler", program, bench.folder, **how))


def wait_for_page(web: Service, port: int, path: str) -> None:
	"""Wait until `path` is served.

	Raises SandboxError with the server's log when it is not.
	"""
	web.wait_until(lambda: status(port, path) == 200, seconds=90)


def status(port: int, path: str) -> int | None:
	"""The HTTP status of a GET; None when nothing answers."""
	connection = http.client.HTTPConnection(HOST, port, timeout=30)
	try:
		connection.request("GET", path)
		return connection.getresponse().status
	except (OSError, http.client.HTTPException):
		return None
	finally:
		connection.close()
