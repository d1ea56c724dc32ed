"""What `frappe.get_all(run=False)` gives, as SQL text that has its values in it.

Frappe 15 gives such a text. Frappe 16 gives a query object, whose own text (`str(query)`) doubles quotes but escapes no
backslash: a value that ends with one would reach beyond its quotes. So its parameters are put in as the database's driver
escapes them. Can go when no version gives a text any more and all queries are put together with `frappe.qb`.
"""

import frappe
from pypika.queries import QueryBuilder


def with_values(query: str | QueryBuilder) -> str:
	"""Return `query` as a statement without parameters, in which a percent sign stands for itself."""
	if isinstance(query, str):
		return query
	sql, values = query.walk()
	return sql % {name: frappe.db.escape(value, percent=False) for name, value in values.items()}
