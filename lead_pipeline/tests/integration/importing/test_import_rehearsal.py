"""Files with leads are rehearsed, imported and accounted for.

The tests use the import's own entrance; the framework's Data Import does the import.
"""

import frappe

from lead_pipeline.capture.importing import api, run
from lead_pipeline.constants import LEAD
from lead_pipeline.duplicates import redirects
from lead_pipeline.status import log
from lead_pipeline.tests.factories import make_lead_type, make_user
from lead_pipeline.tests.imports import counted, erase, found, known_lead


def test_each_row_says_what_would_become_of_it(manager, imports):
	open_one = known_lead(imports, email=imports.email("open"))
	known_lead(imports, email=imports.email("lost"), status="Lost", lost_reason="No budget")
	doc = imports.rehearsed(
		[
			["Lead Name", "Company Name", "Email", "Phone"],
			["New", "", imports.email("new"), ""],
			["Known", "", imports.email("OPEN").upper(), ""],
			["Lost before", "", imports.email("lost"), ""],
			["Again", "", imports.email("NEW"), ""],
			["By phone", "", "", "+49 30 998877123"],
			["By phone again", "", "", "+49 (30) 998877-123"],
			["Ann", f"Ann {imports.mark} Ltd", "", ""],
			["ann", f"Ann {imports.mark} Limited", "", ""],
		]
	)
	assert doc.status == "Rehearsed"
	verdicts = found(doc)
	assert [(number, kind) for number, kind, _remark in verdicts] == [
		(2, "New"),
		(3, "Known"),
		(4, "New"),
		(5, "Repeated"),
		(6, "New"),
		(7, "Repeated"),
		(8, "New"),
		(9, "Repeated"),
	]
	assert verdicts[1][2] == f"Belongs to the open lead {open_one.name}."
	assert verdicts[3][2] == "The same as row 2 of this file."
	assert not frappe.db.exists(LEAD, {"email_key": imports.email("new")}), "a rehearsal writes no lead"


BAD_ROWS = [
	({"Status": "Interrested"}, "Status: there is no “Interrested”. Did you mean “Interested”?"),
	({"Sales Person": "xxqq@zz.test"}, "Sales Person: there is no “xxqq@zz.test” on this site."),
	({"Lead Type": "No Such Type"}, "Lead Type: there is no “No Such Type” on this site."),
	({"Channel": "Web Formular"}, "Channel: there is no “Web Formular”. Did you mean “Web Form”?"),
	({"Priority": "Hihg"}, "Priority: there is no “Hihg”. Did you mean “High”?"),
	({"Currency": "XYZ!"}, "Currency: there is no “XYZ!” on this site."),
	({"Email": "nobody"}, "Email: “nobody” is not an e-mail address. Write one like name@example.com."),
	({"Phone": "call me"}, "Phone: “call me” is not a phone number."),
	({"Website": "javascript:alert(1)"}, "Website: “javascript:alert(1)” is not the address of a website."),
	({"Expected Closing": "soon"}, "Expected Closing: “soon” is not a date. Write it as 2026-12-31."),
	({"Next Contact Date": "2026-02-30"}, "Next Contact Date: “2026-02-30” is not a date."),
	({"Expected Revenue": "a lot"}, "Expected Revenue: “a lot” is not a number."),
	({"Expected Revenue": "-5"}, "Expected Revenue: “-5” is less than 0"),
	({"Expected Revenue": "9" * 13}, "is too large. Write an amount of at most 12 digits."),
	({"Probability": "101"}, "Probability: “101” is not a percentage. Write a number from 0 to 100."),
	({"Lead is an Organization": "perhaps"}, "“perhaps” is neither yes nor no. Write 1 or 0."),
	(
		{"Lead is an Organization": "yes", "Company Name": ""},
		"Company Name: a lead that is an organization needs",
	),
	(
		{"Lead Name": "", "Phone": "030 1234567"},
		"Nobody knows who this is: enter a name, a company or an e-mail",
	),
	({"Status": "Lost"}, "Lost Reason: a lead with the status “Lost” needs one."),
	({"Lead Name": "x" * 200}, "is too long. Write at most 140 characters."),
	({"Tags": "Urgent, Urgnt"}, "Tags: there is no “Urgnt”. Did you mean “Urgent”?"),
]


def test_every_kind_of_bad_row_is_rejected_with_its_reason_and_the_others_are_imported(manager, imports):
	header = [
		*("Lead Name", "Lead is an Organization", "Company Name", "Email", "Phone", "Website", "Status"),
		*(
			"Lead Type",
			"Channel",
			"Priority",
			"Currency",
			"Sales Person",
			"Expected Closing",
			"Next Contact Date",
		),
		*("Expected Revenue", "Probability", "Tags"),
	]
	bad = [[({"Lead Name": "Bad"} | values).get(name, "") for name in header] for values, _said in BAD_ROWS]
	good = ["Good", 0, "", imports.email("good"), *[""] * 13]
	doc = imports.done([header, good, *bad])
	assert doc.status == "Done"
	rows = api.rows(doc.name)
	assert [row["kind"] for row in rows] == ["Created", *["Rejected"] * len(bad)]
	for row, (_values, said) in zip(rows[1:], BAD_ROWS, strict=True):
		assert said in row["message"]
	state = api.state(doc.name)
	assert counted(state["outcomes"]) == {"Created": 1, "Rejected": len(bad)}
	assert frappe.db.get_value(LEAD, rows[0]["lead"], "lead_name") == "Good"


