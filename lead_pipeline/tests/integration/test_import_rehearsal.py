"""Files with leads through the import's own entrance: rehearsed, imported by the framework's Data Import, accounted for."""

import csv
import io
import os
import time
import zipfile
from collections.abc import Callable

import frappe
import pytest
from openpyxl import Workbook, load_workbook

from lead_pipeline import merged
from lead_pipeline.capture.importing import desk, files, jobs, run
from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import ActionRefusedError, InvalidFileError
from lead_pipeline.status import log
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_lead_type, make_user

TABLE = run.table
RUN, ROW = "Pipeline Lead Import", "Pipeline Import Row"

# How many rows the large file has. The measured runs of the project's machines used 10000.
MANY = int(os.environ.get("LEAD_PIPELINE_IMPORT_ROWS", "400"))


class Imports:
	"""Makes imports of files as the user of the test, does their work here and now, and takes everything away again."""

	def __init__(self):
		self.made, self.leads = [], []
		self.mark = frappe.generate_hash(length=8)

	def email(self, name: str) -> str:
		return f"{name}-{self.mark}@example.com"

	def new(
		self, rows: list[list], duplicates: str = "Leave Out", content: bytes | None = None, kind: str = "csv"
	):
		"""An import of these rows, the first of them the header."""
		if content is None:
			text = io.StringIO(newline="")
			csv.writer(text).writerows(rows)
			content = text.getvalue().encode()
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{frappe.generate_hash(length=8)}.{kind}",
				"content": content,
				"is_private": 1,
			}
		).insert()
		doc = frappe.get_doc({"doctype": RUN, "file": file.file_url, "duplicates": duplicates}).insert()
		self.made += [(RUN, doc.name), ("File", file.name)]
		frappe.db.commit()
		return doc

	def rehearsed(self, rows: list[list], **values):
		doc = self.new(rows, **values)
		desk.rehearse(doc.name)
		doc.reload()
		return doc

	def done(self, rows: list[list], **values):
		"""Rehearsed and imported, as the worker does it."""
		return self.finish(self.rehearsed(rows, **values))

	def finish(self, doc):
		user = frappe.session.user
		jobs.note(doc, status=jobs.IMPORT)
		frappe.db.commit()
		jobs.in_background(RUN, doc.name, jobs.IMPORT, user)
		frappe.set_user(user)
		doc.reload()
		return doc

	def undo(self):
		frappe.set_user("Administrator")
		frappe.db.rollback()
		frappe.flags.in_import = frappe.flags.mute_emails = False
		for doctype, name in self.made:
			if doctype == RUN:
				if data_import := frappe.db.get_value(RUN, name, "data_import"):
					frappe.db.delete("Data Import Log", {"data_import": data_import})
					frappe.delete_doc("Data Import", data_import, force=True, ignore_missing=True)
				erase(frappe.get_all(ROW, {"run": name, "outcome": "Created"}, pluck="result_lead"))
				frappe.db.set_value(RUN, name, "status", "Done")
			frappe.delete_doc(doctype, name, force=True, ignore_missing=True)
		erase(self.leads)
		frappe.db.commit()


def erase(leads: list[str]) -> None:
	"""Hundreds at once, as no user would: each deletion would leave a job for the worker."""
	frappe.db.delete(LEAD, {"name": ("in", leads or [""])})
	for doctype in ("Pipeline Status Log", "Pipeline Lead Key"):
		frappe.db.delete(doctype, {"lead": ("in", leads or [""])})
	for rows in ("Contact Email", "Contact Phone", "Pipeline Lead Tag Item"):
		frappe.db.delete(rows, {"parenttype": LEAD, "parent": ("in", leads or [""])})


@pytest.fixture
def imports(clean_transaction):
	made = Imports()
	yield made
	made.undo()


@pytest.fixture
def manager(clean_transaction):
	user = make_user("Sales Manager", "Sales User", email="import-manager@example.com")
	frappe.db.commit()
	frappe.set_user(user)
	return user


