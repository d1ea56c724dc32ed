"""Install, migrate and uninstall: when what happens. What happens stands in `setup/`."""

import frappe

from lead_pipeline.constants import SETTINGS
from lead_pipeline.setup import apply


def after_install() -> None:
	apply.everything()


def after_migrate() -> None:
	apply.everything()


def after_app_install(app: str) -> None:
	"""Another app may bring the sales documents that leads follow. The framework calls this for ours, too."""
	apply.everything()


def after_app_uninstall(app: str) -> None:
	"""Forget cached rules of documents that are gone."""
	apply.everything()


def before_uninstall() -> None:
	apply.remove_fields()
	apply.remove_from_global_search()
	apply.remove_indexes()


def after_uninstall() -> None:
	"""What the framework leaves behind: what the site had would keep a later install from bringing it again."""
	frappe.db.delete("Singles", {"doctype": SETTINGS})
	frappe.db.delete("Logs To Clear", {"ref_doctype": "Pipeline Enquiry Receipt"})
	frappe.db.delete("Scheduled Job Type", {"method": ("like", "lead\\_pipeline.%")})
	frappe.db.sql_ddl("drop sequence if exists pipeline_lead_id_seq")
