"""Hooks of install, migrate and uninstall: when each step runs.

The steps themselves are in `setup/`.
"""

import frappe

from lead_pipeline.constants import APP, MODULE
from lead_pipeline.setup import apply, removal
from lead_pipeline.visibility import health


def after_install() -> None:
	apply.apply_everything()


def after_migrate() -> None:
	apply.apply_everything()
	health.report()


def after_app_install(app: str) -> None:
	"""Hook (after_app_install): support the sales documents that another app brings.

	The framework calls this for this app, too.
	"""
	apply.apply_everything()


def after_app_uninstall(app: str) -> None:
	"""Forget cached rules of documents that are gone."""
	if app != APP:
		apply.apply_everything()


def after_uninstall() -> None:
	"""Hook (after_uninstall): remove what the framework leaves behind.

	Unless this is a dry run, about which the framework does not tell the hook.
	"""
	if not frappe.db.exists("Module Def", MODULE):
		removal.remove_everything()
