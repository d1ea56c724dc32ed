"""Contract tests and private names of `framework/`.

There is a contract test for each of its files, and no private name of the framework anywhere else.
"""

import re
from pathlib import Path

from lead_pipeline.tests.contract.private_names import APP, private_names

# What stands on nothing but Python and the app's own names.
PLAIN = {"failure_log", "per_request", "selection"}


def test_every_file_has_its_contract():
	files = {path.stem for path in (APP / "framework").glob("*.py")} - {"__init__"}
	contracts = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
	assert files - PLAIN == contracts - {"framework_files"}
	assert files >= PLAIN


def test_private_names_are_used_in_this_room_only():
	assert {place for place, _name in private_names() if not place.startswith("framework/")} == set()


def test_the_readme_counts_them():
	told = re.search(r"\*\*(\d+)\*\* private names", (APP / "framework/README.md").read_text())
	assert int(told[1]) == len(private_names())


def test_the_readme_names_every_file():
	text = (APP / "framework/README.md").read_text()
	missing = [path.name for path in (APP / "framework").glob("*.py") if f"({path.name})" not in text]
	assert missing == ["__init__.py"]
