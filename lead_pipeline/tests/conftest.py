"""Fixtures and hooks for all tests.

The site, for those that ask for it; and which of them need a browser.
"""

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long a generated example takes says something about the machine only.
settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_machine")

# The way in for `bench run-tests`, which runs pytest itself.
collect_ignore = ["test_suite.py"]


def take_site() -> None:
	"""Take the own one of the sites that share the tests (`python3 -m sandbox test`)."""
	worker = os.environ.get("PYTEST_XDIST_WORKER")
	if worker:
		sites = json.loads(os.environ["LEAD_PIPELINE_SHARED"])
		os.environ.update(sites[int(worker.removeprefix("gw"))])


take_site()


def load_printing() -> None:
	"""Import the framework's module for printing from the folder of sites.

	The module opens its log when it is imported, and finds the folder for it there.
	"""
	before = os.getcwd()
	os.chdir(os.environ["LEAD_PIPELINE_SITES"])
	try:
		import frappe.utils.pdf  # noqa: F401
	finally:
		os.chdir(before)


if "LEAD_PIPELINE_SITES" in os.environ:
	load_printing()
else:
	# Tests without a site have no folder for logs either.
	os.environ.setdefault("FRAPPE_STREAM_LOGGING", "1")


@pytest.fixture(scope="session")
def connected_site():
	"""This process, connected to the site under test."""
	import frappe

	from lead_pipeline.tests import site

	site.connect()
	# What another version of the apps has left in the caches.
	frappe.clear_cache()
	yield
	frappe.destroy()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items) -> None:
	"""Mark what needs a browser: `-m "not ui"` leaves it out.

	Where sites share the tests, one takes the files of `integration/`, which take about half of the time, and another
	the rest, each in the order of the files. Before pytest-xdist looks at the marks.
	"""
	here = Path(__file__).parent
	for item in items:
		if item.path.is_relative_to(here / "ui"):
			item.add_marker(pytest.mark.ui)
		if config.pluginmanager.hasplugin("xdist"):
			group = "integration" if item.path.is_relative_to(here / "integration") else "others"
			item.add_marker(pytest.mark.xdist_group(group))
