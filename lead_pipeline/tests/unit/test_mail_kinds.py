"""What a mail is, and who writes it, without a site."""

import pytest

from lead_pipeline.domain.mail import domains, is_in, person, thread, why_no_lead


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
		("Anna Maria van Dyk", {"first_name": "Anna Maria van", "last_name": "Dyk"}),
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
	assert person(name) == fields
