"""The inbox: mails and calls without a lead, and what users decide about them."""

import frappe
import pytest
from frappe.core.doctype.deleted_document.deleted_document import restore
from frappe.desk.reportview import delete_bulk
from frappe.model.delete_doc import delete_dynamic_links

from lead_pipeline.capture.inbox import api as inbox
from lead_pipeline.capture.inbox.contents import STATES
from lead_pipeline.constants import BOUNCE, INBOX_FIELD, LEAD
from lead_pipeline.exceptions import InvalidActionError
from lead_pipeline.tests.factories import make_customer, make_lead, make_user
from lead_pipeline.tests.inbox_entries import entry, lead_on, make_spoken, number, reason, row_of
from lead_pipeline.tests.mails import make_account, make_call, make_mail, new_address, receive, write
from lead_pipeline.tests.merges import merge, undo
from lead_pipeline.tests.messages import refused
from lead_pipeline.tests.rest import Client


def test_what_is_unlinked_is_ready_with_all_that_one_decides_by(seller):
	mail = make_mail()
	row = row_of(mail)
	assert (row["kind"], row["sender"], row["address"]) == ("mail", "Jane Doe", mail.sender)
	assert (row["subject"], row["text"]) == ("How much is it?", "What does the large one cost?")
	assert (row["lead"], row["hidden"], row["files"]) == (None, False, [])


def test_mails_and_calls_are_listed_together_and_apart(seller):
	mail, call, spoken = make_mail(), make_call(number()), make_spoken(number())
	assert all(row_of(document) for document in (mail, call, spoken))
	assert row_of(mail, kind="mail") and not row_of(mail, kind="call")
	for document in (call, spoken):
		assert row_of(document, kind="call") and not row_of(document, kind="mail")


def other_types() -> list[str]:
	"""Return the types of a Communication other than a message.

	Each version of the framework has others.
	"""
	kinds = frappe.get_meta("Communication").get_options("communication_type").split("\n")
	return [kind for kind in kinds if kind and kind != "Communication"]


def test_what_is_no_incoming_message_of_nobody_is_not_listed(seller):
	lead = make_lead()
	others = [
		make_mail(sent_or_received="Sent", sender=seller, recipients=new_address()),
		make_mail(reference_doctype=LEAD, reference_name=lead.name),
		make_mail(email_status="Spam"),
		*(make_mail(communication_type=kind) for kind in other_types()),
		make_call(number(), type="Outgoing"),
	]
	assert [row_of(document) for document in others] == [None] * len(others)


def test_the_newest_are_first_and_more_are_told(seller):
	older, newer = make_mail(), make_mail()
	frappe.db.set_value(
		"Communication", newer.name, {"communication_date": "2999-01-02", "creation": "2999-01-02"}
	)
	frappe.db.set_value(
		"Communication", older.name, {"communication_date": "2999-01-01", "creation": "2999-01-01"}
	)
	answer = inbox.items(limit=1)
	assert [row["name"] for row in answer["rows"]] == [newer.name]
	assert answer["more"]


def test_create_makes_a_lead_of_a_mail(seller):
	mail = make_mail()
	(done,) = inbox.create(entry(mail))["done"]
	lead = frappe.get_doc(LEAD, done["lead"])
	assert (lead.lead_name, lead.email, lead.channel) == ("Jane Doe", mail.sender, "E-mail")
	assert (lead.lead_owner, lead.owner) == (seller, seller)
	assert "How much is it?" in lead.description and "large one cost" in lead.description
	assert lead_on(mail) == lead.name and mail.status == "Linked"
	assert row_of(mail) is None
	assert row_of(mail, state="done")["lead"]["name"] == lead.name


def test_create_gives_the_lead_the_files_of_the_mail(seller):
	frappe.set_user("Administrator")
	account = make_account(append_to=None)
	mail = receive(write(new_address(), files={"plan.txt": b"a plan"}), account)
	frappe.db.set_value("Communication", mail.name, "email_account", None)
	frappe.set_user(seller)
	assert row_of(mail)["files"] == ["plan.txt"]
	(done,) = inbox.create(entry(mail))["done"]
	files = {"attached_to_doctype": LEAD, "attached_to_name": done["lead"]}
	assert frappe.get_all("File", filters=files, pluck="file_name") == ["plan.txt"]