def found(doc) -> list[tuple]:
	"""Row, kind and remark of every row, as the form shows them."""
	return [(row["file_row"], row["kind"], row["message"] or "") for row in desk.rows(doc.name)]


def counted(numbers: list[dict]) -> dict:
	return {number["kind"]: number["count"] for number in numbers}


def known_lead(imports, **values):
	lead = make_lead(**values)
	imports.leads.append(lead.name)
	frappe.db.commit()
	return lead


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
	rows = desk.rows(doc.name)
	assert [row["kind"] for row in rows] == ["Created", *["Rejected"] * len(bad)]
	for row, (_values, said) in zip(rows[1:], BAD_ROWS, strict=True):
		assert said in row["message"]
	state = desk.state(doc.name)
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
	assert counted(desk.state(first.name)["outcomes"]) == {"Created": 4, "Left Out": 1}
	before = frappe.db.count(LEAD)
	reordered = [[row[3], row[1], row[0], row[2], row[4], row[5]] for row in rows]
	second = imports.done(reordered)
	assert counted(desk.state(second.name)["outcomes"]) == {"Left Out": 5}
	assert frappe.db.count(LEAD) == before
	assert found(second)[0][2].startswith("Was imported before, as LEAD-")


def test_a_lead_that_was_merged_since_is_not_made_again(manager, imports):
	rows = [["Lead Name", "Email"], ["Merged", imports.email("merged")]]
	lead = desk.rows(imports.done(rows).name)[0]["lead"]
	survivor = known_lead(imports, lead_name="Survivor")
	merged.note(lead, survivor.name)
	erase([lead])
	merged.clear()
	frappe.db.commit()
	try:
		again = imports.done(rows)
		assert counted(desk.state(again.name)["outcomes"]) == {"Left Out": 1}
		assert found(again)[0][2] == f"Was imported before, as {survivor.name}."
	finally:
		frappe.db.delete("Pipeline Lead Merge", {"merged_lead": lead})
		frappe.db.commit()
		merged.clear()


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
	full, plain = (frappe.get_doc(LEAD, row["lead"]) for row in desk.rows(doc.name))
	assert {row.tag for row in full.tags} == {"Urgent", "Exhibition"}
	assert [row.email_id for row in full.email_ids] == [imports.email("full"), imports.email("second")]
	assert (full.expected_revenue, str(full.expected_closing)) == (1250.5, "2027-03-31")
	assert (full.lead_owner, full.owner, full.origin_key[:7]) == (manager, manager, "Import/")
	assert [(row.to_status, row.cause) for row in log.history(plain.name)] == [("Interested", "Import")]


def test_known_leads_get_the_row_on_their_timeline_once(manager, imports):
	lead = known_lead(imports, email=imports.email("known"))
	rows = [["Lead Name", "Email", "Job Title"], ["Known", imports.email("known"), "Buyer"]]
	first = imports.done(rows, duplicates="Add to Timeline")
	assert counted(desk.state(first.name)["outcomes"]) == {"Added": 1}
	assert desk.rows(first.name)[0]["lead"] == lead.name
	second = imports.done(rows, duplicates="Add to Timeline")
	assert counted(desk.state(second.name)["outcomes"]) == {"Left Out": 1}
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
	rows = desk.rows(doc.name)
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
	first, second = desk.rows(doc.name)
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
	assert counted(desk.state(doc.name)["outcomes"]) == {"Created": 3}


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
			answer = frappe.as_json([desk.rows(doc.name), desk.state(doc.name)])
			assert hidden.name not in answer
			assert found(doc) == [(2, "Left Out", "Belongs to an open lead that you may not see.")]
	finally:
		frappe.set_user("Administrator")
		frappe.db.delete("User Permission", {"user": manager})
		frappe.db.commit()
	assert not frappe.db.exists("Communication", {"reference_name": hidden.name})
	hidden.reload()
	assert not hidden.job_title


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_template_explains_itself_and_its_examples_stay_out(manager, imports, kind):
	desk.download_template(kind)
	content = frappe.response.filecontent
	doc = imports.new([], content=content, kind=kind)
	desk.rehearse(doc.name)
	assert counted(desk.state(doc.name)["verdicts"]) == {"Example": 2}
	doc.reload()
	assert not doc.notes, "every column of the template is known"
	text = content.decode("utf-8-sig") if kind == "csv" else sheet_text(content)
	for said in ("Interested", "Web Form", "Price too high", "Urgent", "open lead with the same address"):
		assert said in text


