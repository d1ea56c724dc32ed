"""People who are told, and leads that they are told of."""

import frappe
import pytest

from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site
from lead_pipeline.tests.bell import GERMAN, GONE, MANAGER, NORTH, PEOPLE, SOUTH
from lead_pipeline.tests.factories import make_user


@pytest.fixture(autouse=True)
def people(clean_transaction):
	"""Provide users who stay on the site.

	Making a user takes longer than most tests. Other managers of the site are on holiday.
	"""
	for user in (MANAGER, GERMAN):
		make_user("Sales Manager", "Sales User", email=user)
	for user in (NORTH, SOUTH, GONE):
		make_user("Sales User", email=user)
	frappe.db.set_value("User", GERMAN, "language", "de")
	frappe.db.delete("Notification Log", {"for_user": ("in", PEOPLE)})
	frappe.db.commit()
	yield
	frappe.set_user("Administrator")
	frappe.db.rollback()
	frappe.db.set_value("User", {"name": ("in", PEOPLE)}, "enabled", 1)
	frappe.db.delete("Notification Log", {"for_user": ("in", PEOPLE)})
	frappe.db.commit()


@pytest.fixture
def leads(people):
	"""Names of leads that were committed, to be deleted afterwards."""
	names = []
	yield names
	site.start_over()
	for name in names:
		site.delete(LEAD, name)
	frappe.db.commit()
