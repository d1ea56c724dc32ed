"""One version of each tool says what the style is, wherever it is named."""

import re

from sandbox.layout import ROOT


def pinned(file: str, pattern: str) -> list[str]:
	return re.findall(pattern, (ROOT / file).read_text())


def test_ruff_is_pinned_to_one_version() -> None:
	[for_hooks] = pinned(".pre-commit-config.yaml", r"ruff-pre-commit\n    rev: v(\S+)")
	assert set(pinned("pyproject.toml", r"ruff(?: = \")?==([\d.]+)")) == {for_hooks}
	assert set(pinned("CONTRIBUTING.md", r"ruff==([\d.]+)")) <= {for_hooks}


def test_prettier_is_pinned_to_one_version() -> None:
	[for_hooks] = pinned(".pre-commit-config.yaml", r"mirrors-prettier\n    rev: v(\S+)")
	assert set(pinned("CONTRIBUTING.md", r"prettier@([\d.]+)")) == {for_hooks}


def test_the_public_checks_run_the_hooks_and_no_tool_of_their_own() -> None:
	workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
	assert "pre-commit run --all-files" in workflow
	assert "ruff" not in workflow and "prettier" not in workflow
