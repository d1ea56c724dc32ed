"""The folders of a sandbox: sources and benches that the `bench` command accepts.

The sources lie side by side; the `bench` command would recognise the benches.
"""

import os
import shutil
from pathlib import Path

from sandbox import framework, python_env
from sandbox.console import Console
from sandbox.layout import APP, Bench, Sources
from sandbox.processes import run


def place_framework(sources: Sources, console: Console) -> None:
	"""Put the framework into apps/frappe.

	It is a link to the user's checkout, or the unpacked index copy.
	"""
	target = sources.app_source("frappe")
	target.parent.mkdir(parents=True, exist_ok=True)
	if sources.frappe:
		link(target, sources.frappe)
		return
	if target.exists():
		return
	with console.step("Downloading the framework"):
		wheel = framework.download(sources.state / "downloads", sources.python)
	with console.step("Unpacking the framework"):
		framework.unpack(wheel, target)


def place_apps(sources: Sources) -> None:
	"""Link the repositories of the apps into apps/."""
	for app, root in sources.app_roots.items():
		link(sources.app_source(app), root)
	link(sources.app_source(APP), sources.root)


def lay_out(bench: Bench) -> None:
	"""Create the bench's folders, links to shared folders, and list of apps.

	The links lead to what all benches share.
	"""
	sources = bench.sources
	for folder in (bench.sites, bench.logs, bench.config / "pids", sources.home / "assets"):
		folder.mkdir(parents=True, exist_ok=True)
	link(bench.folder / "apps", Path("../apps"))
	link(bench.folder / "env", Path("../env"))
	link(bench.sites / "assets", Path("../../assets"))
	apps = ["frappe", *sources.app_roots]
	(bench.sites / "apps.txt").write_text("".join(f"{app}\n" for app in apps))


def copy(source: Bench, target: Bench) -> None:
	"""Copy a bench whose servers are stopped, with the owners of its files."""
	part = target.folder.with_name(f"{target.folder.name}.part")
	shutil.rmtree(part, ignore_errors=True)
	run(["cp", "-a", source.folder, part], source.logs / "copy.log", "The bench could not be copied.")
	part.rename(target.folder)


def link(place: Path, target: Path) -> None:
	"""Make `place` a symbolic link to `target`, whatever link was there."""
	if place.is_symlink() and Path(os.readlink(place)) == target:
		return
	if place.is_dir() and not place.is_symlink():
		shutil.rmtree(place)
	part = place.with_name(f"{place.name}.part")
	part.unlink(missing_ok=True)
	part.symlink_to(target)
	part.replace(place)


def command(bench: Bench, *arguments: str) -> list[str]:
	"""The framework's command line, to be run from the bench's folder sites/."""
	return [str(bench.sources.python), "-m", "frappe.utils.bench_helper", "frappe", *arguments]


def environment(bench: Bench, **more: str) -> dict[str, str]:
	"""Return the environment for programs of the bench.

	It names the bench's folder, which the framework would look for beside its sources: in the user's checkout.
	"""
	return python_env.environment(bench.sources, FRAPPE_BENCH_ROOT=str(bench.folder), **more)


def run_command(bench: Bench, failed: str, *arguments: str, log: str = "site") -> str:
	"""Run a framework command to its end and return what it printed.

	Raises SandboxError (`failed`).
	"""
	file = bench.logs / f"{log}.log"
	return run(command(bench, *arguments), file, failed, cwd=bench.sites, env=environment(bench))


def run_module(bench: Bench, failed: str, module: str, *arguments: str, log: str = "site") -> str:
	"""Run a module of this package inside the virtualenv and return what it prints.

	It runs in the folder sites/. Warnings of the packages that it imports are in the log only.
	"""
	file = bench.logs / f"{log}.log"
	program = [str(bench.sources.python), "-m", module, *arguments]
	return run(program, file, failed, cwd=bench.sites, env=environment(bench), stderr_apart=True)