def sheet_text(content: bytes) -> str:
	book = load_workbook(io.BytesIO(content))
	assert book.sheetnames == ["Leads", "Columns"]
	return " ".join(str(cell.value) for row in book["Columns"].iter_rows() for cell in row)


def test_the_examples_of_the_template_would_be_valid_leads(manager, imports):
	desk.download_template("xlsx")
	rows = files.read_xlsx(frappe.response.filecontent)
	for row in rows[1:]:
		row[:] = [
			str(cell or "").replace("@template.example", f"-{imports.mark}@example.com") for cell in row
		]
	doc = imports.done(rows)
	assert counted(desk.state(doc.name)["outcomes"]) == {"Created": 2}


def test_headings_and_values_are_understood_in_the_users_language(manager, imports):
	frappe.db.set_value("User", manager, "language", "de")
	for source, target in (("Company Name", "Firmenname"), ("Interested", "Interessiert")):
		frappe.get_doc(
			{"doctype": "Translation", "language": "de", "source_text": source, "translated_text": target}
		).insert(ignore_permissions=True)
	frappe.db.commit()
	frappe.clear_cache()
	frappe.set_user_lang(manager)
	try:
		desk.download_template("csv")
		assert "Firmenname" in frappe.response.filecontent.decode("utf-8-sig")
		doc = imports.rehearsed([["Firmenname", "Status"], [f"Eins {imports.mark}", "interessiert"]])
		assert [kind for _number, kind, _remark in found(doc)] == ["New"]
	finally:
		frappe.set_user("Administrator")
		frappe.db.delete(
			"Translation", {"language": "de", "translated_text": ("in", ["Firmenname", "Interessiert"])}
		)
		frappe.db.set_value("User", manager, "language", "en")
		frappe.db.commit()
		frappe.local.lang = "en"
		frappe.clear_cache()


def test_rejected_rows_are_downloaded_corrected_and_uploaded_again(manager, imports):
	doc = imports.done(
		[
			["Lead Name", "Email", "Status"],
			["Right", imports.email("right"), ""],
			["=cmd|' /C calc'!A1", "wrong", "Intersted"],
		]
	)
	desk.download(doc.name, "rejected")
	rows = files.read_xlsx(frappe.response.filecontent)
	assert rows[0] == ["Lead Name", "Email", "Status", "# What is wrong"]
	assert len(rows) == 2 and "Did you mean “Interested”?" in rows[1][3]
	assert rows[1][0] == "=cmd|' /C calc'!A1", "shown, not calculated"
	rows[1][1:3] = [imports.email("wrong"), "Interested"]
	book = Workbook()
	for row in rows:
		book.active.append([f"{cell}" if cell is not None else None for cell in row])
	book.active["A2"].data_type = "s"
	out = io.BytesIO()
	book.save(out)
	again = imports.new([], content=out.getvalue(), kind="xlsx")
	desk.rehearse(again.name)
	again = imports.finish(again)
	assert counted(desk.state(again.name)["outcomes"]) == {"Created": 1}


