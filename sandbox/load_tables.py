"""The tables of the load runs, as sections of docs/benchmarks.md."""

import json
import re
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

from sandbox.faults import FAULTS

LOAD_TITLE, FAULTS_TITLE = "Load", "Faults"
# What has to be 0 after each run.
WRONG = (
	"enquiries lost",
	"enquiries twice",
	"mails lost",
	"mails twice",
	"documents lost",
	"documents twice",
	"documents at another state",
	"sales at a wrong status",
	"disagree after repair",
	"failures after repair",
	"logs that do not replay",
)

SERVERS = "People and servers share the machine; 4 web processes of 4 threads, 2 workers."
HEADING = (
	"| fault | requests | errors | enquiries: answered, lost, twice | mails: sent, lost, twice "
	"| documents: answered, lost, twice | disagree before, after repair | logs that do not replay | leads | run |",
	"| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
)
ROW = r"^\| `([\w-]+)`: .*\|$"
NOTES = (
	"- An error is an answer that is none: while the database is away or refuses to write, the framework answers 500. "
	"Visitors send again until they are answered; who gives up is not counted as answered.",
	"- `mariadb`, `redis-…`, `web`, `worker`: SIGKILL, started again at the repair; `redis-hangs`: SIGSTOP and SIGCONT.",
	"- `full-disk`: the database on a file system in memory with 24 MB left, which are filled; needs root. InnoDB "
	"refuses at once; for a MyISAM table (the framework's Error Log) MariaDB itself waits up to a minute for space, and "
	"who writes there waits with it.",
	"- `read-only`: `SET GLOBAL read_only = 1`; the site's user has no right to write all the same.",
	"- `clock`: web servers and workers read the clock an hour ahead between the fault and its repair (`sandbox/clock.c`), "
	"the database and Redis the right one; what waits for a time that passes (`CLOCK_MONOTONIC`) is not moved.",
)


def write(document: Path, result: Path) -> int:
	"""Write what a run has left in the file `result` into `document`.

	The file has the name of the fault, or `load`; rows of other faults stay. Returns 0 when nothing was wrong in the
	run, else 1.
	"""
	name, run = result.stem, json.loads(result.read_text())
	text = document.read_text() if document.exists() else "# Benchmarks\n"
	if name == "load":
		title, body = LOAD_TITLE, load_section(run)
	else:
		title, body = FAULTS_TITLE, fault_section(rows_of(text) | {name: fault_row(name, run)})
	document.write_text(with_section(text, title, body))
	print(body, flush=True)
	return int(bool(wrong(run)))


def with_section(text: str, title: str, body: str) -> str:
	"""Replace the section `title`, or add it at the end."""
	section = f"## {title}\n\n{body.strip()}\n"
	found = find_section(text, title)
	if not found:
		return f"{text.rstrip()}\n\n{section}"
	return f"{text[: found.start()]}{section}\n{text[found.end() :]}".rstrip() + "\n"


def find_section(text: str, title: str) -> re.Match | None:
	return re.search(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)


def rows_of(text: str) -> dict[str, str]:
	"""Return the rows of the faults that the document has, by the fault's name."""
	section = find_section(text, FAULTS_TITLE)
	return {row[1]: row[0] for row in re.finditer(ROW, section[0], re.MULTILINE)} if section else {}


def wrong(run: dict) -> dict[str, int]:
	return {name: run["checks"][name] for name in WRONG if run["checks"][name]}


def load_section(run: dict) -> str:
	checks = run["checks"]
	rows = ["| request | count | p50 ms | p95 ms | errors |", "| --- | --- | --- | --- | --- |"]
	kinds: dict[str, list[dict]] = {}
	for request in run["requests"]:
		kinds.setdefault(request["kind"], []).append(request)
	for kind, found in sorted(kinds.items()):
		rows.append(
			f"| {kind} | {len(found)} | {quantile(found, 0.5)} | {quantile(found, 0.95)} | {errors(found)} |"
		)
	total = len(run["requests"])
	return "\n".join(
		[
			"`python3 -m sandbox load` writes this.",
			"",
			f"{run['seconds'] / 60:g} minutes, {checks['leads']:,} leads at the end, {total:,} requests "
			f"({total / run['seconds']:.1f} a second). {day(run['begun'])}: {machine(run)}. {SERVERS}",
			"",
			*rows,
			"",
			f"Of {checks['enquiries answered']:,} answered enquiries lost {checks['enquiries lost']}, twice "
			f"{checks['enquiries twice']}; of {checks['mails sent']:,} mails lost {checks['mails lost']}, twice "
			f"{checks['mails twice']}; of {checks['documents answered']:,} documents lost "
			f"{checks['documents lost']}, twice {checks['documents twice']}, at another state "
			f"{checks['documents at another state']}. Leads that disagreed with their documents before the repair "
			f"job: {checks['disagree before repair']}, after it: {checks['disagree after repair']}. Logs that do "
			f"not replay to the status: {checks['logs that do not replay']} of {checks['logs']:,}.",
		]
	)


def fault_row(name: str, run: dict) -> str:
	"""Return the row for a run of a fault, with the day and the machine of this run."""
	checks = run["checks"]
	return (
		f"| `{name}`: {run['what']} | {len(run['requests'])} | {errors(run['requests'])} "
		f"| {three(checks, 'enquiries', 'answered')} | {three(checks, 'mails', 'sent')} "
		f"| {three(checks, 'documents', 'answered')} "
		f"| {checks['disagree before repair']}, {checks['disagree after repair']} "
		f"| {checks['logs that do not replay']} | {checks['leads']:,} | {day(run['begun'])}: {machine(run)} |"
	)


def fault_section(rows: dict[str, str]) -> str:
	"""Return the section with these rows, in the order in which faults are listed."""
	return "\n".join(
		[
			"`python3 -m sandbox load --faults` writes this; with names of faults it writes their rows alone.",
			"",
			"A minute of the same load for each; the fault begins after 15 seconds and is mended after 15 more. "
			f"{SERVERS}",
			"",
			*HEADING,
			*(rows[name] for name in FAULTS if name in rows),
			"",
			*NOTES,
		]
	)


def day(moment: float) -> str:
	return f"{datetime.fromtimestamp(moment, timezone.utc):%-d %B %Y}"


def three(checks: dict, what: str, of: str) -> str:
	return f"{checks[f'{what} {of}']}, {checks[f'{what} lost']}, {checks[f'{what} twice']}"


def quantile(rows: list[dict], share: float) -> str:
	"""Return the milliseconds below which `share` of the answered requests stayed."""
	seconds = sorted(row["seconds"] for row in rows if not row["error"])
	return f"{seconds[min(len(seconds) - 1, int(len(seconds) * share))] * 1000:.0f}" if seconds else ""


def errors(rows: list[dict]) -> str:
	found = Counter(row["error"] for row in rows if row["error"])
	return ", ".join(f"{count} of {error}" for error, count in found.most_common()) or "0"


def machine(run: dict) -> str:
	known = run["machine"]
	return (
		f"{known['processors']} processors, load of the machine {', '.join(map(str, known['load']))}; "
		f"Python {known['python']}; {known['database']}; Frappe {known['frappe']} with "
		f"{', '.join(known['apps'][1:])}"
	)
