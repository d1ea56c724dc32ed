"""The site is warned when another app overrides a method before this app.

The method is one of the framework, which this app overrides, too.
"""

import frappe
import pytest

from lead_pipeline.constants import SETTINGS
from lead_pipeline.visibility import health

COUNT = "frappe.client.get_count"
THEIRS = "other_app.api.count"


@pytest.fixture
def another_app(monkeypatch):
	"""Simulate an app installed before and after this one that overrides the count.

	It has a function of its own for the count.
	"""
	real = frappe.get_hooks

	def get_hooks(hook=None, default=None, app_name=None):
		found = real(hook, default, app_name) if default is not None else real(hook, app_name=app_name)
		if hook == "override_whitelisted_methods" and not app_name:
			found = dict(found)
			found[COUNT] = [THEIRS, *found.get(COUNT, []), THEIRS]
		return found

	monkeypatch.setattr(frappe, "get_hooks", get_hooks)


def test_a_site_without_such_an_app_is_healthy():
	assert health.health_warnings() == []
	before = frappe.db.count("Error Log")
	health.report()
	assert frappe.db.count("Error Log") == before


def test_an_app_in_our_place_is_named(another_app):
	assert health.methods_of_others() == {COUNT: THEIRS}
	told, advice = health.health_warnings()
	assert COUNT in told and THEIRS in told
	assert "uninstall" in advice


def test_the_error_log_says_so_once_a_day(another_app):
	title = "Another app stands in the place of Lead Pipeline"
	frappe.db.delete("Error Log", {"method": title})
	health.report()
	health.report()
	(entry,) = frappe.get_all("Error Log", filters={"method": title}, fields=["error"])
	assert THEIRS in entry.error


def test_the_settings_show_it(another_app):
	settings = frappe.get_doc(SETTINGS)
	settings.run_method("onload")
	assert THEIRS in settings.get_onload("health_warnings")[0]


def test_a_class_that_does_not_build_on_ours_is_named(monkeypatch):
	from frappe.email.doctype.email_account.email_account import EmailAccount

	from lead_pipeline.framework import overrides

	real = overrides.get_controller
	monkeypatch.setattr(
		overrides,
		"get_controller",
		lambda doctype: EmailAccount if doctype == "Email Account" else real(doctype),
	)
	assert health.classes_of_others() == ["Email Account"]
	assert "Email Account" in health.health_warnings()[0]
