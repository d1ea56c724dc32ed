"""Track which desk assets were built from which sources, and put files in place."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent / "assets"


def is_current(known: dict | None, stamp: str, root: Path, folder: Path) -> bool:
	"""Return whether an app's bundles are there and built from exactly these sources."""
	if not known or known["stamp"] != stamp or known["root"] != str(root) or folder.is_symlink():
		return False
	if known["inputs"] != files_stamp(map(Path, known["inputs"])):
		return False
	files = {*known["bundles"].values(), *known["rtl"].values()}
	return folder.is_dir() and all((folder / name.split("/", 3)[3]).is_file() for name in files)


def is_elsewhere(path: Path, public: Path, node: Path) -> bool:
	"""Return whether a source file is outside the public folder and node_modules.

	The public folder is the app's.
	"""
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
	"""Return a digest of the files below `folder` and of where packages are.

	The digest covers path, time and size of every file.
	"""
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


def remove(path: Path) -> None:
	"""Remove a file, a link (not what it points to) or a folder, if it is there."""
	if path.is_symlink() or path.is_file():
		path.unlink()
	elif path.exists():
		shutil.rmtree(path)
