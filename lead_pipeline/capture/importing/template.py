"""Template for imports, which says of each column what values it may have.

In the user's language, with the values of this site. Its examples can stay: the import knows them and leaves them
out.
"""

import frappe
from frappe import _
from frappe.utils import add_days, nowdate

from lead_pipeline.capture.importing import columns, lookups, written_files
from lead_pipeline.constants import LEAD, NEW, WORKING
from lead_pipeline.domain.import_cells import Column
from lead_pipeline.domain.import_rows import EXAMPLE_DOMAIN, REMARK
from lead_pipeline.reference_data import lead_statuses

WIDTH, WIDE = 18, 60


def xlsx() -> bytes:
	chosen = template_columns()
	return written_files.write_xlsx(
		{_("Leads"): [heading_line(chosen), *examples(chosen)], _("Columns"): explanation(chosen)},
		{_("Leads"): [WIDTH] * len(chosen), _("Columns"): [WIDTH, WIDE, WIDE, WIDE, WIDTH]},
	)


def csv() -> bytes:
	"""Return the template in one sheet.

	The explanation is in rows below, which the import passes over.
	"""
	chosen = template_columns()
	_heading, *rows = explanation(chosen)
	remarks = [[f"{REMARK} {name}: " + " ".join(filter(None, said))] for name, *said in rows]
	return written_files.write_csv([heading_line(chosen), *examples(chosen), *remarks])


def template_columns() -> list[Column]:
	"""Return the columns of a usual lead.

	Also those that the site has added or made mandatory.
	"""
	meta = frappe.get_meta(LEAD)
	known = {field.fieldname: field for field in columns.importable_fields()}
	names = [name for name in columns.TEMPLATE if name in known]
	added = [name for name, field in known.items() if field.get("is_custom_field") or field.reqd]
	return [columns.column_of_field(meta.get_field(name)) for name in dict.fromkeys([*names, *added])]


def heading_line(chosen: list[Column]) -> list[str]:
	return [column.label for column in chosen]


def explanation(chosen: list[Column]) -> list[list[str]]:
	"""Return a row for each column.

	Heading, meaning, values, how to write it, example.
	"""
	first = examples(chosen)[0]
	return [
		[_("Column"), _("Meaning"), _("What may stand there"), _("How to write it"), _("Example")],
		*(
			[
				column.label,
				meaning_of_column(column),
				values_to_write(column),
				writing(column),
				str(example or ""),
			]
			for column, example in zip(chosen, first, strict=True)
		),
	]


def meaning_of_column(column: Column) -> str:
	said = {
		"lead_name": _("What the lead is called. Left empty: the person, the company or the e-mail address."),
		"is_organization": _("Whether the lead is a company; then it needs the company's name."),
		"company_name": _("The company, or where the person works."),
		"email": _("Main address. An open lead with the same address is the same lead."),
		"phone": _("Main phone. It finds the lead of who has no e-mail address."),
		"status": _("Where the lead stands. Left empty: the first status of its type."),
		"lost_reason": _("Why it was lost. Needed when the status says that it is lost."),
		"lead_type": _("Decides which statuses the lead can have."),
		"tags": _("Any number of tags."),
		"channel": _("How the lead came in."),
		"lead_owner": _("The sales person. Left empty: you, if you sell, or whom an Assignment Rule finds."),
		"expected_revenue": _("The amount that the sale may bring."),
		"currency": _("The currency of the amount. Left empty: that of the site."),
		"probability": _("How likely the sale is, in percent."),
		"next_contact_date": _("The day on which somebody is to get in touch."),
		"next_contact_by": _("Who is to do that."),
		"email_ids": _("Further e-mail addresses."),
		"phone_nos": _("Further phone numbers."),
	}.get(column.fieldname)
	field = frappe.get_meta(LEAD).get_field(column.fieldname)
	return said or _(field.description or "") or column.label


def values_to_write(column: Column) -> str:
	"""Return the values of this site, by the names that its users read."""
	if column.kind != "choice":
		return ""
	names = lookups.values_to_name(column)
	if column.fieldname == "status":
		names = [name for name in lead_statuses.choosable_statuses(None) if name in names]
		by_type = [
			f"{_(name)}: {_names(lead_statuses.choosable_statuses(name))}"
			for name in lead_statuses.lead_types()[:10]
		]
		return "\n".join([_names(names), *by_type])
	return _names(names) or _("Any {0} of this site, by its name.").format(column.label)


def _names(names: list[str] | tuple[str, ...]) -> str:
	return ", ".join(_(name) for name in names)


def writing(column: Column) -> str:
	return {
		"text": _("Text of at most {0} characters.").format(column.length) if column.length else _("Text."),
		"email": _("An e-mail address."),
		"phone": _("At most 20 digits, spaces and + - . , ( ) # *; with +, it is found from everywhere."),
		"url": _("An address that begins with http:// or https://."),
		"number": _("A number, as 1234.50 or as your site writes it."),
		"whole": _("A whole number."),
		"percent": _("A number from 0 to 100."),
		"date": _("A day, as 2026-12-31 or as your site writes it."),
		"moment": _("Day and time, as 2026-12-31 17:30."),
		"tick": _("1 or 0, yes or no."),
		"choice": _("One of the values; capital letters do not matter."),
	}[column.kind] + (" " + _("Several are separated by commas.") if column.table else "")


def examples(chosen: list[Column]) -> list[list[object]]:
	"""Return rows that this site would take as they are, were they not examples."""
	statuses = [
		name
		for name in lead_statuses.choosable_statuses(None)
		if lead_statuses.category(name) in (NEW, WORKING)
	]
	status = _(statuses[0]) if statuses else ""
	rows = [
		{
			"first_name": _("Example"),
			"last_name": _("Person"),
			"job_title": _("Buyer"),
			"company_name": _("Example Company"),
			"email": f"person{EXAMPLE_DOMAIN}",
			"phone": "+49 30 1234567",
			"website": "https://template.example",
			"status": status if not lead_statuses.lead_types() else "",
			"expected_revenue": "12500",
			"probability": "40",
			"expected_closing": add_days(nowdate(), 60),
			"tags": _first("tags", chosen),
			"priority": _first("priority", chosen),
			"channel": _first("channel", chosen),
			"description": _("An example. It is left out when you import the file."),
		},
		{
			"is_organization": "1",
			"company_name": _("Another Example Company"),
			"email": f"company{EXAMPLE_DOMAIN}",
			"email_ids": f"sales{EXAMPLE_DOMAIN}, office{EXAMPLE_DOMAIN}",
			"next_contact_date": add_days(nowdate(), 7),
		},
	]
	return [[row.get(column.fieldname) for column in chosen] for row in rows]


def _first(fieldname: str, chosen: list[Column]) -> str:
	column = next((column for column in chosen if column.fieldname == fieldname), None)
	names = lookups.values_to_name(column) if column else []
	return _(names[0]) if names else ""
