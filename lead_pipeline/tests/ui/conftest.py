"""Tests in a real browser against the running web server."""

import pytest

from lead_pipeline.tests import site
from lead_pipeline.tests.ui.desk import browser

pytest_plugins = ["lead_pipeline.tests.integration.conftest"]


@pytest.fixture(scope="session")
def chromium():
	with browser() as running:
		yield running
