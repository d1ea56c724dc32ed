"""A mail is linked to the lead that it answers, or to its sender's open lead.

It is linked to no other lead.
"""

from email.header import Header

import frappe
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lead_pipeline.constants import LEAD, OPEN_CATEGORIES
from lead_pipeline.domain.matching import email_key
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.mails import lead_of, leads_of, make_account, new_address, new_id, receive, write


def test_a_mail_lands_on_the_lead_that_somebody_made_of_its_sender_a_moment_ago(account):
	"""A mail is linked to the lead that was just made of its sender.

	This holds even when the receiver had read the database before, and so sees it as of that time.
	"""
	address, made = new_address(), []
	frappe.db.commit()
	frappe.db.get_value("User", "Guest", "name")

	def make() -> None:
		made.append(make_lead(email=address))
		frappe.db.commit()

	with site.somebody_else(make):
		pass
	try:
		mail = receive(write(f"Jane Doe <{address}>"), account)
		assert mail.reference_name == made[0].name
		assert leads_of(address) == [made[0].name]
	finally:
		frappe.db.rollback()
		for record in (*made, account):
			site.delete(record.doctype, record.name)
		frappe.db.commit()


def test_the_same_message_id_twice_makes_nothing_new(account):
	"""A second mail with the same Message-ID creates nothing new.

	On Frappe 16 each of two accounts keeps its copy; it is one enquiry all the same.
	"""
	address = new_address()
	raw = write(address)
	mails = [receive(raw, account), receive(raw, account), receive(raw, make_account())]
	assert mails[0].name == mails[1].name
	(lead,) = leads_of(address)
	assert {(mail.reference_doctype, mail.reference_name) for mail in mails} == {(LEAD, lead)}
	assert frappe.db.get_value(LEAD, lead, "enquiries") == 0


def test_a_reply_to_the_leads_mail_lands_on_that_lead_from_any_address(account):
	first = receive(write(new_address()), account)
	colleague = new_address("colleague")
	reply = receive(write(colleague, subject="Something else", In_Reply_To=f"<{first.message_id}>"), account)
	assert reply.reference_name == first.reference_name
	assert leads_of(colleague) == []
	assert lead_of(reply).enquiries == 0


def test_a_reply_to_our_own_mail_lands_on_its_lead(account):
	lead = make_lead(email=new_address(), status="Replied")
	sent = frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Sent",
			"subject": "Our offer",
			"content": "100",
			"sender": "Administrator",
			"recipients": lead.email,
			"message_id": new_id().strip("<>"),
			"reference_doctype": LEAD,
			"reference_name": lead.name,
		}
	).insert()
	reply = receive(write(new_address("assistant"), In_Reply_To=f"<{sent.message_id}>"), account)
	assert reply.reference_name == lead.name
	assert frappe.db.get_value(LEAD, lead.name, "status") == "Open"


def test_references_are_followed_when_the_mail_between_is_unknown(account):
	first = receive(write(new_address()), account)
	references = f"<{first.message_id}> {new_id()}"
	later = receive(write(new_address(), In_Reply_To=new_id(), References=references), account)
	assert later.reference_name == first.reference_name


def test_a_reply_lands_on_a_closed_lead_too(account):
	first = receive(write(new_address()), account)
	lead = frappe.get_doc(LEAD, first.reference_name)
	lead.update({"status": "Disqualified"}).save()
	reply = receive(write(lead.email, In_Reply_To=f"<{first.message_id}>"), account)
	assert reply.reference_name == lead.name
	assert frappe.db.get_value(LEAD, lead.name, "status") == "Disqualified"


@pytest.mark.parametrize("answered", ["\x1a", "<  >", "<\x01>"], ids=["no ID", "blanks", "an unseen sign"])
def test_an_answer_to_nothing_gets_into_no_lead(account, answered):
	victim = receive(write(new_address(), Message_ID=""), account)
	mail = receive(write(new_address(), In_Reply_To=answered, References=answered), account)
	assert mail.reference_name and mail.reference_name != victim.reference_name


@pytest.mark.parametrize("imap", [False, True], ids=["POP", "IMAP"])
@pytest.mark.parametrize("subject", ["hi (#{})", "#{}", "{}", ""])
def test_a_stranger_gets_into_no_lead_by_the_subject(subject, imap):
	lead, stranger = make_lead(email=new_address("victim")), new_address("stranger")
	mail = receive(write(stranger, subject=subject.format(lead.name)), make_account(imap=imap))
	assert lead_of(mail).email == stranger
	assert mail.reference_name != lead.name


def test_an_empty_subject_of_a_known_sender_lands_on_the_open_lead_only(account):
	address = new_address()
	make_lead(email=address, status="Disqualified")
	lead = make_lead(email=address)
	assert receive(write(address, subject=""), account).reference_name == lead.name


