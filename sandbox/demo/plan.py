"""Plan the demo data: which leads there are, and what happens to them when.

Pure, without the framework. All random numbers are drawn here, from one generator with a fixed seed: the same
people, figures and stories come out every time, on any site; only the dates follow the day on which it is run.
"""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sandbox.demo import data, stories


@dataclass(frozen=True)
class Step:
	"""A step of a lead at a moment: `action`, done by user `by`.

	The user may leave a `comment`.
	"""

	at: datetime
	action: str
	by: str
	comment: str | None = None


@dataclass
class Plan:
	"""A lead, all that belongs to it, and its steps in their order."""

	values: dict
	steps: list[Step]
	items: list[tuple[str, int, float]]
	lost: tuple[str, str]
	document_lost: str
	valid_till: date
	town: tuple[str, str]
	street: str
	has_contact: bool
	has_address: bool
	todo: str | None
	next_contact: date | None
	next_step: tuple[str, str, str | None]
	tags: list[str] = field(default_factory=list)

	@property
	def owner(self) -> str:
		return self.values["lead_owner"]

	@property
	def total(self) -> float:
		return sum(quantity * rate for _, quantity, rate in self.items)

	def has(self, action: str) -> bool:
		return any(step.action == action for step in self.steps)


def make_plans(now: datetime) -> list[Plan]:
	"""All leads; the last step of each is before `now`."""
	planner = Planner(random.Random(data.SEED), now)
	return [planner.plan(story) for story in stories.STORIES for _ in range(story.count)]


def pick(rng: random.Random, weighted: tuple) -> tuple | str:
	"""Return one of the (value, weight, …) rows at random.

	Only the value when the row holds nothing more, else the whole row.
	"""
	row = rng.choices(weighted, [row[1] for row in weighted])[0]
	return row[0] if len(row) == 2 else row


