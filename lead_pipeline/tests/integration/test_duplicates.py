"""Leads that may be duplicates.

What counts as evidence, which leads a user learns of, and that the queries use indexes only.
"""

import frappe
import pytest

from lead_pipeline.constants import LEAD, LEAD_KEY, OWN_LEADS, SETTINGS
from lead_pipeline.duplicates import finding
from lead_pipeline.patches import fill_duplicate_keys, refresh_matching_keys
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.messages import refused


def token() -> str:
	return frappe.generate_hash(length=10)


def address() -> str:
	return f"{token()}@{token()}.example"


def reasons(lead, other) -> list[str] | None:
	"""Why the form of `lead` shows `other`; None when it does not."""
	found = {row["name"]: row["reasons"] for row in finding.of_lead(lead.name)["leads"]}
	return found.get(other.name)


def person(**values):
	return make_lead(is_organization=0, company_name=None, **values)


SAME = {
	"the same e-mail in another spelling": (
		{"email": "{t}@gmail.com"},
		{"email": "{T}@GMail.com"},
		["same e-mail"],
	),
	"an e-mail of the further ones": (
		{"email": "{t}@gmail.com"},
		{"email": "other-{t}@gmail.com", "email_ids": [{"email_id": "{T}@gmail.com"}]},
		["same e-mail"],
	),
	"a phone in another notation": (
		{"phone": "+49 30 {n}"},
		{"mobile_no": "+49 (30) {n}"},
		["same phone"],
	),
	"a phone of the further ones": (
		{"phone": "+49 30 {n}"},
		{"phone": "+49 40 {n}", "phone_nos": [{"phone": "+4930{n}"}]},
		["same phone"],
	),
	"the domain of a company": (
		{"email": "one@{t}.example"},
		{"website": "https://www.{t}.example/about"},
		["same company domain"],
	),
	"the same company in another legal form": (
		{"company_name": "{t} Werke GmbH"},
		{"company_name": "{T} Werke AG"},
		["same company"],
	),
	"a company in another spelling": (
		{"company_name": "Meyer {w} Maschinenbau"},
		{"company_name": "Meier {w} Maschinenbau"},
		["similar company"],
	),
	"a company of one letter less": (
		{"company_name": "{w} Metalworks"},
		{"company_name": "{w} Metalwork"},
		["similar company"],
	),
	"the same person, names swapped": (
		{"first_name": "Anna", "last_name": "{w}"},
		{"first_name": "{w}", "last_name": "Anna"},
		["same name"],
	),
	"a company with a legal form of another country": (
		{"company_name": "{w} Sp. z o.o."},
		{"company_name": "{w}"},
		["same company"],
	),
	"a company with a legal form of several words": (
		{"company_name": "{w} S.A. de C.V."},
		{"company_name": "{w}"},
		["same company"],
	),
	"a person with letters that are no other ones with a mark": (
		{"first_name": "Łukasz", "last_name": "Wałęsa{w}"},
		{"first_name": "Lukasz", "last_name": "Walesa{w}"},
		["same name"],
	),
	"a person in another spelling": (
		{"first_name": "Philipp", "last_name": "{w}mayer"},
		{"first_name": "Filip", "last_name": "{w}maier"},
		["similar name"],
	),
}


@pytest.mark.parametrize("case", SAME)
def test_two_leads_are_shown_on_each_others_form_because_of(case):
	one, other, expected = SAME[case]
	word = "".join(letter for letter in token() if letter.isalpha()) + "kulm"
	number = 10**6 + int(token(), 16) % 10**6
	known = token()

	def fill(value):
		if isinstance(value, list):
			return [{key: fill(text) for key, text in row.items()} for row in value]
		return value.format(t=known, T=known.upper(), w=word, n=number)

	leads = []
	for values in (one, other):
		values = {field: fill(value) for field, value in values.items()}
		is_company = "company_name" in values
		extra = (
			{} if is_company or "first_name" in values else {"lead_name": values.get("email") or "Somebody"}
		)
		leads.append(make_lead(**values) if is_company else person(**extra, **values))
	assert reasons(*leads) == expected
	assert reasons(*reversed(leads)) == expected


