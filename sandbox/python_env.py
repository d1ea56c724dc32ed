"""The virtualenv with the requirements of the framework and of every app.

Its path says where their sources are.
"""

import csv
import os
import shutil
import sys
from pathlib import Path

from sandbox.console import Console
from sandbox.layout import APP, Sources
from sandbox.processes import run
from sandbox.requirements import installable, project, requirements
from sandbox.stamps import Stamps, digest

PIP = ("pip", "--no-input", "--disable-pip-version-check")
FAILED = (
	"Python packages could not be installed. Check the network and pip's settings (pip config list); one that "
	"is compiled here also needs a compiler and its libraries' headers. Then run the command again."
)

BASE = "setuptools<80\nwheel\n"
"""Some of the framework's requirements still ask for pkg_resources, which newer setuptools does not bring."""

FOREIGN = {
	"PYTHONPATH",
	"PYTHONHOME",
	"FRAPPE_BENCH_ROOT",
	"FRAPPE_SITE",
	"SITES_PATH",
	"DEV_SERVER",
	"NO_STATICS",
	"USE_PROFILER",
}
"""Settings of the user's own shell that would lead the framework elsewhere."""


def build(sources: Sources, tests: bool, console: Console) -> None:
	"""Install missing packages into the virtualenv.

	tests: also what the test suite needs.

	Raises SandboxError when pip fails.
	"""
	stamps = Stamps(sources.home / "stamps")
	wanted = {"tools": BASE, "frappe": requirements(sources.app_source("frappe"))}
	wanted |= {app: requirements(root) for app, root in sources.app_roots.items()}
	if tests:
		wanted["tests"] = "\n".join(project(sources.root).get("optional-dependencies", {}).get("test", []))
	for what, text in wanted.items():
		install(sources, stamps, what, text, console)
	write_path(sources)


def create(sources: Sources, console: Console) -> None:
	"""Make the empty virtualenv, or take out what a killed run left half installed."""
	stamps = Stamps(sources.home / "stamps")
	interpreter = f"{Path(sys.executable).resolve()} {sys.version}"
	if not stamps.done("env", interpreter) or not sources.python.exists():
		with console.step("Making a virtualenv"):
			stamps.forget("env", *(stamp.name for stamp in stamps.folder.glob("requirements-*")))
			shutil.rmtree(sources.env, ignore_errors=True)
			command = [sys.executable, "-m", "venv", sources.env]
			run(command, sources.logs / "pip.log", "Python could not make a virtualenv.")
			stamps.write("env", interpreter)
	elif stamps.broken("env"):
		mend(packages(sources))
	stamps.forget("env.unfinished")


def install(sources: Sources, stamps: Stamps, what: str, text: str, console: Console) -> None:
	"""Install the requirements `text` of one app.

	As bench does it: a later app's pins win.
	"""
	stamp = f"requirements-{what}"
	inputs = digest(text)
	if stamps.done(stamp, inputs):
		return
	if text.strip():
		with console.step(f"Installing Python packages ({what})"), stamps.fragile("env"):
			file = sources.home / f"{stamp}.txt"
			file.write_text("".join(f"{installable(line)}\n" for line in text.splitlines()))
			command = [sources.python, "-m", *PIP, "install", "-r", file]
			run(command, sources.logs / "pip.log", FAILED, env=environment(sources))
	stamps.write(stamp, inputs)


def mend(folder: Path) -> None:
	"""Remove the metadata of incomplete packages, so that pip installs them again.

	pip writes a package's list of files last, and keeps the old package under a name with `~` until then.
	"""
	for rest in folder.glob("~*"):
		shutil.rmtree(rest) if rest.is_dir() else rest.unlink()
	for info in folder.glob("*.dist-info"):
		if not complete(info):
			shutil.rmtree(info)


def complete(info: Path) -> bool:
	"""Return whether the files that a package lists exist.

	Compiled ones may lie elsewhere.
	"""
	try:
		with (info / "RECORD").open(newline="") as lines:
			names = [row[0] for row in csv.reader(lines) if row]
	except FileNotFoundError:
		return False
	return all(name.endswith(".pyc") or (info.parent / name).exists() for name in names)


def packages(sources: Sources) -> Path:
	return next(sources.env.glob("lib/python*/site-packages"))


def write_path(sources: Sources) -> None:
	"""Put the sources on the virtualenv's path.

	An editable install would write into the user's checkouts.
	"""
	roots = [sources.app_source(app) for app in ("frappe", *sources.app_roots, APP)]
	lines = dict.fromkeys(f"{root}\n" for root in roots)
	(packages(sources) / "sandbox-sources.pth").write_text("".join(lines))


def environment(sources: Sources, **more: str) -> dict[str, str]:
	"""The environment for programs of the virtualenv.

	Compiled files go to a folder of ours, so that nothing is written into checkouts.
	"""
	env = {name: value for name, value in os.environ.items() if name not in FOREIGN}
	return env | {
		"PATH": f"{sources.env / 'bin'}:{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
		"VIRTUAL_ENV": str(sources.env),
		"PYTHONPYCACHEPREFIX": str(sources.home / "pycache"),
		"PYTHONUNBUFFERED": "1",
		**more,
	}