class Planner:
	"""Generator of names, addresses and figures for the demo.

	None comes twice where that would look strange.
	"""

	def __init__(self, rng: random.Random, now: datetime) -> None:
		self.rng = rng
		self.now = now
		self.companies = self.shuffled(
			(f"{word} {kind}", industry, segment)
			for word in data.COMPANY_WORDS
			for industry, segment, kinds in data.INDUSTRIES
			for kind in kinds
			if f"{word} {kind}" != stories.SHOWCASE_COMPANY
		)
		self.people = self.shuffled((first, last) for first in data.FIRST_NAMES for last in data.LAST_NAMES)
		self.numbers = {
			town[2]: self.shuffled(f"+1-{town[2]}55501{number:02d}" for number in range(100))
			for town in data.TOWNS
		}

	def shuffled(self, values) -> list:
		values = list(values)
		self.rng.shuffle(values)
		return values

	def chance(self, probability: float) -> bool:
		return self.rng.random() < probability

	def plan(self, story: stories.Story) -> Plan:
		show = story is stories.SHOWCASE
		actions = ["create", *story.steps.split()]
		moments = self.moments(actions, story.idle)
		items = self.items(large=show or self.chance(0.15))
		town = self.rng.choice(data.TOWNS)
		values = self.identity(town, show) | self.deal(actions, items) | self.origin()
		values["lead_type"] = self.rng.choice(story.types)
		owner = data.KEY_ACCOUNTS if values["expected_revenue"] > 60000 else data.FIELD[town[3]]
		values |= {"lead_owner": owner, "description": self.description(items)}
		open_ended = self.is_open(actions)
		if show:
			values["priority"] = "High"
		return Plan(
			values=values,
			steps=self.steps(actions, moments, values, show),
			items=items,
			lost=self.rng.choice(data.LOST),
			document_lost=self.rng.choice(data.DOCUMENT_LOST),
			valid_till=self.valid_till(actions, moments),
			town=town[:2],
			street=f"{self.rng.randint(1, 240)} {self.rng.choice(data.STREETS)}",
			has_contact=self.chance(0.55) or show,
			has_address=self.chance(0.4) or show,
			todo=self.rng.choice(data.TODOS) if (self.chance(0.3) or show) and open_ended else None,
			next_contact=self.next_contact(actions, certain=show) if open_ended else None,
			next_step=self.rng.choice(data.NEXT_STEPS),
			tags=["Service contract", "Site visit"] if show else self.tags(),
		)

	# Who

	def identity(self, town: tuple, show: bool) -> dict:
		"""A company with the person whom one talks to, or now and then a person alone."""
		first, last = self.people.pop()
		company, industry, segment = self.companies.pop()
		if show:
			company, industry, segment = stories.SHOWCASE_COMPANY, "Food and Beverage", "Manufacturing"
		alone = self.chance(0.1) and not show
		domain = "example.org" if alone else f"{slug(company)}.example.com"
		values = {
			"first_name": first,
			"last_name": last,
			"email": f"{first}.{last}@{domain}".lower(),
			"phone": self.numbers[town[2]].pop(),
			"mobile_no": self.numbers[town[2]].pop() if self.chance(0.35) else None,
			"job_title": self.rng.choice(data.JOBS),
			"industry": industry,
			"market_segment": segment,
		}
		website = f"https://{domain}" if self.chance(0.65) or show else None
		if alone:
			return values | {"is_organization": 0, "job_title": None}
		return values | {"is_organization": 1, "company_name": company, "website": website}

	def origin(self) -> dict:
		"""Where the lead came from."""
		channel, _, campaigns = pick(self.rng, data.CHANNELS)
		campaign = self.rng.choice(campaigns)
		values = {"channel": channel, "campaign": campaign or None}
		if channel in data.UTM and campaign:
			source, medium = data.UTM[channel]
			values |= {"utm_source": source, "utm_medium": medium, "utm_campaign": slug(campaign)}
		return values

	# What

	def items(self, large: bool) -> list[tuple[str, int, float]]:
		"""One to three items; a large deal orders near the upper end of the quantities."""
		chosen = self.rng.sample(data.ITEMS, self.rng.choice((1, 1, 2, 2, 3)))
		return [(code, self.quantity(least, most, large), rate) for code, _, rate, least, most in chosen]

	def quantity(self, least: int, most: int, large: bool) -> int:
		share = self.rng.uniform(0.6, 1) if large else self.rng.random() ** 2
		return least + round((most - least) * share)

	def deal(self, actions: list[str], items: list) -> dict:
		"""Return revenue, priority and date of the expected closing.

		The younger the lead, the less is known.
		"""
		known = len(actions) > 1
		total = sum(quantity * rate for _, quantity, rate in items)
		dated = self.chance(0.85 if known else 0.4)
		# Somebody always forgets to correct the date: some are past.
		days = self.rng.randint(-18, -1) if self.chance(0.15) else self.rng.randint(4, 100)
		valued = self.chance(0.97 if known else 0.65)
		return {
			"expected_revenue": round(total, -2) if valued else 0,
			"priority": pick(self.rng, data.PRIORITIES) if known or self.chance(0.6) else None,
			"probability": 10,
			"expected_closing": self.today + timedelta(days=days) if dated else None,
		}

	def description(self, items: list) -> str | None:
		code, quantity, _ = items[0]
		text = self.rng.choice(data.NEEDS).format(
			item=next(name for known, name, *_ in data.ITEMS if known == code),
			qty=quantity,
			place=self.rng.choice(data.PLACES),
			weeks=self.rng.randint(2, 14),
			job=self.rng.choice(data.JOBS).lower(),
		)
		return text if self.chance(0.8) else None

	def tags(self) -> list[str]:
		chosen = [pick(self.rng, data.TAG_WEIGHTS) for _ in range(self.rng.choice((0, 0, 1, 1, 2)))]
		return sorted(set(chosen))

	# When

	@property
	def today(self) -> date:
		return self.now.date()

	def moments(self, actions: list[str], idle: tuple[float, float]) -> list[datetime]:
		"""Return a moment for each action.

		The last `idle` days ago, those before after stories.WAITS.
		"""
		least, most = idle
		ago = least + (most - least) * self.rng.random() ** 1.4
		moments = []
		for action in reversed(actions):
			moments.append(self.now - timedelta(days=ago))
			ago += self.rng.uniform(*stories.WAITS[action]) if action in stories.WAITS else 0
		return self.in_order([self.office_hour(at) for at in reversed(moments)], actions)

	def office_hour(self, at: datetime) -> datetime:
		"""The same day between eight and six, the Friday before when it is a weekend."""
		seconds = self.rng.randint(8 * 3600, 18 * 3600)
		day = at.date() - timedelta(days=max(0, at.weekday() - 4))
		return datetime.combine(day, time()) + timedelta(seconds=seconds)

	def in_order(self, moments: list[datetime], actions: list[str]) -> list[datetime]:
		"""Move moments back that lie after their successor or after now.

		A step takes up to half an hour.
		"""
		limit = self.now
		for index in reversed(range(len(moments))):
			minutes = self.rng.randint(40, 90)
			at = moments[index]
			if actions[index] == "expire":
				at = datetime.combine(at.date(), time(0, 10))
			moments[index] = min(at, limit - timedelta(minutes=minutes))
			limit = moments[index]
		return moments

	def valid_till(self, actions: list[str], moments: list[datetime]) -> date:
		"""Return the date until which quotations are valid.

		If the last step is their expiry, they are valid until the day before it.
		"""
		days = self.rng.randint(7, 45)
		if "expire" in actions:
			return moments[-1].date() - timedelta(days=1)
		return self.today + timedelta(days=days)

	def next_contact(self, actions: list[str], certain: bool) -> date | None:
		"""Around today; overdue only where the date does not move the lead as well."""
		if not self.chance(0.7) and not certain:
			return None
		may_be_due = actions[-1] in stories.MAY_BE_DUE and "hold" not in actions
		days = self.rng.choice(data.DUE if may_be_due else data.LATER)
		return self.today + timedelta(days=days)

	def is_open(self, actions: list[str]) -> bool:
		return actions[-1] in stories.REOPENS or not any(action in stories.CLOSES for action in actions)

	# By whom

	def steps(self, actions: list[str], moments: list[datetime], values: dict, show: bool) -> list[Step]:
		steps = []
		for action, at in zip(actions, moments, strict=True):
			comment = self.rng.choice(data.COMMENTS.get(action) or ("",))
			wanted = self.chance(0.28) or show
			steps.append(Step(at, action, self.who(action, values), comment if wanted and comment else None))
		return steps

	def who(self, action: str, values: dict) -> str:
		if action == "expire":
			return "Administrator"
		if action in ("hold", "order_cancel", "retype"):
			return data.MANAGER
		if action == "create" and values["channel"] in data.RECEIVED_INSIDE:
			return data.INSIDE
		if action == "disqualify":
			return self.rng.choice((data.INSIDE, values["lead_owner"]))
		return values["lead_owner"]


def slug(text: str) -> str:
	"""Lower case, words joined by hyphens."""
	return "-".join("".join(char if char.isalnum() else " " for char in text.lower()).split())
