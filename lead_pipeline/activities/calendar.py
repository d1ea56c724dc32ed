"""Activities in the framework's Calendar: one event per step.

A step without a time is an event of the whole day.
"""

import re
from datetime import datetime, time, timedelta

import frappe
from frappe import _
from frappe.utils import get_datetime, getdate

from lead_pipeline.activities import plan
from lead_pipeline.constants import ACTIVITY, ACTIVITY_TYPE, CANCELLED
from lead_pipeline.domain.steps import parse_time
from lead_pipeline.exceptions import InvalidStepError

# How long a step with a time is shown to take.
LENGTH = timedelta(minutes=30)

# How much of its colour a step has on the calendar.
TINT = 0.3
HEX = re.compile("#[0-9A-Fa-f]{6}")

# More are not drawn on a page.
MAX_EVENTS = 2000


@frappe.whitelist(methods=["GET", "POST"])
def events(
	start: str,
	end: str,
	filters: str | list | dict | None = None,
	doctype: str = ACTIVITY,
	field_map: str | dict | None = None,
	fields: str | list | None = None,
) -> list[dict]:
	"""Return the activities from `start` to `end` that match the list's `filters`.

	Only those that the user may see. The framework's Calendar passes the other arguments as well. Raises
	PermissionError when the user may not see activities.
	"""
	wanted = [[ACTIVITY, "due_on", "between", [getdate(start), getdate(end)]]]
	wanted += [[ACTIVITY, *condition] for condition in conditions(filters)]
	if not any(condition[1] == "status" for condition in wanted):
		wanted.append([ACTIVITY, "status", "!=", CANCELLED])
	rows = frappe.get_list(
		ACTIVITY,
		filters=wanted,
		fields=["name", "subject", "lead", "due_on", "due_time", "activity_type", "status"],
		order_by="due_on asc, name asc",
		limit=MAX_EVENTS,
	)
	names = {row.lead for row in rows}
	# Who sees an activity sees its lead.
	titles = dict(
		frappe.get_all(
			"Pipeline Lead",
			{"name": ("in", sorted(names))},
			["name", "lead_name"],
			as_list=True,
			order_by=None,
		)
	)
	return [event(row, titles.get(row.lead) or row.lead) for row in rows]


def conditions(filters: str | list | dict | None) -> list:
	found = frappe.parse_json(filters) or []
	if isinstance(found, dict):
		return [
			[field, *(value if isinstance(value, list) else ["=", value])] for field, value in found.items()
		]
	# A filter of a list may say at its end whether it is hidden.
	return [condition[1:4] if len(condition) > 3 else condition for condition in found]


def event(row: frappe._dict, title: str) -> dict:
	at = parse_time(row.due_time)
	begin = datetime.combine(getdate(row.due_on), at or time())
	return {
		"name": row.name,
		"doctype": ACTIVITY,
		"title": f"{row.subject}: {title}",
		"start": begin,
		"end": begin + LENGTH if at else begin,
		"all_day": int(at is None),
		"status": row.status,
		"color": tint(frappe.get_cached_value(ACTIVITY_TYPE, row.activity_type, "color")),
	}


def tint(color: str | None) -> str | None:
	"""Return a light tint of a type's colour, on which dark text is readable.

	The framework's letters are dark.
	"""
	if not color or not HEX.fullmatch(color):
		return None
	parts = (int(color[place : place + 2], 16) for place in (1, 3, 5))
	return "#" + "".join(f"{round(255 - (255 - part) * TINT):02X}" for part in parts)


@frappe.whitelist(methods=["POST"])
def move(args: str | dict, field_map: str | dict | None = None) -> None:
	"""Move a step to the new day and time of its event, which the user has dragged.

	Raises what `plan.move` raises.
	"""
	given = frappe.parse_json(args)
	if not isinstance(given, dict) or not given.get("name") or not given.get("start"):
		frappe.throw(_("It is not said which step goes where. Reload the page."), InvalidStepError)
	begin = get_datetime(given["start"])
	whole_day = frappe.utils.cint(given.get("all_day"))
	plan.move(str(given["name"]), str(begin.date()), "" if whole_day else begin.strftime("%H:%M"))
