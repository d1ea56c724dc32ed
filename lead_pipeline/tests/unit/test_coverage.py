"""Check that `docs/coverage.md` names existing tests.

Each of them is about what its line says. Every line has a third column: words of which each of its tests has at least
one in its own text, its name not counted.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PAGE = TESTS.parents[1] / "docs" / "coverage.md"
NOT_YET = "*not yet*"

# An installed app has no docs; the repository has.
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="needs the repository")


def texts(path: Path) -> dict[str, str]:
	"""Return the source text of every function and class of a file, by name.

	The text is as it is written, but without the name of the function or class.
	"""
	source = path.read_text()
	lines = source.splitlines()
	found = {}
	for node in ast.walk(ast.parse(source)):
		if isinstance(node, ast.FunctionDef | ast.ClassDef):
			first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
			text = "\n".join(lines[first - 1 : node.end_lineno])
			found[node.name] = text.replace(node.name, "")
	return found


def rows() -> list[tuple[str, list[tuple[str, str]], list[str]]]:
	"""Return the lines of the table: statement, tests and words.

	Each test is given by its file, and its function or class.
	"""
	found = []
	for line in PAGE.read_text().splitlines():
		if line.startswith("| ") and not line.startswith(("| ---", "| what")):
			said, shown, words = (cell.strip() for cell in line.strip("|").split("|"))
			# Of a test in a class the function counts.
			tests = re.findall(r"`(test_\w+)::(?:Test\w+::)?(\w+)`", shown)
			found.append((said, tests, [word.strip() for word in words.split(",") if word.strip()]))
	return found


@pytest.fixture(scope="module")
def known() -> dict[str, dict[str, str]]:
	known = defaultdict(dict)
	for path in TESTS.rglob("test_*.py"):
		known[path.stem] |= texts(path)
	return known


def test_every_test_that_the_page_names_is_there(known):
	named = [test for _said, tests, _words in rows() for test in tests]
	assert named
	assert [f"{file}::{name}" for file, name in named if name not in known[file]] == []


def test_every_line_says_where_it_is_shown_or_that_it_is_not():
	page = PAGE.read_text().splitlines()
	lines = [line for line in page if line.startswith("| ") and not line.startswith("| ---")]
	assert [line for line in lines if line.count("|") != 4 or not line.split("|")[2].strip()] == []
	honest = [said for said, tests, words in rows() if not (tests and words)]
	assert [said for said in honest if not any(said in line and NOT_YET in line for line in lines)] == []


def test_every_test_speaks_of_what_its_line_says(known):
	silent = [
		f"{file}::{name} says none of {words} (for “{said}”)"
		for said, tests, words in rows()
		for file, name in tests
		if not any(word.lower() in known[file].get(name, "").lower() for word in words)
	]
	assert silent == []
