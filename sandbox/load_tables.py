"""The tables of the load runs, as sections of docs/benchmarks.md."""

import json
import re
from collections import Counter
from pathlib import Path

LOAD, FAULTS = "Load", "Faults"
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


NOTES = (
	"- An error is an answer that is none: while the database is away or refuses to write, the framework answers 500. "
	"Visitors send again until they are answered; who gives up is not counted as answered.",
	"- `mariadb`, `redis-…`, `web`, `worker`: SIGKILL, started again at the repair; `redis-hangs`: SIGSTOP and SIGCONT.",
	"- `full-disk`: the database on a file system in memory with 24 MB left, which are filled; needs root. InnoDB "
	"refuses at once; for a MyISAM table (the framework's Error Log) MariaDB itself waits up to a minute for space, and "
	"who writes there waits with it.",
	"- `read-only`: `SET GLOBAL read_only = 1`; the site's user has no right to write all the same.",
	"- `clock`: web servers and workers read the clock through libfaketime (Debian's package faketime; Redis does not "
	"start with it), an hour ahead between the "
	"fault and its repair; what waits for a time that passes (`CLOCK_MONOTONIC`) is not moved.",
)


def write(document: Path, results: Path) -> int:
	"""Write what the runs have left in `results` into `document`.

	Returns 0 when nothing was wrong in any of them, else 1.
	"""
	runs = {file.stem: json.loads(file.read_text()) for file in sorted(results.glob("*.json"))}
	runs = {name: run for name, run in runs.items() if "checks" in run}
	text = document.read_text() if document.exists() else "# Benchmarks\n"
	if "load" in runs:
		text = with_section(text, LOAD, load_section(runs["load"]))
	faults = {name: run for name, run in runs.items() if name != "load"}
	if faults:
		text = with_section(text, FAULTS, fault_section(faults))
	document.write_text(text)
	print(text)
	return int(any(wrong(run) for run in runs.values()))


def with_section(text: str, title: str, body: str) -> str:
	"""Replace the section `title`, or add it at the end."""
	section = f"## {title}\n\n{body.strip()}\n"
	found = re.search(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
	if not found:
		return f"{text.rstrip()}\n\n{section}"
	return f"{text[: found.start()]}{section}\n{text[found.end() :]}".rstrip() + "\n"


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
			f"({total / run['seconds']:.1f} a second). {machine(run)}",
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


def fault_section(runs: dict[str, dict]) -> str:
	rows = [
		"| fault | requests | errors | enquiries: answered, lost, twice | mails: sent, lost, twice "
		"| documents: answered, lost, twice | disagree before, after repair | logs that do not replay |",
		"| --- | --- | --- | --- | --- | --- | --- | --- |",
	]
	for name, run in runs.items():
		checks = run["checks"]
		rows.append(
			f"| `{name}`: {run['what']} | {len(run['requests'])} | {errors(run['requests'])} "
			f"| {three(checks, 'enquiries', 'answered')} | {three(checks, 'mails', 'sent')} "
			f"| {three(checks, 'documents', 'answered')} "
			f"| {checks['disagree before repair']}, {checks['disagree after repair']} "
			f"| {checks['logs that do not replay']} |"
		)
	leads = max(run["checks"]["leads"] for run in runs.values())
	return "\n".join(
		[
			"`python3 -m sandbox load --faults` writes this.",
			"",
			f"A minute of the same load for each, among {leads:,} leads; the fault begins after 15 seconds and is "
			f"mended after 15 more. {machine(next(iter(runs.values())))}",
			"",
			*rows,
			"",
			*NOTES,
		]
	)


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
		f"{known['processors']} processors for people and servers together, load of the machine "
		f"{', '.join(map(str, known['load']))}; Python {known['python']}; {known['database']}; Frappe "
		f"{known['frappe']} with {', '.join(known['apps'][1:])}; 4 web processes of 4 threads, 2 workers."
	)
