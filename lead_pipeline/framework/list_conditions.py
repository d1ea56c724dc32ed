"""What a list of a DocType shows to a user, as SQL.

Stands on `DatabaseQuery` of `frappe.model.db_query`, in Frappe 15 and 16. `frappe.desk.reportview.build_match_conditions` is
the framework's function for apps and stays when that class goes; on 16 its values are not safe for MariaDB yet, as a
backslash in them is not escaped, so it is asked only where there is nothing else.
"""

try:
	from frappe.model.db_query import DatabaseQuery
except ImportError:
	DatabaseQuery = None

import frappe
from frappe.desk import reportview

from lead_pipeline.constants import FIRST_DAY
from lead_pipeline.framework.query_text import built_with

# Any date that is asked whether it is not set.
COMPARES_WITH_TEXT = int(frappe.__version__.split(".")[0]) < 16


def build_list_conditions(doctype: str, user: str) -> str | None:
	"""Return the condition that a list of `doctype` applies for `user`.

	It combines roles, User Permissions, shares and hooks; None when the list shows all.
	"""
	if DatabaseQuery:
		return DatabaseQuery(doctype, user=user).build_match_conditions() or None
	# It doubles every percent sign, for statements with parameters.
	return reportview.build_match_conditions(doctype, user).replace("%%", "%") or None


def build_list_query(doctype: str, filters: list | dict | None, **options) -> str:
	"""Return as SQL the names of the records that a list shows to the user.

	In no order.

	`options`: what else a list asks for, as `or_filters`, `order_by` and `limit_page_length`.
	"""
	fields = [f"`tab{doctype}`.`name`"]

	def build(spelled: list | dict | None) -> str:
		asked = {"filters": spelled, "fields": fields, "order_by": None, **options}
		query = reportview.execute(doctype, run=0, **asked)
		# Frappe 15 gives the text itself.
		return query if isinstance(query, str) else query.get_sql()

	return built_with(filters, build)


def is_time_set(fieldname: str, is_set: bool = True) -> list:
	"""Return the filter of a list for a date, or a time, that is set or not set.

	Frappe 15 compares it with an empty text, which PostgreSQL refuses. There what is set is not before all days: for one that is
	not set, the framework takes the year 1.
	"""
	if COMPARES_WITH_TEXT and frappe.db.db_type == "postgres":
		return [fieldname, ">=" if is_set else "<", FIRST_DAY]
	return [fieldname, "is", "set" if is_set else "not set"]
