"""Branches of the framework's repositories can be cloned by their names.

They are cloned from repositories of the test's own.
"""

import subprocess
from pathlib import Path

import pytest

from sandbox import __main__, branches, commands, layout
from sandbox.console import Console
from sandbox.errors import SandboxError
from sandbox.layout import Bench, sources_of
from sandbox.locks import Lock


def git(folder: Path, *arguments: str) -> str:
	who = ["-c", "user.name=Tests", "-c", "user.email=tests@example.com"]
	done = subprocess.run(["git", "-C", folder, *who, *arguments], capture_output=True, text=True, check=True)
	return done.stdout.strip()


@pytest.fixture
def official(tmp_path: Path, monkeypatch) -> Path:
	"""Create two repositories with a branch version-15 each, for the sandbox to find.

	They lie where the sandbox looks for them.
	"""
	folder = tmp_path / "official"
	for app in ("frappe", "erpnext"):
		package = folder / app / app
		package.mkdir(parents=True)
		(package / "__init__.py").write_text('__version__ = "15.101.1"\n')
		(package / "hooks.py").touch()
		(package / "modules.txt").touch()
		git(folder / app, "init", "--quiet", "--initial-branch=version-15")
		git(folder / app, "add", ".")
		git(folder / app, "commit", "--quiet", "-m", "first")
	monkeypatch.setenv(branches.VARIABLE, folder.as_uri())
	return folder


def fetch(bench: Bench) -> None:
	commands.fetch_branches(bench, Console())


def bench_on(state: Path, frappe: str = "version-15", *apps: str) -> Bench:
	return Bench(sources_of(frappe, list(apps), True, state), "test")


def test_the_branch_and_the_app_on_it_are_cloned_without_their_history(official, tmp_path: Path) -> None:
	git(official / "frappe", "commit", "--quiet", "--allow-empty", "-m", "second")
	bench = bench_on(tmp_path / "state", "version-15", "erpnext")
	fetch(bench)
	assert (bench.sources.frappe / "frappe" / "hooks.py").exists()
	assert list(bench.sources.checkouts) == ["frappe", "erpnext"]
	assert (bench.sources.checkouts["erpnext"] / "erpnext" / "hooks.py").exists()
	assert git(bench.sources.frappe, "rev-list", "--count", "HEAD") == "1"
	assert bench.sources.home != bench_on(tmp_path / "state").sources.home


def test_the_next_run_brings_the_newest_commit(official, tmp_path: Path) -> None:
	bench = bench_on(tmp_path / "state")
	fetch(bench)
	(official / "frappe" / "frappe" / "new.py").touch()
	git(official / "frappe", "add", ".")
	git(official / "frappe", "commit", "--quiet", "-m", "second")
	fetch(bench)
	assert (bench.sources.frappe / "frappe" / "new.py").exists()


def test_a_clone_stays_as_it_is_while_another_bench_runs(official, tmp_path: Path, capsys) -> None:
	bench = bench_on(tmp_path / "state")
	fetch(bench)
	(official / "frappe" / "frappe" / "new.py").touch()
	git(official / "frappe", "add", ".")
	git(official / "frappe", "commit", "--quiet", "-m", "second")
	demo = Lock(Bench(bench.sources, "demo").lock)
	demo.acquire("busy")
	try:
		fetch(bench)
	finally:
		demo.release()
	assert not (bench.sources.frappe / "frappe" / "new.py").exists()
	assert "stays as it is" in capsys.readouterr().out


def test_without_the_network_an_older_clone_does(official, tmp_path: Path, monkeypatch, capsys) -> None:
	bench = bench_on(tmp_path / "state")
	fetch(bench)
	monkeypatch.setenv(branches.VARIABLE, (tmp_path / "nowhere").as_uri())
	fetch(bench)
	assert (bench.sources.frappe / "frappe" / "hooks.py").exists()
	assert "the clone of frappe stays as it is" in capsys.readouterr().out


def test_a_branch_that_cannot_be_had_is_one_clear_sentence(official, tmp_path: Path) -> None:
	bench = bench_on(tmp_path / "state", "version-99")
	with pytest.raises(
		SandboxError, match="The branch version-99 of .*/frappe could not be cloned. Check its name"
	):
		fetch(bench)
	assert not bench.sources.frappe.exists()


def test_an_app_goes_with_the_version_of_a_checkout(official, tmp_path: Path) -> None:
	[branch] = sources_of(str(official / "frappe"), ["erpnext"], True, tmp_path).branches
	assert (branch.app, branch.name) == ("erpnext", "version-15")
	assert branches.branch_for("17.0.0-dev") == "develop"


def test_an_app_by_name_asks_for_which_framework(tmp_path: Path) -> None:
	with pytest.raises(SandboxError, match="--frappe version-15"):
		sources_of(None, ["erpnext"], True, tmp_path)


def test_a_folder_of_that_name_is_a_path(official, monkeypatch) -> None:
	monkeypatch.chdir(official)
	sources = sources_of("frappe", ["erpnext"], True)
	assert (sources.frappe, sources.branches) == (official / "frappe", ())


def test_the_command_line_takes_names(official) -> None:
	options, _rest = __main__.split(["test", "--frappe", "version-16", "--with", "erpnext"])
	sources = layout.sources_of(options.frappe, options.apps, True)
	assert [(branch.app, branch.name) for branch in sources.branches] == [
		("frappe", "version-16"),
		("erpnext", "version-16"),
	]
