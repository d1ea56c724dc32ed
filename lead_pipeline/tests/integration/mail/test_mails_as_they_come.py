"""Mails of all mail programs of thirty years are received.

Each becomes a lead or waits in the inbox, and none stops the others.
"""

import frappe
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lead_pipeline.constants import CLAIMED, INBOX_FIELD, LEAD
from lead_pipeline.domain.matching import email_key
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.mails import (
	fetch,
	handed_over,
	lead_of,
	leads_of,
	make_account,
	new_address,
	new_id,
	receive,
	write,
)


def raw(
	*headers: str, body: str | bytes = "We need 200 chairs.\n", encoding: str = "utf-8", **named: str
) -> bytes:
	"""Return a mail as bytes, built line by line.

	`named` replaces the usual headers; None leaves one out.
	"""
	usual = {"From": "Jane Doe <jane@example.com>", "To": "leads@our-company.example", "Subject": "Question"}
	usual |= {"Message-ID": new_id(), "Content-Type": "text/plain; charset=utf-8"}
	usual |= {name.replace("_", "-"): value for name, value in named.items()}
	lines = [f"{name}: {value}" for name, value in usual.items() if value is not None]
	head = "\n".join([*lines, *headers]).encode(encoding)
	return head + b"\n\n" + (body if isinstance(body, bytes) else body.encode(encoding))


HEADERS = {
	"letters that are not encoded in the subject": (
		{"Subject": "Anfrage für Küche"},
		"subject",
		"Anfrage für Küche",
	),
	"a subject of which a part is encoded": (
		{"Subject": "Re: =?UTF-8?Q?K=C3=BCche?="},
		"subject",
		"Re: Küche",
	),
	"a subject of several encoded parts": (
		{"Subject": "=?UTF-8?Q?K=C3=BC?= =?iso-8859-1?Q?che_f=FCr?= zwei"},
		"subject",
		"Küche für zwei",
	),
	"an encoded subject that is cut off": ({"Subject": "=?UTF-8?B?S8O8Y2h"}, "subject", "=?UTF-8?B?S8O8Y2h"),
	"a charset in the subject that there is not": ({"Subject": "=?x-none?Q?K=FCche?="}, "subject", "Küche"),
	"a recipient without a domain": ({"To": '"Sales" <sales>'}, "subject", "Question"),
	"recipients that are not named": ({"To": "undisclosed-recipients:;"}, "subject", "Question"),
}


@pytest.mark.parametrize("kind", HEADERS)
def test_a_mail_becomes_a_lead_with(account, kind):
	headers, field, expected = HEADERS[kind]
	address = new_address()
	mail = receive(raw(**({"From": f"Jane Doe <{address}>"} | headers)), account)
	assert (lead_of(mail).email, mail.get(field)) == (address, expected)


@pytest.mark.parametrize(
	("sender", "first_name", "last_name"),
	[
		('"Müller, Anna" <{0}>', "Anna", "Müller"),
		("Anna Müller <{0}>", "Anna", "Müller"),
		("=?utf-8?Q?Hern=C3=A1ndez_Rivera=2C_Esperanza?= <{0}>", "Esperanza", "Hernández Rivera"),
		("=?x-none?Q?Anna_M=FCller?= <{0}>", "Anna", "Müller"),
		("=?utf-8?Q?Anna?= =?utf-8?Q?_M=C3=BCller?= <{0}>", "Anna", "Müller"),
	],
)
def test_the_name_of_a_sender_is_read(account, sender, first_name, last_name):
	lead = lead_of(receive(raw(From=sender.format(new_address())), account))
	assert (lead.first_name, lead.last_name) == (first_name, last_name)


TEXTS = {
	"iso-8859-8-i": ("שלום, אנחנו צריכים כיסאות", "iso8859-8"),
	"cp-850": ("Stühle für das Büro", "cp850"),
	"windows-31j": ("椅子を二百脚ください", "cp932"),
	"utf8mb4": ("Stühle für das Büro", "utf-8"),
	"x-unknown": ("Stühle für das Büro", "utf-8"),
	"hex": ("Stühle für das Büro", "utf-8"),
	"": ("Stühle für das Büro", "utf-8"),
}


