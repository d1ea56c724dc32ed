"""Replace the framework's checks of e-mails, phones and URLs by the app's own.

The app's checks look at new values only. The framework checks all of them at every save, with rules of its own:
an old mistake would keep a person, or the automatic change of a status, from saving something else. It has no
setting to switch this off. Relies on `BaseDocument._validate_data_fields`, which `Document._validate` calls for
the document and for each of its rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class OwnChecks:
	"""A controller that checks `own_fields`, and the rows in `own_tables`, itself.

	To be named before `Document` among the base classes.
	"""

	own_fields: tuple[str, ...] = ()
	own_tables: tuple[str, ...] = ()

	def _validate(self):
		rows = [row for table in self.own_tables for row in self.get(table)]
		for row in rows:
			row._validate_data_fields = nothing_to_check
		try:
			super()._validate()
		finally:
			for row in rows:
				del row._validate_data_fields

	def _validate_data_fields(self):
		with set_aside(self, self.own_fields):
			super()._validate_data_fields()


@contextmanager
def set_aside(document, fields: tuple[str, ...]) -> Iterator[None]:
	"""Empty the fields for the time of the block."""
	kept = {field: document.get(field) for field in fields}
	document.update(dict.fromkeys(fields))
	try:
		yield
	finally:
		document.update(kept)


def nothing_to_check() -> None:
	pass
