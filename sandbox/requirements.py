"""Requirements of framework and apps, as the package index here can serve them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

GIT = re.compile(r"^\s*(?P<name>[\w.-]+)(?P<extras>\[[^\]]*\])?\s*@\s*git\+(?P<url>[^@\s]+://[^@\s]+)(@\S+)?")

# Pins of 2023 that have no build for Python 3.12, and the versions that newer releases of the framework pin.
FOR_PYTHON_3_12 = {
	"pillow~=9.5.0": "Pillow~=10.3.0",
	"pydantic==2.0": "pydantic~=2.7.0",
	"hiredis~=2.2.3": "hiredis~=2.3.2",
	"restrictedpython~=6.0": "RestrictedPython~=7.0",
}


def requirements(root: Path) -> str:
	"""Return the requirements of the app in `root`, one a line.

	From pyproject.toml, else from requirements.txt.
	"""
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


# Of the package index's copy of the framework: what it requires has no builds for later ones.
INDEX_COPY_PYTHONS = ">=3.10,<3.13"


def pythons(checkouts: dict[str, Path]) -> dict[str, str]:
	"""Return requires-python of each checkout, by its app's name.

	Those that say nothing are left out.
	"""
	said = {app: project(root).get("requires-python") for app, root in checkouts.items()}
	return {app: clauses for app, clauses in said.items() if clauses}


def reachable(requirement: str) -> str:
	"""Return the requirement, or the index package for an unreachable Git address.

	The package of the package index has the same name.
	"""
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


def installable(requirement: str) -> str:
	"""The requirement as pip can serve it with this Python and from here."""
	if sys.version_info >= (3, 12):
		requirement = FOR_PYTHON_3_12.get(requirement.strip().lower(), requirement)
	return reachable(requirement)
