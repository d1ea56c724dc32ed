"""The site under test, as the environment names it (`python3 -m sandbox test` sets it; a bench can, too)."""

import os

import frappe
from frappe import cache_manager

SITE = os.environ.get("LEAD_PIPELINE_SITE", "")
SITES = os.environ.get("LEAD_PIPELINE_SITES", "")
URL = os.environ.get("LEAD_PIPELINE_URL", "")
CHROMIUM = os.environ.get("LEAD_PIPELINE_CHROMIUM", "/usr/bin/chromium")
PASSWORD = "a-long-Passw0rd-for-tests"


def connect() -> None:
	"""Connect this process to the site; frappe expects to run in the folder of sites."""
	if not SITE:
		raise RuntimeError(
			"LEAD_PIPELINE_SITE and LEAD_PIPELINE_SITES are not set: run `python3 -m sandbox test`."
		)
	os.chdir(SITES)
	frappe.init(site=SITE, sites_path=".")
	frappe.connect()
	keep_metas()


def keep_metas() -> None:
	"""Let this process keep what it knows about DocTypes when it clears all caches.

	Every test does so, and every new user makes the framework do so; to read all DocTypes again takes longer than most
	tests. Who changes a DocType clears that one by name, which works as ever.
	"""
	clear = cache_manager._clear_doctype_cache_from_redis
	if clear.__name__ == "clear_but_keep_metas":
		# Another thread of this process has connected before.
		return

	def clear_but_keep_metas(doctype: str | None = None) -> None:
		if doctype:
			clear(doctype)
			return
		for key in set(cache_manager.doctype_cache_keys) - {"doctype_meta"}:
			frappe.cache.delete_value(key)
		frappe.cache.delete_keys("document_cache::")

	cache_manager._clear_doctype_cache_from_redis = clear_but_keep_metas


def start_over() -> None:
	"""Undo what is not committed and forget what a request would forget."""
	frappe.db.rollback()
	frappe.db.value_cache.clear()
	frappe.set_user("Administrator")
	frappe.local.message_log = []
	frappe.flags.currently_saving = []
	frappe.local.lead_pipeline_changed = set()
	frappe.local.dynamic_link_map = None
	frappe.clear_cache()
