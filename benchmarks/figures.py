"""Measure two sides in turn in one run, and report the result as a table line."""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import frappe

RESAMPLES = 2000


@dataclass
class Cost:
	"""The cost of some work: wall-clock seconds and processor seconds of this process."""

	clock: float
	processor: float


@dataclass
class Figure:
	"""A line of the table.

	`ratios` by round, of which the median counts; `notes`: what else was measured or counted.
	"""

	id: str
	what: str
	goal: float
	at_least: bool
	ratios: list[float]
	ours: str
	other: str
	notes: list[str] = field(default_factory=list)

	@property
	def ratio(self) -> float:
		return statistics.median(self.ratios)

	@property
	def is_met(self) -> bool:
		"""Whether the goal is met, as far as two decimals say."""
		ratio = round(self.ratio, 2)
		return ratio >= self.goal if self.at_least else ratio <= self.goal

	@property
	def limit(self) -> str:
		return f"{'at least' if self.at_least else 'at most'} {self.goal:g}"

	@property
	def verdict(self) -> str:
		return "met" if self.is_met else "NOT met"

	@property
	def interval(self) -> tuple[float, float]:
		"""Return the 95% confidence interval of the median, by the bootstrap.

		Always the same for the same ratios.
		"""
		chance = random.Random(len(self.ratios))
		medians = sorted(
			statistics.median(chance.choices(self.ratios, k=len(self.ratios))) for _time in range(RESAMPLES)
		)
		return medians[RESAMPLES // 40], medians[-RESAMPLES // 40]


def in_turn(rounds: int, ours: Callable[[], float], other: Callable[[], float]) -> list[tuple[float, float]]:
	"""Measure both sides one right after the other, `rounds` times.

	Returns the pairs of measurements. The side that begins changes from round to round.
	"""
	found = []
	for number in range(rounds):
		if number % 2:
			theirs = other()
			found.append((ours(), theirs))
		else:
			found.append((ours(), other()))
	return found


def cost(work: Callable[[], object]) -> Cost:
	clock, processor = time.perf_counter(), time.process_time()
	work()
	return Cost(time.perf_counter() - clock, time.process_time() - processor)


def by_cost(rounds: int, ours: Callable[[], object], other: Callable[[], object]) -> list[tuple[Cost, Cost]]:
	return in_turn(rounds, lambda: cost(ours), lambda: cost(other))


def ratios(pairs: list[tuple[Cost, Cost]], of: str = "clock") -> list[float]:
	return [getattr(ours, of) / getattr(other, of) for ours, other in pairs]


def processor_note(pairs: list[tuple[Cost, Cost]]) -> str:
	return f"processor time of this process: {statistics.median(ratios(pairs, 'processor')):.2f}"


def milliseconds(costs: list[Cost], per: int) -> str:
	return f"{statistics.median(each.clock for each in costs) * 1000 / per:.1f} ms"


def database_processor() -> Callable[[], float]:
	"""Return a clock of the processor seconds that the database has spent on this connection.

	The database has to run on this machine: Linux tells it of the thread (MariaDB) or process (PostgreSQL) that serves us.
	"""
	question = (
		"select tid from information_schema.processlist where id = connection_id()"
		if frappe.db.db_type == "mariadb"
		else "select pg_backend_pid()"
	)
	number = frappe.db.sql(question)[0][0]
	file = Path(f"/proc/{number}/task/{number}/schedstat")

	def clock() -> float:
		return int(file.read_text().split()[0]) / 1e9

	return clock


def database_seconds() -> float | None:
	"""Processor time of the database since it began, when it runs on this machine."""
	if frappe.db.db_type != "mariadb":
		return None
	try:
		process = Path(frappe.db.sql("select @@pid_file")[0][0]).read_text().strip()
		fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
	except OSError:
		return None
	return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def processor_milliseconds(work: Callable[[], object], rounds: int = 15) -> list[float]:
	"""Return the processor time of this process and the database together, by round.

	In milliseconds; the database's time is a mean of all rounds.
	"""
	work()
	before = database_seconds()
	costs: list[Cost] = [cost(work) for _round in range(rounds)]
	after = database_seconds()
	database = (after - before) / rounds if before is not None else 0
	return [(each.processor + database) * 1000 for each in costs]


def rows_read(work: Callable[[], object]) -> int | None:
	"""Return how many rows and entries of indexes the database reads for some work.

	None on PostgreSQL, which does not count them for one connection.
	"""
	if frappe.db.db_type != "mariadb":
		return None

	def read() -> int:
		return sum(int(number) for _name, number in frappe.db.sql("show session status like 'Handler_read%'"))

	first, before = read(), read()
	work()
	# To read the numbers reads rows as well.
	return read() - before - (before - first)


@contextmanager
def statements() -> Iterator[list[str]]:
	"""The SQL statements of this process in the block."""
	found: list[str] = []
	execute = frappe.db.sql

	def noted(query, *args, **kwargs):
		found.append(str(query))
		return execute(query, *args, **kwargs)

	frappe.db.sql = noted
	try:
		yield found
	finally:
		del frappe.db.sql
