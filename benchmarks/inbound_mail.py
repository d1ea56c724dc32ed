"""R13: the cost of a mail from which the framework's receiver makes a lead.

Compared with the same mail for a bare DocType.
"""

import frappe

from benchmarks import bare
from benchmarks.figures import Figure, by_cost, milliseconds, processor_note, ratios, statements
from lead_pipeline.constants import LEAD
from lead_pipeline.tests import mails

GOAL = 1.25
BATCH, ROUNDS = 10, 11


def measure() -> list[Figure]:
	accounts = []
	with bare.doctype():
		try:
			accounts += [mails.make_account(doctype) for doctype in (LEAD, bare.BARE)]
			frappe.db.commit()
			return [compare(*accounts)]
		finally:
			forget(accounts)


def compare(account, bare_account) -> Figure:
	def receive(into) -> None:
		mails.receive(mails.write(f"Ada Visitor <{bare.person()['email']}>"), into)
		# As the framework does after each mail.
		frappe.db.commit()

	def batch(into) -> None:
		for _number in range(BATCH):
			receive(into)

	counts = []
	for into in (account, bare_account):
		receive(into)
		with statements() as found:
			receive(into)
		counts.append(len(found))
	pairs = by_cost(ROUNDS, lambda: batch(account), lambda: batch(bare_account))
	return Figure(
		"R13",
		"a received mail to a lead / to a bare DocType",
		GOAL,
		False,
		ratios(pairs),
		*(milliseconds(costs, BATCH) for costs in zip(*pairs, strict=True)),
		notes=[processor_note(pairs), f"SQL statements: {counts[0]}, bare {counts[1]}"],
	)


def forget(accounts: list) -> None:
	frappe.db.rollback()
	for account in accounts:
		frappe.db.delete("Communication", {"email_account": account.name})
		frappe.delete_doc("Email Account", account.name, force=True)
	bare.forget_people()
