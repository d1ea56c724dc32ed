"""Working days of the site: of its company's holiday list, else Monday to Friday."""

from datetime import date

import frappe
from frappe.utils import getdate

from lead_pipeline.domain.working_time import WorkingTime

HOLIDAY_LIST = "Holiday List"


def of_site() -> WorkingTime:
	"""Return the working days of the site's default company.

	Read from the framework's cache, not from the database.
	"""
	# The same ones for everybody, whatever companies they may see.
	company = frappe.db.get_default("company")
	name = company and holiday_list_of(company)
	if not name:
		return WorkingTime()
	holidays = frappe.get_cached_doc(HOLIDAY_LIST, name)
	return WorkingTime(
		frozenset(getdate(row.holiday_date) for row in holidays.holidays),
		getdate(holidays.from_date),
		getdate(holidays.to_date),
	)


def holiday_list_of(company: str) -> str | None:
	"""Return the name of a company's holiday list.

	Returns None without one, or without ERPNext.
	"""
	try:
		return frappe.get_cached_value("Company", company, "default_holiday_list")
	except frappe.DoesNotExistError:
		# The default names a company that is gone.
		frappe.clear_last_message()
		return None
	except ImportError:
		# The app of companies is gone.
		return None


def today() -> date:
	"""Return the date in the site's time zone, by which days of steps are counted."""
	return getdate()