@pytest.mark.parametrize("label", TEXTS)
def test_a_text_is_read_whatever_its_charset_is_called(account, label):
	text, encoding = TEXTS[label]
	content_type = f'text/plain; charset="{label}"' if label else "text/plain"
	mail = receive(raw(From=new_address(), Content_Type=content_type, body=text.encode(encoding)), account)
	assert text in lead_of(mail).description


CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:{0}\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
MEETING = (
	"--b\nContent-Type: text/plain; charset=utf-8\n\nJane Doe has answered.\n\n"
	"--b\nContent-Type: text/calendar; charset=utf-8{1}\n\n{0}\n--b--\n"
)


@pytest.mark.parametrize(
	("method", "parameter", "reason"),
	[
		("REPLY", "", "Automatic Reply"),
		("REPLY", "; method=REPLY", "Automatic Reply"),
		("REQUEST", "; method=REQUEST", None),
	],
)
def test_who_accepts_a_meeting_at_a_click_makes_no_lead_but_who_invites_does(
	account, method, parameter, reason
):
	body = MEETING.format(CALENDAR.format(method), parameter)
	headers = {
		"From": new_address(),
		"Subject": "Accepted: Meeting",
		"Content-Type": "multipart/alternative; boundary=b",
	}
	mail = receive(raw(**headers, body=body), account)
	assert (mail.get(INBOX_FIELD), mail.reference_doctype) == (reason, None if reason else LEAD)


FORWARDED = (
	"---------- Forwarded message ---------\nFrom: Max Buyer <{0}>\nDate: Mon, Nov 2, 2026 at 9:00 AM\n"
	"Subject: Chairs\nTo: Jane Doe <jane@example.com>\n\n\n200 chairs, 20 tables.\n"
)
APPLE = (
	"Begin forwarded message:\n\n> From: Max Buyer <{0}>\n> Subject: Chairs\n> Date: 2 November 2026\n"
	"> To: Jane Doe <jane@example.com>\n> \n> 200 chairs, 20 tables.\n"
)


@pytest.mark.parametrize("body", [FORWARDED, APPLE], ids=["Gmail", "Apple"])
def test_what_was_forwarded_without_a_word_is_the_lead_of_who_wrote_it(account, body):
	buyer = new_address("buyer")
	mail = receive(raw(From=new_address(), Subject="Fwd: Chairs", body=f"\n\n{body.format(buyer)}"), account)
	lead = lead_of(mail)
	assert (lead.email, lead.lead_name) == (buyer, "Max Buyer")
	assert "200 chairs, 20 tables." in lead.description


def test_what_was_forwarded_with_a_word_is_the_forwarders_lead_and_all_of_it_is_kept(account):
	sender, buyer = new_address(), new_address("buyer")
	body = f"Please quote for the list below.\n\n{FORWARDED.format(buyer)}"
	lead = lead_of(receive(raw(From=f"Jane Doe <{sender}>", Subject="Fwd: Chairs", body=body), account))
	assert (lead.email, lead.lead_name) == (sender, "Jane Doe")
	for part in ("Please quote for the list below.", buyer, "200 chairs, 20 tables."):
		assert part in lead.description


def test_what_is_forwarded_as_html_is_kept(account):
	buyer = new_address("buyer")
	html = (
		'<div dir="ltr"><br><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>'
		f"From: <b>Max Buyer</b> &lt;{buyer}&gt;<br>Date: Mon<br>Subject: Chairs<br>To: Jane<br></div><br><br>"
		"200 chairs, 20 tables.</div></div>"
	)
	mail = receive(write(new_address(), "Fwd: Chairs", None, html=html), account)
	assert lead_of(mail).email == buyer
	assert "200 chairs, 20 tables." in lead_of(mail).description


