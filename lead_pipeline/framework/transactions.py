"""A rollback that also happens within a hook of a document.

From Frappe 16 on, `frappe.db.commit` and `frappe.db.rollback` do nothing but warn while a hook (`doc_events`) runs, so
that no app ends the transaction of another one. The hook for a received mail has to: it waits for others who work on the
same sender, and what they have committed meanwhile shows in a new transaction only. Can go when the framework's receiver
has a place for that before it has read anything.
"""

import frappe


def roll_back() -> None:
	"""Undo the transaction, wherever we are, and begin a new one.

	Only for a transaction of which the caller knows that nobody else has written anything in it.
	"""
	happened: list[bool] = []
	frappe.db.after_rollback.add(lambda: happened.append(True))
	frappe.db.rollback()
	if happened:
		return
	frappe.db.before_commit.reset()
	frappe.db.after_commit.reset()
	frappe.db.before_rollback.run()
	frappe.db.sql("rollback and chain")
	frappe.db.value_cache.clear()
	frappe.db.after_rollback.run()
