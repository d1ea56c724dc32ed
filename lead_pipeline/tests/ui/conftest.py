"""Tests in a real browser against the running web server."""

import os
from pathlib import Path

import pytest

# The fixtures of a test on a site hold here, too: pytest finds them by name.
from lead_pipeline.tests.integration.conftest import clean_transaction, connected_site  # noqa: F401
from lead_pipeline.tests.ui.desk import browser


@pytest.fixture(scope="session")
def chromium():
	with browser() as running:
		yield running


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
	"""Keep a picture of what the user saw when a test failed, if LEAD_PIPELINE_PICTURES names a folder."""
	outcome = yield
	desk, folder = item.funcargs.get("desk"), os.environ.get("LEAD_PIPELINE_PICTURES")
	if desk and folder and call.when == "call" and outcome.get_result().failed:
		desk.page.screenshot(path=Path(folder) / f"failed-{item.name}.png")
