"""Cache records in Redis without ever serving what was rolled back."""

from collections.abc import Callable

import frappe

from lead_pipeline.framework.per_request import per_request


class CachedRecords:
	"""What `load` reads from the database, kept under `key` for all processes of the site until `clear`."""

	def __init__(self, key: str, load: Callable[[], object]):
		self.key = key
		self.load = load

	def get(self) -> object:
		"""Return the records; straight from the database in a transaction that has changed them itself.

		What such a transaction reads may be rolled back, so nobody else must find it in Redis.
		"""
		if self.key in _changed_here():
			return self.load()
		return frappe.cache.get_value(self.key, self.load)

	def clear(self) -> None:
		"""Forget the records; to be called by what changes them, inside its transaction."""
		_changed_here().add(self.key)
		frappe.cache.delete_value(self.key)
		frappe.db.after_commit.add(self.changes_are_visible)

	def look_again(self) -> None:
		"""Forget what this process has read: for work that takes long enough for somebody to change the records."""
		frappe.local.cache.pop(frappe.cache.make_key(self.key), None)

	def changes_are_visible(self) -> None:
		"""Drop the old records that another process may have read between `clear` and the commit, too."""
		_changed_here().discard(self.key)
		frappe.cache.delete_value(self.key)


def _changed_here() -> set[str]:
	return per_request("lead_pipeline_changed", set)