def test_the_strongest_evidence_comes_first_and_all_of_it_is_said():
	email, company = f"info@{token()}.example", f"{token()} Ltd"
	lead = make_lead(email=email, company_name=company)
	same_domain = make_lead(email=email.replace("info", "sales"))
	twin = make_lead(email=email, company_name=company)
	found = finding.of_lead(lead.name)["leads"]
	assert [row["name"] for row in found] == [twin.name, same_domain.name]
	assert found[0]["reasons"] == ["same e-mail", "same company", "same company domain"]


@pytest.mark.parametrize(
	"domain",
	["gmail.com", "yahoo.co.uk", "yahoo.fr", "hotmail.fr", "outlook.de", "yahoo.co.jp", "uol.com.br"],
)
def test_free_mail_is_no_company(domain):
	lead = make_lead(email=f"{token()}@{domain}")
	other = make_lead(email=f"{token()}@{domain}")
	assert reasons(lead, other) is None


def test_vowel_signs_tell_companies_apart():
	lead, other = make_lead(company_name=f"राम {token()}"), make_lead(company_name="राम")
	assert "same company" not in (reasons(lead, make_lead(company_name="रोम")) or [])
	assert "same company" not in (reasons(other, make_lead(company_name="रोम")) or [])


def test_namesakes_of_different_companies_are_not_the_same():
	name = {"first_name": "Ann", "last_name": token()}
	lead = make_lead(company_name=f"Bakery {token()}", **name)
	other = make_lead(company_name=f"Shipyard {token()}", **name)
	assert reasons(lead, other) is None


def test_a_domain_that_very_many_leads_have_is_no_evidence():
	domain = f"{token()}.example"
	leads = [make_lead(email=f"{number}@{domain}") for number in range(21)]
	assert len(finding.of_lead(leads[0].name)["leads"]) == 10
	assert finding.of_lead(leads[0].name)["further"] == 10
	make_lead(email=f"22@{domain}")
	crowded = finding.of_lead(leads[0].name)
	assert (crowded["leads"], crowded["further"], crowded["hidden"]) == ([], 0, 0)


def test_closed_leads_are_shown_and_marked():
	email = address()
	lead, other = make_lead(email=email), make_lead(email=email, status="Disqualified")
	(found,) = finding.of_lead(lead.name)["leads"]
	assert (found["name"], found["status"], found["closed"]) == (other.name, "Disqualified", True)


def test_a_pair_that_is_none_is_remembered_both_ways_and_once():
	email = address()
	lead, other, third = make_lead(email=email), make_lead(email=email), make_lead(email=email)
	finding.not_duplicates(lead.name, other.name)
	finding.not_duplicates(other.name, lead.name)
	assert frappe.db.count("Pipeline Distinct Leads") == 1
	assert reasons(lead, other) is None and reasons(other, lead) is None
	assert reasons(lead, third) and reasons(other, third)
	frappe.delete_doc(LEAD, other.name)
	assert frappe.db.count("Pipeline Distinct Leads") == 0


def test_hints_while_a_lead_is_typed():
	lead = make_lead(email=address(), phone="+49 30 7654321", company_name=f"{token()} Ltd")
	for values in (
		{"email": lead.email.upper()},
		{"phone": "+49 (30) 765-43-21"},
		{"company_name": lead.company_name},
	):
		found = finding.of_values(values)
		assert lead.name in [row["name"] for row in found["leads"]], values
	assert finding.of_values({"email": "nobody", "phone": "12", "company_name": ""})["leads"] == []
	assert finding.of_values(frappe.as_json({"email": lead.email}))["leads"][0]["name"] == lead.name


@pytest.mark.parametrize(
	"values", ["[]", '"text"', "no json", '{"email": {"x": 1}, "phone": ["1"], "company_name": null}']
)
def test_what_is_no_form_has_no_duplicates(values):
	assert finding.of_values(values) == {"leads": [], "further": 0, "hidden": 0}


