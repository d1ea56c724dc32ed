"""How the tests are shared among sites."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import __main__, bench, commands
from sandbox.layout import Bench, Sources


@pytest.mark.parametrize(
	("arguments", "processors", "sites"),
	[([], 2, 2), ([], 8, 2), ([], 1, 1), (["tests/test_x.py"], 2, 1), (["-m", "slow"], 2, 1)],
)
def test_the_whole_suite_is_shared_among_two_sites(arguments: list[str], processors: int, sites: int) -> None:
	assert commands.sites_for(arguments, processors) == sites


def test_the_number_of_sites_is_not_an_argument_of_pytest() -> None:
	options, rest = __main__.split(["test", "--sites", "2", "-q", "tests/test_x.py"])
	assert options.sites == 2
	assert rest == ["-q", "tests/test_x.py"]


def test_a_copy_has_what_the_first_bench_has_in_a_place_of_its_own(tmp_path: Path) -> None:
	first = Bench(Sources(root=tmp_path / "root", state=tmp_path), "test")
	second = replace(first, number=2)
	assert second.folder != first.folder and second.lock != first.lock
	bench.lay_out(first)
	(first.config / "db-password").write_text("secret")
	bench.copy(first, second)
	assert (second.config / "db-password").read_text() == "secret"
	assert os.readlink(second.sites / "assets") == os.readlink(first.sites / "assets")
