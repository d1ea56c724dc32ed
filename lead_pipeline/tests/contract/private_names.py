"""Count the private names of the framework that the app uses.

Run it with `python lead_pipeline/tests/contract/private_names.py`.

A name is private when it begins with an underscore and the app does not define it itself, or when the app sets it on the
connection to the database.
"""

import ast
import sys
from pathlib import Path

APP = Path(__file__).parents[2]

# Documented all the same: the framework's dictionary, the column of assignments, and what a named tuple has.
PUBLIC = {"_dict", "_assign", "_replace", "_asdict", "_fields"}


def modules(app: Path) -> list[Path]:
	return [path for path in sorted(app.rglob("*.py")) if "tests" not in path.relative_to(app).parts]


def is_private(name: str) -> bool:
	return name.startswith("_") and not name.startswith("__") and name != "_" and name not in PUBLIC


def own_names(trees: list[ast.Module]) -> set[str]:
	"""Return the names with an underscore that the app defines itself.

	These are names of its own functions, variables and attributes.
	"""
	found = set()
	for tree in trees:
		for node in ast.walk(tree):
			if isinstance(node, ast.FunctionDef) and not is_method(node, tree):
				found.add(node.name)
			elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
				found.add(node.id)
	return {name for name in found if is_private(name)}


def is_method(function: ast.FunctionDef, tree: ast.Module) -> bool:
	return any(isinstance(node, ast.ClassDef) and function in node.body for node in ast.walk(tree))


def private_names(app: Path = APP) -> set[tuple[str, str]]:
	"""Pairs of a file of the app and a private name of the framework in it."""
	trees = {path: ast.parse(path.read_text()) for path in modules(app)}
	own = own_names(list(trees.values()))
	return {
		(str(path.relative_to(app)), name)
		for path, tree in trees.items()
		for node in ast.walk(tree)
		for name in names_in(node)
		if name not in own
	}


def names_in(node: ast.AST) -> list[str]:
	if isinstance(node, ast.Attribute) and is_private(node.attr):
		return [node.attr]
	if isinstance(node, ast.ClassDef):
		return [
			each.name for each in node.body if isinstance(each, ast.FunctionDef) and is_private(each.name)
		]
	if isinstance(node, ast.Assign):
		return [
			ast.unparse(target) for target in node.targets if ast.unparse(target).startswith("frappe.db.")
		]
	return names_in_call(node) if isinstance(node, ast.Call) else []


def names_in_call(call: ast.Call) -> list[str]:
	function, *arguments = (ast.unparse(part) for part in (call.func, *call.args))
	if function in ("inspect.unwrap", "sys._getframe"):
		return [function]
	if function == "setattr" and arguments[0] == "frappe.db":
		return ["setattr(frappe.db)"]
	if function in ("getattr", "setattr") and is_private(arguments[1].strip("'")):
		return [arguments[1].strip("'")]
	return []


if __name__ == "__main__":
	found = private_names(*map(Path, sys.argv[1:2]))
	for place, name in sorted(found):
		print(f"{place}: {name}")
	print(len(found))
