"""The benchmarks and the load run find what they are made of."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODULES = [
	".".join(path.relative_to(ROOT).with_suffix("").parts)
	for path in sorted((ROOT / "benchmarks").rglob("*.py"))
	if not path.name.startswith("__")
]


@pytest.mark.parametrize("name", MODULES)
def test_a_benchmark_can_be_imported(name):
	importlib.import_module(name)
