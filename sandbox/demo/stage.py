"""When and by whom something happens in the demo: the framework's clock and user, set to those of each step."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import frappe

SET_UP = timedelta(days=330)
"""So long ago the team, its items and its reference data were made: before every lead."""


class Clock:
	"""Sets the framework's idea of now: every timestamp it writes comes from `frappe.utils.now_datetime`.

	While the `with` block lasts, that function is replaced wherever a module has it. Each look at the clock
	moves it on by some milliseconds, so that things keep their order.
	"""

	TICK = timedelta(milliseconds=20)

	def __init__(self) -> None:
		self.real = frappe.utils.now_datetime
		# Kept: every access to a method makes a new object, and we have to find this one again.
		self.ours = self.look
		self.moment = self.real() - SET_UP

	def __enter__(self) -> "Clock":
		self.replace(self.real, self.ours)
		return self

	def __exit__(self, *_) -> None:
		self.replace(self.ours, self.real)

	def look(self) -> datetime:
		self.moment += self.TICK
		return self.moment

	def set(self, moment: datetime) -> None:
		self.moment = moment

	def wait(self, minutes: float) -> None:
		self.moment += timedelta(minutes=minutes)

	@staticmethod
	def replace(old, new) -> None:
		for module in list(sys.modules.values()):
			for name, value in list(getattr(module, "__dict__", {}).items()):
				if value is old:
					setattr(module, name, new)


def become(user: str) -> None:
	"""Act as `user` from now on, in a session that knows nothing of an earlier day."""
	# It mirrors Redis, which all users share; to read everything again would take half of the time.
	mirror = frappe.local.cache
	frappe.set_user(user)
	frappe.local.cache = mirror


def forget_messages() -> None:
	"""Drop what waits to be shown to people: the framework compares each message with all that wait."""
	getattr(frappe.local, "_realtime_log", []).clear()
	frappe.clear_messages()


@contextmanager
def nobody_listens() -> Iterator[None]:
	"""The framework sends no notifications and asks no picture service for faces while it installs itself."""
	frappe.flags.in_install = True
	try:
		yield
	finally:
		frappe.flags.in_install = False
