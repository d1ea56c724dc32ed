"""What was asked of the site and what was answered, from many threads."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import requests

SECONDS_TO_WAIT = 60


class Ledger:
	"""Notes of every request, and of what the site has promised by its answers.

	`facts`: by kind of record, what was sent and whether it was answered.
	"""

	def __init__(self) -> None:
		self.lock = threading.Lock()
		self.begun = time.time()
		self.requests: list[dict] = []
		self.facts: dict[str, dict[str, dict]] = {"enquiries": {}, "mails": {}, "sales": {}}

	def ask(
		self, kind: str, send: Callable[..., requests.Response], *args, **how
	) -> requests.Response | None:
		"""Send a request, note how long it took, and return the answer.

		None when it failed or nothing answered.
		"""
		begun = time.perf_counter()
		try:
			answer = send(*args, timeout=SECONDS_TO_WAIT, **how)
			error = None if answer.ok else reason(answer)
		except requests.RequestException as failure:
			answer, error = None, "no answer" if not isinstance(failure, requests.Timeout) else "time-out"
		row = {"kind": kind, "at": time.time(), "seconds": time.perf_counter() - begun, "error": error}
		if answer is not None and error:
			row["said"] = answer.text[:500]
		with self.lock:
			self.requests.append(row)
		return None if error else answer

	def note(self, what: str, key: str, **values) -> None:
		with self.lock:
			self.facts[what].setdefault(key, {}).update(values)

	def save(self, file: Path) -> None:
		file.write_text(json.dumps({"begun": self.begun, "requests": self.requests, "facts": self.facts}))


def reason(answer: requests.Response) -> str:
	"""Return the status and the kind of error that an answer names."""
	try:
		kind = answer.json().get("exc_type") or ""
	except (ValueError, AttributeError):
		kind = ""
	return f"{answer.status_code} {kind}".strip()
