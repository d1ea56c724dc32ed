"""Build the bundles of desk and website with esbuild and sass.

They go into the folder that is served as /assets.

One builder (`sandbox/assets/build.mjs`) serves every framework tree. The npm packages come from the tree's
own `package.json` and `yarn.lock`, or from `sandbox/assets/package.json` when the tree has none; those of the
builder itself are ours in every case. Source folders are only read.

The result is what `frappe/build.py` would leave behind:

- `<out>/<app>/` holds links to the entries of the app's `public/` folder and the built files in `dist/`,
- `<out>/frappe/node_modules` is what the desk loads at run time (code editor, bar codes, printing),
- `<out>/assets.json` and `<out>/assets-rtl.json` map the name of a bundle to its address.
"""

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from sandbox import asset_files, npm
from sandbox.asset_files import (
	HERE,
	digest,
	files_stamp,
	is_current,
	is_elsewhere,
	read_json,
	remove,
	tree_stamp,
	write_json,
)
from sandbox.errors import SandboxError

BUILDER = HERE / "build.mjs"
SECONDS = HERE / "datepicker-seconds.js"


def build(apps: list[Path], node: Path, out: Path, log: Path, say: Callable[[str], None]) -> bool:
	"""Bring the assets folder `out` up to date; return whether anything changed.

	Built from the sources of `apps`, the source roots in order, the framework first. npm packages go to
	`node`/node_modules, detail goes to the file `log`, progress to `say`. Only apps whose sources changed are
	built; either all of them succeed or `out` stays as it was. When the result is True, the site's cached copy of
	the bundles' addresses (key `assets_json`) is out of date.

	Raises SandboxError when a tool is missing, npm fails, or a bundle does not compile.
	"""
	try:
		return _build(apps, node, out, log, say)
	except OSError as error:
		if error.errno in (errno.ENOSPC, errno.EDQUOT):
			raise SandboxError(
				f"There is no space left for the desk's assets ({node}, {out}). Free some and run the "
				"command again."
			) from error
		raise SandboxError(
			f"The desk's assets could not be written: {error}. Correct it and run the command again."
		) from error


def _build(apps: list[Path], node: Path, out: Path, log: Path, say: Callable[[str], None]) -> bool:
	roots = {app_name(root): root.resolve() for root in apps}
	package, locked = npm.packages(list(roots.values()))
	packages_stamp = digest([json.dumps(package, sort_keys=True), npm.LOCK.read_text() if locked else ""])
	sources = (BUILDER, SECONDS, *(Path(module) for module in (__file__, npm.__file__, asset_files.__file__)))
	builder_stamp = digest([packages_stamp, *(source.read_text() for source in sources)])
	installed = read_json(node / ".assets-stamp.json") == packages_stamp and (node / "node_modules").is_dir()

	state = read_json(out / ".assets-stamp.json") or {}
	known = state.get("apps", {}) if state.get("builder") == builder_stamp else {}
	stamps = {name: tree_stamp(root / name / "public", node) for name, root in roots.items()}
	stale = [name for name in roots if not is_current(known.get(name), stamps[name], roots[name], out / name)]
	complete = all((out / name).is_file() for name in ("assets.json", "assets-rtl.json"))
	if installed and complete and not stale and list(known) == list(roots):
		return False

	log.parent.mkdir(parents=True, exist_ok=True)
	if stale or not installed:
		npm.check_tools()
	if not installed:
		allowed = npm.ranges(list(roots.values()))
		npm.install(package, locked, allowed, packages_stamp, node, log, say)

	part = out / ".part"
	shutil.rmtree(part, ignore_errors=True)
	part.mkdir(parents=True)
	try:
		built = compile_apps(stale, roots, node, part, log, say) if stale else {}
		for name, result in built.items():
			own = roots[name] / name / "public"
			elsewhere = [path for path in map(Path, result.pop("inputs")) if is_elsewhere(path, own, node)]
			result |= {"stamp": stamps[name], "inputs": files_stamp(elsewhere), "root": str(roots[name])}
			link(own, part / name, node)
		for name in stale:
			replace(part / name, out / name, part)
		for name in set(state.get("apps", {})) - set(roots):
			remove(out / name)
	finally:
		shutil.rmtree(part, ignore_errors=True)

	done = {name: built.get(name) or known[name] for name in roots}
	for file, kind in (("assets-rtl.json", "rtl"), ("assets.json", "bundles")):
		write_json(out / file, {key: value for app in done.values() for key, value in app[kind].items()})
	write_json(out / ".assets-stamp.json", {"builder": builder_stamp, "apps": done})
	return True


