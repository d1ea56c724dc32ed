"""`docs/coverage.md` names tests that there are, and says of every line where it is shown."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PAGE = TESTS.parents[1] / "docs" / "coverage.md"

# An installed app has no docs; the repository has.
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="needs the repository")


def names(path: Path) -> set[str]:
	tree = ast.parse(path.read_text())
	return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_every_test_that_the_page_names_is_there():
	known = defaultdict(set)
	for path in TESTS.rglob("test_*.py"):
		known[path.stem] |= names(path)
	named = re.findall(r"`(test_\w+)::(\w+)`", PAGE.read_text())
	assert named
	assert [f"{file}::{name}" for file, name in named if name not in known[file]] == []


def test_every_line_says_where_it_is_shown():
	rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
	bare = [row for row in rows if row.count("|") != 3 or not row.split("|")[2].strip()]
	assert bare == []
