"""The status of a lead follows its deals, as the types of their statuses say."""

import json

import frappe
import pytest

from lead_pipeline.constants import LEAD, LEAD_LINK
from lead_pipeline.exceptions import InvalidRuleError
from lead_pipeline.status import explain, hourly_repair, recompute, reconcile
from lead_pipeline.tests.deals import DEAL, DEAL_STATUS, lost
from lead_pipeline.tests.factories import (
	make_deal,
	make_deal_status,
	make_lead,
	make_quotation,
	make_rule,
	make_user,
	needs,
)
from lead_pipeline.tests.leads import log, status
from lead_pipeline.tests.messages import refused
from lead_pipeline.tests.sales import committed_leads

pytestmark = pytest.mark.usefixtures("deal_statuses")


class TestStatusFollowsDeals:
	@pytest.mark.parametrize(
		"deal_status, expected",
		[
			("Qualification", "Opportunity"),
			("Demo/Making", "Opportunity"),
			("Parked", "Opportunity"),
			("Won", "Converted"),
			("Lost", "Lost"),
		],
	)
	def test_by_what_the_status_of_the_deal_means(self, deal_status, expected):
		lead = make_lead()
		make_deal(lead, **(lost() if deal_status == "Lost" else {"status": deal_status}))
		assert status(lead) == expected

	def test_through_the_life_of_a_deal_and_back(self):
		lead = make_lead()
		deal = make_deal(lead)
		deal.update({"status": "Won"}).save()
		assert status(lead) == "Converted"
		deal.update(lost(lost_notes="They wanted blue")).save()
		assert status(lead) == "Lost"
		said = frappe.db.get_value(LEAD, lead.name, ["lost_reason", "lost_note"])
		assert said == ("Price too high", "They wanted blue")
		deal.db_set("status", "Demo/Making")
		assert status(lead) == "Opportunity"
		deal.delete()
		assert status(lead) == "Lead"
		changes = [(row.to_status, row.reference_doctype) for row in log(lead)][1:]
		assert changes[:3] == [("Opportunity", DEAL), ("Converted", DEAL), ("Lost", DEAL)]
		assert [change for change, _document in changes] == [
			"Opportunity",
			"Converted",
			"Lost",
			"Opportunity",
			"Lead",
		]

	def test_linking_relinking_and_unlinking_count(self):
		first, second = make_lead(), make_lead()
		deal = make_deal(status="Won")
		for lead, expected in (
			(first, ("Converted", "Lead")),
			(second, ("Lead", "Converted")),
			(None, ("Lead", "Lead")),
		):
			deal.update({LEAD_LINK: lead and lead.name}).save()
			assert (status(first), status(second)) == expected

	def test_a_deal_that_is_won_is_stronger_than_one_in_progress_or_lost(self):
		lead = make_lead()
		make_deal(lead, **lost())
		make_deal(lead)
		assert status(lead) == "Opportunity"
		won = make_deal(lead, status="Won")
		assert status(lead) == "Converted"
		assert won.name in json.dumps(explain.explain(lead.name), default=str)

	def test_a_quotation_says_more_than_a_deal_in_progress_and_less_than_one_that_is_won(self):
		needs("Quotation")
		lead = make_lead()
		deal = make_deal(lead)
		make_quotation(lead)
		assert status(lead) == "Quotation"
		deal.update({"status": "Won"}).save()
		assert status(lead) == "Converted"

	def test_a_merge_of_statuses_changes_nothing_that_they_mean(self):
		lead = make_lead()
		deal = make_deal(lead, status=make_deal_status("Signed by Both", "Won"))
		frappe.rename_doc(DEAL_STATUS, "Signed by Both", "Won", merge=True)
		assert frappe.db.get_value(DEAL, deal.name, "status") == "Won"
		recompute.recompute(lead.name)
		assert status(lead) == "Converted"


class TestStatusesOfTheSite:
	def test_a_status_that_is_added_or_renamed_means_what_its_type_says(self):
		lead = make_lead()
		make_deal(lead, status=make_deal_status("Signature Missing", "Ongoing"))
		assert status(lead) == "Opportunity"
		deal = make_deal(lead, status=make_deal_status("Signed", "Won"))
		assert status(lead) == "Converted"
		frappe.rename_doc(DEAL_STATUS, "Signed", "Signed and Paid")
		deal.reload()
		deal.save()
		assert (deal.status, status(lead)) == ("Signed and Paid", "Converted")

	def test_a_type_that_changes_moves_the_leads_by_the_repair(self):
		make_deal_status("Handshake", "Ongoing")
		with committed_leads() as [lead]:
			make_deal(lead, status="Handshake")
			assert status(lead) == "Opportunity"
			frappe.get_doc(DEAL_STATUS, "Handshake").update({"type": "Won"}).save()
			frappe.db.commit()
			reconcile.reconcile()
			assert status(lead) == "Converted"
		frappe.delete_doc(DEAL_STATUS, "Handshake")
		frappe.db.commit()

	def test_a_type_that_changes_calls_for_the_repair_and_nothing_else_does(self, monkeypatch):
		called = []
		monkeypatch.setattr(hourly_repair, "queue_round", lambda: called.append(True))
		record = frappe.get_doc(DEAL_STATUS, make_deal_status("Handshake", "Ongoing"))
		assert not called
		record.update({"position": 77}).save()
		assert not called
		record.update({"type": "Won"}).save()
		assert called == [True]


class TestRulesAboutLinkedRecords:
	def rule(self, field: str, operator: str = "=", value="Won", **values):
		return make_rule(document_type=DEAL, filters=[[DEAL, field, operator, value]], position=1, **values)

	def test_more_than_one_and_beside_others(self):
		lead = make_lead()
		filters = [
			["status.type", "not in", "Won,Lost"],
			["deal_owner.enabled", "=", 1],
			["next_step", "=", "Call"],
		]
		make_rule(document_type=DEAL, filters=filters, status="Interested", position=1)
		deal = make_deal(lead, next_step="Call")
		assert status(lead) == "Opportunity"
		deal.update({"deal_owner": "Administrator"}).save()
		assert status(lead) == "Interested"
		deal.update({"next_step": "Write"}).save()
		assert status(lead) == "Opportunity"

	def test_a_name_with_quotes_does_no_harm(self):
		lead = make_lead()
		name = make_deal_status('It\'s "theirs" 100%\\', "Won")
		self.rule("status.deal_status", "in", [name], status="Interested")
		make_deal(lead, status=name)
		assert status(lead) == "Interested"

	@pytest.mark.parametrize(
		"field, value, said",
		[
			("status.kind", "Won", "has no field kind"),
			("probability.type", "Won", "has no link probability, so there is no field probability.type"),
			("nothing.type", "Won", "has no link nothing"),
			("status.type", "Sold", "Type can never be Sold. It is one of: Open"),
			("status.type`", "Won", "has no field"),
		],
	)
	def test_what_cannot_be_asked_is_refused(self, field, value, said):
		with refused(InvalidRuleError) as refusal:
			self.rule(field, "=", value)
		assert said in refusal

	def test_who_may_not_read_the_linked_record_asks_nothing_about_it(self):
		frappe.set_user(make_user("Sales Manager"))
		with refused(frappe.PermissionError) as refusal:
			self.rule("deal_owner.mobile_no", "=", "0")
		assert "You may not read the field Mobile No, so you cannot ask for it in a rule." in refusal
