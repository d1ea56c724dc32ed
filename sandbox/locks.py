"""Run one command at a time, by a lock that ends with its holder.

The lock is released however the holder ends.
"""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.processes import end_marked

MARK = "SANDBOX_LOCK"


class Lock:
	"""An exclusive lock on file `path`, which contains the pid of its holder.

	Every process that is started while we hold it carries the lock's path in its environment. Taking the lock ends
	what a killed holder has left behind, releasing it ends what we have left ourselves.
	"""

	def __init__(self, path: Path) -> None:
		self.path = path
		self.descriptor: int | None = None
		self.outer: str | None = None

	def acquire(self, busy: str, waiting: Callable[[int], None] | None = None) -> None:
		"""Take the lock.

		When another process has it: with `waiting` call that with the pid and wait, else raise SandboxError
		with `busy`, in which `{pid}` stands for the holder.
		"""
		self.path.parent.mkdir(parents=True, exist_ok=True)
		descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
		try:
			self._lock(descriptor, busy, waiting)
		except BaseException:
			os.close(descriptor)
			raise
		os.ftruncate(descriptor, 0)
		os.pwrite(descriptor, str(os.getpid()).encode(), 0)
		self.descriptor = descriptor
		end_marked(f"{MARK}={self.path}")
		self.outer = os.environ.get(MARK)
		os.environ[MARK] = str(self.path)

	def _lock(self, descriptor: int, busy: str, waiting: Callable[[int], None] | None) -> None:
		try:
			fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
		except BlockingIOError:
			pid = self._read(descriptor)
			if waiting is None:
				raise SandboxError(busy.format(pid=pid)) from None
			waiting(pid)
			fcntl.flock(descriptor, fcntl.LOCK_EX)

	def release(self) -> None:
		if self.descriptor is not None:
			end_marked(f"{MARK}={self.path}")
			os.environ.pop(MARK, None)
			if self.outer is not None:
				os.environ[MARK] = self.outer
			os.ftruncate(self.descriptor, 0)
			os.close(self.descriptor)
			self.descriptor = None

	def holder(self) -> int | None:
		"""The pid of the process that has the lock now; None when nobody has it."""
		try:
			descriptor = os.open(self.path, os.O_RDWR)
		except FileNotFoundError:
			return None
		try:
			fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
		except BlockingIOError:
			return self._read(descriptor)
		finally:
			os.close(descriptor)
		return None

	@staticmethod
	def _read(descriptor: int) -> int:
		"""The pid in the file; 0 in the instant before its holder has written it."""
		return int(os.pread(descriptor, 32, 0) or b"0")
