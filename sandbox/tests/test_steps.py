"""Stamps, locks, and what makes a step run again."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import __main__, layout, site
from sandbox.console import Console
from sandbox.errors import SandboxError
from sandbox.locks import Lock
from sandbox.stamps import Stamps, digest, digest_of_files

HOLDER = """
import sys, time
from pathlib import Path
from sandbox.locks import Lock
Lock(Path(sys.argv[1])).acquire("busy")
print("held", flush=True)
time.sleep(60)
"""


def test_a_step_is_done_only_with_the_same_inputs(tmp_path: Path) -> None:
	stamps = Stamps(tmp_path / "stamps")
	assert not stamps.done("pip", "one")
	stamps.write("pip", "one")
	assert Stamps(tmp_path / "stamps").done("pip", "one")
	assert not stamps.done("pip", "two")
	stamps.forget()
	assert not stamps.done("pip", "one")


def test_a_failed_change_marks_the_thing_as_broken_and_a_good_one_does_not(tmp_path: Path) -> None:
	stamps = Stamps(tmp_path)
	with stamps.fragile("site"):
		assert stamps.broken("site")
	assert not stamps.broken("site")
	with pytest.raises(KeyboardInterrupt), stamps.fragile("site"):
		raise KeyboardInterrupt
	assert stamps.broken("site")


def test_the_digest_tells_parts_and_file_names_apart(tmp_path: Path) -> None:
	assert digest("ab", "c") != digest("a", "bc")
	(tmp_path / "a").write_text("x")
	before = digest_of_files(tmp_path, tmp_path.iterdir())
	(tmp_path / "a").rename(tmp_path / "b")
	assert digest_of_files(tmp_path, tmp_path.iterdir()) != before


@pytest.mark.parametrize(
	("file", "migrates"),
	[
		("crm/doctype/lead/lead.json", True),
		("hooks.py", True),
		("patches/v1/rename.py", True),
		("patches.txt", True),
		("setup/apply.py", True),
		("documents/events.py", False),
		("crm/doctype/lead/lead.py", False),
		("public/js/board.js", False),
		("tests/data.json", False),
	],
)
def test_which_files_call_for_a_migration(tmp_path: Path, file: str, migrates: bool) -> None:
	path = tmp_path / file
	path.parent.mkdir(parents=True, exist_ok=True)
	path.write_text("")
	assert (path in site.schema_files(tmp_path)) is migrates


@pytest.mark.parametrize("edited", [False, True])
def test_an_app_that_joins_leaves_the_migration_of_the_others_to_be_done(
	tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edited: bool
) -> None:
	files = {"crm": "1", "erpnext": "1"}
	monkeypatch.setattr(
		site, "fingerprint", lambda bench, apps: str([(app, files[app]) for app in sorted(apps)])
	)
	ran: list[str] = []
	monkeypatch.setattr(site, "run_command", lambda bench, failed, *words, log="": ran.append(words[2]))
	bench = layout.Bench(layout.Sources(state=tmp_path), "test")
	stamps = Stamps(bench.stamps)
	site.install(bench, stamps, "erpnext", Console())
	files["erpnext"] = "2" if edited else "1"
	site.install(bench, stamps, "crm", Console())
	site.migrate(bench, stamps, Console())
	assert ran == ["install-app", "install-app", *(["migrate"] if edited else [])]


def test_a_site_has_one_key_for_its_passwords_from_its_start(tmp_path: Path) -> None:
	config = tmp_path / "site_config.json"
	config.write_text('{"db_name": "some_name"}')
	site.give_encryption_key(config)
	first = json.loads(config.read_text())
	assert first["db_name"] == "some_name"
	assert len(base64.urlsafe_b64decode(first["encryption_key"])) == 32, "what Fernet takes for a key"
	site.give_encryption_key(config)
	assert json.loads(config.read_text()) == first


def test_a_second_command_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
	file = tmp_path / "bench.lock"
	with subprocess.Popen([sys.executable, "-c", HOLDER, file], stdout=subprocess.PIPE, text=True) as other:
		assert other.stdout.readline() == "held\n"
		assert Lock(file).holder() == other.pid
		with pytest.raises(SandboxError, match=f"process {other.pid} has it"):
			Lock(file).acquire("process {pid} has it")
		other.kill()
	assert Lock(file).holder() is None
	lock = Lock(file)
	lock.acquire("busy")
	lock.release()


def test_a_second_build_waits_for_the_first(tmp_path: Path) -> None:
	file = tmp_path / "build.lock"
	with subprocess.Popen([sys.executable, "-c", HOLDER, file], stdout=subprocess.PIPE, text=True) as other:
		other.stdout.readline()
		waited: list[int] = []

		def waiting(pid: int) -> None:
			waited.append(pid)
			other.kill()

		lock = Lock(file)
		lock.acquire("", waiting)
		assert waited == [other.pid]
		lock.release()


def app(root: Path, name: str) -> Path:
	checkout = root / f"{name}-checkout"
	(checkout / name).mkdir(parents=True)
	(checkout / name / "hooks.py").touch()
	(checkout / name / "modules.txt").touch()
	return checkout


@pytest.mark.parametrize("real", ["erpnext", "crm"])
def test_the_stand_in_is_never_beside_what_it_imitates(tmp_path: Path, real: str) -> None:
	assert layout.STAND_IN in layout.sources_of(None, [], True).app_roots
	assert layout.STAND_IN not in layout.sources_of(None, [], False).app_roots
	beside = layout.sources_of(None, [str(app(tmp_path, real))], True)
	assert layout.STAND_IN not in beside.app_roots
	assert list(beside.app_roots)[-1] == layout.APP


def test_each_choice_of_sources_has_a_folder_of_its_own(tmp_path: Path) -> None:
	first, second = str(app(tmp_path, "erpnext")), str(app(tmp_path, "hrms"))
	choices = [[], [first], [second], [first, second]]
	assert len({layout.sources_of(None, apps, True).home for apps in choices}) == 4


def test_a_path_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
	with pytest.raises(SandboxError, match="not a checkout"):
		layout.sources_of(None, [str(tmp_path)], True)
	with pytest.raises(SandboxError, match="not a checkout of the framework"):
		layout.sources_of(str(app(tmp_path, "erpnext")), [], True)


def test_the_command_line_takes_how_many_leads_are_measured() -> None:
	options, rest = __main__.split(["benchmark", "reports", "--leads", "5"])
	assert (options.names, options.leads, rest) == (["reports"], 5, [])
	assert __main__.split(["benchmark"])[0].leads is None
