"""Console output: one line per step, with its seconds.

While a long step runs, a sign of life is shown.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

QUIET_SECONDS = 10
"""A step that is not shown on a terminal says that it is alive this often."""


class Console:
	"""Progress output to `stream`.

	On a terminal the running step's line is rewritten every half second.
	"""

	def __init__(self, stream=None) -> None:
		self.stream = stream or sys.stdout
		self.live = self.stream.isatty()
		self.writing = threading.Lock()

	def say(self, text: str = "") -> None:
		"""Print one line."""
		with self.writing:
			self.stream.write(f"{self._erased()}{text}\n")
			self.stream.flush()

	@contextmanager
	def step(self, title: str) -> Iterator[None]:
		"""Show `title` while the body runs, and its seconds when it has ended."""
		begin = time.monotonic()
		ended = threading.Event()
		if not self.live:
			self.say(f"{title} ...")
		beat = threading.Thread(target=self._beat, args=(title, begin, ended), daemon=True)
		beat.start()
		try:
			yield
		except BaseException:
			self._end(beat, ended)
			self.say(f"{title}: stopped after {time.monotonic() - begin:.1f} s")
			raise
		self._end(beat, ended)
		self.say(f"{title}: {time.monotonic() - begin:.1f} s")

	def _beat(self, title: str, begin: float, ended: threading.Event) -> None:
		while not ended.wait(0.5 if self.live else QUIET_SECONDS):
			seconds = int(time.monotonic() - begin)
			with self.writing:
				if ended.is_set():
					return
				line = f"\r\x1b[K{title} ... {seconds} s" if self.live else f"  {title}: {seconds} s so far\n"
				self.stream.write(line)
				self.stream.flush()

	def _end(self, beat: threading.Thread, ended: threading.Event) -> None:
		ended.set()
		beat.join()

	def _erased(self) -> str:
		return "\r\x1b[K" if self.live else ""
