"""Check whether a document could be inserted, without writing it.

Uses the framework's own insert, stopped before it writes. Relies on `Document.insert` calling `db_insert` of
the controller when everything was checked, as it does since virtual DocTypes have had a `db_insert` of their
own.
"""

import frappe
from frappe.model.document import Document

from lead_pipeline.framework.transactions import roll_back_or_raise


class CouldBeInserted(Exception):
	"""Nothing speaks against the document."""


class CheckedInsert:
	"""A controller of which `check_insert` can ask. To be named before `Document`."""

	def db_insert(self, *args, **kwargs):
		if self.flags.only_check:
			raise CouldBeInserted
		return super().db_insert(*args, **kwargs)


def check_insert(document: Document) -> None:
	"""Raise what inserting the new `document` would raise, for any user.

	Writes nothing and uses up no name.
	"""
	document.flags.only_check = True
	savepoint = "lead_pipeline_" + frappe.generate_hash(length=8)
	frappe.db.savepoint(savepoint)
	try:
		# It is only asked whether the document is right: who may insert one is the caller's question.
		document.insert(ignore_permissions=True, set_name=frappe.generate_hash(length=10))
	except CouldBeInserted as found:
		# What hooks of the site have written on the way.
		roll_back_or_raise(savepoint, found)
