"""Which day it is for a user."""

from datetime import date, datetime, timedelta, timezone

import frappe
from frappe.utils import get_datetime_in_timezone
from frappe.utils.data import get_system_timezone


def today_of(user: str) -> date:
	"""Return today's date in the time zone of the user, else of the site."""
	return today_in(frappe.db.get_value("User", user, "time_zone"))


def today_in(time_zone: str | None) -> date:
	"""Return the date in a time zone, in the site's when none is given."""
	return now_in(time_zone).date()


def now_in(time_zone: str | None) -> datetime:
	return get_datetime_in_timezone(time_zone or get_system_timezone())


def latest_today() -> date:
	"""Return the latest date that it is anywhere on earth."""
	return (datetime.now(timezone.utc) + timedelta(hours=14)).date()
