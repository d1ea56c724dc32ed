"""SQL in the database's own words, and the end of a transaction, have their reason beside them."""

import re
from pathlib import Path

APP = Path(__file__).parents[2]
CALL = re.compile(r"frappe\.db\.(commit|sql|sql_ddl|multisql)\(")

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
