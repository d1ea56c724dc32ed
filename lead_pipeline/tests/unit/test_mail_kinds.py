"""What a mail is, and who writes it, without a site."""

import pytest

from lead_pipeline.domain.mail import (
	Mailbox,
	author,
	domain_of,
	domains,
	is_automatic_reply,
	is_bounce,
	is_in,
	is_listed,
	is_mass_mail,
	is_program,
	mailboxes,
	person_of_name,
	thread,
	why_no_lead,
)


def nobody(address: str) -> bool:
	return False


def own(address: str) -> bool:
	return is_in(address, {"our.example"})


def test_a_mail_of_a_person_makes_a_lead():
	assert (
		why_no_lead("jane@example.com", {"auto-submitted": "no", "content-type": "text/plain"}, own) is None
	)


def test_a_bounce_is_one_whoever_it_comes_from():
	assert why_no_lead("mailer-daemon@our.example", {"auto-submitted": "auto-replied"}, own) == "Bounce"


def test_a_colleagues_automatic_answer_is_an_automatic_answer():
	assert why_no_lead("max@our.example", {"auto-submitted": "auto-replied"}, own) == "Automatic Reply"
	assert why_no_lead("max@our.example", {}, own) == "Colleague"


def test_an_empty_header_says_nothing():
	assert why_no_lead("jane@example.com", {"auto-submitted": "", "x-autoreply": " "}, nobody) is None


def test_a_list_counts_when_the_site_says_so_or_it_is_its_own():
	head = {"list-id": "Sales <sales.our.example>", "precedence": "list"}
	assert why_no_lead("jane@example.com", head, nobody) == "Mass Mail"
	assert why_no_lead("jane@example.com", head, nobody, lists_count=True) is None
	assert why_no_lead("jane@example.com", head, own) is None


@pytest.mark.parametrize("sender", [None, "", "nobody", "a@b", "<script>@example.com"])
def test_without_an_address_there_is_nobody_to_answer(sender):
	assert why_no_lead(sender, {}, nobody) == "No Sender"


def test_a_thread_is_read_from_the_nearest_mail_back():
	assert thread({"in-reply-to": "<c@x>", "references": "<a@x> <b@x>\n\t<c@x>"}) == ["c@x", "b@x", "a@x"]
	assert thread({"in-reply-to": "<b@x>", "references": "<a@x>"}) == ["b@x", "a@x"]
	assert thread({"in-reply-to": "<b@x>"}) == ["b@x"]
	assert thread({"in-reply-to": "<.> <b@x>"}) == ["b@x"]
	assert thread({"in-reply-to": "nonsense", "references": "<>"}) == []
	assert len(thread({"references": " ".join(f"<{number}@x>" for number in range(500))})) == 30


def test_domains_are_typed_in_many_ways():
	assert domains("@Our.example, second.example;\nthird.example.") == {
		"our.example",
		"second.example",
		"third.example",
	}
	assert domains(None) == set()


def test_a_domain_is_not_the_end_of_another():
	assert is_in("a@mail.our.example", {"our.example"})
	assert not is_in("a@notour.example", {"our.example"})


@pytest.mark.parametrize(
	("name", "fields"),
	[
		("Jane Doe", {"first_name": "Jane", "last_name": "Doe"}),
		("Doe, Jane", {"first_name": "Jane", "last_name": "Doe"}),
		("Anna Maria van Dyk", {"first_name": "Anna Maria", "last_name": "van Dyk"}),
		("Hernández Rivera, Esperanza", {"first_name": "Esperanza", "last_name": "Hernández Rivera"}),
		("von Neumann, John", {"first_name": "John", "last_name": "von Neumann"}),
		("de la Cruz, María José", {"first_name": "María José", "last_name": "de la Cruz"}),
		("Doe, Jane, Jr.", {"first_name": "Jane", "last_name": "Doe Jr."}),
		("Prof. Dr. Hans Müller", {"first_name": "Prof. Dr. Hans", "last_name": "Müller"}),
		("張三", {"first_name": "張三"}),
		("Jane", {"first_name": "Jane"}),
		('"Jane Doe" via Sales', {"first_name": "Jane", "last_name": "Doe"}),
		("Muster GmbH", {"company_name": "Muster GmbH", "is_organization": 1}),
		("Example S.r.l.", {"company_name": "Example S.r.l.", "is_organization": 1}),
		("jane@example.com", {}),
		("", {}),
		(None, {}),
		("++ 12 ++", {}),
	],
)
def test_a_name_says_who_writes(name, fields):
	assert person_of_name(name) == fields


