"""Where everything lies: the sources that one sandbox is made of, and its benches."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sandbox.errors import SandboxError

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".sandbox"
SITE = "lead-pipeline.localhost"
APP = "lead_pipeline"
STAND_IN = "sales_stand_in"
IMITATED = {"erpnext", "crm"}
ROLES = ("demo", "test")
DATABASES = ("mariadb", "postgres")


@dataclass(frozen=True)
class Sources:
	"""One choice of framework and apps; everything that is built from it lies in `home`.

	frappe: the user's checkout of the framework, None for the copy from the package index.
	apps: names and checkouts of the user's further apps, in the order in which they are installed.
	erp: False leaves out the stand-in sales app.
	"""

	frappe: Path | None = None
	apps: tuple[tuple[str, Path], ...] = ()
	erp: bool = True
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
		"""Name and folder of what the user brings: the framework, if it is not the index copy, and further apps."""
		return ({"frappe": self.frappe} if self.frappe else {}) | dict(self.apps)

	def app_source(self, app: str) -> Path:
		"""The folder of the app's repository as the bench sees it."""
		return self.home / "apps" / app

	@cached_property
	def app_roots(self) -> dict[str, Path]:
		"""Name and repository of every app but the framework, in the order of installation.

		The stand-in is left out beside ERPNext and Frappe CRM, whose DocTypes it imitates. Looked up once: a run does not
		change its mind when an app appears meanwhile.
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
	"""One bench of a sandbox: a site with a database and a Redis of its own."""

	sources: Sources
	role: str
	db: str = "mariadb"
	site: str = field(default=SITE)

	@property
	def folder(self) -> Path:
		alone = "" if self.sources.erp else "-without-erp"
		return self.sources.home / f"{self.role}-{self.db}{alone}"

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


def sources_of(frappe: Path | None, apps: list[Path], erp: bool) -> Sources:
	"""The Sources that the command line names; raises SandboxError when a path is no checkout."""
	named = []
	for path in apps:
		named.append((app_name(path), path.resolve()))
	if frappe and app_name(frappe) != "frappe":
		raise SandboxError(
			f"{frappe} is not a checkout of the framework: it holds no folder frappe/ with hooks.py."
		)
	if len({name for name, _ in named}) < len(named) or any(name in ("frappe", APP) for name, _ in named):
		raise SandboxError("--with names further apps, each once; the framework is given with --frappe.")
	return Sources(frappe.resolve() if frappe else None, tuple(named), erp)


def app_name(checkout: Path) -> str:
	"""The name of the Frappe app in a checkout: its folder with hooks.py and modules.txt."""
	for hooks in sorted(checkout.glob("*/hooks.py")):
		if (hooks.parent / "modules.txt").exists():
			return hooks.parent.name
	raise SandboxError(
		f"{checkout} is not a checkout of a Frappe app: no folder with hooks.py and modules.txt in it."
	)