def test_the_setting_switches_them_off():
	email = address()
	lead = make_lead(email=email)
	make_lead(email=email)
	settings = frappe.get_doc(SETTINGS)
	settings.show_duplicates = 0
	settings.save()
	assert finding.of_lead(lead.name)["leads"] == []
	assert finding.of_values({"email": email})["leads"] == []


def own_leads() -> None:
	settings = frappe.get_doc(SETTINGS)
	settings.lead_visibility = OWN_LEADS
	settings.save()


def test_what_a_user_may_not_see_is_counted_not_shown():
	email, colleague, user = address(), make_user("Sales User"), make_user("Sales User")
	lead = make_lead(email=email, lead_owner=user)
	make_lead(email=email, lead_owner=colleague, company_name=f"Secret {token()}")
	shared = make_lead(email=email, lead_owner=colleague)
	frappe.share.add(LEAD, shared.name, user)
	own_leads()
	frappe.set_user(user)
	found = finding.of_lead(lead.name)
	assert ([row["name"] for row in found["leads"]], found["hidden"]) == ([shared.name], 1)
	assert "Secret" not in frappe.as_json(found)
	typed = finding.of_values({"email": email})
	assert ({row["name"] for row in typed["leads"]}, typed["hidden"]) == ({lead.name, shared.name}, 1)


def test_user_permissions_hide_a_duplicate_too():
	email, user = address(), make_user("Sales User")
	mine = make_lead(email=email)
	make_lead(email=email)
	frappe.get_doc(
		{"doctype": "User Permission", "user": user, "allow": LEAD, "for_value": mine.name}
	).insert()
	frappe.set_user(user)
	found = finding.of_lead(mine.name)
	assert (found["leads"], found["hidden"]) == ([], 1)


def test_whoever_may_not_see_one_of_a_pair_cannot_say_anything_of_it():
	colleague, user = make_user("Sales User"), make_user("Sales User")
	lead, theirs = make_lead(lead_owner=user), make_lead(lead_owner=colleague)
	own_leads()
	frappe.set_user(user)
	for pair in ((lead.name, theirs.name), (theirs.name, lead.name)):
		with refused(frappe.PermissionError) as refusal:
			finding.not_duplicates(*pair)
		assert "There is no such lead, or you may not see it." in refusal


def test_without_a_role_nobody_learns_of_a_lead():
	make_lead(email="known@known.example")
	frappe.set_user(make_user())
	with refused(frappe.PermissionError) as refusal:
		finding.of_values({"email": "known@known.example"})
	assert "You may not read leads." in refusal


def test_further_addresses_are_kept_as_keys_while_they_are_there():
	first, second = address(), address()
	lead = make_lead(
		email=address(),
		email_ids=[{"email_id": first}],
		phone="+49 30 4445556",
		phone_nos=[{"phone": "+49 30 1112223"}],
	)
	assert keys(lead) == sorted([first, "+49301112223"])
	lead.email_ids = [row for row in lead.email_ids if row.email_id != first]
	lead.append("email_ids", {"email_id": second.upper()})
	lead.save()
	assert keys(lead) == sorted([second, "+49301112223"])
	frappe.delete_doc(LEAD, lead.name)
	assert keys(lead) == []


def keys(lead) -> list[str]:
	return sorted(frappe.get_all(LEAD_KEY, {"lead": lead.name}, pluck="key"))


def test_a_lead_without_further_addresses_costs_no_statement_for_them(count_sql):
	make_lead(email=address(), phone="+49 30 5556667", company_name=f"{token()} Ltd")
	with count_sql() as statements:
		make_lead(email=address(), phone="+49 30 5556667", company_name=f"{token()} Ltd")
	assert not [statement for statement in statements if LEAD_KEY in statement]
	if frappe.db.db_type == "mariadb":
		# R1; on PostgreSQL the sequence is asked by a statement more.
		assert len(statements) <= 5, "\n".join(statements)


def test_looking_costs_the_same_however_many_leads_there_are(count_sql):
	email = address()
	lead = make_lead(email=email, phone="+49 30 8887776", first_name="Ann", last_name=token())
	make_lead(email=email)
	finding.of_lead(lead.name)
	with count_sql() as few:
		finding.of_lead(lead.name)
	for _number in range(15):
		make_lead(email=email)
	with count_sql() as many:
		finding.of_lead(lead.name)
	assert len(many) == len(few) <= 7, "\n".join(many)


