"""What the user reads: the text of refusals and messages, without its markup."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
import pytest
from frappe.utils import strip_html


class Refusal:
	"""The text of a refusal, known after the block of `refused`."""

	text = ""

	def __contains__(self, part: str) -> bool:
		return part in self.text

	def __repr__(self) -> str:
		return repr(self.text)


@contextmanager
def refused(error: type[Exception]) -> Iterator[Refusal]:
	"""Expect the block to raise `error`, and tell what it says.

	What the block has written is undone.
	"""
	refusal = Refusal()
	writes = frappe.db.transaction_writes
	frappe.db.savepoint("refused")
	with pytest.raises(error) as raised:
		yield refusal
	refusal.text = strip_html(str(raised.value))
	frappe.db.rollback(save_point="refused")
	# Frappe 15.0 takes this for the end of the transaction.
	frappe.db.transaction_writes = writes
	forget()


def messages() -> str:
	"""What the server has told the user since the last `forget`."""
	texts = [frappe.parse_json(entry)["message"] for entry in frappe.local.message_log]
	return "\n".join(strip_html(text) for text in texts)


def forget() -> None:
	frappe.local.message_log = []