def test_a_colleague_hands_an_enquiry_on(account):
	colleague, buyer = make_user("Sales User"), new_address("buyer")
	body = f"Who takes this one?\n\n{FORWARDED.format(buyer)}"
	lead = lead_of(receive(raw(From=colleague, Subject="Fwd: Chairs", body=body), account))
	assert lead.email == buyer
	again = receive(raw(From=colleague, Subject="Fwd: Chairs", body=FORWARDED.format(buyer)), account)
	assert again.reference_name == lead.name


def test_what_a_stranger_forwards_gets_into_nobody_elses_lead(account):
	victim, stranger = make_lead(email=new_address("victim")), new_address()
	mail = receive(raw(From=stranger, Subject="Fwd: Chairs", body=FORWARDED.format(victim.email)), account)
	assert (mail.reference_name, mail.get(INBOX_FIELD)) == (None, CLAIMED)
	assert frappe.db.get_value(LEAD, victim.name, "enquiries") == 0


def test_a_picture_that_is_cut_off_is_kept_as_it_is(account):
	body = (
		"--B\nContent-Type: text/plain; charset=utf-8\n\nPhoto attached.\n--B\n"
		'Content-Type: image/jpeg; name="a.jpg"\nContent-Transfer-Encoding: base64\n'
		'Content-Disposition: attachment; filename="a.jpg"\n\n/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA==\n--B--\n'
	)
	mail = receive(raw(From=new_address(), Content_Type='multipart/mixed; boundary="B"', body=body), account)
	files = frappe.get_all("File", {"attached_to_name": lead_of(mail).name}, ["file_name", "file_size"])
	assert [file.file_size for file in files] == [25]
	assert files[0].file_name.startswith("a.jpg")


def test_a_mail_without_a_sender_waits_in_the_inbox(account):
	mail = receive(raw(From=None), account)
	assert (mail.reference_name, mail.get(INBOX_FIELD), mail.subject) == (None, "No Sender", "Question")


@pytest.mark.parametrize("imap", [False, True], ids=["POP", "IMAP"])
def test_no_mail_keeps_the_others_of_its_batch_from_arriving(committed, imap):
	account = make_account(
		imap=imap,
		email_sync_option="ALL",
		enable_outgoing=1,
		default_outgoing=1,
		smtp_server="localhost",
		no_smtp_authentication=1,
	)
	frappe.db.commit()
	good = [new_address(), new_address()]
	bad = [
		raw(From=None),
		raw(From="=?x-none?Q?J=FC?= <x>"),
		b"",
		b"\xff\xfe\x00not a mail",
		raw(Content_Type="multipart/mixed; boundary=B", body="--B\n" * 300),
	]
	fetch(account, raw(From=good[0]), *bad, raw(From=good[1]))
	frappe.db.rollback()
	made = frappe.get_all("Communication", {"email_account": account.name}, pluck="name")
	leads = frappe.get_all(LEAD, {"email_key": ("in", good)}, pluck="name")
	committed += [frappe.get_doc("Communication", name) for name in made]
	committed += [*(frappe.get_doc(LEAD, name) for name in leads), account]
	assert (len(leads), len(made)) == (len(good), len(good) + len(bad))


def test_a_mail_that_cannot_be_received_is_kept_with_the_reason(account, committed, monkeypatch):
	"""Whatever goes wrong in the receiver: here, saving its files."""
	address = new_address()
	whole = write(f"Jane <{address}>", files={"offer.pdf": b"%PDF-1.4"})

	def fail(mail, doc):
		raise OSError("No space left on device")

	monkeypatch.setattr("frappe.email.receive.InboundMail.save_attachments_in_doc", fail)
	# The account is there before its mail, and what fails is undone.
	committed.append(account)
	frappe.db.commit()
	make_lead()
	mail = receive(whole, account)
	monkeypatch.undo()
	assert (mail.sender, mail.get(INBOX_FIELD), mail.reference_name) == (address, "Failed", None)
	file = frappe.get_last_doc("File", {"attached_to_name": mail.name})
	assert file.get_content() in (whole, whole.decode())
	assert (
		"No space left"
		in frappe.get_last_doc("Error Log", {"method": "An e-mail could not be received"}).error
	)


