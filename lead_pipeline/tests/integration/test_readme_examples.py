"""Every example of the manuals is run as it is printed.

The examples are those of the sections on rules and repair.
"""

import re
import shlex
import sys
from collections import defaultdict
from pathlib import Path

import frappe
import pytest
from frappe.desk.form.meta import get_meta

import lead_pipeline
from lead_pipeline.constants import LEAD, RULE
from lead_pipeline.documents import connections
from lead_pipeline.status.reconcile import reconcile
from lead_pipeline.tests import site
from lead_pipeline.tests.command_line import bench
from lead_pipeline.tests.factories import make_lead, make_quotation
from lead_pipeline.tests.leads import status

ROOT = Path(lead_pipeline.__file__).parents[1]
README = ROOT / "README.md"
EXAMPLE_APP = "lead_pipeline_readme_example"
SECTIONS = {
	"docs/rules.md": ("## Change the rules", "## Documents of other apps"),
	"docs/admin.md": ("## When a status looks wrong",),
}


def blocks(language: str) -> list[str]:
	sections = "".join(section(page, title) for page, titles in SECTIONS.items() for title in titles)
	return re.findall(rf"```{language}\n(.*?)```", sections, re.DOTALL)


def section(page: str, title: str) -> str:
	text = (ROOT / page).read_text().partition(f"\n{title}\n")[2]
	assert text, f"a section of {page} has another title now"
	return re.split(r"\n## ", text)[0]


def block(about: str) -> str:
	"""The only Python example that has `about` in it."""
	found = [text for text in blocks("python") if about in text]
	assert len(found) == 1, (about, found)
	return found[0]


def run(code: str) -> dict:
	values = {"frappe": frappe}
	exec(compile(code, "docs/rules.md", "exec"), values)
	return values


@pytest.fixture
def site_visit(committed):
	"""Create the manual's DocType and its rule.

	A new table is committed by the database itself.
	"""
	run(block('"doctype": "DocType"'))
	committed.append(frappe.get_doc("DocType", "Site Visit"))
	run(block('"document_type": "Site Visit"'))
	committed.insert(0, frappe.get_doc(RULE, {"document_type": "Site Visit"}))
	frappe.db.commit()
	yield
	frappe.db.rollback()
	for visit in frappe.get_all("Site Visit", pluck="name"):
		frappe.delete_doc("Site Visit", visit, force=True)
	frappe.db.commit()


@pytest.fixture
def example_app(tmp_path, monkeypatch):
	"""Install an app whose hooks.py is the manual's example.

	For this process and this transaction.
	"""
	package = tmp_path / EXAMPLE_APP
	package.mkdir()
	(package / "__init__.py").touch()
	(package / "hooks.py").write_text(f'app_name = "{EXAMPLE_APP}"\n' + block("doc_events"))
	monkeypatch.syspath_prepend(tmp_path)

	def forget() -> None:
		frappe.cache.delete_value(["app_hooks", "all_apps"])
		for name in ("doc_events_hooks", "request_cache"):
			if hasattr(frappe.local, name):
				delattr(frappe.local, name)
		frappe.local.request_cache = defaultdict(dict)

	installed = frappe.get_installed_apps()
	apps = Path(site.SITES, "apps.txt").read_text().split()
	frappe.db.set_global("installed_apps", frappe.as_json([*installed, EXAMPLE_APP]))
	forget()
	frappe.cache.set_value("all_apps", [*apps, EXAMPLE_APP])
	yield
	# Nothing was committed: no other process has seen the app.
	frappe.db.rollback()
	frappe.clear_cache()
	forget()
	assert frappe.get_installed_apps() == installed
	sys.modules.pop(f"{EXAMPLE_APP}.hooks", None)


def dashboard() -> dict:
	"""As the desk gets it with the form."""
	return get_meta(LEAD).get("__dashboard")


def visit(lead, outcome: str):
	return frappe.get_doc({"doctype": "Site Visit", "lead": lead.name, "outcome": outcome}).insert()


