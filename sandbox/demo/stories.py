"""The stories of the demo's leads: steps, their duration and their meaning.

Data only.
"""

from dataclasses import dataclass

from sandbox.demo.data import NEW_BUSINESS, REPEAT, RESELLER

# Days that pass before a step, at least and at most.
WAITS = {
	"open": (0.2, 4),
	"reply": (1, 7),
	"interest": (2, 12),
	"opportunity": (2, 12),
	"quote": (1, 6),
	"send": (0.5, 4),
	"requote": (3, 10),
	"quote_lost": (8, 35),
	"quote_cancel": (2, 9),
	"expire": (22, 40),
	"opportunity_lost": (10, 40),
	"opportunity_close": (10, 30),
	"order": (5, 25),
	"order_draft": (5, 20),
	"order_cancel": (4, 15),
	"customer": (4, 20),
	"lost": (5, 30),
	"disqualify": (0.5, 8),
	"dnc": (2, 20),
	"reactivate": (20, 60),
	"hold": (1, 4),
	"postpone": (5, 15),
	"retype": (2, 8),
}
# Percent that the owner believes in after a step.
PROBABILITY = {
	"open": 15,
	"reply": 25,
	"interest": 40,
	"opportunity": 60,
	"postpone": 30,
	"lost": 0,
	"disqualify": 0,
	"dnc": 0,
	"reactivate": 15,
	"quote": 70,
	"order": 100,
	"customer": 100,
	"quote_lost": 0,
	"opportunity_lost": 0,
}
# Steps that close a lead, and those that open it again.
CLOSES = ("quote_lost", "opportunity_lost", "order", "order_draft", "customer", "lost", "disqualify", "dnc")
REOPENS = ("order_cancel", "reactivate")
# After these the app does not change a status because the date of the next contact has come.
MAY_BE_DUE = ("open", "opportunity", "quote", "send", "reactivate")
# The status that a person gives in a step.
BY_PERSON = {
	"open": "Open",
	"reply": "Replied",
	"interest": "Interested",
	"postpone": "Interested",
	"lost": "Lost",
	"disqualify": "Disqualified",
	"dnc": "Do Not Contact",
	"reactivate": "Open",
}
# Without a sales app people do by hand what the documents would have done.
BY_HAND = {
	"opportunity": "Opportunity",
	"quote": "Quotation",
	"quote_lost": "Lost Quotation",
	"quote_cancel": "Opportunity",
	"expire": "Opportunity",
	"opportunity_lost": "Lost",
	"opportunity_close": "Interested",
	"order": "Converted",
	"order_draft": "Converted",
	"order_cancel": "Quotation",
	"customer": "Converted",
}
# Steps that change no status of their own accord.
PAPERWORK = ("send", "requote")


@dataclass(frozen=True)
class Story:
	"""The steps of `count` leads after their creation.

	The last of `steps` was `idle` days ago.
	"""

	count: int
	steps: str
	idle: tuple[float, float]
	types: tuple[str, ...] = (NEW_BUSINESS,)


ANY = (NEW_BUSINESS, NEW_BUSINESS, NEW_BUSINESS, REPEAT, RESELLER)
BUYERS = (NEW_BUSINESS, NEW_BUSINESS, REPEAT)
EXPLORERS = (NEW_BUSINESS, NEW_BUSINESS, NEW_BUSINESS, RESELLER)

SHOWCASE = Story(1, "open reply interest opportunity quote send requote send", (0.05, 0.06))
SHOWCASE_COMPANY = "Harborlane Bottling"

STORIES = (
	# Open, the earlier the more.
	Story(32, "", (0.05, 5), ANY),
	Story(24, "open", (0.1, 7), ANY),
	Story(16, "open reply", (0.3, 12), ANY),
	Story(14, "open reply interest", (0.3, 16), EXPLORERS),
	Story(3, "open interest", (1, 20), EXPLORERS),
	Story(8, "open reply interest opportunity", (0.5, 35), EXPLORERS),
	Story(4, "open opportunity", (0.5, 30), BUYERS),
	Story(4, "open reply interest opportunity quote", (0.1, 5)),
	Story(9, "open reply interest opportunity quote send", (0.5, 28)),
	Story(3, "quote send", (0.5, 24), (REPEAT,)),
	SHOWCASE,
	Story(2, "open reply interest opportunity quote send requote send", (1, 12)),
	# What makes a lead go back.
	Story(3, "open reply interest opportunity quote send quote_cancel", (0.5, 15)),
	Story(2, "open reply interest quote send quote_cancel", (0.5, 20)),
	Story(3, "open interest opportunity quote send expire", (1, 25)),
	Story(2, "open reply interest opportunity opportunity_close", (2, 30)),
	Story(2, "open interest opportunity quote send order order_cancel", (1, 20)),
	Story(3, "open lost reactivate", (1, 20), ANY),
	# What documents do not move: a choice of a person, a hold, what the type forbids.
	Story(2, "open reply interest opportunity quote send postpone", (1, 20)),
	Story(2, "open reply interest hold opportunity quote send", (1, 12)),
	Story(2, "open reply interest opportunity quote send", (1, 20), (RESELLER,)),
	Story(1, "open interest opportunity quote send retype", (2, 12)),
	# Won.
	Story(9, "open reply interest opportunity quote send order", (2, 220)),
	Story(2, "quote send order", (5, 120), (REPEAT,)),
	Story(2, "open interest opportunity quote send order_draft", (0.3, 6)),
	Story(2, "open reply interest customer", (5, 200), EXPLORERS),
	Story(2, "open interest opportunity customer", (5, 120), EXPLORERS),
	# Lost.
	Story(6, "open reply interest opportunity quote send quote_lost", (3, 200)),
	Story(3, "open interest opportunity opportunity_lost", (5, 210), EXPLORERS),
	Story(5, "open lost", (5, 245), ANY),
	Story(3, "open reply interest lost", (5, 225), EXPLORERS),
	Story(2, "open interest opportunity quote send lost", (2, 25)),
	# Not for us.
	Story(4, "disqualify", (1, 250), EXPLORERS),
	Story(2, "open disqualify", (3, 160), EXPLORERS),
	Story(3, "open dnc", (3, 240), ANY),
	Story(2, "open interest dnc opportunity", (3, 60), EXPLORERS),
)
