"""Run the benchmarks and write one table.

Called as `python3 -m sandbox benchmark [--leads N] [--record] [NAME ...]`.
"""

import importlib
import os
import platform
import sys
from pathlib import Path

import frappe

from benchmarks import record
from benchmarks.figures import Figure
from lead_pipeline.tests import site

NAMES = (
	"inserts",
	"enquiries",
	"enquiry_page",
	"imports",
	"inbound_mail",
	"rivals",
	"sales",
	"unrelated",
	"form",
	"hostile_mails",
	"board",
	"jobs",
	"reports",
	"workspace",
	"lists",
	"search",
	"growth",
)
HEAD = ("", "measured", "ours", "other", "ratio", "95 % of runs", "goal", "")


def main(names: list[str]) -> int:
	if "--leads" in names:
		place = names.index("--leads")
		_option, os.environ["LEAD_PIPELINE_BENCH_LEADS"] = names[place : place + 2]
		names = names[:place] + names[place + 2 :]
	is_kept = "--record" in names
	names = [name for name in names if name != "--record"]
	unknown = set(names) - set(NAMES)
	if unknown:
		print(f"There is no benchmark {', '.join(sorted(unknown))}. There are: {', '.join(NAMES)}.")
		return 2
	target = Path(os.environ.get("LEAD_PIPELINE_BENCH", ".")).resolve() / "benchmark.md"
	site.connect()
	figures = []
	for name in names or NAMES:
		print(f"{name} ...", flush=True)
		found = importlib.import_module(f"benchmarks.{name}").measure()
		# Who stops a long run has what was measured until then.
		print("\n".join([*rows(found)[2:], *notes(found)]), flush=True)
		figures += found
		if is_kept:
			record.keep(found)
	table = "\n".join([*rows(figures), "", *notes(figures), "", machine()])
	target.write_text(table + "\n")
	print(f"\n{table}\n\nWritten to {target}")
	return 0


def rows(figures: list[Figure]) -> list[str]:
	lines = [HEAD, ("---",) * len(HEAD)]
	for figure in figures:
		low, high = figure.interval
		measured = (figure.id, figure.what, figure.ours, figure.other, f"{figure.ratio:.2f}")
		lines.append((*measured, f"{low:.2f} to {high:.2f}", figure.limit, figure.verdict))
	return [f"| {' | '.join(line)} |" for line in lines]


def notes(figures: list[Figure]) -> list[str]:
	return [f"- {figure.id}: {note}" for figure in figures for note in figure.notes]


def machine() -> str:
	version = frappe.db.sql("select version()")[0][0]
	load = ", ".join(f"{number:.1f}" for number in os.getloadavg())
	apps = ", ".join(frappe.get_installed_apps())
	return (
		f"{os.cpu_count()} processors ({platform.machine()}), load {load}; Python {platform.python_version()}; "
		f"{frappe.db.db_type} {version}; Frappe {frappe.__version__}; {apps}"
	)


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
