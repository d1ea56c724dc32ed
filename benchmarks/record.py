"""Keep figures in docs/benchmarks.md: a row for each figure and place, the last measurement."""

import os
import platform
from datetime import date
from pathlib import Path

import frappe

from benchmarks.figures import Figure

FILE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = (
	"",
	"what",
	"ours",
	"other",
	"measured",
	"95 of 100 runs",
	"goal",
	"",
	"besides",
	"measured on",
	"day",
)
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
# The columns that say which figure a row is.
KEY = (0, 1, 9)

Row = tuple[str, ...]


def keep(figures: list[Figure]) -> None:
	"""Write the figures into docs/benchmarks.md, in place of older ones from the same kind of site."""
	before, _begin, rest = FILE.read_text().partition(BEGIN)
	table, _end, after = rest.partition(END)
	rows = {key(row): row for row in read(table)}
	rows |= {key(row): row for row in map(row_of, figures)}
	lines = [HEAD, ("---",) * len(HEAD), *sorted(rows.values(), key=order)]
	text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
	FILE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def read(table: str) -> list[Row]:
	lines = [line for line in table.splitlines() if line.startswith("| ")]
	return [tuple(cell.strip() for cell in line[1:-1].split("|")) for line in lines[2:]]


def key(row: Row) -> Row:
	return tuple(row[place] for place in KEY)


def order(row: Row) -> tuple[int, Row]:
	"""R2 before R10."""
	return int(row[0].strip("R") or 0), key(row)


def row_of(figure: Figure) -> Row:
	low, high = figure.interval
	cells = (
		figure.id,
		figure.what,
		figure.ours,
		figure.other,
		f"{figure.ratio:.2f}",
		f"{low:.2f} to {high:.2f}",
		figure.limit,
		figure.verdict,
		"; ".join(figure.notes),
		place(),
		date.today().isoformat(),
	)
	# A bar would begin a cell.
	return tuple(cell.replace("|", "/").replace("\n", " ") for cell in cells)


def place() -> str:
	"""Return machine and versions, as far as figures differ by them."""
	version = frappe.db.sql("select version()")[0][0].partition("-")[0].partition(" (")[0]
	apps = [app for app in frappe.get_installed_apps() if app not in ("frappe", "lead_pipeline")]
	named = ", ".join(f"{app} {getattr(frappe.get_module(app), '__version__', '')}".strip() for app in apps)
	return (
		f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}, "
		f"{frappe.db.db_type} {version}, Frappe {frappe.__version__}, {named or 'no other app'}"
	)