def test_create_twice_makes_one_lead(seller):
	mail = make_mail()
	first, second = inbox.create(entry(mail)), inbox.create(entry(mail))
	assert first["done"] == second["done"]
	assert frappe.db.count(LEAD, {"email": mail.sender}) == 1


def test_two_mails_of_one_sender_make_one_lead(seller):
	address = new_address()
	mails = [make_mail(address), make_mail(address)]
	answer = inbox.create([*entry(mails[0]), *entry(mails[1])])
	assert len({done["lead"] for done in answer["done"]}) == 1
	assert answer["message"] == "2 mails and calls are on their leads now."


def test_create_makes_a_lead_of_a_call_for_who_took_it(seller):
	colleague = make_user("Sales User")
	call = make_call(number(), employee_user_id=colleague, summary="Wants an offer")
	(done,) = inbox.create(entry(call))["done"]
	lead = frappe.get_doc(LEAD, done["lead"])
	assert (lead.phone, lead.lead_name, lead.channel) == (call.get("from"), call.get("from"), "Phone Call")
	assert lead.lead_owner == colleague
	assert "Wants an offer" in lead.description
	assert lead_on(call) == lead.name
	assert row_of(call) is None


def test_the_customer_of_a_call_is_behind_its_lead(seller):
	frappe.set_user("Administrator")
	customer = make_customer()
	frappe.set_user(seller)
	(done,) = inbox.create(entry(make_call(number(), customer=customer.name)))["done"]
	assert frappe.db.get_value(LEAD, done["lead"], ["party_type", "party"]) == ("Customer", customer.name)


def test_a_call_from_a_withheld_number_says_why_it_makes_no_lead(seller):
	call = make_call("anonymous")
	answer = inbox.create(entry(call))
	assert "anonymous" in reason(answer)
	assert lead_on(call) is None


def test_the_lead_is_shown_before_one_attaches(seller):
	lead = make_lead(email=new_address(), lead_owner=seller)
	mail = make_mail(lead.email.upper())
	shown = row_of(mail)["lead"]
	assert (shown["name"], shown["status"], shown["is_open"]) == (lead.name, "Lead", True)
	assert shown["owner"] == frappe.utils.get_fullname(seller)
	(done,) = inbox.attach(entry(mail))["done"]
	assert done["lead"] == lead.name == lead_on(mail)
	assert frappe.db.get_value(LEAD, lead.name, "enquiries") == 1


def test_a_call_finds_the_lead_by_its_number_in_any_spelling(seller):
	lead = make_lead(mobile_no="+49 171 2223334")
	call = make_call("+491712223334")
	assert row_of(call)["lead"]["name"] == lead.name
	assert inbox.attach(entry(call))["done"][0]["lead"] == lead.name


def test_further_addresses_and_numbers_of_a_lead_are_known(seller):
	lead = make_lead(email_ids=[{"email_id": new_address()}], phone_nos=[{"phone": number()}])
	lead.append("email_ids", {"email_id": new_address()})
	lead.append("phone_nos", {"phone": number()})
	lead.save()
	for document in (make_mail(lead.email_ids[1].email_id), make_call(lead.phone_nos[1].phone)):
		assert row_of(document)["lead"]["name"] == lead.name


def test_the_open_lead_is_found_before_a_newer_closed_one(seller):
	address = new_address()
	lead = make_lead(email=address)
	closed = make_lead(email=address, status="Disqualified")
	frappe.db.set_value(LEAD, closed.name, "creation", "2999-01-01")
	assert row_of(make_mail(address))["lead"]["name"] == lead.name


def test_one_can_attach_to_another_lead(seller):
	lead, mail = make_lead(), make_mail()
	assert inbox.attach(entry(mail), lead=lead.name)["done"][0]["lead"] == lead.name


def test_attach_twice_changes_nothing_and_elsewhere_is_refused(seller):
	lead, mail = make_lead(), make_mail()
	inbox.attach(entry(mail), lead=lead.name)
	assert inbox.attach(entry(mail), lead=lead.name)["done"][0]["lead"] == lead.name
	assert frappe.db.get_value(LEAD, lead.name, "enquiries") == 1
	assert "belongs to a document already" in reason(inbox.attach(entry(mail), lead=make_lead().name))


