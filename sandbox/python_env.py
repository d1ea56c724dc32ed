"""The virtualenv: the requirements of the framework and of every app, and where their sources are."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from sandbox.console import Console
from sandbox.layout import APP, Sources
from sandbox.processes import run
from sandbox.stamps import Stamps, digest

BASE = "setuptools<80\nwheel\n"
"""Some of the framework's requirements still ask for pkg_resources, which newer setuptools does not bring."""

FOREIGN = {
	"PYTHONPATH",
	"PYTHONHOME",
	"FRAPPE_SITE",
	"SITES_PATH",
	"DEV_SERVER",
	"NO_STATICS",
	"USE_PROFILER",
}
"""Settings of the user's own shell that would lead the framework elsewhere."""

GIT = re.compile(r"^\s*(?P<name>[\w.-]+)(?P<extras>\[[^\]]*\])?\s*@\s*git\+(?P<url>[^@\s]+://[^@\s]+)(@\S+)?")


def build(sources: Sources, tests: bool, console: Console) -> None:
	"""Install into the virtualenv what is not there yet; tests: also what the test suite needs.

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
	"""Make the empty virtualenv; one that an earlier run left in the middle of a change is made anew."""
	stamps = Stamps(sources.home / "stamps")
	interpreter = f"{Path(sys.executable).resolve()} {sys.version}"
	if stamps.done("env", interpreter) and not stamps.broken("env") and sources.python.exists():
		return
	with console.step("Making a virtualenv"):
		stamps.forget("env", *(stamp.name for stamp in stamps.folder.glob("requirements-*")))
		shutil.rmtree(sources.env, ignore_errors=True)
		command = [sys.executable, "-m", "venv", sources.env]
		run(command, sources.logs / "pip.log", "Python could not make a virtualenv.")
		stamps.write("env", interpreter)
		stamps.forget("env.unfinished")


def install(sources: Sources, stamps: Stamps, what: str, text: str, console: Console) -> None:
	"""Install the requirements `text` of one app, as bench does it: a later app's pins win."""
	stamp = f"requirements-{what}"
	inputs = digest(text)
	if stamps.done(stamp, inputs):
		return
	if not text.strip():
		stamps.write(stamp, inputs)
		return
	with console.step(f"Installing Python packages ({what})"):
		file = sources.home / f"{stamp}.txt"
		file.write_text("".join(f"{reachable(line)}\n" for line in text.splitlines()))
		pip = [
			sources.python,
			"-m",
			"pip",
			"install",
			"--no-input",
			"--disable-pip-version-check",
			"-r",
			file,
		]
		failed = (
			"Python packages could not be installed. Check the network and pip's settings (pip config list), "
		)
		stamps.write("env.unfinished", "")
		try:
			run(
				pip,
				sources.logs / "pip.log",
				f"{failed}then run the command again.",
				env=environment(sources),
			)
		except Exception:
			# pip gave up by itself and put back what it had begun; only a killed one leaves half a package.
			stamps.forget("env.unfinished")
			raise
		stamps.forget("env.unfinished")
		stamps.write(stamp, inputs)


def requirements(root: Path) -> str:
	"""The requirements of the app in `root`, one a line: from pyproject.toml, else from requirements.txt."""
	if dependencies := project(root).get("dependencies"):
		return "\n".join(dependencies)
	file = root / "requirements.txt"
	return file.read_text() if file.exists() else ""


def project(root: Path) -> dict:
	"""The table [project] of a pyproject.toml; empty without one."""
	file = root / "pyproject.toml"
	if not file.exists():
		return {}
	try:
		import tomllib
	except ImportError:  # Python 3.10
		from pip._vendor import tomli as tomllib
	return tomllib.loads(file.read_text()).get("project", {})


def reachable(requirement: str) -> str:
	"""The requirement; for a Git address that does not answer, the package index's package of that name."""
	match = GIT.match(requirement)
	if not match or answers(match["url"]):
		return requirement
	return f"{match['name']}{match['extras'] or ''}"


def answers(url: str) -> bool:
	"""Whether Git can read from `url` here."""
	if not shutil.which("git"):
		return False
	env = os.environ | {"GIT_TERMINAL_PROMPT": "0"}
	try:
		command = ["git", "ls-remote", "--exit-code", url, "HEAD"]
		return subprocess.run(command, capture_output=True, env=env, timeout=20).returncode == 0
	except subprocess.TimeoutExpired:
		return False


def write_path(sources: Sources) -> None:
	"""Put the sources on the virtualenv's path; an editable install would write into the user's checkouts."""
	packages = next(sources.env.glob("lib/python*/site-packages"))
	roots = [sources.app_source(app) for app in ("frappe", *sources.app_roots, APP)]
	lines = dict.fromkeys(f"{root}\n" for root in roots)
	(packages / "sandbox-sources.pth").write_text("".join(lines))


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
