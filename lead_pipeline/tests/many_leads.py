"""Fill a site with 20,000 leads, and with what tells of them, by SQL."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe

from lead_pipeline.constants import LEAD, LEAD_KEY, STATUS, STATUS_LOG
from lead_pipeline.framework import job_records
from lead_pipeline.status import changed_leads
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_opportunity, make_quotation
from lead_pipeline.tests.sales import buyer

NUMBER = 20_000
MARK = "ROWS-"
DOMAIN = "rows-read.example.com"

# As both databases read it.
TEXT = "concat(n.seq, '')"
NAME = f"concat('{MARK}', lpad({TEXT}, 6, '0'))"


def clone(doctype: str, name: str, **values: str) -> None:
	"""Insert NUMBER copies of a record by SQL.

	`values`: expressions for columns, in which `n` is the number of the copy.
	"""
	mariadb = frappe.db.db_type == "mariadb"
	moment = "now(6) - interval n.seq minute" if mariadb else "now() - n.seq * interval '1 minute'"
	numbers = f"seq_1_to_{NUMBER} n" if mariadb else f"generate_series(1, {NUMBER}) as n(seq)"
	own = {"name": NAME, "creation": moment, "modified": moment} | values
	columns = frappe.db.get_table_columns(doctype)
	selected = ", ".join(own.get(column, f"source.`{column}`") for column in columns)
	frappe.db.sql(
		f"insert into `tab{doctype}` ({', '.join(f'`{column}`' for column in columns)}) "
		f"select {selected} from `tab{doctype}` source, {numbers} where source.name = %s",
		name,
	)


def fill() -> list[str]:
	"""Fill the site with complete leads, and with documents of half of them.

	Return the DocTypes that were filled.
	"""
	lead = make_lead(email=f"rows@{DOMAIN}", company_name="Rows Read Ltd", phone="030 1234567")
	lead.append("email_ids", {"email_id": f"rows2@{DOMAIN}"})
	lead.append("tags", {"tag": "Urgent"})
	lead.save()
	named = {"lead": NAME}
	of_lead = {"reference_name": named["lead"]}
	person = f"concat('person-', mod(n.seq, 40), '@{DOMAIN}')"
	clone(
		LEAD,
		lead.name,
		company_name=f"concat('Rows ', md5({TEXT}), ' Ltd')",
		lead_name=f"concat('Rows ', md5({TEXT}), ' Ltd')",
		domain_key="concat('d', n.seq, '.example.com')",
		company_key=f"md5({TEXT})",
		company_sound=f"left(md5({TEXT}), 8)",
		person_key="md5(concat(n.seq + 1, ''))",
		email=f"concat('lead-', n.seq, '@{DOMAIN}')",
		email_key=f"concat('lead-', n.seq, '@{DOMAIN}')",
		phone_key="concat('4930', n.seq)",
		search_words="concat(' wwrows wwlead', n.seq, ' ww4930', n.seq)",
		owner=person,
		lead_owner=person,
		status="case when mod(n.seq, 3) = 0 then 'Lost' else 'Lead' end",
		status_category="case when mod(n.seq, 3) = 0 then 'Lost' else 'New' end",
		party_type="case when mod(n.seq, 2) = 1 then 'Customer' end",
		party="case when mod(n.seq, 2) = 1 then concat('No Customer ', n.seq) end",
	)
	(row,) = frappe.get_all(STATUS_LOG, {"lead": lead.name}, pluck="name")
	clone(
		STATUS_LOG,
		row,
		**named,
		reference_doctype="'Quotation'",
		reference_name="concat('No Quotation ', n.seq)",
	)
	(row,) = frappe.get_all("Contact Email", {"parent": lead.name, "is_primary": 0}, pluck="name")
	clone("Contact Email", row, parent=named["lead"], email_id=f"concat('second-', n.seq, '@{DOMAIN}')")
	clone("Pipeline Lead Tag Item", lead.tags[0].name, parent=named["lead"])
	(row,) = frappe.get_all(LEAD_KEY, {"lead": lead.name}, pluck="name", limit=1)
	clone(LEAD_KEY, row, **named, key=f"md5({TEXT})")
	comment = lead.add_comment("Info", "Rows")
	clone("Comment", comment.name, **of_lead)
	todo = frappe.get_doc({"doctype": "ToDo", "description": "Rows", "reference_type": LEAD})
	todo.update({"reference_name": lead.name, "allocated_to": "Administrator"}).insert()
	clone("ToDo", todo.name, allocated_to=person.replace("40", "1000"), **of_lead)
	mail = frappe.get_doc({"doctype": "Communication", "subject": "Rows", "sender": f"rows@{DOMAIN}"})
	mail.update({"communication_medium": "Email", "sent_or_received": "Received", "content": "Rows"})
	mail.update({"reference_doctype": LEAD, "reference_name": lead.name}).insert()
	clone("Communication", mail.name, **of_lead)
	filled = [LEAD, STATUS_LOG, "Contact Email", "Pipeline Lead Tag Item", LEAD_KEY]
	filled += ["Comment", "ToDo", "Communication"]
	if frappe.db.exists("DocType", "Quotation"):
		linked = {"pipeline_lead": named["lead"]}
		quotation, opportunity = make_quotation(lead, buyer()), make_opportunity(lead, buyer())
		clone("Quotation", quotation.name, **linked)
		clone("Opportunity", opportunity.name, **linked)
		clone("Quotation Item", quotation.items[0].name, parent=named["lead"])
		for document in (quotation, opportunity):
			document.delete()
		filled += ["Quotation", "Opportunity", "Quotation Item"]
	site.delete(LEAD, lead.name)
	return filled


@contextmanager
def filled_site() -> Iterator[None]:
	"""Have the site filled in the block; afterwards nothing of it is left."""
	site.start_over()
	filled = fill()
	frappe.db.commit()
	analyze(filled)
	try:
		yield
	finally:
		site.start_over()
		for doctype in filled:
			frappe.db.delete(doctype, {"name": ("like", f"{MARK}%")})
		frappe.db.commit()
		analyze(filled)


def analyze(doctypes: list[str]) -> None:
	"""The plans follow from what the database knows of the tables."""
	for doctype in doctypes:
		table = f"table `tab{doctype}`" if frappe.db.db_type == "mariadb" else f"`tab{doctype}`"
		frappe.db.sql(f"analyze {table}")
	frappe.db.commit()


def say_that_all_jobs_are_done() -> None:
	"""Note for each job that it has run today, as if it just had."""
	now = frappe.utils.now_datetime()
	done = {"since": str(now), "day": str(now.date()), "last_round": str(now.date())}
	done |= {"rules": changed_leads.fingerprint(), "days": changed_leads.timespans()}
	done |= {"raw": changed_leads.runs_of_raw_updates()}
	done |= {"categories": dict(frappe.get_all(STATUS, fields=["name", "category"], as_list=True))}
	for job in job_records.titles():
		job_records.keep_state(job, done, asked_by="")


@contextmanager
def settled_jobs() -> Iterator[None]:
	"""Have all jobs done for today in the block, and nothing changed since then."""
	for doctype in (LEAD, "Quotation", "Opportunity"):
		if frappe.db.exists("DocType", doctype):
			table = frappe.qb.DocType(doctype)
			frappe.qb.update(table).set(table.modified, "2020-01-01").where(table.name.like(f"{MARK}%")).run()
	lead = frappe.qb.DocType(LEAD)
	overdue = (
		frappe.qb.update(lead).set(lead.next_contact_date, "2020-01-01").set(lead.reminded_for, "2020-01-01")
	)
	overdue.where(lead.name.like(f"{MARK}%")).run()
	say_that_all_jobs_are_done()
	frappe.db.commit()
	analyze([LEAD])
	try:
		yield
	finally:
		for job in job_records.titles():
			job_records.keep_state(job, {})
		frappe.db.commit()