@pytest.mark.parametrize(
	("header", "addresses"),
	[
		("x@evil.example", ["x@evil.example"]),
		("Jane <jane@a.example>", ["jane@a.example"]),
		('"victim@corp.example" <x@evil.example>', ["x@evil.example"]),
		("victim@corp.example <x@evil.example>", ["x@evil.example"]),
		("'victim@corp.example' <x@evil.example>", ["x@evil.example"]),
		('"victim@corp.example\\" <v@corp.example>" <x@evil.example>', ["x@evil.example"]),
		('"victim@corp.example" x@evil.example', ["x@evil.example"]),
		("x@evil.example (victim@corp.example)", ["x@evil.example"]),
		("(a\\) <victim@corp.example>) Jane <x@evil.example>", ["x@evil.example"]),
		("(a\\\\) Jane <x@evil.example>", ["x@evil.example"]),
		("(never closed <victim@corp.example>", []),
		("(<victim@corp.example> (nested)) Jane <x@evil.example>", ["x@evil.example"]),
		("=?utf-8?q?victim=40corp.example?= <x@evil.example>", ["x@evil.example"]),
		("=?utf-8?q?victim=40corp.example?=", []),
		("=?utf-8?q?<victim@corp.example>?= <x@evil.example>", ["victim@corp.example", "x@evil.example"]),
		("victim@corp.example, x@evil.example", ["victim@corp.example", "x@evil.example"]),
		("victim@corp.example x@evil.example", ["victim@corp.example", "x@evil.example"]),
		("Team: a@a.example, B <b@a.example>;", ["a@a.example", "b@a.example"]),
		("undisclosed-recipients:;", []),
		("<@relay.example,@b.example:jane@a.example>", ["jane@a.example"]),
		("Doe, Jane <jane@a.example>", ["jane@a.example"]),
		('"Jane <jane@a.example>', ["jane@a.example"]),
		("", []),
		("<>", [""]),
	],
)
def test_an_address_is_what_the_header_says_and_no_name(header, addresses):
	assert [box.address for box in mailboxes(header)] == addresses


@pytest.mark.parametrize(
	("header", "name"),
	[
		('"Doe, Jane" <jane@a.example>', "Doe, Jane"),
		("Doe, Jane <jane@a.example>", "Doe, Jane"),
		("Jane (of (all) Does)\tDoe <jane@a.example>", "Jane Doe"),
		("Jane(Sales)Doe <jane@a.example>", "Jane Doe"),
		("jane@a.example", ""),
		("Jane jane@a.example", "Jane"),
		('"a \\"b\\" c" <jane@a.example>', 'a "b" c'),
		("victim@corp.example <x@evil.example>", "victim@corp.example"),
	],
)
def test_a_name_is_what_stands_beside_the_address(header, name):
	(box,) = mailboxes(header)
	assert box.name == name


def test_a_name_is_of_one_mailbox_and_not_of_the_next():
	boxes = mailboxes("a@a.example, Jane <b@b.example>; Joe <c@c.example>")
	assert [box.name for box in boxes] == ["", "Jane", "Joe"]


def test_a_long_header_takes_no_longer_than_it_is():
	for piece in ('"', "<", "(", "a@b,", "\\", '"\\'):
		mailboxes(piece * 1_000_000)


JANE, EVIL, PORTAL = (
	Mailbox("", address) for address in ("jane@corp.example", "x@evil.example", "no-reply@portal.example")
)
OURS = Mailbox("", "web@our.example")
GENERATED = {"auto-submitted": "auto-generated"}


@pytest.mark.parametrize(
	("senders", "answers_to", "headers", "writes", "passed_on", "proven", "elsewhere"),
	[
		([EVIL], [], {}, EVIL, False, True, None),
		([EVIL], [JANE], {}, EVIL, False, True, "jane@corp.example"),
		([EVIL], [EVIL], {}, EVIL, False, True, None),
		([OURS], [JANE], {}, JANE, True, True, None),
		([OURS], [OURS, JANE], {}, JANE, True, True, None),
		([EVIL], [OURS], {}, EVIL, False, True, None),
		([PORTAL], [JANE], {}, JANE, True, False, None),
		([EVIL], [JANE], GENERATED, JANE, True, False, None),
		([Mailbox("", "noreply@corp.example")], [JANE], {}, JANE, True, True, None),
		([Mailbox("", "a@forms.example")], [JANE], {}, JANE, True, True, None),
		([JANE, EVIL], [], {}, None, False, True, None),
		([JANE, Mailbox("", "joe@corp.example")], [], {}, None, False, True, None),
		([JANE, Mailbox("Jane", "Jane@Corp.example")], [], {}, JANE, False, True, None),
		([JANE, Mailbox("", "x..y@evil.example")], [], {}, None, False, True, None),
		([], [JANE], {}, None, False, True, None),
	],
)
def test_who_writes_a_mail(senders, answers_to, headers, writes, passed_on, proven, elsewhere):
	said = author(senders, answers_to, headers, own, lambda address: is_listed(address, {"forms.example"}))
	assert (said.mailbox, said.is_passed_on, said.is_proven, said.answers_to) == (
		writes,
		passed_on,
		proven,
		elsewhere,
	)


