"""PostgreSQL of our own: a private data folder and port.

It refuses to run as root, so root runs it as the user that Debian's package made for it.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.layout import Bench
from sandbox.mariadb import write_private
from sandbox.ports import HOST
from sandbox.processes import Service, run
from sandbox.system import postgres_programs

LOGIN = "postgres"
RELAXED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def folder(bench: Bench) -> Path:
	return bench.folder / "db"


def user() -> str | None:
	"""Who runs the server: None for ourselves."""
	if os.geteuid() != 0:
		return None
	names = {entry.pw_name for entry in pwd.getpwall()}
	return "postgres" if "postgres" in names else "nobody"


def create(bench: Bench) -> str:
	"""Make the data folder unless it is there; returns the administrator's password."""
	password = bench.config / "db-password"
	if not folder(bench).exists():
		bench.config.mkdir(parents=True, exist_ok=True)
		write_private(password, secrets.token_hex(16))
		part = folder(bench).with_name("db.part")
		shutil.rmtree(part, ignore_errors=True)
		part.mkdir(mode=0o700)
		if user():
			shutil.chown(part, user())
			check_reachable(part)
		fill(bench, part, password.read_text())
		part.rename(folder(bench))
	return password.read_text()


def fill(bench: Bench, data: Path, password: str) -> None:
	log = bench.logs / "postgres-install.log"
	command = [postgres_programs() / "initdb", f"--pgdata={data}", f"--username={LOGIN}"]
	command += ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
	run(command, log, "PostgreSQL could not make its data folder.", user=user(), cwd=Path("/"))
	# Since PostgreSQL 15 only a database's owner may create there; the framework's user is not the owner.
	statements = f"alter user {LOGIN} password '{password}';\ngrant all on schema public to public;\n"
	single = [postgres_programs() / "postgres", "--single", "-D", data, "template1"]
	run(
		single, log, "PostgreSQL could not prepare its template.", user=user(), text=statements, cwd=Path("/")
	)
	(data / "pg_hba.conf").write_text(f"host all all {HOST}/32 scram-sha-256\n")


def check_reachable(data: Path) -> None:
	"""Raise SandboxError when the server's user cannot reach its data.

	It must be able to enter each folder on the way.
	"""
	test = subprocess.run(["test", "-w", str(data)], user=user(), group=user(), extra_groups=[])
	if test.returncode:
		raise SandboxError(
			f"PostgreSQL does not run as root; it runs as user {user()}, who cannot reach {data}. "
			"Put the repository where every user may enter, or run the command as a normal user."
		)


def service(bench: Bench, port: int) -> Service:
	settings = [f"listen_addresses={HOST}", f"port={port}", "unix_socket_directories="]
	if bench.role in ("test", "benchmark"):
		settings += RELAXED
	command = [postgres_programs() / "postgres", "-D", folder(bench)]
	command += [part for setting in settings for part in ("-c", setting)]
	# SIGINT is its fast end: it does not wait for clients.
	fast = {"stop": signal.SIGINT, "death": signal.SIGINT}
	return Service("postgres", command, bench.folder, user=user(), cwd=Path("/"), port=port, **fast)


def ready(port: int) -> bool:
	command = [str(postgres_programs() / "pg_isready"), "-q", "-h", HOST, "-p", str(port)]
	return subprocess.run(command, capture_output=True).returncode == 0
