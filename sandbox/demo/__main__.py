"""Demo data: nine months of a sales team's pipeline.

Run as `python -m sandbox.demo SITE` from the folder sites/.

Prints the log-in of every demo user. Everything is made through the framework's documents, by the user whose
work it is, with the clock set to the moment when it happens (stage.py); the statuses that follow from documents
and all rows of the status log are the app's own doing. What happens is planned in plan.py, of what is in data.py
and stories.py.

It works with ERPNext, with the stand-in sales app and with neither: then people give by hand the statuses
that documents would have given. All leads come in one transaction: an interrupted run leaves none and can be
repeated, and where there are demo leads already nothing is done.
"""

import sys
import time
from collections.abc import Iterator

import frappe

from lead_pipeline.activities import day_change
from lead_pipeline.constants import LEAD
from lead_pipeline.status import rules
from sandbox.demo import data
from sandbox.demo.incoming import arrive, set_up_answers
from sandbox.demo.plan import make_plans
from sandbox.demo.set_up import set_up
from sandbox.demo.stage import Clock
from sandbox.demo.team import Team, TeamWithoutSalesApp


def main(site: str) -> list[tuple[str, str]]:
	"""Fill `site` with the demo data, unless it has it.

	Returns name and password of the demo users.
	"""
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.mute_emails = True
	users = [email for email, *_ in data.USERS]
	try:
		if not frappe.db.exists(LEAD, {"owner": ("in", users)}):
			fill()
			frappe.db.commit()
			# What was read while the site seemed to install itself may lack its customizations.
			frappe.clear_cache()
	finally:
		frappe.destroy()
	return [(email, data.PASSWORD) for email in users]


def fill() -> None:
	"""Create all demo data, with the leads not yet committed.

	Commits once what the leads refer to; the caller commits the leads.
	"""
	# What an interrupted run read from its own transaction may still be there.
	frappe.clear_cache()
	now = frappe.utils.now_datetime()
	plans = make_plans(now)
	with Clock() as clock:
		set_up()
		set_up_answers()
		frappe.db.commit()
		team = (Team if rules.lead_link("Quotation") else TeamWithoutSalesApp)(clock)
		events = [(step, plan) for plan in plans for step in plan.steps]
		events.sort(key=lambda event: event[0].at)
		for step, plan in progress(events):
			team.play(plan, step)
		arrive(clock, now)
		frappe.set_user("Administrator")
	# The clock is that of today again: what was planned for it is due.
	day_change.turn()


def progress(events: list) -> Iterator:
	"""The events; how far it is stands on the terminal, where there is one."""
	live = sys.stderr.isatty()
	begin = time.monotonic()
	for index, event in enumerate(events, 1):
		yield event
		if live and (index % 25 == 0 or index == len(events)):
			end = "\n" if index == len(events) else ""
			seconds = time.monotonic() - begin
			sys.stderr.write(f"\rDemo data: {index} of {len(events)} events, {seconds:.0f} s{end}")


if __name__ == "__main__":
	for user, password in main(sys.argv[1]):
		print(f"{user}, password {password}")