def test_nothing_in_a_downloaded_file_is_a_formula(manager, imports):
	evil = ["=1+1", "+1+1", "-1+1", "@SUM(1)", '=HYPERLINK("http://example.com")']
	doc = imports.rehearsed([["Lead Name", "Email"], *[[name, "bad"] for name in evil]])
	for which in ("rejected", "result"):
		desk.download(doc.name, which)
		sheet = load_workbook(io.BytesIO(frappe.response.filecontent)).worksheets[0]
		cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
		assert {cell.data_type for cell in cells} == {"s"}
		assert set(evil) <= {cell.value for cell in cells}
	assert files.write_csv([[name] for name in evil]).decode("utf-8-sig").splitlines()[0] == "'=1+1"
	assert [row[0] for row in files.read_csv(files.write_csv([[name] for name in evil]))] == evil


def test_files_of_other_countries_and_programs_are_read(manager, imports):
	rows = 'Lead Name;Email;Description\r\nJörg;{};"two\nlines"\r\n'.format(imports.email("joerg"))
	for encoding in ("utf-8-sig", "windows-1252", "utf-16"):
		doc = imports.new([], content=rows.encode(encoding))
		desk.rehearse(doc.name)
		assert [row["title"] for row in desk.rows(doc.name)] == ["Jörg"]


@pytest.mark.parametrize(
	"rows, said",
	[
		([["Colour", "Size"], ["red", 1]], "names no field of a lead: <strong>Colour, Size</strong>"),
		([["Lead Name", "Email"]], "has no rows below its headings"),
		([["Phone"], ["030 1234567"]], "names no field of a lead"),
	],
)
def test_a_file_that_is_no_list_of_leads_is_refused(manager, imports, rows, said):
	doc = imports.new(rows)
	with pytest.raises(InvalidFileError, match=said.replace("(", "\\(")):
		desk.rehearse(doc.name)


def test_a_damaged_or_foreign_file_is_refused(manager, imports):
	for content, kind, said in (
		(b"no zip", "xlsx", "cannot be read"),
		(b"%PDF", "pdf", "Only files of these kinds"),
	):
		doc = imports.new([], content=content, kind=kind)
		with pytest.raises(InvalidFileError, match=said):
			desk.rehearse(doc.name)


def repacked(rows: list[list], sheet: Callable[[bytes], bytes]) -> bytes:
	"""A workbook with these rows, whose sheet was changed by `sheet`."""
	book, packed, changed = Workbook(), io.BytesIO(), io.BytesIO()
	for row in rows:
		book.active.append(row)
	book.save(packed)
	with zipfile.ZipFile(packed) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
		for name in old.namelist():
			content = old.read(name)
			new.writestr(name, sheet(content) if name == "xl/worksheets/sheet1.xml" else content)
	return changed.getvalue()


def test_a_small_file_that_would_fill_the_memory_is_refused(manager, imports):
	spaces = b" " * (201 * 1024 * 1024)
	bomb = repacked(
		[["Lead Name"], ["Jane"]], lambda sheet: sheet.replace(b"<sheetData>", b"<sheetData>" + spaces)
	)
	doc = imports.new([], content=bomb, kind="xlsx")
	with pytest.raises(InvalidFileError, match="more than 200 MB"):
		desk.rehearse(doc.name)
	wide = repacked(
		[["Lead Name", "Email"], ["Jane"]],
		lambda sheet: sheet.replace(b'"B1"', b'"XFD1"').replace(b"A1:B2", b"A1:XFD2"),
	)
	doc = imports.new([], content=wide, kind="xlsx")
	with pytest.raises(InvalidFileError, match="at most 200 columns"):
		desk.rehearse(doc.name)


def test_rows_and_columns_that_are_only_formatted_count_for_nothing(manager, imports):
	rows = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (number, number) for number in range(3, 60_000))
	content = repacked(
		[["Lead Name", "Email"], ["Jane", imports.email("jane")]],
		lambda sheet: sheet.replace(b"</sheetData>", rows + b"</sheetData>"),
	)
	doc = imports.rehearsed([], content=content, kind="xlsx")
	assert found(doc) == [(2, "New", "")]


