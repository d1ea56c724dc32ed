"""Record which steps are done: a file for each, with a hash of its inputs.

The file is written only after success.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


def digest(*parts: str | bytes) -> str:
	"""A hash of `parts`; ("ab", "c") and ("a", "bc") differ."""
	total = hashlib.sha256()
	for part in parts:
		data = part.encode() if isinstance(part, str) else part
		total.update(len(data).to_bytes(8, "big"))
		total.update(data)
	return total.hexdigest()


def digest_of_files(root: Path, files: Iterable[Path]) -> str:
	"""Return a hash of the names (below `root`) and contents of `files`.

	Their order does not matter.
	"""
	parts: list[str | bytes] = []
	for file in sorted(files):
		parts += [str(file.relative_to(root)), file.read_bytes()]
	return digest(*parts)


class Stamps:
	"""The stamps of one folder.

	A step is done when its stamp holds the hash of its present inputs.
	"""

	def __init__(self, folder: Path) -> None:
		self.folder = folder

	def done(self, step: str, inputs: str) -> bool:
		return self.read(step) == inputs

	def read(self, step: str) -> str | None:
		try:
			return (self.folder / step).read_text()
		except FileNotFoundError:
			return None

	def write(self, step: str, inputs: str) -> None:
		"""Say that `step` is done; the file is there whole or not at all."""
		self.folder.mkdir(parents=True, exist_ok=True)
		part = self.folder / f"{step}.part"
		part.write_text(inputs)
		part.replace(self.folder / step)

	def forget(self, *steps: str) -> None:
		"""Without names: all of them."""
		for file in [self.folder / step for step in steps] if steps else list(self.folder.glob("*")):
			file.unlink(missing_ok=True)

	@contextmanager
	def fragile(self, thing: str) -> Iterator[None]:
		"""Mark `thing` as unusable while the body changes it.

		A body that fails leaves the mark.
		"""
		self.write(f"{thing}.unfinished", "")
		yield
		self.forget(f"{thing}.unfinished")

	def broken(self, thing: str) -> bool:
		"""Whether an earlier run stopped while it changed `thing`."""
		return (self.folder / f"{thing}.unfinished").exists()
