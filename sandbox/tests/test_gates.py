"""What is looked for in the code unrun: weak calls, secrets, licences."""

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.layout import ROOT

# Licences of libraries that a product under the MIT licence may require. LGPL: imported as it is, not changed.
ALLOWED = {"Apache-2.0", "BSD-3-Clause", "ISC", "LGPL-2.1-or-later", "MIT"}

# What a password in the tests and in the demo is called; they open nothing but sites on the loopback address.
NO_SECRETS = {
	"sandbox/demo/data.py": "PASSWORD",
	"sandbox/site.py": "PASSWORD",
}


def run(*arguments: str) -> str:
	"""Run a tool of this Python environment on the repository; return its output."""
	return subprocess.run(
		[sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300
	).stdout


def code(*folders: str) -> list[str]:
	"""The modules in these folders, without their tests."""
	return [
		str(module.relative_to(ROOT))
		for folder in folders
		for module in sorted((ROOT / folder).rglob("*.py"))
		if "tests" not in module.relative_to(ROOT).parts
	]


def test_the_app_makes_no_call_that_bandit_warns_of() -> None:
	"""Bandit finds nothing but what a `nosec` beside it answers."""
	pytest.importorskip("bandit")
	found = json.loads(run("bandit", "-q", "-f", "json", *code("lead_pipeline")))
	assert not found["errors"]
	assert [
		f"{each['filename']}:{each['line_number']} {each['issue_text']}" for each in found["results"]
	] == []


def test_no_secret_is_in_the_code() -> None:
	pytest.importorskip("detect_secrets")
	settings = [".github/workflows/ci.yml", ".pre-commit-config.yaml", ".ci/run", "pyproject.toml"]
	files = [*code("lead_pipeline", "sandbox", "benchmarks"), *settings]
	# Random-looking words are hashes of downloads and names of DocTypes here.
	entropy = [f"--disable-plugin={name}" for name in ("Base64HighEntropyString", "HexHighEntropyString")]
	found = json.loads(run("detect_secrets", "scan", "--no-verify", *entropy, *files))["results"]
	lines = {
		f"{file}: {(ROOT / file).read_text().splitlines()[each['line_number'] - 1]}"
		for file, those in found.items()
		for each in those
	}
	assert {line for line in lines if not is_known(line)} == set()


def is_known(line: str) -> bool:
	file, _colon, text = line.partition(": ")
	return text.startswith(f"{NO_SECRETS.get(file, '-')} = ")


def declared_licences() -> dict[str, str]:
	"""Return the licence that `pyproject.toml` names beside each library."""
	text = (ROOT / "pyproject.toml").read_text()
	listed = text[text.index("\ndependencies = [") :].partition("\n]")[0]
	return dict(re.findall(r'"([\w-]+)[^"]*", # (\S+)', listed))


@pytest.mark.parametrize("library", declared_licences())
def test_a_library_has_the_licence_that_is_named_and_one_that_may_be_required(library: str) -> None:
	named = declared_licences()[library]
	assert named in ALLOWED
	about = importlib.metadata.metadata(library)
	said = " ".join(
		[
			about.get("License-Expression") or "",
			about.get("License") or "",
			*(line for line in about.get_all("Classifier") or [] if line.startswith("License")),
		]
	)
	# Older packages write it in words: Apache License 2.0.
	family = re.match(r"[A-Z]+", named.upper())[0]
	assert family in said.upper(), said


def test_the_public_checks_ask_for_known_vulnerabilities() -> None:
	"""`pip-audit` needs a service on the Internet, so it runs there and not here."""
	assert "pip-audit" in Path(ROOT / ".github" / "workflows" / "ci.yml").read_text()
