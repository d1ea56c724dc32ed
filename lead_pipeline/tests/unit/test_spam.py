"""Spam checks of enquiries from the web, tickets, addresses of other sites.

Tested without any site.
"""

import pytest

from lead_pipeline.domain import form_token, origins
from lead_pipeline.domain.spam import (
	CLIENT_LIMIT,
	FORM_LIMIT,
	HONEYPOT,
	LINKS,
	NO_TICKET,
	SENDER_LIMIT,
	SPAM,
	SPAM_SENDER,
	TOO_FAST,
	TRUSTED,
	USED_TICKET,
	SpamLimits,
	SpamSignals,
	is_junk,
	reasons_to_hold,
)

RULES = SpamLimits(seconds=3, links=2, per_sender=5, per_form=100)
GOOD = SpamSignals(
	seconds=20, names=("Ada", "Acme Ltd"), texts=("See www.example.com and https://example.com",)
)
KEY, FORM, NOW = "secret", "enquiry", 1_800_000_000.0


def test_an_ordinary_enquiry_is_not_held():
	assert reasons_to_hold(GOOD, RULES) == []


@pytest.mark.parametrize(
	("signs", "reason"),
	[
		({"trap_filled": True}, HONEYPOT),
		({"seconds": None}, NO_TICKET),
		({"seconds": 2.9}, TOO_FAST),
		({"ticket_used": True}, USED_TICKET),
		({"names": ("Win at https://example.com",)}, LINKS),
		({"texts": ("www.a.example www.b.example", "[url=x]")}, LINKS),
		({"sender": SPAM}, SPAM_SENDER),
		({"of_sender": 5}, SENDER_LIMIT),
		({"of_client": 25}, CLIENT_LIMIT),
		({"by_form": 100}, FORM_LIMIT),
	],
)
def test_each_sign_holds_an_enquiry(signs, reason):
	assert reasons_to_hold(GOOD._replace(**signs), RULES) == [reason]


def test_all_reasons_are_named():
	signs = SpamSignals(True, None, True, ("www.example.com",), (), SPAM, 5, 100)
	assert reasons_to_hold(signs, RULES) == [
		SPAM_SENDER,
		HONEYPOT,
		NO_TICKET,
		USED_TICKET,
		LINKS,
		SENDER_LIMIT,
		FORM_LIMIT,
	]


def test_only_what_others_have_sent_is_no_junk():
	assert not is_junk([])
	assert not is_junk([FORM_LIMIT])
	assert is_junk([NO_TICKET, FORM_LIMIT])
	assert is_junk([CLIENT_LIMIT])


@pytest.mark.parametrize(("per_form", "per_client"), [(0, 0), (10, 20), (120, 30)])
def test_a_network_address_has_a_part_of_what_a_form_takes(per_form, per_client):
	assert SpamLimits(per_form=per_form).per_client == per_client


def test_a_trusted_sender_has_limits_only():
	signs = SpamSignals(True, None, True, ("www.example.com",), (), TRUSTED, 5, 99)
	assert reasons_to_hold(signs, RULES) == [SENDER_LIMIT]


def test_no_limit_and_any_number_of_links():
	signs = GOOD._replace(of_sender=10**6, by_form=10**6, texts=("www.a.example " * 50,), seconds=0)
	assert reasons_to_hold(signs, SpamLimits()) == []


def test_a_ticket_says_how_long_ago_it_was_given_out():
	ticket = form_token.issue_token(KEY, FORM, "abc", NOW)
	assert form_token.verify_token(KEY, FORM, ticket, NOW + 5) == form_token.FormToken("abc", 5)


@pytest.mark.parametrize(
	"forged",
	[
		None,
		"",
		"1.2",
		"..",
		"x.y.z",
		["a"],
		"ä.ö.ü",
		form_token.issue_token("guessed", FORM, "abc", NOW - 60),
		form_token.issue_token(KEY, "other form", "abc", NOW - 60),
		form_token.issue_token(KEY, FORM, "abc", NOW).replace("abc", "abd"),
		f"{int(NOW * 1000) - 60_000}" + form_token.issue_token(KEY, FORM, "abc", NOW)[13:],
		form_token.issue_token(KEY, FORM, "abc", NOW - form_token.LIFETIME - 1),
	],
)
def test_a_ticket_that_was_not_given_out_for_this_form_lately_is_none(forged):
	assert form_token.verify_token(KEY, FORM, forged, NOW) is None


@pytest.mark.parametrize(
	("line", "origin"),
	[
		(" https://www.Example.com/ ", "https://www.example.com"),
		("https://*.example.com", "https://*.example.com"),
		("http://localhost:8080", "http://localhost:8080"),
		("*", None),
		("https://*", None),
		("www.example.com", None),
		("https://example.com/page", None),
		("https://example.com; script-src *", None),
		("https://example.com 'unsafe-inline'", None),
		("javascript:alert(1)", None),
	],
)
def test_the_address_of_a_site(line, origin):
	assert origins.web_origin(line) == origin


def test_origins_are_those_that_are_some_each_once():
	assert origins.origins("https://a.example\n\nnonsense\nhttps://a.example/\n") == ["https://a.example"]


@pytest.mark.parametrize(
	("sent", "kept"),
	[
		("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
		("javascript:alert(1)", None),
		("https://exa mple.com", None),
		('https://example.com/"><script>', None),
		("https://[", None),
		(None, None),
	],
)
def test_the_page_that_a_visitor_came_from(sent, kept):
	assert origins.page_address(sent) == kept


@pytest.mark.parametrize(
	("address", "fits"),
	[("/privacy", True), ("https://example.com/p", True), ("//example.com", False), ("javascript:x", False)],
)
def test_what_can_stand_in_a_link(address, fits):
	assert origins.is_link(address) == fits
