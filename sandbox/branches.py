"""Branches of the framework's own repositories, by name.

They are shallow clones that the sandbox keeps and updates.
"""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from sandbox.console import Console
from sandbox.errors import SandboxError
from sandbox.processes import run

OFFICIAL = "https://github.com/frappe"
VARIABLE = "LEAD_PIPELINE_REPOSITORIES"
"""The environment variable that names another place of the repositories: an address or a folder."""


@dataclass(frozen=True)
class Branch:
	"""A branch of an app's repository, and the folder that its clone is kept in."""

	app: str
	name: str
	folder: Path

	@property
	def address(self) -> str:
		return f"{os.environ.get(VARIABLE, OFFICIAL).rstrip('/')}/{self.app}"


def is_name(given: str) -> bool:
	"""Return whether `given` is the name of a branch or an app, not a path.

	`given` comes from the command line.
	"""
	return bool(re.fullmatch(r"[\w-][\w.-]*", given)) and not Path(given).exists()


def branch_for(framework: str) -> str:
	"""Return the branch on which other apps fit a framework with this `__version__`."""
	return "develop" if "dev" in framework else f"version-{framework.partition('.')[0]}"


def fetch(branch: Branch, log: Path, update: bool, console: Console) -> None:
	"""Clone `branch`; with `update`, bring an older clone to its newest commit.

	Raises SandboxError when the clone does not exist yet and the repository cannot be reached. An older clone that
	cannot be updated stays as it is.
	"""
	if (branch.folder / ".git").exists():
		if update:
			bring_up_to_date(branch, log, console)
		return
	part = branch.folder.with_name(f"{branch.folder.name}.part")
	shutil.rmtree(part, ignore_errors=True)
	part.parent.mkdir(parents=True, exist_ok=True)
	with console.step(f"Cloning {branch.app} ({branch.name})"):
		command = ["git", "clone", "--quiet", "--depth", "1", "--branch", branch.name, branch.address, part]
		failed = (
			f"The branch {branch.name} of {branch.address} could not be cloned. Check its name and the network, "
			f"give the path of a checkout of your own instead, or name another place in {VARIABLE}."
		)
		run(command, log, failed, env=without_questions())
	part.rename(branch.folder)


def bring_up_to_date(branch: Branch, log: Path, console: Console) -> None:
	git = ["git", "-C", branch.folder]
	failed = f"{branch.folder} could not be updated."
	with console.step(f"Updating {branch.app} ({branch.name})"):
		try:
			run(
				[*git, "fetch", "--quiet", "--depth", "1", branch.address, branch.name],
				log,
				failed,
				env=without_questions(),
			)
		except SandboxError:
			console.say(f"{branch.address} cannot be reached: the clone of {branch.app} stays as it is.")
			return
		run([*git, "reset", "--quiet", "--hard", "FETCH_HEAD"], log, failed)


def without_questions() -> dict[str, str]:
	"""Return the environment for a Git that fails where it would ask for a password."""
	return os.environ | {"GIT_TERMINAL_PROMPT": "0"}