def test_two_people_import_the_same_file(manager, imports):
	"""The framework gives both files one address."""
	content = f"Lead Name,Email\nJane,{imports.email('jane')}\n".encode()
	first = imports.new([], content=content)
	frappe.set_user(make_user("Sales Manager", "Sales User", email="import-colleague@example.com"))
	second = imports.new([], content=content)
	assert second.file == first.file
	for user, doc in ((frappe.session.user, second), (manager, first)):
		frappe.set_user(user)
		assert desk.rehearse(doc.name)["status"] == "Rehearsed"


def test_a_file_that_the_user_may_not_see_is_refused(manager, imports):
	theirs = imports.new([["Lead Name"], ["Jane"]])
	frappe.set_user(make_user("Sales Manager", "Sales User", email="import-colleague@example.com"))
	doc = frappe.get_doc({"doctype": RUN, "file": theirs.file}).insert()
	imports.made.append((RUN, doc.name))
	with pytest.raises(frappe.PermissionError, match="Choose it again"):
		desk.rehearse(doc.name)


def test_columns_that_no_field_has_are_named_and_left_out(manager, imports):
	doc = imports.done(
		[
			["Lead Name", "Shoe Size", "Key of the Origin", "Owner", "Status Category"],
			["Jane", "38", "Import/1", "Administrator", "Won"],
		]
	)
	assert "Shoe Size, Key of the Origin, Owner, Status Category" in doc.notes
	lead = frappe.get_doc(LEAD, desk.rows(doc.name)[0]["lead"])
	assert (lead.status_category, lead.owner) == ("New", manager)
	assert lead.origin_key != "Import/1"


def test_a_file_of_the_frameworks_own_import_cannot_name_an_origin(imports):
	lead = make_lead()
	frappe.flags.in_import = True
	try:
		other = frappe.new_doc(LEAD)
		other.update({"lead_name": "Other", "origin_key": "Import/other"})
		other.flags.updater_reference = {"doctype": "Data Import", "docname": "no import of ours"}
		other.insert()
	finally:
		frappe.flags.in_import = False
	assert not other.origin_key and not lead.origin_key


def test_a_running_or_finished_import_is_not_begun_again(manager, imports):
	doc = imports.done([["Lead Name", "Email"], ["Jane", imports.email("jane")]])
	for action in (desk.rehearse, desk.start):
		with pytest.raises(ActionRefusedError, match="This file was imported"):
			action(doc.name)
	doc.duplicates = "Create Anyway"
	with pytest.raises(ActionRefusedError, match="This file was imported already"):
		doc.save()
	fresh = imports.new([["Lead Name"], ["Jane"]])
	with pytest.raises(ActionRefusedError, match="Rehearse the file first"):
		desk.start(fresh.name)


def test_nobody_says_by_rest_where_an_import_stands(manager, imports):
	doc = imports.new([["Lead Name"], ["Jane"]])
	doc.update({"status": "Done", "data_import": "X", "notes": "made up"})
	doc.save()
	assert (doc.status, doc.data_import, doc.notes) == ("Draft", None, None)


def test_an_import_belongs_to_who_made_it(manager, imports):
	doc = imports.rehearsed([["Lead Name"], ["Jane"]])
	frappe.set_user(make_user("Sales Manager"))
	for call in (desk.rehearse, desk.start, desk.state, desk.rows):
		with pytest.raises(frappe.PermissionError, match="somebody else's"):
			call(doc.name)
	frappe.set_user(make_user("Sales User"))
	for call in (desk.state, lambda name: desk.download_template("xlsx")):
		with pytest.raises(frappe.PermissionError, match="You may not import leads"):
			call(doc.name)
	assert not frappe.has_permission(ROW, "read")


