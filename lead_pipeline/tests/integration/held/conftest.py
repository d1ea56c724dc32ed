"""The form that visitors fill in, without limits that would hold them back, and who looks through what is held."""

import frappe
import pytest

from lead_pipeline.tests import site, visitors
from lead_pipeline.tests.factories import make_user
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.visitors import Visitor, settings


@pytest.fixture(scope="module")
def form(connected_site):
	site.start_over()
	form = visitors.make_form()
	frappe.db.commit()
	limits = dict.fromkeys(("web_minimum_seconds", "web_limit_sender", "web_limit_form", "web_limit_site"), 0)
	with settings(**limits):
		yield form
	visitors.forget()
	frappe.delete_doc("Web Form", form.name, force=True)
	frappe.db.commit()


@pytest.fixture
def visitor(form):
	return Visitor(form.name)


@pytest.fixture(scope="module")
def seller(connected_site):
	site.start_over()
	return Client(make_user("Sales User"))
