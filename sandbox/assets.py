"""The desk's and website's bundles, built with esbuild and sass into the folder that is served as /assets.

One builder (`sandbox/assets/build.mjs`) serves every framework tree. The npm packages come from the tree's
own `package.json` and `yarn.lock`, or from `sandbox/assets/package.json` when the tree has none; those of the
builder itself are ours in every case. Source folders are only read.

The result is what `frappe/build.py` would leave behind:

- `<out>/<app>/` holds links to the entries of the app's `public/` folder and the built files in `dist/`,
- `<out>/frappe/node_modules` is what the desk loads at run time (code editor, bar codes, printing),
- `<out>/assets.json` and `<out>/assets-rtl.json` map the name of a bundle to its address.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from sandbox.errors import SandboxError

HERE = Path(__file__).parent / "assets"
BUILDER = HERE / "build.mjs"
SECONDS = HERE / "datepicker-seconds.js"
PACKAGE = HERE / "package.json"
LOCK = HERE / "package-lock.json"

MINIMUM_NODE = 18
NPM = (
	"--ignore-scripts",
	"--include=dev",
	"--legacy-peer-deps",
	"--no-audit",
	"--no-fund",
	"--no-update-notifier",
	"--package-lock",
	"--loglevel=error",
	"--fetch-retries=2",
	"--fetch-retry-mintimeout=1000",
	"--fetch-retry-maxtimeout=5000",
)

# Packages of the framework's own builder, which is not used here.
OTHER_BUILDER = {
	"@frappe/esbuild-plugin-postcss2",
	"@vue/component-compiler",
	"chalk",
	"cliui",
	"cssnano",
	"esbuild-plugin-vue3",
	"fast-glob",
	"launch-editor",
	"yargs",
}

# What npm's error codes mean to the user, in the order in which they are looked for.
NPM_ERRORS = (
	("ENOSPC EDQUOT", "There is no space left on the disk. Free some and run the command again."),
	(
		"EACCES EPERM EROFS",
		"npm may not write to its cache or to the sandbox's folder. Correct the owner of the folder named "
		"below and run the command again.",
	),
	(
		"ENOTFOUND EAI_AGAIN ECONNREFUSED ECONNRESET ETIMEDOUT ENETUNREACH EHOSTUNREACH E500 E502 E503 E504",
		"npm cannot reach its registry. Check the network and npm's settings (npm config get registry, "
		"proxy, https-proxy), then run the command again.",
	),
	(
		"CERT_HAS_EXPIRED SELF_SIGNED UNABLE_TO_VERIFY UNABLE_TO_GET_ISSUER",
		"npm does not trust the registry's certificate. Set npm's cafile (npm config set cafile FILE), then "
		"run the command again.",
	),
	(
		"E401 E403 E407",
		"The npm registry or a proxy refuses access. Check npm's settings (npm config list), then run the "
		"command again.",
	),
	(
		"E404 ETARGET ENOVERSIONS",
		"The npm registry does not have one of the packages. If it is a mirror, ask for the package named "
		"below to be added; if an app's package.json names it, correct the name or version there.",
	),
	(
		"EINTEGRITY",
		"The npm registry serves a package that is not the known one; it was not used. Run `npm cache clean "
		"--force` and the command again; if it happens again, do not trust this registry.",
	),
)


def build(apps: list[Path], node: Path, out: Path, log: Path, say: Callable[[str], None]) -> bool:
	"""Bring the assets folder `out` up to date with the sources of `apps` and tell whether anything changed.

	`apps` are the source roots in order, the framework first. npm packages go to `node`/node_modules, detail
	goes to the file `log`, progress to `say`. Only apps whose sources changed are built; either all of them
	succeed or `out` stays as it was. When the answer is True, the site's cached copy of the bundles'
	addresses (key `assets_json`) is out of date.

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
	package, locked = packages(list(roots.values()))
	packages_stamp = digest([json.dumps(package, sort_keys=True), LOCK.read_text() if locked else ""])
	sources = (BUILDER, SECONDS, Path(__file__))
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
		check_tools()
	if not installed:
		install(package, locked, packages_stamp, node, log, say)

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
	"""The name of the app in the source folder `root`: its Python package, the folder with hooks.py."""
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


# Packages


