"""The command line, run as on a server.

A process of its own, on the site under test.
"""

import re

import frappe
import pytest

from lead_pipeline.constants import LEAD, RULE
from lead_pipeline.status import failures, rules
from lead_pipeline.tests import site
from lead_pipeline.tests.command_line import bench
from lead_pipeline.tests.factories import (
	make_lead,
	make_lead_type,
	make_opportunity,
	make_quotation,
	make_rule,
)
from lead_pipeline.tests.leads import status


@pytest.fixture
def lead(committed):
	lead = make_lead()
	lead.quotation = make_quotation(lead)
	committed += [lead.quotation, lead]
	return lead


@pytest.fixture
def expired(lead):
	frappe.db.set_value("Quotation", lead.quotation.name, "status", "Expired", update_modified=False)
	return lead


@pytest.fixture(autouse=True)
def all_agree(clean_transaction):
	"""What an earlier test has left behind is not what these are about."""
	from lead_pipeline.status.reconcile import reconcile

	reconcile()


class TestReconcile:
	def test_a_dry_run_lists_and_changes_nothing(self, expired):
		done = bench("reconcile", "--dry-run")
		assert f"{expired.name}: Quotation → Lead. No document speaks for another status" in done.stdout
		assert "1 lead disagrees with the documents. Nothing was changed." in done.stdout
		assert (done.returncode, status(expired)) == (1, "Quotation")

	def test_it_repairs_and_says_how_many(self, expired, committed):
		committed.append(make_lead())
		done = bench("reconcile")
		total = frappe.db.count(LEAD)
		assert f"{total} leads examined, 1 disagreed, 1 repaired." in done.stdout
		assert "Examining leads" in done.stderr
		assert (done.returncode, status(expired)) == (0, "Lead")
		done = bench("reconcile", "--dry-run")
		assert "0 leads disagree with the documents." in done.stdout
		assert done.returncode == 0

	def test_a_lead_that_cannot_be_examined_is_named_and_the_others_are_repaired(self, expired, committed):
		broken = make_lead()
		committed.append(broken)
		frappe.db.set_value(LEAD, broken.name, "manual_basis", "{")
		done = bench("reconcile")
		assert f"1 lead could not be repaired: {broken.name}. The Error Log says why." in done.stderr
		assert frappe.db.count("Error Log", {"reference_name": broken.name}) == 1
		assert (done.returncode, status(expired)) == (1, "Lead")


class TestRecompute:
	def test_it_says_what_came_of_each(self, expired, committed):
		fine = make_lead()
		committed.append(fine)
		done = bench("recompute", expired.name, fine.name)
		assert f"{expired.name}: Quotation → Lead. No document speaks for another status" in done.stdout
		assert f"{fine.name}: stays at Lead." in done.stdout
		assert (done.returncode, status(expired)) == (0, "Lead")

	def test_one_that_cannot_be_saved_is_an_error_and_keeps_no_other_waiting(self, expired, committed):
		broken = make_lead()
		committed.append(broken)
		frappe.db.set_value(LEAD, broken.name, "manual_basis", "{")
		done = bench("recompute", broken.name, expired.name)
		assert f"{broken.name}: stays at Lead, because it cannot be saved:" in done.stderr
		assert (done.returncode, status(expired)) == (1, "Lead")

	def test_an_unknown_lead_is_refused_before_anything_is_done(self, expired):
		done = bench("recompute", expired.name, "LEAD-0")
		assert (
			f"There is no lead LEAD-0 on {site.SITE}. The name is what stands in the address" in done.stderr
		)
		assert (done.returncode, status(expired)) == (1, "Quotation")

	def test_without_a_lead_it_says_how_it_is_used(self):
		done = bench("recompute")
		assert "Missing argument 'LEAD...'" in done.stderr
		assert done.returncode == 2


