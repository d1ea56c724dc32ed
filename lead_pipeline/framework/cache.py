"""Cache records in Redis without ever serving what was rolled back."""

from collections.abc import Callable

import frappe

from lead_pipeline.framework.per_request import per_request

# Seconds. Who reads in a transaction that began before a change was committed may keep the old records in Redis after
# the change has cleared them: that holds no longer than this.
LIFETIME = 300


class CachedRecords:
	"""Database records cached in Redis for all processes of the site.

	`load` reads them from the database; they are kept under `key` until `clear`, for LIFETIME at most.
	"""

	def __init__(self, key: str, load: Callable[[], object]):
		self.key = key
		self.load = load

	def get(self) -> object:
		"""Return the records from the cache, or from the database after own changes.

		A transaction that has changed the records itself reads straight from the database. What such a transaction
		reads may be rolled back, so nobody else must find it in Redis.
		"""
		if self.key in _changed_here():
			return self.load()
		found = frappe.cache.get_value(self.key)
		if found is None:
			found = self.load()
			frappe.cache.set_value(self.key, found, expires_in_sec=LIFETIME)
			# What expires, Frappe 15 does not keep for the rest of the request.
			frappe.local.cache[frappe.cache.make_key(self.key)] = found
		return found

	def clear(self) -> None:
		"""Forget the records; to be called by what changes them, inside its transaction."""
		_changed_here().add(self.key)
		frappe.cache.delete_value(self.key)
		frappe.db.after_commit.add(self.changes_are_visible)

	def look_again(self) -> None:
		"""Forget what this process has read.

		For work that takes long enough for somebody to change the records.
		"""
		frappe.local.cache.pop(frappe.cache.make_key(self.key), None)

	def changes_are_visible(self) -> None:
		"""Drop the old records that were read between `clear` and the commit.

		Another process may have read and cached them in the meantime.
		"""
		_changed_here().discard(self.key)
		frappe.cache.delete_value(self.key)


def _changed_here() -> set[str]:
	return per_request("lead_pipeline_changed", set)
