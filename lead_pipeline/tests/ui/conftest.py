"""Tests in a real browser against the running web server."""

import os
from pathlib import Path

import frappe
import pytest

from lead_pipeline.constants import LEAD, LEAD_TYPE
from lead_pipeline.tests import site, worker
from lead_pipeline.tests.factories import make_user
from lead_pipeline.tests.ui.board import Fair
from lead_pipeline.tests.ui.browser import browser
from lead_pipeline.tests.ui.desk import Desk


@pytest.fixture(scope="package", autouse=True)
def true_caches(connected_site):
	"""Empty the caches once, before the tests in the browser.

	Earlier tests have read records into them that they never committed.
	"""
	site.start_over()


@pytest.fixture(autouse=True)
def clean_transaction(connected_site):
	"""Start each test in a new transaction, and undo it at the end.

	The web server does the work: its caches stay, so that a page of the desk comes in half the time.
	"""
	site.stay_off_midnight(60)
	site.forget_what_this_process_knows()
	yield
	site.undo()


@pytest.fixture(scope="session")
def chromium():
	with browser() as running:
		yield running


@pytest.fixture(scope="session")
def open_window(chromium):
	"""Log in a new user with these roles and return their window.

	It is closed at the end of all tests.
	"""
	windows = []

	def open_window(*roles: str, **window) -> Desk:
		user = make_user(*roles, password=site.PASSWORD)
		frappe.db.commit()
		windows.append(Desk(chromium, user, site.PASSWORD, **window))
		return windows[-1]

	yield open_window
	for window in windows:
		window.close()


@pytest.fixture(scope="session")
def sales_user(open_window):
	# Who sells on a site with a sales app looks items up, too.
	further = [role for role in ("Stock User",) if frappe.db.exists("Role", role)]
	return open_window("Sales User", *further)


@pytest.fixture(scope="session")
def sales_manager(open_window):
	return open_window("Sales Manager", "Sales User")


@pytest.fixture
def desk(sales_user):
	"""The window of a Sales User; no page may have had a JavaScript error at the end."""
	yield from without_errors(sales_user)


@pytest.fixture
def manager(sales_manager):
	"""The same for a Sales Manager."""
	yield from without_errors(sales_manager)


@pytest.fixture(scope="session")
def small_window(open_window):
	return open_window("Sales User", viewport={"width": 390, "height": 844})


@pytest.fixture
def phone(small_window):
	"""The window of a Sales User on the way."""
	yield from without_errors(small_window)


@pytest.fixture
def fair(clean_transaction):
	"""Leads of one campaign, by which a board shows them alone; gone afterwards."""
	fair = Fair()
	yield fair
	fair.forget()


@pytest.fixture(scope="session", autouse=True)
def working_worker(connected_site):
	"""Whatever tests before these have asked of it."""
	worker.work()


@pytest.fixture
def free_worker(clean_transaction):
	"""For what waits for the worker: it has no jobs of other tests to do first."""
	worker.forget_jobs()


def without_errors(window: Desk):
	window.errors.clear()
	forget_filters(window.user)
	yield window
	assert window.errors == []


def forget_filters(user: str) -> None:
	"""Delete the saved filters of a user, so that lists open as for the first time.

	The framework keeps the filters that a user has set last.
	"""
	frappe.cache.hdel("_user_settings", f"{LEAD}::{user}")
	frappe.db.delete("__UserSettings", {"user": user, "doctype": LEAD})
	frappe.db.commit()


@pytest.fixture(autouse=True)
def no_type_left(clean_transaction):
	"""Delete the lead types that a test has made.

	The only lead type of a site becomes the type of every further lead.
	"""
	before = set(frappe.get_all(LEAD_TYPE, pluck="name"))
	yield
	frappe.db.rollback()
	for name in set(frappe.get_all(LEAD_TYPE, pluck="name")) - before:
		frappe.db.set_value(LEAD, {"lead_type": name}, "lead_type", None, update_modified=False)
		site.delete(LEAD_TYPE, name)
	frappe.db.commit()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
	"""Hook (pytest): Save a screenshot when a test failed.

	Only if LEAD_PIPELINE_PICTURES names a folder. It shows what the user saw.
	"""
	outcome = yield
	folder = os.environ.get("LEAD_PIPELINE_PICTURES")
	windows = [window for window in item.funcargs.values() if isinstance(window, Desk)]
	if folder and call.when == "call" and outcome.get_result().failed:
		for number, window in enumerate(windows):
			window.page.screenshot(path=Path(folder) / f"failed-{item.name}-{number}.png")