@pytest.mark.parametrize("subject", ["<img src=x>", None], ids=["no letter in it", "none"])
def test_a_mail_whose_subject_says_nothing_can_be_attached(seller, subject):
	"""The framework asks for one whenever a mail is saved."""
	lead, mail = make_lead(), make_mail()
	frappe.db.set_value("Communication", mail.name, "subject", subject)
	assert inbox.attach(entry(mail), lead=lead.name)["done"][0]["lead"] == lead.name
	assert lead_on(mail) == lead.name


def test_attach_says_what_to_do_when_no_lead_is_known(seller):
	assert "Choose the lead, or make a new one" in reason(inbox.attach(entry(make_mail())))


def test_create_for_the_sender_of_an_open_lead_attaches(seller):
	lead = make_lead(email=new_address())
	assert inbox.create(entry(make_mail(lead.email)))["done"][0]["lead"] == lead.name


@pytest.mark.parametrize("make", [make_mail, lambda: make_call(number())], ids=["mail", "call"])
def test_ignore_and_back(seller, make):
	document = make()
	before = inbox.ready()["value"]
	assert inbox.ignore(entry(document))["message"] == "1 is ignored now."
	assert row_of(document) is None
	assert row_of(document, state="ignored")["reason"] == "Ignored"
	assert inbox.ready()["value"] == before - 1
	assert inbox.restore(entry(document))["message"] == "1 waits for a decision again."
	assert row_of(document)
	assert inbox.ready()["value"] == before


def test_what_is_on_a_lead_cannot_be_ignored(seller):
	mail = make_mail()
	inbox.create(entry(mail))
	assert "belongs to a document already" in reason(inbox.ignore(entry(mail)))


def test_a_mail_that_somebody_closed_is_not_ready_and_can_come_back(seller):
	mail = make_mail()
	frappe.db.set_value("Communication", mail.name, "status", "Closed")
	assert row_of(mail) is None
	inbox.restore(entry(mail))
	assert row_of(mail)


def test_what_no_person_wrote_is_put_aside_with_its_reason(seller):
	frappe.set_user("Administrator")
	mail = receive(write(new_address(), Auto_Submitted="auto-replied"))
	frappe.set_user(seller)
	assert row_of(mail) is None
	assert row_of(mail, state="ignored")["reason"] == "Automatic Reply"


def test_a_mail_of_a_colleague_waits_for_a_decision(seller):
	frappe.set_user("Administrator")
	mail = receive(write(seller))
	frappe.set_user(seller)
	assert row_of(mail)["reason"] == "Colleague"


def test_what_is_no_list_or_entry_is_refused_with_what_to_do(seller):
	with refused(InvalidActionError) as refusal:
		inbox.items(state="all")
	assert "ready, ignored, done" in refusal
	for entries in ("", "[]", "x", '["x"]', "[[1]]"):
		with refused(InvalidActionError) as refusal:
			inbox.create(entries)
		assert "Choose at least one" in refusal
	with refused(InvalidActionError) as refusal:
		inbox.create([["Communication", str(count)] for count in range(101)])
	assert "at most 100" in refusal


def test_only_mails_and_calls_are_entries(seller):
	lead = make_lead()
	assert "not in your inbox" in reason(inbox.ignore([[LEAD, lead.name]]))
	assert "not in your inbox" in reason(inbox.ignore([["Communication", "gone"]]))


def test_one_that_is_refused_does_not_keep_the_others_from_it(seller):
	good, bad = make_mail(), make_call("anonymous")
	answer = inbox.create([*entry(bad), *entry(good)])
	assert [done["name"] for done in answer["done"]] == [good.name]
	assert [refusal["name"] for refusal in answer["refused"]] == [bad.name]


def test_a_mail_made_over_rest_is_listed_and_becomes_a_lead(committed):
	manager = Client(make_user("System Manager", "Sales User"))
	mail = manager.create(
		"Communication",
		communication_medium="Email",
		sent_or_received="Received",
		subject="By REST",
		content="Hello",
		sender=new_address(),
	)
	seller = Client(make_user("Sales User"))
	rows = seller.call("GET", "method/lead_pipeline.capture.inbox.api.items?limit=500")["rows"]
	assert mail["name"] in [row["name"] for row in rows]
	answer = seller.call(
		"POST", "method/lead_pipeline.capture.inbox.api.create", entries=[["Communication", mail["name"]]]
	)
	frappe.db.rollback()
	(done,) = answer["done"]
	assert frappe.db.get_value(LEAD, done["lead"], "lead_owner") == seller.user
	committed += [frappe.get_doc("Communication", mail["name"]), frappe.get_doc(LEAD, done["lead"])]