def test_a_status_that_the_type_forbids_and_disabled_values_are_rejected(manager, imports):
	frappe.set_user("Administrator")
	lead_type, other = make_lead_type("Lead", "Open"), make_lead_type()
	disabled = make_user("Sales User")
	frappe.db.set_value("User", disabled, "enabled", 0)
	frappe.db.set_value("Pipeline Channel", "Directory", "disabled", 1)
	frappe.db.commit()
	frappe.set_user(manager)
	imports.made += [("Pipeline Lead Type", lead_type.name), ("Pipeline Lead Type", other.name)]
	try:
		doc = imports.rehearsed(
			[
				["Lead Name", "Lead Type", "Status", "Sales Person", "Channel"],
				["A", lead_type.name, "Interested", "", ""],
				["B", lead_type.name.upper(), "open", "", ""],
				["C", "", "", disabled, ""],
				["D", "", "", "", "Directory"],
			]
		)
		forbidden, fine, nobody, channel = found(doc)
	finally:
		frappe.db.set_value("Pipeline Channel", "Directory", "disabled", 0)
		frappe.db.commit()
	assert forbidden[2] == (
		f"Status: “Interested” is not allowed for leads of type “{lead_type.name}”. Allowed are: Lead, Open."
	)
	assert fine[1] == "New", "capital letters do not matter"
	assert "is disabled" in nobody[2] and "is disabled" in channel[2]


def test_a_file_imported_twice_makes_nothing_also_of_leads_that_are_closed_or_have_no_email(manager, imports):
	rows = [
		["Lead Name", "Email", "Phone", "Company Name", "Status", "Lost Reason"],
		["Open", imports.email("open"), "", "", "", ""],
		["Lost", imports.email("lost"), "", "", "Lost", "No budget"],
		["No address", "", "", "", "", ""],
		["No address", "", "", "", "", ""],
		["Phone", "", "+49 30 44556677", "", "", ""],
	]
	first = imports.done(rows)
	assert counted(api.state(first.name)["outcomes"]) == {"Created": 4, "Left Out": 1}
	before = frappe.db.count(LEAD)
	reordered = [[row[3], row[1], row[0], row[2], row[4], row[5]] for row in rows]
	second = imports.done(reordered)
	assert counted(api.state(second.name)["outcomes"]) == {"Left Out": 5}
	assert frappe.db.count(LEAD) == before
	assert found(second)[0][2].startswith("Was imported before, as LEAD-")


def test_a_lead_that_was_merged_since_is_not_made_again(manager, imports):
	rows = [["Lead Name", "Email"], ["Merged", imports.email("merged")]]
	lead = api.rows(imports.done(rows).name)[0]["lead"]
	survivor = known_lead(imports, lead_name="Survivor")
	redirects.remember_merge(lead, survivor.name)
	erase([lead])
	redirects.clear()
	frappe.db.commit()
	try:
		again = imports.done(rows)
		assert counted(api.state(again.name)["outcomes"]) == {"Left Out": 1}
		assert found(again)[0][2] == f"Was imported before, as {survivor.name}."
	finally:
		frappe.db.delete("Pipeline Lead Merge", {"merged_lead": lead})
		frappe.db.commit()
		redirects.clear()


def test_leads_of_the_import_have_their_history_owner_tags_and_further_addresses(manager, imports):
	doc = imports.done(
		[
			["Lead Name", "Email", "Tags", "E-mails", "Status", "Expected Revenue", "Expected Closing"],
			[
				"Full",
				imports.email("full"),
				"urgent; Exhibition",
				imports.email("second"),
				"",
				"1,250.50",
				"2027-03-31",
			],
			["Plain", imports.email("plain"), "", "", "Interested", "", ""],
		]
	)
	full, plain = (frappe.get_doc(LEAD, row["lead"]) for row in api.rows(doc.name))
	assert {row.tag for row in full.tags} == {"Urgent", "Exhibition"}
	assert [row.email_id for row in full.email_ids] == [imports.email("full"), imports.email("second")]
	assert (full.expected_revenue, str(full.expected_closing)) == (1250.5, "2027-03-31")
	assert (full.lead_owner, full.owner, full.origin_key[:7]) == (manager, manager, "Import/")
	assert [(row.to_status, row.cause) for row in log.status_history_of(plain.name)] == [
		("Interested", "Import")
	]


