"""The framework's source tree: from the package index, or the user's own checkout.

The index's own `frappe` is an empty placeholder. The one complete copy there is a renamed one; this module
downloads it, refuses anything but the known bytes, and undoes the rename. Nothing of it is kept in the
repository.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

from sandbox.errors import SandboxError

WHEEL = "criscostack-1.0.0-py3-none-any.whl"
WHEEL_SHA256 = "dc58aaf29c59b7666edc953596e5b31f77d7286b2ed6b14c6a205b217c210349"

# Order matters: longer names first, so that no shorter rule eats a part of them.
CONTENT_NAMES = (
	("criscostack", "frappe"),
	("Criscostack", "Frappe"),
	("CRISCOSTACK", "FRAPPE"),
	("criscoerp", "erpnext"),
	("Criscoerp", "ERPNext"),
	("Crisco", "Frappe"),
	("CRISCO", "FRAPPE"),
	("crisco", "frappe"),
)
FILE_NAMES = (*CONTENT_NAMES, ("brik_helper", "bench_helper"))


def download(into: Path, python: Path = Path(sys.executable)) -> Path:
	"""Download the wheel into folder `into` with pip and return its path.

	The pip is that of `python`; the wheel is kept for the next run.

	Raises SandboxError when the index cannot be reached or the bytes are not the known ones.
	"""
	into.mkdir(parents=True, exist_ok=True)
	wheel = into / WHEEL
	if not wheel.exists():
		part = into / "part"
		shutil.rmtree(part, ignore_errors=True)
		command = [str(python), "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(part)]
		result = subprocess.run([*command, "criscostack==1.0.0"], capture_output=True, text=True)
		if result.returncode or not (part / WHEEL).exists():
			raise SandboxError(
				"The framework could not be downloaded from the Python package index. Check the network and "
				"pip's settings (pip config list), then run the command again.\n"
				f"pip says: {last_lines(result.stderr)}"
			)
		verify(part / WHEEL)
		(part / WHEEL).rename(wheel)
		shutil.rmtree(part)
	verify(wheel)
	return wheel


def verify(wheel: Path) -> None:
	"""Raise SandboxError, and remove the file, unless its SHA-256 is the pinned one."""
	found = hashlib.sha256(wheel.read_bytes()).hexdigest()
	if found != WHEEL_SHA256:
		wheel.unlink()
		raise SandboxError(
			f"The framework's file {wheel.name} is not the known one (SHA-256 {found}, expected "
			f"{WHEEL_SHA256}). It was removed and nothing of it was used. Run the command again; if it "
			"happens again, the package index serves a changed file and you should not trust it."
		)


def unpack(wheel: Path, target: Path) -> None:
	"""Write the framework's tree to `target`, all or nothing.

	The tree is `frappe/` and `requirements.txt`.
	"""
	part = target.with_name(target.name + ".part")
	shutil.rmtree(part, ignore_errors=True)
	with zipfile.ZipFile(wheel) as archive:
		for entry in archive.infolist():
			name = renamed(entry.filename, FILE_NAMES)
			if entry.is_dir() or name.endswith(".DS_Store"):
				continue
			if name.endswith("METADATA"):
				name, data = "requirements.txt", requirements(archive.read(entry).decode()).encode()
			elif ".dist-info/" in name:
				continue
			else:
				data = renamed_content(archive.read(entry))
			path = part / name
			path.parent.mkdir(parents=True, exist_ok=True)
			path.write_bytes(data)
	os.replace(part, target)


def requirements(metadata: str) -> str:
	"""The wheel's `Requires-Dist` lines that are not extras, one requirement a line."""
	lines = Parser().parsestr(metadata).get_all("Requires-Dist") or []
	return "".join(f"{line}\n" for line in lines if "extra ==" not in line)


def renamed(text: str, names: tuple[tuple[str, str], ...]) -> str:
	for old, new in names:
		text = text.replace(old, new)
	return text


def renamed_content(data: bytes) -> bytes:
	"""The file with the original names back; binary files as they are."""
	try:
		text = data.decode()
	except UnicodeDecodeError:
		return data
	return renamed(text, CONTENT_NAMES).encode()


def last_lines(text: str, count: int = 5) -> str:
	return "\n".join(text.strip().splitlines()[-count:])
