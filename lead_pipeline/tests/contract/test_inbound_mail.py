"""framework/inbound_mail.py: what the framework's receiver says to the lead and to the Communication that it makes."""

from frappe.email.receive import InboundMail

from lead_pipeline.tests.contract.source import code, in_order


def test_the_document_of_a_mail_is_inserted_with_little_in_it():
	made = code(InboundMail._create_reference_document)
	assert in_order(made, "flags.ignore_mandatory = True", ".insert(ignore_permissions=True)")


def test_the_communication_says_that_it_was_received():
	assert "flags.in_receive = True" in code(InboundMail)


def test_a_mail_is_processed_by_itself():
	assert callable(InboundMail.process)