labels = st.sampled_from(["", " ", "utf 8", "utf-8;", "ütf-8", "'utf-8'"]) | st.sampled_from(
	"""utf-8 cp-850 iso-8859-8-i hex undefined x utf-16 utf-32 gb2312 gb18030 hz-gb-2312 big5 big5-hkscs euc-kr
	ks_c_5601-1989 shift_jis x-sjis windows-31j iso-2022-jp iso-2022-kr euc-jp koi8-r koi8-u windows-1251 windows-1252
	windows-1255 windows-1256 windows-874 tis-620 iso-8859-6-e iso-8859-16 x-mac-roman macintosh us-ascii ansi utf-7
	unicode-1-1-utf-7 utf8mb4 unknown-8bit x-user-defined x-unknown binary base64 rot13 idna punycode mbcs zlib
	raw_unicode_escape unicode_escape 8bit default none""".split()
)
lines = st.binary(max_size=40).map(lambda line: line.replace(b"\n", b" ").replace(b"\r", b" "))
header_names = st.sampled_from(
	[b"From", b"To", b"Subject", b"Reply-To", b"Cc", b"Date", b"Content-Type", b"In-Reply-To", b"X"]
)


@st.composite
def mails(draw) -> bytes:
	"""Generate bytes that begin like a mail.

	Headers of any content and number, then a text, or parts of one, in any charset or none.
	"""
	headers = [
		name + b": " + line for name, line in draw(st.lists(st.tuples(header_names, lines), max_size=6))
	]
	label = draw(labels)
	if draw(st.booleans()):
		headers.append(f"From: =?{label}?Q?J=FCrgen?= <{new_address()}>".encode())
	if draw(st.booleans()):
		headers.append(
			f'Content-Type: text/{draw(st.sampled_from(["plain", "html", "calendar"]))}; charset="{label}"'.encode()
		)
	elif draw(st.booleans()):
		headers.append(b"Content-Type: multipart/mixed; boundary=B")
	ends = draw(st.sampled_from([b"\n", b"\r\n"]))
	parts = draw(
		st.lists(
			st.one_of(
				st.binary(max_size=60), st.sampled_from([b"--B", b"--B--", b"Content-Type: image/png", b""])
			),
			max_size=8,
		)
	)
	return ends.join([*headers, b"", *parts])


@pytest.mark.parametrize("imap", [False, True], ids=["POP", "IMAP"])
@settings(max_examples=30, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(data=st.data())
def test_any_bytes_are_received_and_stop_no_other_mail(connected_site, imap, data):
	"""Each mail of a batch is stored, on a lead or in the inbox (promise P13).

	The valid mail among them is stored, too.
	"""
	frappe.db.rollback()
	account, good = make_account(create_contact=0, imap=imap), new_address()
	# The same bytes are the same mail, which comes once.
	batch = data.draw(st.lists(mails(), max_size=3, unique=True))
	batch.insert(data.draw(st.integers(0, len(batch))), raw(From=good))
	for number, mail in enumerate(handed_over(account, *batch), start=1):
		mail.process()
		assert frappe.db.count("Communication", {"email_account": account.name}) == number
	assert number == len(batch)
	assert len(leads_of(good)) == 1
	fields = ["reference_doctype", "reference_name", "sender", INBOX_FIELD]
	for made in frappe.get_all("Communication", {"email_account": account.name}, fields):
		if made.reference_doctype == LEAD:
			lead = frappe.db.get_value(LEAD, made.reference_name, "email")
			assert email_key(lead) == email_key(made.sender)
		else:
			assert made[INBOX_FIELD]
	frappe.db.rollback()
