"""Each helper of the tests has one place.

No test module is imported by another, and the status is asked in one way.
"""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]
MODULES = sorted(TESTS.rglob("*.py"))


def test_no_test_module_is_imported_by_another():
	wrong = {
		f"{module.relative_to(TESTS)} imports {node.module}"
		for module in MODULES
		for node in ast.walk(ast.parse(module.read_text()))
		if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lead_pipeline.tests.")
		for name in [node.module.rpartition(".")[2]]
		if name.startswith("test_") or name == "conftest"
	}
	assert not wrong


def test_the_status_of_a_lead_is_asked_in_one_way():
	found = [
		str(module.relative_to(TESTS))
		for module in MODULES
		for node in ast.parse(module.read_text()).body
		if isinstance(node, ast.FunctionDef)
		and node.name == "status"
		and [each.arg for each in node.args.args] == ["lead"]
	]
	assert found == ["leads.py"]
