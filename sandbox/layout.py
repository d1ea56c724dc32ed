"""Where everything lies: the sources that one sandbox is made of, and its benches."""

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sandbox.branches import Branch, branch_for, is_name
from sandbox.errors import SandboxError

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".sandbox"
SITE = "lead-pipeline.localhost"
APP = "lead_pipeline"
STAND_IN = "sales_stand_in"
IMITATED = {"erpnext", "crm"}
ROLES = ("demo", "test", "load", "benchmark")
DATABASES = ("mariadb", "postgres")


@dataclass(frozen=True)
class Sources:
	"""One choice of framework and apps; everything built from it lies in `home`.

	frappe: the user's checkout of the framework, None for the copy from the package index.
	apps: names and checkouts of the user's further apps, in the order in which they are installed.
	erp: False leaves out the stand-in sales app. branches: those of the checkouts that the sandbox clones itself.
	"""

	frappe: Path | None = None
	apps: tuple[tuple[str, Path], ...] = ()
	erp: bool = True
	branches: tuple[Branch, ...] = ()
	root: Path = ROOT
	state: Path = STATE

	@property
	def home(self) -> Path:
		if not self.frappe and not self.apps:
			return self.state / "index"
		paths = "\n".join(str(path) for path in (self.frappe, *(path for _, path in self.apps)))
		return self.state / f"checkout-{hashlib.sha256(paths.encode()).hexdigest()[:8]}"

	@property
	def env(self) -> Path:
		return self.home / "env"

	@property
	def python(self) -> Path:
		return self.env / "bin" / "python"

	@property
	def logs(self) -> Path:
		return self.home / "logs"

	@property
	def checkouts(self) -> dict[str, Path]:
		"""Return name and folder of the user's checkouts.

		They are the framework, if it is not the index copy, and further apps.
		"""
		return ({"frappe": self.frappe} if self.frappe else {}) | dict(self.apps)

	def app_source(self, app: str) -> Path:
		"""The folder of the app's repository as the bench sees it."""
		return self.home / "apps" / app

	@cached_property
	def app_roots(self) -> dict[str, Path]:
		"""Return name and repository of every app but the framework, in install order.

		The stand-in is left out beside ERPNext and Frappe CRM, whose DocTypes it imitates. Looked up once: an app
		that appears during a run is ignored.
		"""
		roots = dict(self.apps)
		stand_in = self.root / "sandbox" / "apps" / STAND_IN
		if self.erp and not roots.keys() & IMITATED and (stand_in / STAND_IN / "hooks.py").exists():
			roots[STAND_IN] = stand_in
		if (self.root / APP / "hooks.py").exists():
			roots[APP] = self.root
		return roots


@dataclass(frozen=True)
class Bench:
	"""One bench of a sandbox: a site with a database and a Redis of its own.

	number: which one of those of a role that run side by side. replica: whether a second database follows the first.
	"""

	sources: Sources
	role: str
	db: str = "mariadb"
	site: str = field(default=SITE)
	number: int = 1
	replica: bool = False

	@property
	def folder(self) -> Path:
		alone = "" if self.sources.erp else "-without-erp"
		number = f"-{self.number}" if self.number > 1 else ""
		return self.sources.home / f"{self.role}-{self.db}{alone}{number}"

	@property
	def sites(self) -> Path:
		return self.folder / "sites"

	@property
	def site_folder(self) -> Path:
		return self.sites / self.site

	@property
	def config(self) -> Path:
		return self.folder / "config"

	@property
	def logs(self) -> Path:
		return self.folder / "logs"

	@property
	def stamps(self) -> Path:
		return self.folder / "stamps"

	@property
	def lock(self) -> Path:
		return self.folder.with_name(f"{self.folder.name}.lock")


def sources_of(frappe: str | None, apps: list[str], erp: bool, state: Path = STATE) -> Sources:
	"""Return the Sources that the command line names.

	Each is named by a path or by the name of a branch or an app. Raises SandboxError when a path is no checkout.
	"""
	framework, branches = framework_of(frappe, state)
	named = []
	for app in apps:
		if is_name(app):
			branches.append(cloned(state, app, fitting_branch(app, frappe, framework)))
			named.append((app, branches[-1].folder))
		else:
			named.append((app_name(Path(app)), Path(app).resolve()))
	if len({name for name, _ in named}) < len(named) or any(name in ("frappe", APP) for name, _ in named):
		raise SandboxError("--with names further apps, each once; the framework is given with --frappe.")
	return Sources(framework, tuple(named), erp, tuple(branches), state=state)


def framework_of(given: str | None, state: Path) -> tuple[Path | None, list[Branch]]:
	"""Return the folder of the framework `given`, and its branch if it names one."""
	if not given:
		return None, []
	if is_name(given):
		branch = cloned(state, "frappe", given)
		return branch.folder, [branch]
	if app_name(Path(given)) != "frappe":
		raise SandboxError(
			f"{given} is not a checkout of the framework: it holds no folder frappe/ with hooks.py."
		)
	return Path(given).resolve(), []


def fitting_branch(app: str, frappe: str | None, framework: Path | None) -> str:
	"""Return the branch of `app` that fits the chosen framework.

	Raises SandboxError when none is chosen.
	"""
	if not framework:
		raise SandboxError(
			f"--with {app}: say for which framework, --frappe version-15 or --frappe version-16 for example. "
			f"Or is {app} meant to be a folder? There is none of that name here."
		)
	return frappe if is_name(frappe) else branch_for(version(framework))


def cloned(state: Path, app: str, name: str) -> Branch:
	return Branch(app, name, state / "repositories" / f"{app}-{name}")


def version(framework: Path) -> str:
	"""Return the framework's `__version__`, as its source says it."""
	text = (framework / "frappe" / "__init__.py").read_text()
	found = re.search(r"^__version__ = \"([^\"]+)", text, re.MULTILINE)
	return found[1] if found else ""


def app_name(checkout: Path) -> str:
	"""Return the name of the Frappe app in a checkout.

	It is the name of its folder with hooks.py and modules.txt.
	"""
	for hooks in sorted(checkout.glob("*/hooks.py")):
		if (hooks.parent / "modules.txt").exists():
			return hooks.parent.name
	raise SandboxError(
		f"{checkout} is not a checkout of a Frappe app: no folder with hooks.py and modules.txt in it."
	)
