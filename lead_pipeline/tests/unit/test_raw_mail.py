"""Mails put into a form that every reader takes, without a site."""

from email import message_from_bytes
from email.header import decode_header, make_header

import pytest

from lead_pipeline.domain import raw_mail

SIGNATURE = b"DKIM-Signature: v=1; a=rsa-sha256;\n\tbh=abc=;\n     b=" + b"x" * 100 + b"\n"


def test_all_recipients_stay_but_those_that_are_no_addresses():
	people = [f"Person {number} <p{number}@example.com>" for number in range(200)]
	raw = f"From: a@example.com\nTo: {', '.join([*people, 'sales'])}\n\nHello".encode()
	assert message_from_bytes(raw_mail.repair_mail(raw))["To"] == ", ".join(people)


@pytest.mark.parametrize("sign", ["(", ":", ": ", '"', "<", "\\", "a@"])
def test_recipients_that_nobody_can_read_are_left_out(sign):
	raw = f"From: a@example.com\nTo: {sign * 100_000}\n\nHello".encode()
	message = message_from_bytes(raw_mail.repair_mail(raw))
	assert (message["From"], message["To"], message.get_payload()) == ("a@example.com", None, "Hello")


def test_what_needs_no_change_keeps_its_lines():
	raw = SIGNATURE + "From: a@example.com\nSubject: Küche\n\nHello".encode()
	mended = raw_mail.repair_mail(raw)
	assert mended.startswith(SIGNATURE) and b"Subject: =?utf-8?b?" in mended


def test_a_right_mail_stays_as_it_came():
	raw = SIGNATURE + b"From: a@example.com\r\nMessage-ID: <1@example.com>\r\n"
	raw += b"To: sales: b@example.com, c@example.com;\r\n\r\nHello"
	assert raw_mail.repair_mail(raw) == raw


@pytest.mark.parametrize("given", [b"", b"Message-ID:\n", b"Message-Id: <>\n", b"message-id: < >\n"])
def test_a_mail_without_a_message_id_gets_one_of_its_bytes(given):
	def message_id(body: bytes) -> str:
		mended = raw_mail.repair_mail(b"From: a@example.com\n" + given + b"\n" + body)
		(found,) = message_from_bytes(mended).get_all("Message-ID")
		return found

	assert message_id(b"Hello") == message_id(b"Hello") != message_id(b"Hello!")


LABELS = """ansi cp-850 gb2312 hz-gb-2312 hex idna iso-2022-jp iso-8859-6-e iso-8859-8-i ks_c_5601-1989 mbcs punycode rot13
	tis-620 undefined unicode-1-1-utf-7 unknown-8bit utf-16 utf-7 utf8mb4 windows-31j windows-874 x-mac-roman x-sjis x-unknown
	x-user-defined zlib default 8bit ütf-8 'utf-8'"""


@pytest.mark.parametrize("label", LABELS.split())
@pytest.mark.parametrize("content", ["Küche".encode(), "Küche".encode("cp1252"), b"\xff\xfe\x00", b""])
def test_whatever_a_charset_is_called_its_text_and_name_can_be_decoded(label, content):
	raw = b"From: =?" + label.encode() + b'?Q?J=FCrgen?= <a@example.com>\nContent-Type: text/plain; charset="'
	raw += label.encode() + b'"\n\n' + content
	message = message_from_bytes(raw_mail.repair_mail(raw))
	assert make_header(decode_header(message["From"]))
	charset = message.get_content_charset("ascii")
	assert content.decode(charset, "replace") is not None
	assert message.get_payload(decode=True) == content
