"""The command line, run as on a server.

In a process of its own, on the site under test.
"""

import subprocess
import sys

import frappe

from lead_pipeline.tests import site


def bench(*arguments: str, of: str | None = None) -> subprocess.CompletedProcess:
	"""Run `bench --site SITE lead-pipeline …` from the folder of sites, as bench does."""
	program = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", of or site.SITE]
	frappe.db.commit()
	done = subprocess.run(
		[*program, "lead-pipeline", *arguments], cwd=site.SITES, capture_output=True, text=True, timeout=300
	)
	frappe.db.rollback()
	return done
