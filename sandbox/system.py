"""Find programs of the operating system, or install them when we are root.

They are installed from Debian's packages.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sandbox.console import Console
from sandbox.errors import SandboxError
from sandbox.processes import run

PYTHON = (3, 10)
NODE = 18
FREE_GB = 3
INDEX_COPY = "the Frappe from the package index"
POLICY = Path("/usr/sbin/policy-rc.d")

# A version and the one that a clause of requires-python names: 3.14.2 counts as 3.14.
CLAUSES: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
	">=": lambda version, named: version >= named,
	"<=": lambda version, named: version[: len(named)] <= named,
	">": lambda version, named: version[: len(named)] > named,
	"<": lambda version, named: version < named,
	"==": lambda version, named: version[: len(named)] == named,
	"!=": lambda version, named: version[: len(named)] != named,
	"~=": lambda version, named: version >= named and version[: len(named) - 1] == named[:-1],
}


@dataclass(frozen=True)
class Need:
	"""A need of the sandbox, and the Debian packages that provide it."""

	packages: tuple[str, ...]
	found: Callable[[], object]


def program(name: str) -> str | None:
	"""Return the path of a program.

	Debian's servers lie in folders that a normal user's PATH leaves out.
	"""
	return shutil.which(
		name, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin"
	)


def postgres_programs() -> Path | None:
	"""Return the folder with PostgreSQL's server programs.

	Of the newest version that is installed.
	"""
	folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
	if folders:
		return max(folders, key=lambda folder: float(folder.parent.name))
	found = program("initdb")
	return Path(found).parent if found else None


def chromium() -> str | None:
	names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
	return next(filter(None, map(program, names)), None)


def node() -> str | None:
	"""Node.js, when npm is there too and the version builds the desk."""
	found = program("node")
	if not found or not program("npm"):
		return None
	version = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
	match = re.match(r"v(\d+)", version)
	return found if match and int(match[1]) >= NODE else None


def mariadb_headers() -> bool:
	"""Whether pkg-config knows MariaDB's or MySQL's client library, with its headers."""
	found = program("pkg-config")
	names = ("mysqlclient", "mariadb", "libmariadb")
	return bool(found) and any(
		subprocess.run([found, "--exists", name], capture_output=True).returncode == 0 for name in names
	)


def python_headers() -> bool:
	return (Path(sysconfig.get_path("include")) / "Python.h").exists()


def needs(db: str, browser: bool, requirements: str = "") -> list[Need]:
	"""What a sandbox with this database needs.

	browser: the tests drive one. requirements: of the framework and the apps, one a line; a package that the
	index has as source only needs a compiler.
	"""
	version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
	wanted = [
		Need(("redis-server",), lambda: program("redis-server")),
		Need(("nodejs", "npm"), node),
		Need(("python3-venv", f"{version}-venv"), lambda: importlib.util.find_spec("ensurepip")),
	]
	if db == "postgres":
		wanted.append(Need(("postgresql",), lambda: postgres_programs() and program("psql")))
	else:
		wanted.append(Need(("mariadb-server",), lambda: program("mariadbd") and program("mysql")))
	if browser:
		wanted.append(Need(("chromium", "fonts-liberation"), chromium))
	if re.search(r"^\s*mysqlclient(?![\w.-])", requirements, re.MULTILINE | re.IGNORECASE):
		wanted += [
			Need(("gcc", "libc6-dev"), lambda: program("gcc") or program("cc")),
			Need(("pkg-config", "libmariadb-dev"), mariadb_headers),
			Need(("python3-dev", f"{version}-dev"), python_headers),
		]
	return wanted


def ensure(wanted: list[Need], log: Path, console: Console) -> None:
	"""Install what is missing.

	When only the user can, raises SandboxError with packages and command.
	"""
	missing = [need for need in wanted if not need.found()]
	if not missing:
		return
	packages = [package for need in missing for package in need.packages]
	command = f"apt-get install {' '.join(packages)}"
	if os.geteuid() != 0 or not program("apt-get"):
		sudo = "sudo " if os.geteuid() != 0 else ""
		raise SandboxError(
			f"System packages are missing: {', '.join(packages)}. Install them, then run the command again:\n"
			f"  {sudo}{command}\n(Other systems than Debian and Ubuntu name them differently.)"
		)
	with console.step(f"Installing {', '.join(packages)}"), no_service_starts():
		apt(packages, log)
	if still := [package for need in missing if not need.found() for package in need.packages]:
		raise SandboxError(
			f"The packages {', '.join(still)} are installed but do not bring what is needed "
			f"(Node.js {NODE} or newer, for example). Install newer ones by hand. All of apt's output: {log}"
		)


def apt(packages: list[str], log: Path) -> None:
	env = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
	offline = "The system packages could not be installed. Check the network, then run the command again."
	get = ["apt-get", "--quiet", "--yes", "-o", "DPkg::Lock::Timeout=120"]
	broken = "An earlier package installation is broken and cannot be ended."
	run(["dpkg", "--configure", "-a"], log, broken, env=env)
	with suppress(SandboxError):  # One dead source of several must not matter; the installation will tell.
		run([*get, "update"], log, offline, env=env)
	run([*get, "install", "--no-install-recommends", *available(packages)], log, offline, env=env)


def available(packages: list[str]) -> list[str]:
	"""Return `packages` without those that this release of the system does not have.

	Example: the packages of a Python of the user's own.
	"""
	output = subprocess.run(["apt-cache", "pkgnames"], capture_output=True, text=True).stdout
	known = set(output.split())
	return [package for package in packages if package in known]


@contextmanager
def no_service_starts() -> Iterator[None]:
	"""Keep packages from starting system services.

	The sandbox runs servers of its own.
	"""
	ours = not POLICY.exists()
	if ours:
		POLICY.write_text("#!/bin/sh\nexit 101\n")
		POLICY.chmod(0o755)
	try:
		yield
	finally:
		if ours:
			POLICY.unlink(missing_ok=True)


def check_python(required: dict[str, str], version: tuple[int, ...] = sys.version_info[:3]) -> None:
	"""Raise SandboxError when this Python does not suit the sandbox or the checkouts.

	required: what each checkout's pyproject.toml says under requires-python, by the app's name.
	"""
	for app, clauses in {"the sandbox": f">={dotted(PYTHON)}", **required}.items():
		if not allows(clauses, version):
			found = re.search(r">=\s*(\d+\.\d+)", clauses)
			newer = (
				" Or take a framework for this one, with --frappe version-16." if app == INDEX_COPY else ""
			)
			raise SandboxError(
				f"Python {clauses} is needed by {app}, this is {dotted(version)}. Run the command with such a "
				f"one (python{found[1] if found else 3} -m sandbox ...).{newer}"
			)


def allows(clauses: str, version: tuple[int, ...]) -> bool:
	"""Return whether `version` fulfils `clauses`, such as ">=3.10,<3.14".

	A clause in another form is ignored.
	"""
	for clause in clauses.split(","):
		match = re.fullmatch(r"\s*(>=|<=|>|<|==|!=|~=)\s*(\d+(?:\.\d+)*)(\.\*)?\s*", clause)
		if match and not CLAUSES[match[1]](version, tuple(map(int, match[2].split(".")))):
			return False
	return True


def dotted(version: tuple[int, ...]) -> str:
	return ".".join(map(str, version))


def check_space(folder: Path, gigabytes: float = FREE_GB) -> None:
	"""Raise SandboxError when less than `gigabytes` are free.

	Concerns the disk that holds `folder`.
	"""
	folder.mkdir(parents=True, exist_ok=True)
	free = shutil.disk_usage(folder).free / 1e9
	if free < gigabytes:
		raise SandboxError(
			f"The disk is nearly full: {free:.1f} GB free below {folder}, about {gigabytes:g} GB are needed. "
			"Free some space, then run the command again."
		)