def test_known_leads_get_the_row_on_their_timeline_once(manager, imports):
	lead = known_lead(imports, email=imports.email("known"))
	rows = [["Lead Name", "Email", "Job Title"], ["Known", imports.email("known"), "Buyer"]]
	first = imports.done(rows, duplicates="Add to Timeline")
	assert counted(api.state(first.name)["outcomes"]) == {"Added": 1}
	assert api.rows(first.name)[0]["lead"] == lead.name
	second = imports.done(rows, duplicates="Add to Timeline")
	assert counted(api.state(second.name)["outcomes"]) == {"Left Out": 1}
	messages = frappe.get_all("Communication", {"reference_name": lead.name}, ["content"])
	assert len(messages) == 1 and "Buyer" in messages[0].content
	lead.reload()
	assert lead.enquiries == 1
	imports.made.insert(
		0, ("Communication", frappe.get_all("Communication", {"reference_name": lead.name}, pluck="name")[0])
	)


def test_known_leads_get_what_they_do_not_have_and_nothing_else(manager, imports):
	lead = known_lead(imports, email=imports.email("known"), job_title="Director", status="Open")
	doc = imports.done(
		[
			["Lead Name", "Email", "Job Title", "Website", "Status"],
			["Other Name", imports.email("known"), "Buyer", "https://example.com", "Interested"],
			["Again", imports.email("known"), "", "", ""],
		],
		duplicates="Fill Empty Fields",
	)
	lead.reload()
	assert (lead.job_title, lead.website, lead.status) == ("Director", "https://example.com", "Open")
	assert lead.lead_name != "Other Name"
	assert [kind for _number, kind, _remark in found(doc)] == ["Updated", "Left Out"]


def test_a_further_address_or_number_of_a_lead_is_known_in_any_spelling(manager, imports):
	"""As by every other way in; else the file would make a twin."""
	phones = [{"phone": "+49 30 1234567", "is_primary_phone": 1}, {"phone": "+49 30 7654321"}]
	by_phone = known_lead(imports, first_name="Ada", phone_nos=phones)
	emails = [{"email_id": imports.email("main"), "is_primary": 1}, {"email_id": imports.email("Further")}]
	by_email = known_lead(imports, first_name="Jane", email_ids=emails)
	doc = imports.rehearsed(
		[
			["Phone", "Email", "Last Name"],
			["+49 (30) 765-4321", "", "A"],
			["", imports.email("fURTHER"), "J"],
		]
	)
	rows = api.rows(doc.name)
	assert [(row["kind"], row["lead"]) for row in rows] == [
		("Known", by_phone.name),
		("Known", by_email.name),
	]


def test_a_row_that_fails_in_an_unforeseen_way_stops_no_other(manager, imports, monkeypatch):
	broken = known_lead(imports, email=imports.email("broken"))
	other = known_lead(imports, email=imports.email("other"))
	add = run.add_to_timeline

	def fail(lead, enquiry):
		add(lead, enquiry)
		if lead == broken.name:
			raise KeyError("of another app")

	monkeypatch.setattr(run, "add_to_timeline", fail)
	rows = [["Last Name", "Email"], ["A", broken.email], ["B", other.email]]
	doc = imports.done(rows, duplicates="Add to Timeline")
	first, second = api.rows(doc.name)
	assert (doc.status, first["kind"], second["kind"]) == ("Done", "Rejected", "Added")
	assert "KeyError: 'of another app' (Error Log" in first["message"]
	assert (asked(broken), asked(other)) == (0, 1)


def asked(lead) -> int:
	return frappe.db.get_value(LEAD, lead.name, "enquiries")


def test_known_senders_get_further_leads_when_the_user_wants_them(manager, imports):
	known_lead(imports, email=imports.email("known"))
	doc = imports.done(
		[
			["Lead Name", "Email"],
			["Second", imports.email("known")],
			["Third", imports.email("known")],
			["Third", imports.email("known")],
		],
		duplicates="Create Anyway",
	)
	assert counted(api.state(doc.name)["outcomes"]) == {"Created": 3}


def test_a_lead_that_the_user_may_not_see_is_counted_and_not_named(manager, imports):
	hidden = known_lead(imports, email=imports.email("hidden"))
	frappe.set_user("Administrator")
	seen = known_lead(imports, email=imports.email("seen"))
	frappe.get_doc(
		{"doctype": "User Permission", "user": manager, "allow": LEAD, "for_value": seen.name}
	).insert()
	frappe.db.commit()
	frappe.set_user(manager)
	frappe.clear_cache(user=manager)
	try:
		for duplicates in ("Add to Timeline", "Fill Empty Fields"):
			doc = imports.done(
				[["Lead Name", "Email", "Job Title"], ["Curious", imports.email("hidden"), "Buyer"]],
				duplicates=duplicates,
			)
			answer = frappe.as_json([api.rows(doc.name), api.state(doc.name)])
			assert hidden.name not in answer
			assert found(doc) == [(2, "Left Out", "Belongs to an open lead that you may not see.")]
	finally:
		frappe.set_user("Administrator")
		frappe.db.delete("User Permission", {"user": manager})
		frappe.db.commit()
	assert not frappe.db.exists("Communication", {"reference_name": hidden.name})
	hidden.reload()
	assert not hidden.job_title