def app_name(root: Path) -> str:
	"""Return the name of the app in the source folder `root`.

	It is the name of its Python package, the folder with hooks.py.
	"""
	names = [path.parent.name for path in root.glob("*/hooks.py")]
	if root.name in names:
		return root.name
	if len(names) != 1:
		raise SandboxError(
			f"{root} is not the source folder of one Frappe app: exactly one folder in it must hold a "
			f"hooks.py (found: {', '.join(sorted(names)) or 'none'}). Give the folder that holds the app's "
			"Python package."
		)
	return names[0]


def compile_apps(
	names: list[str], roots: dict[str, Path], node: Path, part: Path, log: Path, say: Callable[[str], None]
) -> dict[str, dict]:
	"""Build the bundles of the named apps below the folder `part`.

	Returns the builder's answer for each app.
	"""
	job, answer = part / "job.json", part / "result.json"
	write_json(
		job,
		{
			"modules": str((node / "node_modules").absolute()),
			"roots": [str(root) for root in roots.values()],
			"apps": [
				{"name": name, "root": str(roots[name]), "dist": str((part / name / "dist").absolute())}
				for name in names
			],
		},
	)
	say(f"Desk assets: building the bundles of {', '.join(names)}")
	with log.open("a") as file:
		file.write(f"Building the bundles of {', '.join(names)}\n")
		file.flush()
		command = ["node", str(BUILDER), str(job), str(answer)]
		process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=file, text=True)
		with process:
			for line in process.stdout or []:
				say(f"Desk assets: {line.strip()}")
				file.write(line)
	result = read_json(answer) or {}
	if process.returncode == 0 and "apps" in result:
		return result["apps"]

	errors = result.get("errors") or "\n".join(log.read_text().splitlines()[-15:])
	with log.open("a") as file:
		file.write(errors + "\n")
	if "ENOSPC" in errors:
		raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
	if "app" not in result:
		raise SandboxError(
			f"The builder of the desk's assets stopped (exit code {process.returncode}). Its last lines "
			f"follow, all of them are in {log}.\n{errors}"
		)
	app = result["app"]
	lines = [line for line in errors.splitlines() if line.strip()]
	more = [f"({len(lines) - 20} more lines in {log})"] if len(lines) > 20 else []
	first = f"A bundle of {app} does not compile (files are named from {roots[app]}):"
	last = "The assets stay as they were. Correct the file and run the command again."
	raise SandboxError("\n".join([first, *lines[:20], *more, last]))


def link(public: Path, target: Path, node: Path) -> None:
	"""Link the entries of `public` and the npm packages into `target`.

	`target` serves them next to its own `dist`.
	"""
	target.mkdir(parents=True, exist_ok=True)
	for entry in sorted(public.iterdir()) if public.is_dir() else []:
		if entry.name not in ("dist", "node_modules"):
			(target / entry.name).symlink_to(entry)
	(target / "node_modules").symlink_to((node / "node_modules").absolute())


def replace(new: Path, old: Path, spare: Path) -> None:
	"""Put the folder `new` in the place of `old`, which may be a link or missing."""
	if old.is_symlink():
		old.unlink()
	elif old.exists():
		old.rename(spare / f"{old.name}.old")
	new.rename(old)
