"""The site under test, as the environment names it.

`python3 -m sandbox test` sets it; a bench can, too.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import frappe
from frappe import cache_manager
from frappe.realtime import clear_realtime_log
from frappe.utils import caching, get_system_timezone
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from lead_pipeline.status import after_commit, recompute

SITE = os.environ.get("LEAD_PIPELINE_SITE", "")
SITES = os.environ.get("LEAD_PIPELINE_SITES", "")
URL = os.environ.get("LEAD_PIPELINE_URL", "")
CHROMIUM = os.environ.get("LEAD_PIPELINE_CHROMIUM", "/usr/bin/chromium")
PASSWORD = "a-long-Passw0rd-for-tests"
# Where users of the tests live, beside the site's own zone and the machine's.
ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago")


def connect() -> None:
	"""Connect this process to the site; frappe expects to run in the folder of sites."""
	if not SITE:
		raise RuntimeError(
			"LEAD_PIPELINE_SITE and LEAD_PIPELINE_SITES are not set: run `python3 -m sandbox test`."
		)
	os.chdir(SITES)
	frappe.init(site=SITE, sites_path=".")
	frappe.connect()
	# The framework takes more than 60 new users in an hour for an attack.
	frappe.local.conf.throttle_user_limit = 100_000
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
		for key in set(cache_manager.doctype_cache_keys) - {"doctype_meta", "table_columns"}:
			frappe.cache.delete_value(key)
		frappe.cache.delete_keys("document_cache::")

	cache_manager._clear_doctype_cache_from_redis = clear_but_keep_metas


# What follows from the apps' files and from the tables. The framework itself forgets it when a DocType changes.
LASTING_KEYS = {"app_hooks", "all_apps", "app_modules", "module_app", "db_tables"}


def start_over() -> None:
	"""Undo what is not committed and forget what a request would forget."""
	if frappe.db.db_type == "mariadb":
		# Newer Frappes limit it for what counts Connections, to the end of the connection, which all tests share here.
		frappe.db.set_execution_timeout(0)
	undo()
	# The framework leaves its limit of a second for counting on the connection that did it.
	frappe.db.set_execution_timeout(0)
	frappe.local.lead_pipeline_changed = set()
	frappe.local.dynamic_link_map = None
	forget_records()


def stay_off_midnight(seconds: int) -> None:
	"""Wait until a day that begins within `seconds` has begun.

	So a test that asks twice for today gets the same day.
	"""
	zones = (None, ZoneInfo(get_system_timezone()), *map(ZoneInfo, ZONES))
	for zone in zones:
		now = datetime.now().astimezone(zone)
		left = 24 * 3600 - (now.hour * 3600 + now.minute * 60 + now.second)
		if left <= seconds:
			time.sleep(left)


def undo() -> None:
	"""Undo what is not committed; caches stay as they are."""
	frappe.db.rollback()
	frappe.db.value_cache.clear()
	# The framework forgets what waits to be published in a callback, which is gone when a test has reset those.
	clear_realtime_log()
	frappe.set_user("Administrator")
	frappe.local.message_log = []
	frappe.local.lead_pipeline_work = []
	frappe.flags.currently_saving = []


def forget_records() -> None:
	"""Empty all caches except for what does not depend on records.

	To find that again takes longer than most tests.
	"""
	controllers = dict(frappe.controllers.get(SITE, {}))
	# Frappe 15 knows a function by its name, 16 by itself.
	virtual = {
		key: value
		for key, value in caching._SITE_CACHE.items()
		if getattr(key, "__name__", key).endswith("is_virtual_doctype")
	}
	keys = cache_manager.global_cache_keys
	cache_manager.global_cache_keys = tuple(key for key in keys if key not in LASTING_KEYS)
	try:
		frappe.clear_cache()
	finally:
		cache_manager.global_cache_keys = keys
	frappe.controllers.setdefault(SITE, {}).update(controllers)
	caching._SITE_CACHE.update(virtual)


def forget_what_this_process_knows() -> None:
	"""Forget what this process remembers, for tests whose server does the work.

	What the server has cached is right, what this process remembers may be old.
	"""
	undo()
	frappe.local.cache = {}
	frappe.local.role_permissions = {}


def delete(doctype: str, name: str) -> None:
	"""Delete a record with all that points to it; nothing happens when it is gone.

	At once: the framework would leave a part to a job, for which later tests would have to wait.
	"""
	frappe.flags.in_test = True
	try:
		frappe.delete_doc(doctype, name, force=True, ignore_missing=True)
	finally:
		frappe.flags.in_test = False


@contextmanager
def action() -> Iterator[None]:
	"""Run the block as one request of a user.

	It is committed at its end, or undone when it raises.
	"""
	frappe.local.request = Request(EnvironBuilder(method="POST").get_environ())
	try:
		yield
		frappe.db.commit()
	except BaseException:
		frappe.db.rollback()
		raise
	finally:
		del frappe.local.request


@contextmanager
def open_action() -> Iterator[None]:
	"""Run the block as a request whose transaction goes on.

	For tests with many requests that are to be undone at their end.
	"""
	frappe.local.request = Request(EnvironBuilder(method="POST").get_environ())
	try:
		yield
	finally:
		del frappe.local.request


def follow_now() -> None:
	"""What the end of the request would do, but for the commit."""
	waiting = after_commit.pending_leads()
	while waiting:
		lead = next(iter(waiting))
		recompute.recompute_locked(lead, trigger=waiting.pop(lead))
	frappe.db.after_commit.reset()


def start_over_quickly() -> None:
	"""`start_over` without emptying the cache: for stories that change no settings."""
	undo()
	frappe.local.lead_pipeline_waiting = {}


def wait_until(condition: Callable[[], object], what: str, seconds: int = 120) -> None:
	"""Wait until `condition` holds, checking again and again.

	Other processes change the database meanwhile.
	"""
	limit = time.monotonic() + seconds
	while not condition():
		assert time.monotonic() < limit, f"It has not happened within {seconds} seconds: {what}"
		time.sleep(0.1)
		# Otherwise this transaction would go on to see what it saw at its beginning.
		frappe.db.rollback()


@contextmanager
def somebody_else(does: Callable[[], object]) -> Iterator[None]:
	"""Do something on a second real connection to the database.

	Its transaction stays open until the end of the block.
	"""
	done, release = threading.Event(), threading.Event()
	errors = []

	def run() -> None:
		connect()
		try:
			does()
			done.set()
			release.wait(120)
		except Exception as error:
			errors.append(error)
		finally:
			done.set()
			frappe.db.rollback()
			frappe.destroy()

	thread = threading.Thread(target=run)
	thread.start()
	assert done.wait(120) and not errors, errors
	try:
		yield
	finally:
		release.set()
		thread.join()


@contextmanager
def little_patience():
	"""Wait one second for a lock, not as long as the database is set up to."""
	mariadb = frappe.db.db_type == "mariadb"
	setting = "innodb_lock_wait_timeout" if mariadb else "lock_timeout"
	(before,) = frappe.db.sql(f"select @@{setting}" if mariadb else f"show {setting}")[0]
	set_setting(setting, 1 if mariadb else "1s")
	yield
	frappe.db.rollback()
	set_setting(setting, before)


def set_setting(name: str, value) -> None:
	frappe.db.sql(f"set {name} = %s", value)
	# On PostgreSQL, a setting is undone with its transaction.
	frappe.db.commit()