def test_every_question_reads_an_index(count_sql):
	"""P: no scan, whatever the number of leads; said by the database itself."""
	lead = make_lead(
		email=address(),
		email_ids=[{"email_id": address()}],
		phone="+49 30 8887776",
		first_name="Ann",
		last_name=token(),
	)
	wanted = finding.stored(lead.name)
	assert {probe.kind for probe in wanted.probes} == set(finding.INDEXED)
	for probe in wanted.probes:
		for doctype, field in finding.INDEXED[probe.kind]:
			query = finding.candidates_sql(0, doctype, field, wanted.name)
			if frappe.db.db_type == "mariadb":
				(plan,) = frappe.db.sql(f"explain {query}", (probe.key, wanted.name), as_dict=True)
				assert plan.key and field in plan.key, (field, plan)
			else:
				frappe.db.sql("set local enable_seqscan = off")
				plan = frappe.db.sql(f"explain {query}", (probe.key, wanted.name))
				assert "Seq Scan" not in str(plan), (field, plan)


def test_leads_from_before_get_their_keys():
	lead = make_lead(
		company_name=f"Meyer {token()}",
		first_name="Ann",
		last_name=token(),
		email=address(),
		email_ids=[{"email_id": address()}],
	)
	wanted = (stored_keys(lead), keys(lead))
	frappe.db.set_value(LEAD, lead.name, {"company_sound": None, "person_key": None}, update_modified=False)
	frappe.db.delete(LEAD_KEY, {"lead": lead.name})
	other = make_lead(company_name=None, is_organization=0, lead_name="Cher")
	rows = [row for row in fill_duplicate_keys.batch_after("") if row.name in (lead.name, other.name)]
	fill_duplicate_keys.fill_names(rows)
	fill_duplicate_keys.fill_further([lead.name, other.name])
	assert (stored_keys(lead), keys(lead)) == wanted
	assert stored_keys(other) == (None, None)


def test_leads_from_before_get_the_keys_of_today():
	lead = make_lead(company_name=f"{token()} Sp. z o.o.", email=f"{token()}@yahoo.co.uk")
	fields = ["company_key", "domain_key", "company_sound", "person_key", "modified"]
	wanted = frappe.db.get_value(LEAD, lead.name, fields)
	old = {"company_key": "sp z oo", "domain_key": "yahoo.co.uk", "company_sound": None, "person_key": "x y"}
	frappe.db.set_value(LEAD, lead.name, old, update_modified=False)
	rows = [row for row in refresh_matching_keys.batch_after("") if row.name == lead.name]
	refresh_matching_keys.refresh(rows)
	assert frappe.db.get_value(LEAD, lead.name, fields) == wanted
	assert wanted[1] is None


def test_leads_from_before_are_found_by_the_ways_to_write_a_number_of_today():
	further = address()
	lead = make_lead(
		phone="030/123 45-67 ext. 8", mobile_no="+1 650 253 0000", email_ids=[{"email_id": further}]
	)
	fields = ["email_key", "phone_key", "mobile_key", "contact_keys", "modified"]
	wanted = (frappe.db.get_value(LEAD, lead.name, fields), keys(lead))
	old = {"phone_key": None, "contact_keys": "16502530000"}
	frappe.db.set_value(LEAD, lead.name, old, update_modified=False)
	frappe.db.delete(LEAD_KEY, {"lead": lead.name})
	rows = frappe.get_all(LEAD, {"name": lead.name}, refresh_matching_keys.FIELDS)
	refresh_matching_keys.refresh_contact_keys(rows)
	assert (frappe.db.get_value(LEAD, lead.name, fields), keys(lead)) == wanted
	assert wanted[0][1] and further in wanted[0][3]


def stored_keys(lead) -> tuple[str | None, str | None]:
	return frappe.db.get_value(LEAD, lead.name, ["company_sound", "person_key"])
