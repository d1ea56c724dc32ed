"""Run the suite for `bench --site SITE run-tests --app lead_pipeline`.

That command knows unittest only. pytest itself leaves this file out (see conftest.py).
"""

import os
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

import frappe
import requests
from frappe.utils import get_site_path, get_url
from frappe.utils.password import get_encryption_key

TESTS = Path(__file__).parent
# What pytest says when PYTEST_ADDOPTS chooses no test of a folder.
NOTHING_CHOSEN = 5
# Seconds for which each process of Frappe 16 keeps a site's configuration.
CONFIGURATION_KEPT = 60
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class TestSuite(unittest.TestCase):
	def test_decisions_without_a_site(self) -> None:
		self.run_pytest("unit")

	def test_documents_on_this_site(self) -> None:
		self.expect_a_web_server()
		self.run_pytest("integration")

	def test_pages_in_a_browser(self) -> None:
		self.expect_a_web_server()
		if not find_browser():
			self.skipTest(
				"Install Chromium, or name it in LEAD_PIPELINE_CHROMIUM, to run the tests in a browser."
			)
		self.run_pytest("ui")

	def run_pytest(self, folder: str) -> None:
		"""Run the tests in `folder` in a process of their own.

		Options come from PYTEST_ADDOPTS.
		"""
		# The runner has switched off the scheduler: nobody can write settings before that is committed.
		frappe.db.commit()
		command = [sys.executable, "-m", "pytest", str(TESTS / folder), "-q"]
		code = subprocess.run(command, cwd=TESTS.parents[1], env=os.environ | describe_site()).returncode
		self.assertIn(code, (0, NOTHING_CHOSEN), f"Tests in {folder}/ have failed: pytest names them above.")

	def expect_a_web_server(self) -> None:
		give_encryption_key()
		address = describe_site()["LEAD_PIPELINE_URL"]
		try:
			requests.get(f"{address}/api/method/ping", timeout=10).raise_for_status()
		except requests.RequestException:
			self.fail(
				f"The site does not answer at {address}: run `bench start` in another terminal, or name its "
				"address in LEAD_PIPELINE_URL."
			)


def give_encryption_key() -> None:
	"""Give a new site its key before the tests and the web server would each make one.

	A process that has read the configuration without it makes another one, and cannot read what this one has encrypted.
	"""
	if not frappe.local.conf.get("encryption_key"):
		get_encryption_key()
		time.sleep(CONFIGURATION_KEPT)


def describe_site() -> dict[str, str]:
	"""Return what the tests are told about the site, as variables of the environment."""
	sites = Path(get_site_path()).resolve().parent
	return {
		"LEAD_PIPELINE_BENCH": str(sites.parent),
		"LEAD_PIPELINE_SITES": str(sites),
		"LEAD_PIPELINE_SITE": frappe.local.site,
		"LEAD_PIPELINE_URL": os.environ.get("LEAD_PIPELINE_URL") or get_url(),
		"LEAD_PIPELINE_DB": frappe.db.db_type,
		"LEAD_PIPELINE_CHROMIUM": find_browser(),
	}


def find_browser() -> str:
	"""Return the path of a Chromium, empty when there is none."""
	names = filter(None, (os.environ.get("LEAD_PIPELINE_CHROMIUM"), *BROWSERS))
	return next(filter(None, map(shutil.which, names)), "")
