"""The app runs where only approved hash functions are available (FIPS).

It uses neither SHA-1 nor MD5.
"""

import ast
from pathlib import Path

APP = Path(__file__).parents[2]
REFUSED = {"md5", "sha1"}


def test_no_hash_is_used_that_such_systems_refuse():
	found = {
		f"{module.relative_to(APP)} uses {name}"
		for module in APP.rglob("*.py")
		if "tests" not in module.relative_to(APP).parts
		for node in ast.walk(ast.parse(module.read_text()))
		for name in (getattr(node, "attr", None), getattr(node, "id", None), getattr(node, "value", None))
		if isinstance(name, str) and name.lower() in REFUSED
	}
	assert found == set()
