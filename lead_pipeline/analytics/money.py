"""Convert amounts of several currencies into the site's own currency.

Amounts are converted by the site's rates, or left out with a note. Rates are those of *Currency Exchange*,
which ERPNext brings: the newest one that is not in the future, or its reverse. The database converts while it
adds up, so that a sum never leaves it half converted.
"""

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce, Sum
from frappe.utils import flt, nowdate
from pypika import Case
from pypika.terms import Criterion, Term

from lead_pipeline.analytics import sql
from lead_pipeline.constants import LEAD

EXCHANGE = "Currency Exchange"


def site_currency() -> str:
	return frappe.db.get_default("currency") or "USD"


def rates() -> dict[str, float]:
	"""Return the value of one unit of each other currency in the site's own.

	Contains only currencies that the site has a rate for.
	"""
	if not frappe.db.exists("DocType", EXCHANGE):
		return {}
	own = site_currency()
	found = {}
	for name_field, other_field in (("to_currency", "from_currency"), ("from_currency", "to_currency")):
		# Without permissions: what a currency is worth is no secret from who reads amounts in it.
		rows = frappe.get_all(
			EXCHANGE,
			filters={name_field: own, "date": ("<=", nowdate()), "exchange_rate": (">", 0)},
			fields=[other_field, "exchange_rate"],
			order_by="date desc, creation desc",
		)
		for row in rows:
			rate = flt(row.exchange_rate)
			found.setdefault(row[other_field], rate if name_field == "to_currency" else 1 / rate)
	found.pop(own, None)
	return found


class Money:
	"""The amounts of a query on leads, as terms of it."""

	def __init__(self):
		self.lead = frappe.qb.DocType(LEAD)
		self.currency = site_currency()
		self.rates = rates()

	def rate_of(self, currency: str | None) -> float:
		"""Return what one unit of a currency is worth in the site's own.

		0 where there is no rate. Spellings that the database treats as equal are one currency.
		"""
		named = (currency or self.currency).strip().casefold()
		known = {self.currency: 1, **self.rates}
		return next((float(rate) for each, rate in known.items() if each.casefold() == named), 0.0)

	@property
	def is_own(self) -> Criterion:
		"""An amount without a currency is in the site's own."""
		# Most are: what holds for most leads is asked first.
		currency = self.lead.currency
		return (
			(currency == sql.text_term(self.currency)) | currency.isnull() | (currency == sql.text_term(""))
		)

	@property
	def is_left_out(self) -> Criterion:
		"""The lead has an amount, and there is no rate for its currency."""
		is_known = self.is_own
		if self.rates:
			is_known |= self.lead.currency.isin([sql.text_term(each) for each in sorted(self.rates)])
		return (self.lead.expected_revenue != 0) & is_known.negate()

	@property
	def revenue(self) -> Term:
		"""The expected revenue of a lead in the site's currency, 0 where there is no rate."""
		amount = Coalesce(self.lead.expected_revenue, 0)
		if not self.rates:
			return Case().when(self.is_own, amount).else_(0)
		case = Case().when(self.is_own, amount)
		for currency, rate in sorted(self.rates.items()):
			case = case.when(self.lead.currency == sql.text_term(currency), amount * rate)
		return case.else_(0)

	@property
	def weighted(self) -> Term:
		"""Return the sum of the amounts times their probability."""
		return self.revenue * Coalesce(self.lead.probability, 0) / 100

	def total(self) -> Term:
		return Coalesce(Sum(self.revenue), 0)

	def total_weighted(self) -> Term:
		return Coalesce(Sum(self.weighted), 0)

	def count_left_out(self) -> Term:
		return Coalesce(Sum(Case().when(self.is_left_out, 1).else_(0)), 0)

	def note(self, left_out: int) -> str | None:
		"""Return what is said above sums that lack the amounts of some leads."""
		if not left_out:
			return None
		if frappe.db.exists("DocType", EXCHANGE):
			return _(
				"The amounts of {0} leads are not in the sums, as there is no rate from their currency to {1}. Add one as Currency Exchange."
			).format(left_out, self.currency)
		return _(
			"The amounts of {0} leads are not in the sums, as they are in another currency than {1}."
		).format(left_out, self.currency)
