"""R9: the cost of opening the workspace, card after card and chart after chart.

Measured under every visibility.
"""

import statistics

import frappe

from benchmarks import many_leads
from benchmarks.figures import Figure, cost
from lead_pipeline.constants import ALL_LEADS, LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.tests.integration.test_workspace_numbers import card, chart

GOAL, ROUNDS = 1.0, 5
MODULE = "Lead Pipeline"


def measure() -> list[Figure]:
	with many_leads.leads() as users:
		try:
			return [
				figure("a manager, all leads", "Administrator", ALL_LEADS),
				figure("a salesperson, all leads", users[0], ALL_LEADS),
				figure(f"a salesperson, own leads of {many_leads.SELLERS}", users[0], OWN_LEADS),
			]
		finally:
			frappe.set_user("Administrator")
			see(ALL_LEADS)


def see(visibility: str) -> None:
	frappe.db.set_single_value(SETTINGS, "lead_visibility", visibility)
	frappe.db.commit()
	frappe.clear_cache()


def figure(who: str, user: str, visibility: str) -> Figure:
	see(visibility)
	workspace = frappe.get_doc("Workspace", MODULE)
	cards = [row.number_card_name for row in workspace.number_cards]
	charts = [row.chart_name for row in workspace.charts]
	frappe.set_user(user)
	parts = {name: [] for name in (*cards, *charts)}
	for _round in range(ROUNDS + 1):
		# What is kept for a minute holds until a lead is saved, as happens all the time where there are so many.
		many_leads.touch()
		for name in parts:
			parts[name].append(cost(lambda name=name: card(name) if name in cards else chart(name)).clock)
	totals = [sum(found[place] for found in parts.values()) for place in range(1, ROUNDS + 1)]
	slow = sorted(parts, key=lambda name: -statistics.median(parts[name][1:]))[:5]
	frappe.set_user("Administrator")
	return Figure(
		"R9",
		f"workspace over {frappe.db.count(LEAD):,} leads, {who}, in seconds",
		GOAL,
		False,
		totals,
		f"{statistics.median(totals) * 1000:.0f} ms",
		"",
		notes=[
			f"{who}: "
			+ ", ".join(f"{name} {statistics.median(parts[name][1:]) * 1000:.0f} ms" for name in slow)
		],
	)
