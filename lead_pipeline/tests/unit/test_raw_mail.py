"""Mails put into a form that every reader takes, without a site."""

from email import message_from_bytes

import pytest

from lead_pipeline.domain import raw_mail

SIGNATURE = b"DKIM-Signature: v=1; a=rsa-sha256;\n\tbh=abc=;\n     b=" + b"x" * 100 + b"\n"


def test_all_recipients_stay_but_those_that_are_no_addresses():
	people = [f"Person {number} <p{number}@example.com>" for number in range(200)]
	raw = f"From: a@example.com\nTo: {', '.join([*people, 'sales'])}\n\nHello".encode()
	assert message_from_bytes(raw_mail.readable(raw))["To"] == ", ".join(people)


@pytest.mark.parametrize("sign", ["(", ":", ": ", '"', "<", "\\", "a@"])
def test_recipients_that_nobody_can_read_are_left_out(sign):
	raw = f"From: a@example.com\nTo: {sign * 100_000}\n\nHello".encode()
	message = message_from_bytes(raw_mail.readable(raw))
	assert (message["From"], message["To"], message.get_payload()) == ("a@example.com", None, "Hello")


def test_what_needs_no_change_keeps_its_lines():
	raw = SIGNATURE + "From: a@example.com\nSubject: Küche\n\nHello".encode()
	mended = raw_mail.readable(raw)
	assert mended.startswith(SIGNATURE) and b"Subject: =?utf-8?b?" in mended


def test_a_right_mail_stays_as_it_came():
	raw = SIGNATURE + b"From: a@example.com\r\nTo: sales: b@example.com, c@example.com;\r\n\r\nHello"
	assert raw_mail.readable(raw) == raw
