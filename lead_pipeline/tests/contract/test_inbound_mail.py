"""framework/inbound_mail.py: how the framework receives a mail.

When its receiver makes a document of a mail, and what it says of a Communication.
"""

from frappe.email.receive import EmailServer, InboundMail

from lead_pipeline.tests.contract.source import code, in_order


def test_a_mail_makes_a_document_only_when_its_account_or_folder_appends_to_something():
	build = code(InboundMail._build_communication_doc)
	assert in_order(
		build,
		"append_to = self.append_to if self.email_account.use_imap else self.email_account.append_to",
		'append_to and append_to != "Communication"',
		"self._create_reference_document(append_to)",
	)
	assert code(InboundMail).count("_create_reference_document(") == 2


def test_a_subject_is_compared_only_where_the_account_appends_to_something():
	assert "not reference_document and self.email_account.append_to" in code(InboundMail.reference_document)


def test_the_communication_says_that_it_was_received():
	assert "flags.in_receive = True" in code(InboundMail)


def test_a_mail_is_processed_by_itself():
	assert callable(InboundMail.process)


def test_the_receiver_tells_the_mail_server_of_each_mail_by_one_method():
	assert code(EmailServer.retrieve_message).count("self._post_retrieve_cleanup(") == 1
	cleanup = code(EmailServer._post_retrieve_cleanup)
	assert "self.pop.dele(" in cleanup and "self.imap.uid('STORE'" in cleanup.replace('"', "'")
	rest = code(EmailServer).replace(cleanup, "")
	assert "self.pop.dele(" not in rest
