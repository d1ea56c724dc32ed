"""Who imports, and what is taken away again."""

import frappe
import pytest

from lead_pipeline.tests.factories import make_user
from lead_pipeline.tests.imports import Imports
from lead_pipeline.tests.migrations import Migrations


@pytest.fixture
def imports(clean_transaction):
	made = Imports()
	yield made
	made.undo()


@pytest.fixture
def manager(clean_transaction):
	user = make_user("Sales Manager", "Sales User", email="import-manager@example.com")
	frappe.db.commit()
	frappe.set_user(user)
	return user


@pytest.fixture
def migrations(clean_transaction):
	made = Migrations()
	yield made
	made.undo()
