"""Set the framework's clock and user to those of each step of the demo."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import frappe

SET_UP = timedelta(days=330)
"""So long ago the team, its items and its reference data were made: before every lead."""


class Clock:
	"""The clock of the framework, set to the time of the demo.

	Every timestamp that the framework writes comes from `frappe.utils.now_datetime`.

	While the `with` block lasts, that function is replaced wherever a module has it. Each look at the clock moves
	it on by some milliseconds, so that things keep their order.
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
	"""Drop the messages that wait to be shown.

	The framework compares each new message with all waiting ones.
	"""
	getattr(frappe.local, "_realtime_log", []).clear()
	frappe.clear_messages()


@contextmanager
def nobody_listens() -> Iterator[None]:
	"""Keep the framework from notifications and requests to the picture service.

	In the block it acts as while it installs itself: it sends no notifications and asks no service for pictures of
	users.
	"""
	frappe.flags.in_install = True
	try:
		yield
	finally:
		frappe.flags.in_install = False
