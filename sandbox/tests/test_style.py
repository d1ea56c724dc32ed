"""One version of each tool says what the style is, wherever it is named."""

import ast
import re
import subprocess

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


def test_the_sources_are_of_the_oldest_python() -> None:
	"""What `requires-python` names, as far as the parser of a newer one can tell."""
	[oldest] = pinned("pyproject.toml", r'requires-python = ">=3\.(\d+)"')
	files = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
	for file in files.stdout.split():
		tree = ast.parse((ROOT / file).read_text(), file, feature_version=(3, int(oldest)))
		newer = [
			node.lineno
			for node in ast.walk(tree)
			if isinstance(node, ast.Subscript)
			and any(isinstance(part, ast.Starred) for part in getattr(node.slice, "elts", [node.slice]))
		]
		assert not newer, f"{file}:{newer}: a star in brackets is of Python 3.11"