def test_a_known_sender_asks_again(account):
	owner = make_user("Sales User")
	lead = make_lead(email=new_address(), lead_owner=owner, status="Replied")
	mail = receive(write(lead.email.upper(), subject="One more question"), account)
	assert mail.reference_name == lead.name
	assert frappe.db.get_value(LEAD, lead.name, ["enquiries", "status"]) == (1, "Open")
	assert frappe.get_all("Notification Log", filters={"for_user": owner}, pluck="subject") == [
		f"<strong>{lead.lead_name}</strong> has asked again"
	]


def test_the_sender_of_a_closed_lead_becomes_a_new_one(account):
	lead = make_lead(email=new_address(), status="Disqualified")
	assert lead_of(receive(write(lead.email), account)).name != lead.name


def test_an_automatic_answer_in_a_thread_is_on_the_lead_and_does_not_move_it(account):
	first = receive(write(new_address()), account)
	frappe.get_doc(LEAD, first.reference_name).update({"status": "Replied"}).save()
	raw = write(first.sender, In_Reply_To=f"<{first.message_id}>", Auto_Submitted="auto-replied")
	answer = receive(raw, account)
	assert (answer.reference_name, answer.communication_type) == (first.reference_name, "Automated Message")
	assert frappe.db.get_value(LEAD, first.reference_name, "status") == "Replied"


local_parts = st.text("abcdefgh0123456789._+'-", min_size=1, max_size=12)


words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30)


tokens = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


names = st.sampled_from(["Precedence", "Auto-Submitted", "List-Id", "References", "Return-Path", "Sender"])


class Inbox:
	"""An account that receives mails of a few senders in any order.

	Keeps which Message-ID was sent to which lead.
	"""

	def __init__(self):
		# Frappe 15.0 fails on names of which it cannot make the Contact that it wants; later versions do not.
		self.account = make_account(create_contact=0)
		self.victim = make_lead(email=new_address("victim"))
		self.key = frappe.generate_hash(length=6)
		self.threads = {}

	def address(self, local: str) -> str:
		return f"{local.strip('.') or 'x'}.{self.key}@example.com"


@settings(max_examples=50, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.data())
def test_any_mails_raise_nothing_and_nobody_gets_into_the_lead_of_another(connected_site, data):
	"""Promise P13."""
	frappe.db.rollback()
	inbox = Inbox()
	senders = data.draw(st.lists(local_parts, min_size=1, max_size=3, unique=True))
	for _number in range(data.draw(st.integers(1, 5))):
		sender = inbox.address(data.draw(st.sampled_from(senders)))
		subject = data.draw(
			st.one_of(
				words, st.sampled_from(["", "Re:", f"x (#{inbox.victim.name})", inbox.victim.lead_name, "%"])
			)
		)
		answered = data.draw(st.sampled_from([None, new_id(), "<>", "broken", *inbox.threads]))
		header = data.draw(st.dictionaries(names, tokens, max_size=2))
		victim = inbox.victim.email
		disguise = data.draw(st.sampled_from([{}, {"Reply-To": victim}, {"X-Original-From": f"<{victim}>"}]))
		header |= disguise | ({"In-Reply-To": answered} if answered else {})
		name = data.draw(
			st.one_of(words, st.sampled_from([victim, f'"{victim}"', f"<{victim}>", f"({victim}"]))
		)
		raw = raw_mail(name, sender, subject, header)
		message_id = raw.split(b"Message-ID: ")[1].split(b"\n")[0].strip().decode()
		mail = receive(raw, inbox.account)
		if mail.reference_doctype != LEAD:
			continue
		lead = frappe.get_doc(LEAD, mail.reference_name)
		is_by_sender = email_key(lead.email) == email_key(mail.sender) == email_key(sender)
		assert lead.name == inbox.threads.get(answered) or is_by_sender
		inbox.threads[message_id] = lead.name
		for address in filter(email_key, {inbox.address(local) for local in senders}):
			open_leads = {"email_key": email_key(address), "status_category": ("in", OPEN_CATEGORIES)}
			assert frappe.db.count(LEAD, open_leads) <= 1
	frappe.db.rollback()


def raw_mail(name: str, sender: str, subject: str, headers: dict[str, str]) -> bytes:
	"""Text as mail programs encode it, and other headers as they come, right or wrong."""

	def encoded(text: str) -> str:
		return text if "@example.com" in text else Header(text, "utf-8").encode() if text else ""

	lines = [f"From: {encoded(name)} <{sender}>", "To: leads@our-company.example", f"Message-ID: {new_id()}"]
	lines += [f"Subject: {encoded(subject)}", *(f"{name}: {value}" for name, value in headers.items())]
	return ("\n".join(lines) + "\n\nHello\n").encode()
