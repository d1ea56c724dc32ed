"""Says to people what the rehearsal of an import has found, in their language."""

import frappe
from frappe import _

from lead_pipeline.domain.import_cells import Problem
from lead_pipeline.domain.import_rows import (
	ADDED,
	BAD,
	BEFORE,
	CREATED,
	EXAMPLE,
	HIDDEN,
	KNOWN,
	LEFT_OUT,
	NEW,
	REJECTED,
	REPEATED,
	UPDATED,
	Verdict,
)


def problem(found: Problem, labels: dict[str, str]) -> str:
	"""Return one sentence: which column, which value, what to do.

	`labels`: field name → heading of the column.
	"""
	label = labels.get(found.column) or found.column
	value = found.value[:140]
	said = problem_texts().get(found.kind)
	if found.kind == "unknown" and found.hint:
		return _("{0}: there is no “{1}”. Did you mean “{2}”?").format(label, value, _(found.hint[0]))
	if found.kind == "forbidden":
		return forbidden(found, label)
	return said.format(label, value, *found.hint)


def problem_texts() -> dict[str, str]:
	"""Return kind of problem → sentence.

	With the places {0} for the column and {1} for the value.
	"""
	return {
		"no date": _("{0}: “{1}” is not a date. Write it as 2026-12-31."),
		"two days": _("{0}: “{1}” can be two days. Choose “Days”, or write it as 2026-12-31."),
		"two amounts": _("{0}: “{1}” can be two amounts. Choose “Amounts”, or write it as 1234.50."),
		"no tick": _("{0}: “{1}” is neither yes nor no. Write 1 or 0."),
		"no number": _("{0}: “{1}” is not a number. Write digits only, as 1234.50."),
		"no percentage": _("{0}: “{1}” is not a percentage. Write a number from 0 to 100."),
		"broken formula": _(
			"{0}: “{1}” is a formula that does not work. Enter the value itself in your spreadsheet."
		),
		"two currencies": _("{0}: these are two currencies, {1}. Write one of them."),
		"negative": _("{0}: “{1}” is less than 0, which it cannot be."),
		"too large": _("{0}: “{1}” is too large. Write an amount of at most 12 digits."),
		"unknown": _("{0}: there is no “{1}” on this site. The template names what there is."),
		"disabled": _("{0}: “{1}” is disabled. Choose another one, or leave it empty."),
		"no email": _("{0}: “{1}” is not an e-mail address. Write one like name@example.com."),
		"no phone": _(
			"{0}: “{1}” is not a phone number. Use at most 20 digits, spaces and + - . , ( ) # * / ext."
		),
		"no url": _("{0}: “{1}” is not the address of a website. It has to begin with http:// or https://."),
		"too long": _("{0}: “{1}…” is too long. Write at most {2} characters."),
		"nobody": _("Nobody knows who this is: enter a name, a company or an e-mail address."),
		"no company": _("{0}: a lead that is an organization needs its company name."),
		"no reason": _("{0}: a lead with the status “{1}” needs one."),
		"missing": _("{0}: this has to be filled in on this site."),
	}


def forbidden(found: Problem, label: str) -> str:
	lead_type, *allowed = found.hint
	names = ", ".join(_(name) for name in allowed)
	if lead_type:
		return _("{0}: “{1}” is not allowed for leads of type “{2}”. Allowed are: {3}.").format(
			label, _(found.value), _(lead_type), names
		)
	return _("{0}: “{1}” cannot be chosen. There are: {2}.").format(label, _(found.value), names)


def finding_text(verdict: Verdict, lead: str | None) -> str:
	"""Return what a row without problems is found to be.

	`lead`: how its lead is called, None when the user may not see it.
	"""
	if verdict.verdict == KNOWN:
		return _("Belongs to the open lead {0}.").format(lead)
	if verdict.verdict == HIDDEN:
		return _("Belongs to an open lead that you may not see.")
	if verdict.verdict == REPEATED:
		return _("The same as row {0} of this file.").format(verdict.same_as)
	if verdict.verdict == BEFORE:
		return _("Was imported before, as {0}.").format(lead) if lead else _("Was imported before.")
	return {NEW: "", EXAMPLE: _("An example row of the template.")}.get(verdict.verdict, "")


def verdicts() -> dict[str, str]:
	"""Return headings of the kinds of rows."""
	return {
		NEW: _("New", context="Rows of an import"),
		KNOWN: _("Known"),
		HIDDEN: _("Known, not visible to you"),
		REPEATED: _("Repeated in this file"),
		BEFORE: _("Imported before"),
		EXAMPLE: _("Examples"),
		BAD: _("With errors"),
	}


def outcomes() -> dict[str, str]:
	return {
		CREATED: _("Created"),
		ADDED: _("Added to a lead"),
		UPDATED: _("Filled a lead"),
		LEFT_OUT: _("Left out"),
		REJECTED: _("Rejected"),
	}


def notes_on_columns(left_out: list[str], is_kept: bool) -> list[str]:
	"""Return what there is to say about the columns without a field."""
	if not left_out:
		return []
	said = (
		_("These columns belong to no field of a lead and are kept in the description: {0}.")
		if is_kept
		else _("These columns belong to no field of a lead and are not imported: {0}.")
	)
	return [said.format(", ".join(left_out))]


def doubtful_day(written: str) -> str:
	"""Say that a day can be read in two ways, and what to do."""
	return _(
		"Days like {0} can be read in two ways, and nothing in the file says which is meant. Choose “Days”, save, and rehearse "
		"it again."
	).format(written)


def doubtful_amount(written: str) -> str:
	"""Say that an amount can be read in two ways, and what to do."""
	return _(
		"Amounts like {0} can be read in two ways, and nothing in the file says which is meant. Choose “Amounts”, save, and "
		"rehearse it again."
	).format(written)


def plain_message(message: str | None) -> str:
	"""Return a message of the framework without its mark-up."""
	return " ".join(frappe.utils.strip_html(str(message or "")).split())