def test_the_card_for_the_workspace_counts_what_is_ready(seller):
	card = frappe.get_doc("Number Card", "Mails and Calls Waiting")
	# The workspace asks this before it shows a card.
	assert card.has_permission("read")
	before = frappe.get_attr(card.method)(filters="[]")["value"]
	make_mail()
	assert frappe.get_attr(card.method)(filters="[]")["value"] == before + 1


# What becomes of the mails of a lead that is deleted.


def delete(lead: str) -> None:
	"""Delete a lead, with what the framework does later in a job of its own."""
	frappe.delete_doc(LEAD, lead)
	delete_dynamic_links(LEAD, lead)


def states_of(document) -> list[str]:
	return [state for state in STATES if row_of(document, state=state)]


def as_stored(document) -> dict:
	return frappe.get_doc(document.doctype, document.name).as_dict()


@pytest.fixture
def manager():
	"""Who may delete leads and see the mails of all accounts; the test acts as them."""
	user = make_user("Sales Manager", "System Manager")
	frappe.set_user(user)
	return user


def test_what_came_in_for_a_deleted_lead_waits_for_nobody(manager):
	first = make_mail()
	(done,) = inbox.create(entry(first))["done"]
	on_it = {"reference_doctype": LEAD, "reference_name": done["lead"]}
	on_another = {"reference_doctype": LEAD, "reference_name": make_lead().name}
	came_in = [
		first,
		make_mail(first.sender, **on_it),
		make_mail(first.sender, communication_medium="Other", **on_it),
		make_spoken(number(), **on_it),
	]
	bounce = make_mail(**on_it)
	frappe.db.set_value("Communication", bounce.name, INBOX_FIELD, BOUNCE)
	others = [make_mail(first.sender), make_mail(first.sender, **on_another)]
	sent = make_mail(sent_or_received="Sent", **on_it)
	before, were = inbox.ready()["value"], [as_stored(mail) for mail in others]
	delete(done["lead"])
	assert [states_of(mail) for mail in (*came_in, bounce)] == [["ignored"]] * 5
	assert row_of(bounce, state="ignored")["reason"] == BOUNCE
	assert [as_stored(mail) for mail in others] == were
	assert [states_of(mail) for mail in others] == [["ready"], ["done"]]
	assert not as_stored(sent)[INBOX_FIELD]
	assert inbox.ready()["value"] == before


def test_mails_of_leads_that_are_deleted_together_wait_for_nobody(manager, no_commits):
	leads = [make_lead() for _count in range(2)]
	mails = [make_mail(reference_doctype=LEAD, reference_name=lead.name) for lead in leads for _two in "ab"]
	delete_bulk(LEAD, [lead.name for lead in leads])
	for lead in leads:
		assert not frappe.db.exists(LEAD, lead.name)
		delete_dynamic_links(LEAD, lead.name)
	assert [states_of(mail) for mail in mails] == [["ignored"]] * 4


def test_a_mail_of_a_deleted_lead_comes_back_to_the_lead_that_was_restored(manager):
	lead, mail = make_lead(), make_mail()
	inbox.attach(entry(mail), lead=lead.name)
	delete(lead.name)
	deleted = {"deleted_doctype": LEAD, "deleted_name": lead.name}
	restore(frappe.db.get_value("Deleted Document", deleted))
	restored = frappe.db.get_value("Deleted Document", deleted, "new_name")
	assert states_of(mail) == ["ignored"]
	inbox.restore(entry(mail))
	assert states_of(mail) == ["ready"]
	assert inbox.attach(entry(mail), lead=restored)["done"][0]["lead"] == restored
	assert states_of(mail) == ["done"]


def test_a_merge_and_its_undo_leave_mails_on_their_leads(manager):
	kept, other = make_lead(), make_lead()
	mail = make_mail(reference_doctype=LEAD, reference_name=other.name)
	answer = merge(kept, other)
	assert (states_of(mail), lead_on(mail), mail.get(INBOX_FIELD) or None) == (["done"], kept.name, None)
	undo(answer)
	assert (states_of(mail), lead_on(mail), mail.get(INBOX_FIELD) or None) == (["done"], other.name, None)
