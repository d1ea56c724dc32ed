"""Parts of the load run: its mailbox, its tables, servers started again."""

import imaplib
import json
import os
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from lead_pipeline.tests.mailbox import Mailbox
from sandbox import __main__, faults, load_tables, ports
from sandbox.faults import FAULTS
from sandbox.layout import ROOT, Bench, Sources
from sandbox.processes import Service

SERVER = """
import http.server, sys
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.BaseHTTPRequestHandler).serve_forever()
"""


def test_the_mailbox_gives_each_mail_until_it_is_marked_as_seen() -> None:
	mailbox = Mailbox()
	mailbox.put(b"Subject: one\r\n\r\nText")
	mailbox.put(b"Subject: two\r\n\r\nText")
	with imaplib.IMAP4("127.0.0.1", mailbox.port) as client:
		client.login("user", "secret")
		client.select("INBOX")
		assert client.uid("search", None, "UNSEEN")[1] == [b"1 2"]
		found = client.uid("fetch", "1", "(BODY.PEEK[] BODY.PEEK[HEADER] FLAGS)")[1][0]
		assert found[1] == b"Subject: one\r\n\r\nText"
		client.uid("STORE", "1", "+FLAGS", "(\\SEEN)")
		assert client.uid("search", None, "UNSEEN")[1] == [b"2"]
	assert mailbox.unseen() == [2]
	mailbox.shutdown()


def test_a_server_that_was_killed_can_be_started_again_at_its_port(tmp_path: Path) -> None:
	(port,) = ports.free(1)
	service = Service("server", ["python3", "-c", SERVER, str(port)], tmp_path, port=port)
	service.start()
	service.wait_until(lambda: ports.answers(port))
	before = service.process.pid
	service.kill()
	assert not service.alive() and not ports.answers(port)
	service.start()
	service.wait_until(lambda: ports.answers(port))
	assert service.process.pid != before
	service.stop()


READER = """
import sys, time
for _line in sys.stdin:
	began = time.monotonic()
	time.sleep(0.01)
	print(time.time() - float(_line), time.monotonic() - began, flush=True)
"""


def test_a_clock_is_turned_while_a_program_runs_and_waiting_is_not(tmp_path: Path) -> None:
	bench = Bench(Sources(state=tmp_path), "load")
	bench.logs.mkdir(parents=True)
	with faults.with_a_clock_to_turn(bench) as setting:
		reader = subprocess.Popen(
			[sys.executable, "-c", READER],
			env=os.environ | setting.env,
			stdin=subprocess.PIPE,
			stdout=subprocess.PIPE,
			text=True,
		)
		for ahead in (0, faults.HOUR, 0):
			faults.turn_clock(bench, ahead)
			print(time.time(), file=reader.stdin, flush=True)
			seen, waited = map(float, reader.stdout.readline().split())
			assert seen == pytest.approx(ahead, abs=60)
			assert 0.01 <= waited < 60
	reader.communicate()


def test_a_section_is_replaced_and_the_others_stay() -> None:
	text = load_tables.with_section("# Benchmarks\n\nWords.\n", "Load", "one")
	text = load_tables.with_section(text, "Faults", "two")
	text = load_tables.with_section(text, "Load", "three")
	assert text == "# Benchmarks\n\nWords.\n\n## Load\n\nthree\n\n## Faults\n\ntwo\n"


MACHINE = {
	"processors": 2,
	"load": [1.5, 2, 3],
	"python": "3.11.7",
	"database": "mariadb 10.11",
	"frappe": "15.0.0",
	"apps": ["frappe", "lead_pipeline"],
}


def run_with(day: int = 29, leads: int = 100_000, **wrong: int) -> dict:
	"""Return what a run leaves, on a day of November 2026."""
	numbers = ("enquiries answered", "mails sent", "documents answered", "disagree before repair", "logs")
	checks = dict.fromkeys((*load_tables.WRONG, *numbers), 0) | {"leads": leads} | wrong
	begun = datetime(2026, 11, day, 12, tzinfo=timezone.utc).timestamp()
	return {
		"checks": checks,
		"what": "something ends",
		"seconds": 60,
		"begun": begun,
		"requests": [{"kind": "list", "seconds": 0.1, "error": None}],
		"machine": MACHINE,
	}


def written(folder: Path, name: str, run: dict) -> int:
	"""Write the result of a run, and then the document of `folder`."""
	(folder / f"{name}.json").write_text(json.dumps(run))
	return load_tables.write(folder / "benchmarks.md", folder / f"{name}.json")


def fault_rows(folder: Path) -> list[list[str]]:
	lines = (folder / "benchmarks.md").read_text().splitlines()
	return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| `")]


def test_a_run_of_one_fault_leaves_the_rows_of_the_others(tmp_path: Path) -> None:
	written(tmp_path, "web", run_with(day=27, leads=21_703))
	written(tmp_path, "mariadb", run_with(day=28))
	before = {row[0]: row for row in fault_rows(tmp_path)}
	written(tmp_path, "mariadb", run_with(day=29))
	written(tmp_path, "clock", run_with(day=29))
	rows = fault_rows(tmp_path)
	assert [row[0] for row in rows] == [f"`{name}`: something ends" for name in ("web", "mariadb", "clock")]
	assert rows[0] == before["`web`: something ends"]
	assert rows[0][-2:] == [
		"21,703",
		"27 November 2026: 2 processors, load of the machine 1.5, 2, 3; Python 3.11.7; mariadb 10.11; "
		"Frappe 15.0.0 with lead_pipeline",
	]
	assert rows[1][-1].startswith("29 November 2026: ")


def test_a_load_and_a_fault_leave_each_others_section(tmp_path: Path) -> None:
	assert written(tmp_path, "web", run_with()) == 0
	assert written(tmp_path, "load", run_with(day=30) | {"seconds": 600}) == 0
	assert len(fault_rows(tmp_path)) == 1
	assert "10 minutes, 100,000 leads" in (tmp_path / "benchmarks.md").read_text()
	assert written(tmp_path, "web", run_with(**{"enquiries lost": 1})) == 1
	assert "10 minutes, 100,000 leads" in (tmp_path / "benchmarks.md").read_text()


def test_every_row_of_the_faults_is_kept_and_as_wide_as_its_heading() -> None:
	text = (ROOT / "docs" / "benchmarks.md").read_text()
	rows = load_tables.rows_of(text)
	section = load_tables.find_section(text, load_tables.FAULTS_TITLE)[0]
	assert len(rows) == section.count("\n| `")
	assert rows.keys() <= FAULTS.keys()
	assert {row.count("|") for row in rows.values()} == {load_tables.HEADING[0].count("|")}


def test_what_is_lost_or_twice_is_wrong() -> None:
	assert not load_tables.wrong(run_with())
	assert load_tables.wrong(run_with(**{"mails lost": 2})) == {"mails lost": 2}


@pytest.mark.parametrize(
	("arguments", "faults"),
	[([], None), (["--faults"], []), (["--faults", "web", "clock"], ["web", "clock"])],
)
def test_faults_are_chosen_by_name(arguments: list[str], faults: list[str] | None) -> None:
	options, _rest = __main__.split(["load", "--minutes", "0.5", "--leads", "10", *arguments])
	assert options.faults == faults
	assert set(faults or ()) <= FAULTS.keys()
