"""The first line of a docstring says in one short line what is done."""

import ast
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parents[2]
LONGEST = 80

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


def first_lines() -> Iterator[tuple[str, str]]:
	for module in sorted(APP.rglob("*.py")):
		for node in ast.walk(ast.parse(module.read_text())):
			if isinstance(node, DOCUMENTED) and (docstring := ast.get_docstring(node)):
				name = getattr(node, "name", "module")
				yield f"{module.relative_to(APP)}: {name}", docstring.splitlines()[0]


def test_the_first_line_is_short():
	assert [place for place, line in first_lines() if len(line) > LONGEST] == []
