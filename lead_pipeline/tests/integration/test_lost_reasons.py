"""A lead that is lost because of a document has the document's lost reasons.

It keeps them, in the document's words, as long as it is lost.
"""

import frappe
import pytest

from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_opportunity, make_quotation
from lead_pipeline.tests.leads import log, status
from lead_pipeline.tests.sales import buyer, committed_leads

KNOWN, UNKNOWN = "Price too high", "The moon was full"
FIELDS = {"Quotation": "order_lost_reason", "Opportunity": "lost_reason"}


def reason(doctype: str, name: str) -> dict:
	"""A row of the dialog *Set as Lost*; its reason is one that the site knows."""
	master = f"{doctype} Lost Reason"
	if not frappe.db.exists(master, name):
		frappe.get_doc({"doctype": master, FIELDS[doctype]: name}).insert()
	return {"lost_reason": name}


def offered(lead, doctype: str):
	if doctype == "Opportunity":
		return make_opportunity(lead, buyer())
	quotation = make_quotation(lead, buyer())
	quotation.submit()
	return quotation


def lose(document, *names: str, detailed: str | None = None) -> None:
	reasons = [reason(document.doctype, name) for name in names]
	document.declare_enquiry_lost(reasons, [], detailed)


def why(lead) -> tuple:
	return frappe.db.get_value(LEAD, lead.name, ["lost_reason", "lost_note"])


def undo(document) -> None:
	"""ERPNext has no way back for a quotation but its cancelling."""
	document.reload()
	if document.doctype == "Quotation":
		document.cancel()
	else:
		document.status = "Open"
		document.save()


@pytest.mark.parametrize("doctype", ["Quotation", "Opportunity"])
def test_the_reason_of_a_document_is_the_leads_until_the_loss_is_undone(doctype):
	lead = make_lead()
	document = offered(lead, doctype)
	lose(document, UNKNOWN, KNOWN, detailed="They said so on the phone.")
	assert status(lead) in ("Lost Quotation", "Lost")
	assert why(lead) == (KNOWN, f"{UNKNOWN}\nThey said so on the phone.")
	undo(document)
	assert status(lead) in ("Lead", "Opportunity")
	assert why(lead) == (None, None)


def test_a_reason_that_leads_do_not_have_is_a_note():
	lead = make_lead()
	frappe.db.set_value("Pipeline Lost Reason", "Other", "disabled", 1)
	lose(offered(lead, "Quotation"), UNKNOWN, "Other")
	assert why(lead) == (None, f"{UNKNOWN}, Other")


def test_a_loss_without_a_reason_has_none():
	lead = make_lead()
	offered(lead, "Opportunity").db_set("status", "Lost")
	assert (status(lead), why(lead)) == ("Lost", (None, None))


def test_another_loss_has_its_own_reason():
	lead = make_lead()
	opportunity = offered(lead, "Opportunity")
	lose(opportunity, KNOWN, detailed="First")
	quotation = offered(lead, "Quotation")
	assert why(lead) == (None, None)
	lose(quotation, "No budget")
	assert why(lead) == ("No budget", None)
	quotation.reload()
	quotation.cancel()
	assert (status(lead), why(lead)) == ("Lost", (KNOWN, "First"))


def test_what_a_person_writes_stays():
	lead = make_lead()
	quotation = offered(lead, "Quotation")
	lose(quotation, KNOWN)
	lead.reload()
	lead.lost_reason, lead.lost_note = "No budget", "Until next year"
	lead.save()
	quotation.reload()
	quotation.save()
	assert why(lead) == ("No budget", "Until next year")


def test_in_one_request_it_is_one_change_and_the_history_keeps_the_reason():
	with committed_leads() as (lead,):
		with site.action():
			quotation = offered(lead, "Quotation")
		versions = {"ref_doctype": LEAD, "docname": lead.name}
		before = frappe.db.count("Version", versions)
		with site.action():
			lose(frappe.get_doc("Quotation", quotation.name), KNOWN, detailed="By a tenth")
		assert why(lead) == (KNOWN, "By a tenth")
		assert frappe.db.count("Version", versions) == before + 1
		with site.action():
			undo(quotation)
		lost = log(lead)[-2]
		assert (lost.to_status, lost.reason) == ("Lost Quotation", f"{KNOWN}: By a tenth")