def packages(roots: list[Path]) -> tuple[dict, bool]:
	"""The package.json to install for these apps, and whether our lock file belongs to it.

	The framework's own package.json counts if it has one, ours otherwise; then those of the other apps, where
	the first app that names a package decides on its version. The builder's packages are always ours.
	"""
	ours = json.loads(PACKAGE.read_text())
	own = (roots[0] / "package.json").is_file()
	wanted = {} if own else dict(ours["dependencies"])
	for root in roots:
		for name, version in app_packages(root, ours["dependencies"]).items():
			if name not in OTHER_BUILDER and name not in ours["devDependencies"]:
				wanted.setdefault(name, version)
	package = {
		key: value for key, value in ours.items() if key in ("name", "version", "private", "devDependencies")
	}
	return {**package, "dependencies": wanted}, not own


def app_packages(root: Path, ours: dict[str, str]) -> dict[str, str]:
	"""An app's npm dependencies, each with the version that its yarn.lock pins if there is one.

	A version that is a Git address, a link or a folder cannot be had from a registry; the registry's own
	package takes its place, in the pinned version, in ours, or the latest.
	"""
	path = root / "package.json"
	try:
		wanted = json.loads(path.read_text()).get("dependencies") or {} if path.is_file() else {}
	except (ValueError, AttributeError) as error:
		raise SandboxError(
			f"{path} cannot be read: {error}. Correct it and run the command again."
		) from error
	pinned = yarn_versions(root / "yarn.lock")
	found = {}
	for name, version in wanted.items():
		pin = pinned.get((name, version))
		if re.search(r"[:/]", version) and not version.startswith("npm:"):
			found[name] = pin or ours.get(name, "latest")
		else:
			found[name] = pin if pin and not version.startswith("npm:") else version
	return found


def yarn_versions(path: Path) -> dict[tuple[str, str], str]:
	"""The versions in a yarn.lock (format 1): {(name, wanted version): pinned version}."""
	versions = {}
	keys: list[str] = []
	for line in path.read_text().splitlines() if path.is_file() else []:
		if line and not line[0].isspace() and not line.startswith("#"):
			keys = [key.strip().strip('"') for key in line.rstrip(":").split(",")]
		elif match := re.fullmatch(r'  version:? "?([^"\s]+)"?', line):
			for key in keys:
				name, _, wanted = key[1:].partition("@")
				versions[key[0] + name, wanted] = match[1]
	return versions


def check_tools() -> None:
	"""Raise SandboxError unless a recent Node.js and npm are there."""
	missing = [tool for tool in ("node", "npm") if not shutil.which(tool)]
	if missing:
		raise SandboxError(
			f"{' and '.join(missing)} not found; the desk's assets are built with Node.js {MINIMUM_NODE} or "
			"later. Install it (Debian, Ubuntu: apt-get install nodejs npm) and run the command again."
		)
	found = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
	match = re.match(r"v(\d+)", found)
	if not match or int(match[1]) < MINIMUM_NODE:
		raise SandboxError(
			f"Node.js is {found or 'not working'}, the desk's assets need {MINIMUM_NODE} or later. Install a "
			"newer one, put it first in PATH and run the command again."
		)


def install(
	package: dict, locked: bool, stamp: str, node: Path, log: Path, say: Callable[[str], None]
) -> None:
	"""Install the packages in a fresh folder and put its node_modules in place of the old one."""
	part = node / ".part"
	shutil.rmtree(part, ignore_errors=True)
	part.mkdir(parents=True)
	write_json(part / "package.json", package)
	command = ["install"]
	if locked:
		shutil.copyfile(LOCK, part / "package-lock.json")
		if package["dependencies"] == json.loads(PACKAGE.read_text())["dependencies"]:
			command = ["ci", "--prefer-offline"]
	count = len(package["dependencies"]) + len(package["devDependencies"])
	say(f"Desk assets: installing {count} npm packages and what they need")
	# One small question first: without a registry, npm would try each of hundreds of packages several times.
	name, version = next(iter(package["devDependencies"].items()))
	failure = npm(["view", f"{name}@{version}", "version"], part, log)
	if not failure:
		failure = npm(command, part, log)
	elif not npm([*command, "--offline"], part, log):
		failure = ""  # all of them were in npm's cache
	if failure:
		shutil.rmtree(part, ignore_errors=True)
		raise SandboxError(npm_message(failure, log))
	for name in (".assets-stamp.json", "package.json", "package-lock.json", "node_modules"):
		remove(node / name)
	for name in ("package.json", "package-lock.json", "node_modules"):
		(part / name).rename(node / name)
	part.rmdir()
	write_json(node / ".assets-stamp.json", stamp)


