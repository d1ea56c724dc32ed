"""What a rule that was committed leaves behind is taken away."""

import frappe
import pytest

from lead_pipeline.constants import LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.tests import site, visitors
from lead_pipeline.tests.assignment import RULE, make_rule
from lead_pipeline.tests.sales import committed_leads, forget_errors, wipe


@pytest.fixture
def own_leads():
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	frappe.clear_document_cache(SETTINGS, SETTINGS)


@pytest.fixture
def kept(clean_transaction):
	"""For what commits: rules, leads and settings are as before afterwards."""
	known = set(frappe.get_all(LEAD, pluck="name"))
	settings = frappe.db.get_single_value(SETTINGS, "lead_visibility")
	rules = []

	def keep(*users: str, **values):
		rules.append(make_rule(*users, **values))
		frappe.db.commit()
		return rules[-1]

	with committed_leads(0):
		yield keep
		site.start_over()
		frappe.db.set_single_value(SETTINGS, "lead_visibility", settings)
		for rule in rules:
			frappe.db.delete("ToDo", {"assignment_rule": rule.name})
			frappe.db.delete("Error Log", {"reference_name": rule.name})
			frappe.delete_doc(RULE, rule.name, force=True)
		made = [name for name in frappe.get_all(LEAD, pluck="name") if name not in known]
		for doctype in ("DocShare", "Notification Log"):
			field = "share_name" if doctype == "DocShare" else "document_name"
			frappe.db.delete(doctype, {field: ("in", made)})
		wipe(made)
		frappe.db.commit()


@pytest.fixture
def form(kept):
	"""A published form that a visitor can send at once."""
	with visitors.open_form() as form:
		yield form.name


@pytest.fixture(autouse=True)
def no_old_errors(clean_transaction):
	frappe.db.delete("Error Log", {"reference_doctype": RULE})
	yield
	forget_errors()
	frappe.db.rollback()
