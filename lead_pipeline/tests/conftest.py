"""For all tests: how long a generated example takes says something about the machine only."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_machine")

# The way in for `bench run-tests`, which runs pytest itself.
collect_ignore = ["test_suite.py"]


def load_printing() -> None:
	"""Import a module of the framework where it finds the folder for its log: it opens that when it is imported."""
	before = os.getcwd()
	os.chdir(os.environ["LEAD_PIPELINE_SITES"])
	try:
		import frappe.utils.pdf  # noqa: F401
	finally:
		os.chdir(before)


if "LEAD_PIPELINE_SITES" in os.environ:
	load_printing()
