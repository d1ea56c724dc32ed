"""R17: what a search for leads costs, by what is typed and by who searches.

In processor time of this process and the database together. What is typed is taken from leads of the set, so that it is
there.
"""

import statistics

import frappe

from benchmarks import many_leads
from benchmarks.figures import Figure, processor_milliseconds, statements
from benchmarks.workspace import see
from lead_pipeline.constants import ALL_LEADS, LEAD, OPEN_CATEGORIES, OWN_LEADS
from lead_pipeline.search import everywhere, finding, link_field

GOAL, ROUNDS = 30, 15


def measure() -> list[Figure]:
	with many_leads.leads() as users:
		try:
			return [
				figure("a manager, all leads", "Administrator", ALL_LEADS),
				figure(f"a salesperson, own leads of {many_leads.SELLERS}", users[3], OWN_LEADS),
			]
		finally:
			frappe.set_user("Administrator")
			see(ALL_LEADS)


def typed() -> dict[str, str]:
	"""Return what is typed, by what it is."""
	lead = frappe.get_all(
		LEAD,
		{"first_name": "Anna", "email": ("like", "%gmail.com")},
		["name", "last_name", "company_name", "email", "mobile_no"],
		order_by="creation desc",
		limit=50,
	)[-1]
	digits = "".join(sign for sign in lead.mobile_no if sign.isdigit())
	return {
		"an address": lead.email,
		"the beginning of an address": lead.email.split("@")[0],
		"a number": lead.mobile_no,
		"the end of a number": digits[-6:],
		"the number of a lead": lead.name,
		"a rare word": lead.company_name.split()[1],
		"two words": f"anna {lead.last_name[:4]}",
		"a common name": "anna",
		"a very common word": "gmail",
		"two very common words": "gmail gmbh",
		"two letters": "li",
		"another script": "北京",
		"nothing found": "qzxwvj",
		"nothing found, beside a common word": "gmail qzxwvj",
	}


def figure(who: str, user: str, visibility: str) -> Figure:
	see(visibility)
	texts = typed()
	frappe.set_user(user)
	opened = [[LEAD, "status_category", "in", OPEN_CATEGORIES]]
	mine = [*opened, [LEAD, "lead_owner", "=", user]]
	found, notes, counts = {}, [], []
	for what, text in texts.items():
		found[what] = statistics.median(cost_of(lambda: finding.find_leads(text, opened)))  # noqa: B023 - called at once
		with statements() as asked:
			number = len(finding.find_leads(text, opened))
		counts.append(
			f"{what} {min(number, finding.MOST)}{'+' if number > finding.MOST else ''} ({len(asked)} SQL)"
		)
	worst = max(found, key=found.get)
	for what in ("a rare word", "a very common word", "nothing found"):
		text = texts[what]
		others = {
			"all leads": lambda: finding.find_leads(text),  # noqa: B023
			"My Leads": lambda: finding.find_leads(text, mine),  # noqa: B023
			"link field": lambda: link_field.suggest_leads(LEAD, text),  # noqa: B023
			"search bar": lambda: everywhere.search_everywhere(text),  # noqa: B023
		}
		parts = [f"{name} {statistics.median(cost_of(work)):.1f}" for name, work in others.items()]
		notes.append(f"{who}, {what}, ms: {', '.join(parts)}")
	frappe.set_user("Administrator")
	return Figure(
		"R17",
		f"the dearest search among {frappe.db.count(LEAD):,} leads, opened ones, {who}: ms of processor time",
		GOAL,
		False,
		[found[worst]],
		f"{worst}: {found[worst]:.1f} ms",
		"",
		notes=[
			f"{who}, ms: " + ", ".join(f"{what} {milliseconds:.1f}" for what, milliseconds in found.items()),
			f"{who}, found: " + ", ".join(counts),
			*notes,
		],
	)


def cost_of(work) -> list[float]:
	def asked() -> None:
		# As a request would find it.
		frappe.local.lead_pipeline_asked = {}
		work()

	return processor_milliseconds(asked, ROUNDS)
