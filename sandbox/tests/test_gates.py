"""What is looked for in the code unrun: weak calls, rules of the house, secrets, licences."""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sandbox.layout import ROOT, STATE

# Licences of libraries that a product under the MIT licence may require. LGPL: imported as it is, not changed.
ALLOWED = {"Apache-2.0", "BSD-3-Clause", "ISC", "LGPL-2.1-or-later", "MIT"}

# What a password in the tests and in the demo is called; they open nothing but sites on the loopback address.
NO_SECRETS = {
	"sandbox/demo/data.py": "PASSWORD",
	"sandbox/site.py": "PASSWORD",
}


SEMGREP = "1.185.0"
RULES = ROOT / "sandbox" / "semgrep"

# A checkout of github.com/frappe/semgrep-rules, whose rules are asked too where it is.
FRAMEWORKS_RULES = os.environ.get("FRAPPE_SEMGREP_RULES")
# Those of the framework's rules that are not followed here.
NOT_FOLLOWED = {
	"frappe-manual-commit": "a job or a command ends its own transaction; test_raw_sql.py wants the reason beside it",
	"frappe-using-db-sql": "what frappe.qb cannot say; test_raw_sql.py wants the reason beside it",
	"frappe-no-functional-code": "map and filter with a named function are read as easily",
	"overusing-args": "the desk sends `args`; the methods here that answer in the framework's place hand it on",
	"frappe-monkey-patching-not-allowed": "takes a field of a document for one of a module that was imported above",
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


@pytest.fixture(scope="module")
def semgrep() -> Path:
	"""Return semgrep, which is installed once.

	In an environment of its own: its requirements contradict the framework's.
	"""
	python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
	folder = STATE / "downloads" / f"semgrep-{SEMGREP}-{python}"
	done = folder / "done"
	if not done.exists():
		shutil.rmtree(folder, ignore_errors=True)
		run("venv", "--without-pip", str(folder))
		pip = ["pip", "--python", str(folder / "bin" / "python"), "--retries", "1"]
		run(*pip, "install", "--quiet", "--no-compile", f"semgrep=={SEMGREP}")
		if not (folder / "bin" / "semgrep").exists():
			pytest.skip(f"semgrep {SEMGREP} cannot be had from the package index here")
		done.touch()
	return folder / "bin" / "semgrep"


def findings(semgrep: Path, rules: Path, *options: str) -> list[tuple[str, str, int]]:
	"""Return rule, file and line of what is found, without telling anybody on the Internet."""
	command = [semgrep, "scan", *("--metrics=off", "--disable-version-check"), "--quiet", "--json"]
	env = os.environ | {"SEMGREP_SETTINGS_FILE": str(semgrep.parents[1] / "settings.yml")}
	answer = subprocess.run(
		[*command, "--config", rules, *options],
		cwd=ROOT,
		env=env,
		capture_output=True,
		text=True,
		timeout=600,
	)
	found = json.loads(answer.stdout) if answer.stdout else pytest.fail(answer.stderr)
	assert [error["message"] for error in found["errors"]] == []
	return [
		(each["check_id"].rpartition(".")[2], each["path"], each["start"]["line"])
		for each in found["results"]
	]


def examples(word: str) -> list[tuple[str, int]]:
	"""Return rule and line of the examples below a comment that begins with `word`."""
	lines = (RULES / "rules.py").read_text().splitlines()
	return [
		(mark[1], number + 2)
		for number, line in enumerate(lines)
		if (mark := re.fullmatch(rf"\s*# {word}: ([\w-]+)", line))
	]


def test_the_app_keeps_the_rules_of_the_house_and_each_rule_finds_what_it_is_for(semgrep: Path) -> None:
	example = str((RULES / "rules.py").relative_to(ROOT))
	found = findings(semgrep, RULES / "rules.yml", "lead_pipeline", example)
	assert [each for each in found if each[1] != example] == []
	assert sorted((rule, line) for rule, file, line in found if file == example) == sorted(examples("ruleid"))


def test_each_rule_of_the_house_has_a_bad_and_a_good_example() -> None:
	rules = set(re.findall(r"^  - id: ([\w-]+)$", (RULES / "rules.yml").read_text(), re.MULTILINE))
	assert {rule for rule, _line in examples("ruleid")} == rules
	assert {rule for rule, _line in examples("ok")} == rules


@pytest.mark.skipif(
	not FRAMEWORKS_RULES, reason="FRAPPE_SEMGREP_RULES names no checkout of github.com/frappe/semgrep-rules"
)
def test_the_app_keeps_the_rules_of_the_framework(semgrep: Path, tmp_path: Path) -> None:
	listed = [
		rule
		for file in sorted((Path(FRAMEWORKS_RULES) / "rules").glob("*.yml"))
		for rule in yaml.safe_load(file.read_text())["rules"]
	]
	assert NOT_FOLLOWED.keys() <= {rule["id"] for rule in listed}
	followed = [rule for rule in listed if rule["id"] not in NOT_FOLLOWED]
	(tmp_path / "rules.yml").write_text(yaml.safe_dump({"rules": followed}))
	assert findings(semgrep, tmp_path / "rules.yml", "lead_pipeline") == []


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
