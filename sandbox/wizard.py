"""Complete the set-up wizard of a site, as a user would.

Runs inside the virtualenv: `python -m sandbox.wizard SITE alone|company SCHEDULER` from the folder sites/. Uses
the framework's own function, so that the desk opens at once.
"""

import datetime
import sys

import frappe

ANSWERS = {
	"language": "English",
	"country": "United States",
	"timezone": "America/New_York",
	"currency": "USD",
	"enable_telemetry": 0,
}


def company(year: int) -> dict:
	"""What ERPNext's pages of the wizard ask besides."""
	return {
		"company_name": "Brightwater Supply",
		"company_abbr": "BWS",
		"chart_of_accounts": "Standard with Numbers",
		"fy_start_date": f"{year}-01-01",
		"fy_end_date": f"{year}-12-31",
		"domain": "Distribution",
		"setup_demo": 0,
	}


def main(site: str, what: str, scheduler: str) -> None:
	"""Complete the wizard of `site`; raises RuntimeError when a stage of it fails."""
	frappe.init(site=site)
	frappe.connect()
	frappe.set_user("Administrator")
	answers = dict(ANSWERS)
	if what == "company":
		answers |= company(datetime.date.today().year)
	from frappe.desk.page.setup_wizard.setup_wizard import setup_complete

	result = setup_complete(answers)
	if (result or {}).get("status") != "ok":
		raise RuntimeError(f"The wizard answers {result}")
	finish(int(scheduler))
	if what == "company":
		add_fiscal_years()
	frappe.db.commit()
	frappe.destroy()


def finish(scheduler: int) -> None:
	"""What the wizard leaves open, or sets for a person's first day."""
	# Without ERPNext nothing asks for the currency.
	frappe.db.set_value("Currency", ANSWERS["currency"], "enabled", 1)
	frappe.db.set_default("currency", ANSWERS["currency"])
	settings = frappe.get_doc("System Settings")
	settings.enable_scheduler = scheduler
	settings.enable_onboarding = 0
	if settings.meta.has_field("currency"):
		settings.currency = ANSWERS["currency"]
	settings.save()


def add_fiscal_years() -> None:
	"""Add fiscal years, as ERPNext's wizard makes only one.

	Demo and tests have documents of the years around it.
	"""
	this = datetime.date.today().year
	for year in (this - 2, this - 1, this + 1):
		if not frappe.db.exists("Fiscal Year", str(year)):
			dates = {"year_start_date": f"{year}-01-01", "year_end_date": f"{year}-12-31"}
			frappe.get_doc({"doctype": "Fiscal Year", "year": str(year), **dates}).insert()


if __name__ == "__main__":
	main(*sys.argv[1:])
