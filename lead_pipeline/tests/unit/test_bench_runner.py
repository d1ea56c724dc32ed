"""The tests under `bench run-tests --app lead_pipeline`.

What Frappe's runner imports and finds, and what it says without pytest.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("frappe")

APP = Path(__file__).parents[2]

# As the runners of Frappe 15 and 16 walk through an app; on a bench the repository's own folder is on no path.
RUNNER = """
import importlib, sys, unittest
from pathlib import Path

app = Path(sys.argv[1])
for name in sys.argv[2:]:
	sys.modules[name] = None
for file in sorted(app.glob("**/test_*.py")):
	parts = file.relative_to(app.parent).with_suffix("").parts
	module = importlib.import_module(".".join(parts))
	for tests in unittest.defaultTestLoader.loadTestsFromModule(module):
		for test in tests:
			print(test.id())
"""


def run_as_bench(bench: Path, *missing: str) -> subprocess.CompletedProcess:
	"""Run the runner in the folder of sites, as bench does.

	The framework opens its logs beside that folder.
	"""
	for folder in ("sites", "logs"):
		(bench / folder).mkdir()
	env = {name: value for name, value in os.environ.items() if not name.startswith("LEAD_PIPELINE_")}
	command = [sys.executable, "-c", RUNNER, str(APP), *missing]
	return subprocess.run(command, capture_output=True, text=True, env=env, cwd=bench / "sites")


def test_the_runner_finds_the_suite_and_nothing_else(tmp_path):
	done = run_as_bench(tmp_path, "sandbox")
	assert done.returncode == 0, done.stderr
	assert {line.rpartition(".TestSuite.")[2] for line in done.stdout.splitlines()} == {
		"test_decisions_without_a_site",
		"test_documents_on_this_site",
		"test_pages_in_a_browser",
	}


def test_without_pytest_one_sentence_says_what_to_install(tmp_path):
	done = run_as_bench(tmp_path, "pytest")
	assert done.returncode == 1
	assert done.stderr.strip() == (
		"The tests of lead_pipeline need pytest and more: run `bench setup requirements --dev lead_pipeline`."
	)


def test_bench_and_the_sandbox_install_the_same():
	tomllib = pytest.importorskip("tomllib")
	project = tomllib.loads((APP.parent / "pyproject.toml").read_text())
	for_bench = [f"{name}{pins}" for name, pins in project["tool"]["bench"]["dev-dependencies"].items()]
	assert for_bench == project["project"]["optional-dependencies"]["test"]
