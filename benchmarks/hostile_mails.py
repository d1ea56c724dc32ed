"""The cost of hostile mails of one million characters: the worst of all kinds.

They are written to keep a worker busy.
"""

import statistics

import frappe

from benchmarks import bare
from benchmarks.figures import Cost, Figure, cost
from benchmarks.inbound_mail import forget
from lead_pipeline.constants import LEAD
from lead_pipeline.tests import mails

GOAL = 1
SIZE = 1_000_000
ROUNDS = 5

# What is repeated; each of these has made some reader of mails look through the whole text again and again.
TEXTS = (
	"On ",
	"> ",
	"wrote:\n",
	"On a wrote\n",
	"From: a\n",
	"a\t",
	"From: a\nSent: b\n\n",
	"-" * 40 + "\n",
	"\n",
)
MARKUP = ("<b>", "<!--", "</", "<a b='", "<p style='", "&lt;", "<svg>", "<![", "<blockquote>", "<br>")
HEADERS = ("(", '"', "<", "a@", "=?utf-8?q?", "x, ")


def measure() -> list[Figure]:
	accounts = []
	with bare.doctype():
		try:
			accounts += [mails.make_account(doctype, create_contact=0) for doctype in (LEAD, bare.BARE)]
			frappe.db.commit()
			return [slowest(*accounts)]
		finally:
			forget(accounts)


def slowest(account, bare_account) -> Figure:
	def both(kind: str) -> tuple[Cost, Cost]:
		return received(written[kind], account), received(written[kind], bare_account)

	written = kinds()
	added = {kind: added_by_app([both(kind)])[0] for kind in written}
	worst, *others = sorted(added, key=added.get, reverse=True)
	costs = [both(worst) for _round in range(ROUNDS)]
	return Figure(
		"1 MB",
		"processor seconds that the app adds to a mail of 1 MB of hostile text, the slowest kind",
		GOAL,
		False,
		added_by_app(costs),
		*(f"{statistics.median(cost.processor for cost in side):.2f} s" for side in zip(*costs, strict=True)),
		notes=[
			f"{len(written)} kinds; the slowest is {worst}, then "
			+ ", ".join(f"{kind} ({added[kind]:.2f} s)" for kind in others[:3])
		],
	)


def kinds() -> dict[str, bytes]:
	sender = f"Ada Visitor <{bare.person()['email']}>"
	made = {f"text {piece!r}": mails.write(sender, text=filled(piece)) for piece in TEXTS}
	made |= {f"HTML {piece!r}": mails.write(sender, text=None, html=filled(piece)) for piece in MARKUP}
	for name in ("From", "To", "Subject"):
		# The library that writes mails would not write these.
		head, _end, body = mails.write(sender).partition(b"\n\n")
		lines = [line for line in head.split(b"\n") if not line.startswith(f"{name}:".encode())]
		for piece in HEADERS:
			header = f"{name}: {filled(piece)}".encode()
			made[f"{name} {piece!r}"] = b"\n".join([*lines, header, b"", body])
	return made


def filled(piece: str) -> str:
	return piece * (SIZE // len(piece))


def received(raw: bytes, account) -> Cost:
	# Each time another mail: one that was received before is passed over.
	raw = raw.replace(b"Message-ID: <", b"Message-ID: <" + frappe.generate_hash(length=8).encode(), 1)
	found = cost(lambda: mails.receive(raw, account))
	frappe.db.rollback()
	return found


def added_by_app(costs: list[tuple[Cost, Cost]]) -> list[float]:
	return [with_app.processor - without.processor for with_app, without in costs]
