"""Unique names of functions in the app.

So that grep and jump-to-definition lead to the function that is meant.
"""

import ast
from collections import Counter
from pathlib import Path

APP = Path(__file__).parents[2]

# In percent of all functions of modules: hooks, what all reports have, what two forms ask for by the same word.
MOST_SHARED = 10


def functions() -> Counter:
	return Counter(
		node.name
		for module in APP.rglob("*.py")
		if not {"tests", "patches"} & set(module.relative_to(APP).parts)
		for node in ast.parse(module.read_text()).body
		if isinstance(node, ast.FunctionDef)
	)


def test_few_functions_share_their_name():
	found = functions()
	shared = {name: number for name, number in found.items() if number > 1}
	assert sum(shared.values()) * 100 <= MOST_SHARED * sum(found.values()), shared