def test_an_import_whose_worker_died_goes_on_where_it_was(manager, imports, monkeypatch):
	doc = imports.rehearsed(
		[["Lead Name", "Email"], *[[f"Jane {n}", imports.email(f"jane{n}")] for n in range(6)]]
	)
	inserted = []
	commit = frappe.db.commit

	def die():
		commit()
		inserted.append(1)
		if (
			frappe.flags.in_import
			and frappe.db.count(LEAD, {"email_key": ("like", f"jane%{imports.mark}%")}) == 3
		):
			raise SystemExit

	with monkeypatch.context() as patch:
		patch.setattr(frappe.db, "commit", die)
		with pytest.raises(SystemExit):
			imports.finish(doc)
	frappe.flags.in_import = False
	frappe.set_user(manager)
	frappe.db.rollback()
	doc.reload()
	jobs.note(doc, worked_on=frappe.utils.add_to_date(None, minutes=-5))
	commit()
	assert desk.state(doc.name)["status"] == "Stopped"
	with pytest.raises(ActionRefusedError, match="A part of this file was imported"):
		desk.rehearse(doc.name)
	doc = imports.finish(doc)
	assert counted(desk.state(doc.name)["outcomes"]) == {"Created": 6}
	assert frappe.db.count(LEAD, {"email_key": ("like", f"jane%{imports.mark}%")}) == 6


def test_a_file_that_the_data_import_refuses_is_rehearsed_again(manager, imports, monkeypatch):
	"""A status that is deleted between the rehearsal and the first row, for example."""
	doc = imports.rehearsed([["Lead Name", "Email", "Status"], ["Jane", imports.email("jane"), "Interested"]])
	with monkeypatch.context() as patch:
		patch.setattr(run, "table", lambda rows: broken(rows))
		doc = imports.finish(doc)
	assert (doc.status, doc.data_import) == ("Draft", None)
	assert "The Data Import has refused the file, and nothing was imported" in doc.error
	desk.rehearse(doc.name)
	doc = imports.finish(doc)
	assert counted(desk.state(doc.name)["outcomes"]) == {"Created": 1}


def broken(rows):
	heads, lines, places = TABLE(rows)
	lines[0][heads.index("status")] = "Gone"
	return heads, lines, places


def test_many_rows_in_the_background_by_a_real_worker(manager, imports, free_worker):
	rows = [[f"Row {n}", imports.email(f"row{n}"), n] for n in range(MANY)]
	rows[MANY // 2][1] = "bad"
	rows[-1][1] = rows[0][1]
	doc = imports.new([["Lead Name", "Email", "Expected Revenue"], *rows])
	began = time.monotonic()
	desk.rehearse(doc.name)
	frappe.db.commit()
	state = wait(doc)
	rehearsed = time.monotonic() - began
	assert not state["error"]
	assert counted(state["verdicts"]) == {"New": MANY - 2, "Bad": 1, "Repeated": 1}
	began = time.monotonic()
	desk.start(doc.name)
	frappe.db.commit()
	state = wait(doc)
	assert (state["status"], counted(state["outcomes"])) == (
		"Done",
		{"Created": MANY - 2, "Rejected": 1, "Left Out": 1},
	)
	print(f"{MANY} rows: rehearsed in {rehearsed:.1f} s, imported in {time.monotonic() - began:.1f} s")


def wait(doc) -> dict:
	"""The state of the import when the worker has nothing more to do with it."""

	def is_done() -> bool:
		return desk.state(doc.name)["status"] not in ("Rehearsing", "Importing")

	site.wait_until(is_done, "the import has been handled", seconds=120 + MANY)
	return desk.state(doc.name)


def test_a_rehearsal_asks_the_database_as_often_for_many_rows_as_for_few(manager, imports, count_sql):
	def statements(size: int) -> int:
		rows = [
			["Lead Name", "Email", "Sales Person"],
			*[[f"R {n}", imports.email(f"r{n}"), manager] for n in range(size)],
		]
		doc = imports.new(rows)
		with count_sql() as counted:
			desk.rehearse(doc.name)
		return len(counted)

	statements(10)
	assert statements(190) <= statements(10) + 3
