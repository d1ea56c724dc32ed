"""Raw SQL, commits and bypassed permissions have their reason beside them.

That is SQL in the database's own words, the end of a transaction, and what is done past permissions.
"""

import ast
import re
from pathlib import Path

APP = Path(__file__).parents[2]
CALL = re.compile(
	r"frappe\.db\.(commit|sql|sql_ddl|multisql)\(|ignore_permissions ?= ?True|(?<!super\(\))\.db_insert\("
)

# Lines above the call among which a comment or the end of a docstring has to be.
ABOVE = 4


def has_reason(lines: list[str], number: int) -> bool:
	above = lines[max(0, number - ABOVE) : number]
	return any("#" in line or '"""' in line for line in above)


def test_each_has_its_reason():
	wrong = []
	for module in sorted(APP.rglob("*.py")):
		if "tests" in module.relative_to(APP).parts:
			continue
		lines = module.read_text().splitlines()
		wrong += [
			f"{module.relative_to(APP)}:{number + 1} {line.strip()}"
			for number, line in enumerate(lines)
			if CALL.search(line) and not has_reason(lines, number)
		]
	assert not wrong


def lists(module: Path) -> list[ast.Call]:
	return [
		node
		for node in ast.walk(ast.parse(module.read_text()))
		if isinstance(node, ast.Call) and ast.unparse(node.func) in ("frappe.get_all", "frappe.get_list")
	]


def test_each_list_names_its_order():
	"""Each list names its order, or None where a set is made of it.

	The default is another one in each version of the framework.
	"""
	wrong = [
		f"{module.relative_to(APP)}:{call.lineno}"
		for module in sorted(APP.rglob("*.py"))
		if "tests" not in module.relative_to(APP).parts
		for call in lists(module)
		if not any(keyword.arg in ("order_by", None) for keyword in call.keywords)
	]
	assert not wrong
