"""Tests without a site compute everything themselves."""

import sys

import pytest


@pytest.fixture(scope="session", autouse=True)
def forget_what_was_computed():
	"""Let functions that remember their results begin anew.

	A tool that changes a function and runs the tests in a copy of this process would else be told the old results.
	"""
	for name, module in list(sys.modules.items()):
		if name.startswith("lead_pipeline.domain."):
			for value in vars(module).values():
				getattr(value, "cache_clear", lambda: None)()