def npm(command: list[str], folder: Path, log: Path) -> str:
	"""Run npm there; its messages if it failed, else nothing."""
	result = subprocess.run(["npm", *command, *NPM], cwd=folder, capture_output=True, text=True)
	with log.open("a") as file:
		file.write(f"npm {' '.join(command)}\n{result.stdout}{result.stderr}\n")
	return (result.stderr or "npm failed") if result.returncode else ""


def npm_message(stderr: str, log: Path) -> str:
	"""What npm's failure means and what to do, with npm's own lines."""
	noise = re.compile(r"(npm \S+)?( (\d+|network))?\s*$|npm (warn|WARN)\b|.*(complete log|-debug-|\s{4}at )")
	lines = [line for line in stderr.splitlines() if not noise.match(line)]
	meaning = "Its own words follow; correct it and run the command again."
	for codes, text in NPM_ERRORS:
		if any(code in stderr for code in codes.split()):
			meaning = text
			break
	first = f"npm could not install the desk's packages. {meaning}"
	return "\n".join([first, *lines[:8], f"All of npm's output is in {log}."])


# Bundles


def compile_apps(
	names: list[str], roots: dict[str, Path], node: Path, part: Path, log: Path, say: Callable[[str], None]
) -> dict[str, dict]:
	"""Build the bundles of the named apps below the folder `part`; the builder's answer for each app."""
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
	"""Make `target` serve the entries of `public`, next to its own `dist`, and the npm packages."""
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


def remove(path: Path) -> None:
	"""Remove a file, a link (not what it points to) or a folder, if it is there."""
	if path.is_symlink() or path.is_file():
		path.unlink()
	elif path.exists():
		shutil.rmtree(path)


# Stamps


def is_current(known: dict | None, stamp: str, root: Path, folder: Path) -> bool:
	"""Whether an app's bundles were built from exactly these sources and are still there."""
	if not known or known["stamp"] != stamp or known["root"] != str(root) or folder.is_symlink():
		return False
	if known["inputs"] != files_stamp(map(Path, known["inputs"])):
		return False
	files = {*known["bundles"].values(), *known["rtl"].values()}
	return folder.is_dir() and all((folder / name.split("/", 3)[3]).is_file() for name in files)


def is_elsewhere(path: Path, public: Path, node: Path) -> bool:
	"""Whether a source file is neither below the app's public folder nor an npm package's."""
	folders = (public, (node / "node_modules").absolute(), (node / "node_modules").resolve())
	return not any(path.is_relative_to(folder) for folder in folders)


def files_stamp(paths: Iterable[Path]) -> dict[str, list[int] | None]:
	"""Time and size of each file, None for one that is gone."""
	stamp: dict[str, list[int] | None] = {}
	for path in paths:
		try:
			found = path.stat()
			stamp[str(path)] = [found.st_mtime_ns, found.st_size]
		except FileNotFoundError:
			stamp[str(path)] = None
	return stamp


def tree_stamp(folder: Path, node: Path) -> str:
	"""A digest of the path, time and size of every file below `folder`, and of where packages are."""
	parts = [str(node.absolute())]
	for base, folders, files in os.walk(folder):
		if base == str(folder):
			folders[:] = [name for name in folders if name != "dist"]
		folders[:] = sorted(name for name in folders if name != "node_modules")
		for name in sorted(files):
			path = os.path.join(base, name)
			found = os.stat(path) if os.path.exists(path) else os.lstat(path)
			parts.append(f"{path}\t{found.st_mtime_ns}\t{found.st_size}")
	return digest(parts)


def digest(parts: list[str]) -> str:
	return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def read_json(path: Path) -> dict | str | None:
	"""The content of a JSON file, None if it is missing or damaged."""
	try:
		return json.loads(path.read_text())
	except (FileNotFoundError, NotADirectoryError, ValueError):
		return None


def write_json(path: Path, content: dict | str) -> None:
	"""Write a JSON file so that a reader sees the old or the new one, never a part."""
	part = path.with_name(path.name + ".part")
	part.write_text(json.dumps(content, indent="\t") + "\n")
	os.replace(part, path)
