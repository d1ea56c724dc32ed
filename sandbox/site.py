"""Create, set up and migrate the site, with the apps installed.

Its set-up wizard is completed; it is migrated when the apps' files change.
"""

import base64
import json
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from sandbox.bench import run_command, run_module
from sandbox.console import Console
from sandbox.layout import APP, Bench
from sandbox.stamps import Stamps, digest, digest_of_files

PASSWORD = "admin"
"""The Administrator's; the site listens on the loopback address only."""

CODE_WITH_SCHEMA = ("hooks.py", "install.py", "constants.py")
FOLDERS_WITH_SCHEMA = ("patches", "setup")
FOLDERS_WITHOUT = ("public", "tests", "node_modules", "__pycache__", "locale", "translations")


def prepare(bench: Bench, console: Console) -> None:
	"""Bring the site to the present sources, from whatever state an earlier run left.

	Needs database and Redis; raises SandboxError. A site that was left half made is dropped and made again.
	"""
	stamps = Stamps(bench.stamps)
	if (
		stamps.broken("site")
		or not stamps.read("site")
		or not (bench.site_folder / "site_config.json").exists()
	):
		create(bench, stamps, console)
	apps = list(bench.sources.app_roots)
	for app in [app for app in apps if app != APP]:
		install(bench, stamps, app, console)
	complete_wizard(bench, stamps, "erpnext" in apps, console)
	if APP in apps:
		install(bench, stamps, APP, console)
	migrate(bench, stamps, console)


def create(bench: Bench, stamps: Stamps, console: Console) -> None:
	"""Create a new site with the framework alone.

	An older one of the name is deleted, with its database.
	"""
	with console.step(f"Creating the {bench.role} site"):
		stamps.forget()
		shutil.rmtree(bench.site_folder, ignore_errors=True)
		with stamps.fragile("site"):
			# Given names: the framework's own depend on nothing else, and a test may want to know them.
			names = ["--db-name", "lead_pipeline", "--db-password", secrets.token_hex(16)]
			options = ["--db-type", bench.db, "--admin-password", PASSWORD, "--force", *names]
			run_command(bench, "The site could not be created.", "new-site", bench.site, *options)
			give_encryption_key(bench.site_folder / "site_config.json")
			stamps.write("site", bench.site)
		stamps.write("schema", fingerprint(bench, []))


def give_encryption_key(config: Path) -> None:
	"""Write the key of the site's passwords into its configuration, unless it has one.

	The framework makes one when it first needs it; from Frappe 16 on, other processes read the configuration a minute
	later, and make a key of their own until then.
	"""
	values = json.loads(config.read_text())
	values.setdefault("encryption_key", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
	config.write_text(json.dumps(values, indent=1, sort_keys=True))


def install(bench: Bench, stamps: Stamps, app: str, console: Console) -> None:
	if stamps.read(f"app-{app}") is not None:
		return
	known = installed(stamps)
	# An app that joins those of an earlier run does not migrate them.
	is_current = not known or stamps.done("schema", fingerprint(bench, known))
	# Before, not after: who edits a file while the app is installed gets a migration the next time.
	inputs = fingerprint(bench, [*known, app])
	with console.step(f"Installing {app}"), stamps.fragile("site"):
		run_command(
			bench,
			f"The app {app} could not be installed on the site.",
			"--site",
			bench.site,
			"install-app",
			app,
		)
		stamps.write(f"app-{app}", "")
		if is_current:
			stamps.write("schema", inputs)


def complete_wizard(bench: Bench, stamps: Stamps, company: bool, console: Console) -> None:
	"""Answer the set-up wizard; company: also the questions that ERPNext asks."""
	if stamps.read("wizard") is not None:
		return
	with console.step("Completing the set-up wizard"), stamps.fragile("site"):
		what = "company" if company else "alone"
		scheduler = "1" if bench.role == "demo" else "0"
		failed = "The site's set-up wizard could not be completed."
		run_module(bench, failed, "sandbox.wizard", bench.site, what, scheduler)
		stamps.write("wizard", what)


def migrate(bench: Bench, stamps: Stamps, console: Console) -> None:
	"""Run the framework's migration when files that define the schema changed.

	Compared with the last time.
	"""
	inputs = fingerprint(bench, installed(stamps))
	if stamps.done("schema", inputs):
		return
	with console.step("Migrating the site (the apps' files changed)"):
		options = ["migrate", "--skip-search-index"]
		run_command(bench, "The site could not be migrated.", "--site", bench.site, *options, log="migrate")
		stamps.write("schema", inputs)


def installed(stamps: Stamps) -> list[str]:
	return [stamp.name.removeprefix("app-") for stamp in stamps.folder.glob("app-*")]


def fingerprint(bench: Bench, apps: list[str]) -> str:
	"""Return a hash of the files in which `apps` describe their tables.

	A framework of the user's own is included.
	"""
	roots = {app: bench.sources.app_source(app) / app for app in sorted(apps)}
	if bench.sources.frappe:
		roots["frappe"] = bench.sources.app_source("frappe") / "frappe"
	return digest(*(f"{app} {digest_of_files(root, schema_files(root))}" for app, root in roots.items()))


def schema_files(root: Path) -> Iterator[Path]:
	"""Return the files of an app whose change requires a migration.

	DocTypes, fixtures, patches, hooks and set-up.
	"""
	for path in root.iterdir():
		if path.is_dir() and path.name not in FOLDERS_WITHOUT and not path.name.startswith("."):
			yield from (schema_files(path) if path.name not in FOLDERS_WITH_SCHEMA else code(path))
		elif (
			path.is_file()
			and (path.suffix != ".py" or path.name in CODE_WITH_SCHEMA)
			and path.suffix != ".pyc"
		):
			yield path


def code(folder: Path) -> Iterator[Path]:
	return (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
