"""Install, migrate and uninstall: when what happens. What happens stands in `setup/`."""

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
	"""Follow the sales documents that another app brings. The framework calls this for ours, too."""
	apply.apply_everything()


def after_app_uninstall(app: str) -> None:
	"""Forget cached rules of documents that are gone."""
	if app != APP:
		apply.apply_everything()


def after_uninstall() -> None:
	"""Remove what the framework leaves behind, unless this is a dry run, which the hook is not told of."""
	if not frappe.db.exists("Module Def", MODULE):
		removal.remove_everything()
