"""A process that ends while it receives mails loses none of them (P13).

They come by IMAP from a real server, which counts them as read when they are fetched.
"""

from contextlib import contextmanager
from unittest.mock import patch

import frappe
import pytest
from frappe.utils.password import set_encrypted_password

from lead_pipeline.capture.mail import account as receiving
from lead_pipeline.capture.mail import waiting_mails
from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site
from lead_pipeline.tests.mailbox import Mailbox
from lead_pipeline.tests.mails import leads_of, make_account, new_address, write


class Killed(BaseException):
	"""The end of a process, which nothing catches."""


@pytest.fixture
def mailbox():
	server = Mailbox()
	yield server
	server.shutdown()


@pytest.fixture
def imap_account(clean_transaction, mailbox):
	"""An account that fetches from the mailbox, as other processes see it."""
	account = make_account(LEAD, imap=True, incoming_port=mailbox.port)
	account.db_set({"email_server": "127.0.0.1", "awaiting_password": 0, "password": "*"})
	set_encrypted_password("Email Account", account.name, "secret", "password")
	# Not its first run: what newer frameworks fetch in that one they leave unread.
	frappe.db.set_value("IMAP Folder", {"parent": account.name}, "uidvalidity", "1")
	frappe.db.commit()
	yield frappe.get_doc("Email Account", account.name)
	site.start_over()
	frappe.db.delete("Communication", {"email_account": account.name})
	for lead in frappe.get_all(LEAD, {"email": ("like", "interrupted-%")}, pluck="name", order_by=None):
		site.delete(LEAD, lead)
	frappe.db.delete(waiting_mails.STORE, {"email_account": account.name})
	frappe.delete_doc("Email Account", account.name, force=True)
	frappe.db.commit()


def put(mailbox: Mailbox, number: int) -> list[str]:
	senders = [new_address("interrupted") for _mail in range(number)]
	for sender in senders:
		mailbox.put(write(f"Ada Visitor <{sender}>"))
	return senders


def waiting(account) -> int:
	return frappe.db.count(waiting_mails.STORE, {"email_account": account.name})


@contextmanager
def ends_after(mails: int):
	"""Let the process end when it has received so many mails and begins the next."""
	process, done = receiving.process, []

	def process_or_end(mail):
		if len(done) == mails:
			raise Killed
		done.append(mail)
		return process(mail)

	with patch.object(receiving, "process", process_or_end), pytest.raises(Killed):
		yield
	frappe.db.rollback()


def test_the_next_run_receives_what_an_ended_one_has_left(imap_account, mailbox):
	senders = put(mailbox, 3)
	with ends_after(1):
		imap_account.receive()
	assert [len(leads_of(sender)) for sender in senders] == [1, 0, 0]
	assert mailbox.unseen() == [], "the mail server believes that all of them have arrived"
	later = put(mailbox, 1)
	imap_account.receive()
	assert [len(leads_of(sender)) for sender in senders + later] == [1, 1, 1, 1]
	assert waiting(imap_account) == 0
	imap_account.receive()
	assert [len(leads_of(sender)) for sender in senders] == [1, 1, 1]


def test_mails_of_a_first_run_that_ended_come_once(imap_account, mailbox):
	"""Newer frameworks leave them unread, and fetch them again in the next run."""
	frappe.db.set_value("IMAP Folder", {"parent": imap_account.name}, "uidvalidity", None)
	frappe.db.commit()
	senders = put(mailbox, 3)
	with ends_after(1):
		frappe.get_doc("Email Account", imap_account.name).receive()
	for _run in range(2):
		frappe.get_doc("Email Account", imap_account.name).receive()
	assert [len(leads_of(sender)) for sender in senders] == [1, 1, 1]
	assert frappe.db.count("Communication", {"email_account": imap_account.name}) == 3
	assert mailbox.unseen() == [] and waiting(imap_account) == 0


def test_mails_without_a_message_id_come_once_and_each_of_them(imap_account, mailbox):
	"""Also in an account's first run, and when the server hands them out again."""
	frappe.db.set_value("IMAP Folder", {"parent": imap_account.name}, "uidvalidity", None)
	frappe.db.commit()
	sender = new_address("interrupted")
	days = ("Mon, 02 Nov 2026 09:00:00 +0000", "Tue, 03 Nov 2026 09:00:00 +0000")
	mails = [write(f"Ada <{sender}>", Message_ID=None, Date=day) for day in days]
	# Blanks, which to a database are the same as those of another mail.
	mails += [
		b"Message-ID: " + blanks + b"\n" + write(f"Ada <{sender}>", "Green ones?", Message_ID=None)
		for blanks in (b"<>", b"< >")
	]
	mails += [b"\xff\xfe\x00not a mail"]
	for raw in mails:
		mailbox.put(raw)
	with ends_after(2):
		frappe.get_doc("Email Account", imap_account.name).receive()
	for _run in range(2):
		frappe.get_doc("Email Account", imap_account.name).receive()
	for raw in mails:
		mailbox.put(raw)
	frappe.get_doc("Email Account", imap_account.name).receive()
	assert frappe.db.count("Communication", {"email_account": imap_account.name}) == len(mails)
	assert mailbox.unseen() == [] and waiting(imap_account) == 0


def test_a_mail_that_could_not_be_written_down_stays_on_the_mail_server(imap_account, mailbox):
	(sender,) = put(mailbox, 1)
	with patch.object(waiting_mails, "write_down", side_effect=frappe.QueryTimeoutError("no database")):
		imap_account.receive()
	assert mailbox.unseen() == [1] and leads_of(sender) == []
	imap_account.receive()
	assert mailbox.unseen() == [] and len(leads_of(sender)) == 1


def test_one_process_at_a_time_receives_the_mails_of_an_account(imap_account, mailbox):
	"""One that hangs while it receives is not overtaken by another one."""
	(sender,) = put(mailbox, 1)
	name = imap_account.name
	with site.somebody_else(lambda: frappe.get_doc("Email Account", name).get_inbound_mails()):
		(later,) = put(mailbox, 1)
		imap_account.receive()
		assert (leads_of(sender), leads_of(later), mailbox.unseen()) == ([], [], [2])
	# The next run is a job with a transaction of its own.
	frappe.db.rollback()
	imap_account.receive()
	assert [len(leads_of(each)) for each in (sender, later)] == [1, 1]


def test_a_mail_of_the_account_itself_does_not_wait_for_ever(imap_account, mailbox):
	mailbox.put(write(f"Ourselves <{imap_account.email_id}>"))
	imap_account.receive()
	assert waiting(imap_account) == 0
