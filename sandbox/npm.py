"""Choose and install the npm packages from which the desk's bundles are built."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from sandbox.asset_files import HERE, remove, write_json
from sandbox.errors import SandboxError

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


def packages(roots: list[Path]) -> tuple[dict, bool]:
	"""Return the package.json for these apps, and whether our lock file belongs to it.

	The framework's own package.json counts if it has one, ours otherwise; then those of the other apps, where
	the first app that names a package decides on its version. The builder's packages are always ours.
	"""
	ours = json.loads(PACKAGE.read_text())
	own = (roots[0] / "package.json").is_file()
	wanted = {} if own else dict(ours["dependencies"])
	for root in roots:
		for name, version in app_packages(root, ours["dependencies"]).items():
			if is_wanted(name, ours):
				wanted.setdefault(name, version)
	package = {
		key: value for key, value in ours.items() if key in ("name", "version", "private", "devDependencies")
	}
	return {**package, "dependencies": wanted}, not own


def is_wanted(name: str, ours: dict) -> bool:
	return name not in OTHER_BUILDER and name not in ours["devDependencies"]


def ranges(roots: list[Path]) -> dict[str, str]:
	"""Return the versions that the apps' package.json files allow, by npm package.

	Only versions that a registry can provide.
	"""
	found: dict[str, str] = {}
	for root in roots:
		for name, version in dependencies(root).items():
			found.setdefault(name, version)
	return {name: version for name, version in found.items() if not re.search(r"[:/]", version)}


def app_packages(root: Path, ours: dict[str, str]) -> dict[str, str]:
	"""Return an app's npm dependencies with versions, as pinned by its yarn.lock.

	If there is no yarn.lock, with the versions of package.json. A version that is a Git address, a link or a folder
	cannot be installed from a registry; the registry's own package takes its place, in the pinned version, in ours,
	or the latest.
	"""
	pinned = yarn_versions(root / "yarn.lock")
	found = {}
	for name, version in dependencies(root).items():
		pin = pinned.get((name, version))
		if re.search(r"[:/]", version) and not version.startswith("npm:"):
			found[name] = pin or ours.get(name, "latest")
		else:
			found[name] = pin if pin and not version.startswith("npm:") else version
	return found


def dependencies(root: Path) -> dict[str, str]:
	"""Return the dependencies in the app's package.json.

	Raises SandboxError when it cannot be read.
	"""
	path = root / "package.json"
	try:
		return json.loads(path.read_text()).get("dependencies") or {} if path.is_file() else {}
	except (ValueError, AttributeError) as error:
		raise SandboxError(
			f"{path} cannot be read: {error}. Correct it and run the command again."
		) from error


def yarn_versions(path: Path) -> dict[tuple[str, str], str]:
	"""Return the versions in a yarn.lock (format 1).

	As {(name, wanted version): pinned version}.
	"""
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
	package: dict,
	locked: bool,
	allowed: dict[str, str],
	stamp: str,
	node: Path,
	log: Path,
	say: Callable[[str], None],
) -> None:
	"""Install the packages in a fresh folder and replace the old node_modules.

	allowed: the versions that may replace one that the registry does not have.
	"""
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
	if failure := fetch(package, command, allowed, part, log):
		shutil.rmtree(part, ignore_errors=True)
		raise SandboxError(message(failure, log))
	for name in (".assets-stamp.json", "package.json", "package-lock.json", "node_modules"):
		remove(node / name)
	for name in ("package.json", "package-lock.json", "node_modules"):
		(part / name).rename(node / name)
	part.rmdir()
	write_json(node / ".assets-stamp.json", stamp)


def fetch(package: dict, command: list[str], allowed: dict[str, str], folder: Path, log: Path) -> str:
	"""Run npm's `command` in the folder of `package`; return its error messages.

	Empty when it succeeded.
	"""
	# One small question first: without a registry, npm would try each of hundreds of packages several times.
	name, version = next(iter(package["devDependencies"].items()))
	if failure := run(["view", f"{name}@{version}", "version"], folder, log):
		all_in_cache = not run([*command, "--offline"], folder, log)
		return "" if all_in_cache else failure
	failure = run(command, folder, log)
	while failure and loosen(package, failure, allowed):
		write_json(folder / "package.json", package)
		failure = run(command, folder, log)
	return failure


def loosen(package: dict, failure: str, allowed: dict[str, str]) -> bool:
	"""Replace a pinned version that the registry does not have by allowed versions.

	Returns False when no allowed versions are known.
	"""
	missing = re.search(r"No matching version found for (@?[^@\s]+)@(\S+?)\.?(?:\s|$)", failure)
	if not missing or package["dependencies"].get(missing[1]) != missing[2]:
		return False
	version = allowed.get(missing[1], missing[2])
	package["dependencies"][missing[1]] = version
	return version != missing[2]


def run(command: list[str], folder: Path, log: Path) -> str:
	"""Run npm there; its messages if it failed, else nothing."""
	result = subprocess.run(["npm", *command, *NPM], cwd=folder, capture_output=True, text=True)
	with log.open("a") as file:
		file.write(f"npm {' '.join(command)}\n{result.stdout}{result.stderr}\n")
	return (result.stderr or "npm failed") if result.returncode else ""


def message(stderr: str, log: Path) -> str:
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
