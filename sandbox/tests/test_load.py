"""Parts of the load run: its mailbox, its tables, servers started again."""

import imaplib
from pathlib import Path

import pytest

from lead_pipeline.tests.mailbox import Mailbox
from sandbox import __main__, load_tables, ports
from sandbox.faults import FAULTS
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


def test_a_section_is_replaced_and_the_others_stay() -> None:
	text = load_tables.with_section("# Benchmarks\n\nWords.\n", "Load", "one")
	text = load_tables.with_section(text, "Faults", "two")
	text = load_tables.with_section(text, "Load", "three")
	assert text == "# Benchmarks\n\nWords.\n\n## Load\n\nthree\n\n## Faults\n\ntwo\n"


def run_with(**wrong: int) -> dict:
	checks = dict.fromkeys(load_tables.WRONG, 0) | wrong
	return {"checks": checks}


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