class TestExplain:
	def test_facts_rules_and_decision_in_plain_words(self, lead):
		done = bench("explain", lead.name)
		for line in (
			f"Lead:           {lead.name}  {lead.lead_name}",
			"Status:         Quotation (Qualified)",
			"Justified:      Quotation",
			"A person chose: Lead",
			"    10  Sales Order not cancelled: Converted",
			"        no document matches",
			f"      > Quotation {lead.quotation.name}",
			f"  Quotation {lead.quotation.name} says Quotation (rule “Quotation in progress”).",
		):
			assert line in done.stdout.splitlines() or line in done.stdout, done.stdout
		assert done.returncode == 0

	def test_what_is_held_back(self, committed):
		lead = make_lead(status="Do Not Contact")
		committed += [make_quotation(lead), lead]
		done = bench("explain", lead.name)
		assert "Justified:      Quotation, held back by protection" in done.stdout
		assert (
			"It stays at Do Not Contact, because only a person takes a lead out of this status."
			in done.stdout
		)
		lead = make_lead(hold_status=1)
		committed[0:0] = [make_quotation(lead), lead]
		done = bench("explain", lead.name)
		assert "It stays at Lead, because its status is held. Untick “Hold the Status”" in done.stdout
		assert done.returncode == 0

	def test_what_the_type_forbids_and_what_a_person_chose(self, committed):
		lead_type = make_lead_type("Lead", "Interested", "Opportunity")
		lead = make_lead(lead_type=lead_type.name)
		opportunity, quotation = make_opportunity(lead), make_quotation(lead)
		committed += [opportunity, quotation, lead, lead_type]
		lead.reload()
		lead.update({"status": "Interested"}).save()
		done = bench("explain", lead.name)
		assert f"Quotation {quotation.name}, not allowed for this lead" in done.stdout
		assert (
			f"Quotation {quotation.name} says Quotation, which leads of this type cannot get" in done.stdout
		)
		assert (
			f"A person chose Interested. Opportunity {opportunity.name} says Opportunity, which is no news"
			in done.stdout
		)

	def test_one_that_disagrees_gives_another_exit_code(self, expired):
		done = bench("explain", expired.name)
		assert "It should be at Lead: it disagrees with its documents." in done.stdout
		assert done.returncode == 1

	def test_an_unknown_lead_and_an_unknown_site_say_what_to_do(self):
		done = bench("explain", "LEAD-0")
		assert "There is no lead LEAD-0" in done.stderr and done.returncode == 1
		done = bench("explain", "LEAD-0", of="nowhere.example")
		assert (
			"There is no site nowhere.example on this bench. `ls sites` shows those that there are."
			in done.stderr
		)
		assert done.returncode == 1

	def test_a_merged_lead_is_explained_and_recomputed_under_its_new_name(self, lead, committed):
		other = make_lead()
		committed.append(other)
		old = other.name
		frappe.rename_doc(LEAD, old, lead.name, merge=True)
		committed.insert(0, frappe.get_doc("Pipeline Lead Merge", {"merged_lead": old}))
		done = bench("explain", old)
		assert f"{old} was merged into {lead.name}." in done.stdout
		assert f"Lead:           {lead.name}" in done.stdout and done.returncode == 0
		done = bench("recompute", old, lead.name)
		assert done.stdout.count(f"{lead.name}: stays at Quotation.") == 1 and done.returncode == 0

	def test_a_rule_that_cannot_be_evaluated_is_not_said_to_find_nothing(self, lead, committed):
		rule = make_rule(position=7, rule_name="About a field that goes")
		committed.insert(0, rule)
		missing = '[["Quotation", "no_such_field", "=", "1"]]'
		frappe.db.set_value(RULE, rule.name, "filters", missing)
		rules.clear()
		done = bench("explain", lead.name)
		rules.clear()
		_before, _rule, after = done.stdout.partition("About a field that goes: Interested\n")
		assert after.startswith("        cannot be evaluated and is skipped: the Error Log says why")
		assert "Justified:      Quotation" in done.stdout

	def test_a_lead_that_could_not_follow_says_so(self, expired):
		try:
			raise ValueError("Something <b>is</b> wrong")
		except ValueError as error:
			failures.note_failure(expired.name, ("Quotation", expired.quotation.name), error)
		done = bench("explain", expired.name)
		assert re.search(
			r"Last attempt:   failed on [-0-9: ]{16}, attempts so far: 1\n", done.stdout
		), done.stdout
		assert "ValueError: Something is wrong" in done.stdout
		assert bench("recompute", expired.name).returncode == 0
		assert "Last attempt" not in bench("explain", expired.name).stdout

	def test_the_help_names_what_there_is(self):
		done = bench("--help")
		for line in (
			"explain        Say why a lead has its status.",
			"recompute      Compute the status of some leads anew.",
			"reconcile      Find and repair the leads that disagree.",
			"Exit codes: 0, all is well; 1, a lead disagrees",
		):
			assert line in done.stdout, done.stdout