@pytest.mark.usefixtures("sales_documents")
class TestRules:
	def test_a_rule_for_large_quotations(self):
		run(block("grand_total"))
		large, small = make_lead(), make_lead()
		quotation = make_quotation(large)
		quotation.items[0].rate = 20_000
		quotation.save()
		make_quotation(small)
		assert (status(large), status(small)) == ("Interested", "Quotation")

	def test_a_rule_with_a_relative_date(self):
		run(block("Timespan"))
		soon, later = make_lead(), make_lead()
		make_quotation(soon, valid_till=frappe.utils.nowdate()).submit()
		make_quotation(later, valid_till=frappe.utils.add_days(None, 60)).submit()
		assert (status(soon), status(later)) == ("Open", "Quotation")

	def test_the_table_of_default_rules_is_what_is_seeded(self):
		from lead_pipeline.setup.defaults import RULES

		rows = re.findall(r"^\| (\d+) \| ([^|]+) \| [^|]+ \| ([^|]+) \|$", README.read_text(), re.MULTILINE)
		assert [(int(position), document, result) for position, document, result in rows] == [
			(position, document, result) for position, _name, document, _filters, result in RULES
		]


class TestDocumentsOfOtherApps:
	def test_a_link_and_a_rule_are_enough_for_the_repair(self, site_visit, committed):
		lead = make_lead()
		committed.append(lead)
		done = visit(lead, "Done")
		frappe.db.commit()
		assert status(lead) == "Lead"
		reconcile()
		assert status(lead) == "Interested"
		done.delete()
		reconcile()
		assert status(lead) == "Lead"

	def test_the_lead_counts_them_in_its_connections(self, site_visit):
		lead = make_lead()
		visit(lead, "Planned")
		visit(lead, "Done")
		items = [item for group in dashboard()["transactions"] for item in group["items"]]
		assert items[-1] == "Site Visit"
		found = connections.count(LEAD, lead.name, frappe.as_json(items))["count"]
		rows = found if isinstance(found, list) else found["external_links_found"]
		assert {row.get("doctype") or row["name"]: row["count"] for row in rows}["Site Visit"] == 2

	def test_a_line_in_the_hooks_makes_it_immediate(self, site_visit, example_app):
		assert "Site Visit" in frappe.get_hooks("doc_events")
		lead = make_lead()
		planned = visit(lead, "Planned")
		assert status(lead) == "Lead"
		planned.outcome = "Done"
		planned.save()
		assert status(lead) == "Interested"
		other = make_lead()
		planned.db_set("lead", other.name)
		assert (status(lead), status(other)) == ("Lead", "Interested")
		planned.delete()
		assert status(other) == "Lead"

	def test_a_renamed_document_is_no_news_for_a_persons_choice(self, site_visit, example_app):
		lead = make_lead()
		done = visit(lead, "Done")
		lead.reload()
		lead.update({"status": "Replied"}).save()
		frappe.rename_doc("Site Visit", done.name, f"{done.name}-new", force=True)
		done = frappe.get_doc("Site Visit", f"{done.name}-new")
		done.save()
		assert status(lead) == "Replied"

	def test_a_merged_document_brings_its_lead_to_one_that_has_none(self, site_visit, example_app):
		lead = make_lead()
		done, other = visit(lead, "Done"), visit(frappe._dict(name=None), "Done")
		frappe.rename_doc("Site Visit", done.name, other.name, force=True, merge=True)
		assert frappe.db.get_value("Site Visit", other.name, "lead") == lead.name
		assert status(lead) == "Interested"


class TestCommandLine:
	def test_every_command_does_what_it_says(self, committed):
		reconcile()
		lead = make_lead()
		committed += [make_quotation(lead), lead]
		lines = [line for text in blocks("bash") for line in text.splitlines()]
		assert len(lines) == 4
		for line in lines:
			program, option, named, app, *arguments = shlex.split(line.replace("<your site>", "SITE"))
			assert (program, option, named, app) == ("bench", "--site", "SITE", "lead-pipeline")
			done = bench(*(lead.name if argument == "<lead>" else argument for argument in arguments))
			assert done.returncode == 0, done.stderr


def test_no_example_is_left_out():
	assert len(blocks("python")) == 5
	assert len(blocks("bash")) == 1
