"""A private MariaDB server, with a data folder and port of its own.

It uses nothing of the system's configuration.
"""

import os
import secrets
import shutil
import subprocess
from pathlib import Path

from sandbox.layout import Bench
from sandbox.ports import HOST, answers
from sandbox.processes import Service, run
from sandbox.system import program

LOGIN = "root"

# The framework asks for this character set; the performance schema costs start-up time for nothing here.
OPTIONS = (
	"--character-set-server=utf8mb4",
	"--collation-server=utf8mb4_unicode_ci",
	"--skip-name-resolve",
	"--performance-schema=OFF",
	"--max-allowed-packet=64M",
)
# Bytes of memory for tables and indexes: a quarter of the machine's, as others run beside it, within these bounds.
LEAST_POOL, MOST_POOL = 256 << 20, 2 << 30
# What a server needs so that others can follow it.
PRIMARY = ("--log-bin=primary", "--binlog-format=ROW", "--server-id=1")
# A test's site is made again when the machine crashes; the demo's is not, so it keeps the durable defaults.
RELAXED = ("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=OFF", "--innodb-flush-method=nosync")


def folder(bench: Bench) -> Path:
	return bench.folder / "db"


def create(bench: Bench) -> str:
	"""Make the data folder unless it is there; returns the administrator's password."""
	file = bench.config / "db-password"
	init = bench.config / "db-init.sql"
	if not folder(bench).exists():
		bench.config.mkdir(parents=True, exist_ok=True)
		secret = secrets.token_hex(16)
		write_private(file, secret)
		write_private(init, grants(secret))
		part = folder(bench).with_name("db.part")
		shutil.rmtree(part, ignore_errors=True)
		command = [program("mariadb-install-db"), "--no-defaults", f"--datadir={part}", "--skip-test-db"]
		command += ["--auth-root-authentication-method=normal", "--skip-name-resolve"]
		command += [temporary_files(bench), *as_root()]
		run(command, bench.logs / "mariadb-install.log", "MariaDB could not make its data folder.")
		part.rename(folder(bench))
	return file.read_text()


def grants(password: str) -> str:
	"""What the server runs at every start.

	One administrator with a password. Anonymous users go: they would win over the site's user at 127.0.0.1.
	"""
	return (
		"DELETE FROM mysql.global_priv WHERE User = '' OR User = 'root' AND Host <> '127.0.0.1';\n"
		"FLUSH PRIVILEGES;\n"
		f"CREATE USER IF NOT EXISTS '{LOGIN}'@'127.0.0.1';\n"
		f"ALTER USER '{LOGIN}'@'127.0.0.1' IDENTIFIED BY '{password}';\n"
		f"GRANT ALL PRIVILEGES ON *.* TO '{LOGIN}'@'127.0.0.1' WITH GRANT OPTION;\n"
	)


def service(
	bench: Bench,
	port: int,
	data: Path | None = None,
	options: tuple[str, ...] = (),
) -> Service:
	"""The server on the bench's data folder, or on `data`, a copy of it.

	`options`: further ones of the server.
	"""
	# The socket's name is relative to the data folder: a long path would not fit into a socket address.
	data = data or folder(bench)
	command = [program("mariadbd"), "--no-defaults", f"--datadir={data}", "--socket=mariadb.sock"]
	command += [f"--pid-file={data / 'mariadb.pid'}", f"--bind-address={HOST}", f"--port={port}"]
	command += [f"--init-file={bench.config / 'db-init.sql'}", temporary_files(bench), *OPTIONS, *as_root()]
	command.append(f"--innodb-buffer-pool-size={pool_size()}")
	if bench.role in ("test", "benchmark"):
		command += RELAXED
	command += options
	return Service("mariadb", command, bench.folder, port=port)


def password(bench: Bench) -> str:
	"""The administrator's password."""
	return (bench.config / "db-password").read_text()


def login(port: int) -> list[str]:
	"""Return the options for MariaDB's programs to log in as administrator.

	They take the password from MYSQL_PWD.
	"""
	return ["--no-defaults", f"--host={HOST}", f"--port={port}", f"--user={LOGIN}"]


def execute(bench: Bench, port: int, statement: str) -> None:
	"""Run a statement as administrator on a running server."""
	env = os.environ | {"MYSQL_PWD": password(bench)}
	subprocess.run([program("mariadb"), *login(port), "--execute", statement], env=env, check=True)


def pool_size() -> int:
	memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
	return max(LEAST_POOL, min(memory // 4, MOST_POOL))


def temporary_files(bench: Bench) -> str:
	"""Return the option for a temporary folder of the server's own.

	At its start MariaDB deletes temporary tables there.
	"""
	path = bench.folder / "db-tmp"
	path.mkdir(parents=True, exist_ok=True)
	return f"--tmpdir={path}"


def ready(port: int) -> bool:
	return answers(port)


def as_root() -> list[str]:
	"""MariaDB refuses to run as root unless it is told to."""
	return ["--user=root"] if os.geteuid() == 0 else []


def write_private(file: Path, text: str) -> None:
	"""Write a file that only we can read."""
	file.unlink(missing_ok=True)
	descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
	with os.fdopen(descriptor, "w") as out:
		out.write(text)