def test_a_form_that_says_that_a_program_sends_it_is_no_automatic_answer():
	assert why_no_lead("jane@corp.example", GENERATED, own, is_passed_on=True) is None
	assert why_no_lead("jane@corp.example", {"auto-submitted": "auto-replied"}, own, is_passed_on=True)


@pytest.mark.parametrize(
	("headers", "is_one"),
	[
		({}, False),
		({"auto-submitted": "no"}, False),
		({"auto-submitted": ""}, False),
		({"auto-submitted": "auto-replied; owner=x"}, True),
		({"auto-submitted": " AUTO-REPLIED "}, True),
		({"x-autoreply": "yes"}, True),
		({"x-autorespond": " "}, False),
		({"precedence": "auto_reply"}, True),
		({"precedence": " Auto-Reply "}, True),
		({"precedence": "first-class"}, False),
	],
)
def test_an_automatic_answer_says_so_in_one_of_several_ways(headers, is_one):
	assert is_automatic_reply(headers) is is_one


@pytest.mark.parametrize(
	("headers", "is_one"),
	[
		({}, False),
		({"precedence": "first-class"}, False),
		({"precedence": "Bulk"}, True),
		({"precedence": "list"}, True),
		({"precedence": "junk"}, True),
		({"list-unsubscribe": "<https://example.com>"}, True),
		({"list-id": "News <news.example.com>"}, True),
		({"list-id": "no brackets"}, True),
		({"list-id": "Sales <sales.our.example>"}, False),
		({"list-id": "Sales <sales.our.example>", "precedence": "list"}, False),
		({"precedence": "bulk", "list-id": "<sales.our.example>"}, False),
	],
)
def test_a_mail_to_many_is_one_unless_the_list_is_our_own(headers, is_one):
	assert is_mass_mail(headers, own) is is_one


@pytest.mark.parametrize(
	("address", "headers", "is_one"),
	[
		("noreply@example.com", {}, True),
		("Do-Not-Reply@example.com", {}, True),
		("jane@noreply.example.com", {}, False),
		("jane@example.com", {"auto-submitted": "auto-generated"}, True),
		("jane@example.com", {"auto-submitted": "auto-replied"}, False),
	],
)
def test_a_program_is_known_by_its_address_or_by_what_it_says(address, headers, is_one):
	assert is_program(address, headers) is is_one


def test_the_domain_of_an_address_is_what_follows_the_last_at():
	assert domain_of("Jane@Example.COM") == "example.com"
	assert domain_of("nobody") == "" == domain_of("")


def test_a_sender_is_listed_by_address_or_by_domain():
	listed = {"jane@example.com", "partner.example"}
	assert is_listed("Jane@Example.com", listed) and is_listed("joe@mail.partner.example", listed)
	assert not is_listed("joe@example.com", listed)


def test_domains_may_be_separated_by_anything_and_begin_with_an_at():
	assert domains("@A.example, b.example;c.example\n\t.d.example. @") == {
		"a.example",
		"b.example",
		"c.example",
		"d.example",
	}
	assert domains(None) == set() == domains(" ,; ")


@pytest.mark.parametrize(
	("sender", "headers", "is_one"),
	[
		("jane@example.com", {}, False),
		(None, {}, False),
		("MAILER-DAEMON@example.com", {}, True),
		("postmaster@example.com", {}, True),
		("jane@example.com", {"return-path": "< >"}, True),
		("jane@example.com", {"return-path": "<jane@example.com>"}, False),
		("jane@example.com", {"content-type": " Multipart/Report; report-type=delivery-status"}, True),
		("jane@example.com", {"content-type": "multipart/mixed"}, False),
		("jane@example.com", {"x-failed-recipients": "joe@example.com"}, True),
	],
)
def test_a_report_of_a_mail_server_is_known_by_sender_or_header(sender, headers, is_one):
	assert is_bounce(sender, headers) is is_one
