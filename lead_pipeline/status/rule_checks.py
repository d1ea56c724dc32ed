"""Validate a Pipeline Status Rule, and warn of rules that cannot decide.

Rules that can never work are refused before they can fail when somebody saves a quotation. Every refusal raises
InvalidRuleError and says what to do. The warnings are for the author of the rule.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, get_link_to_form

from lead_pipeline.constants import LEAD_TYPE, RULE, STATUS
from lead_pipeline.domain.rule_order import shadows
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status import facts, rules
from lead_pipeline.status.filter_checks import throw_invalid_filters


def check_links(rule: Document) -> None:
	"""Refuse a document type, status or lead type that is gone or disabled.

	Before the framework's own check, whose message is terser.
	"""
	check_document_type(rule)
	check_status(rule)
	if rule.lead_type and not frappe.db.exists(LEAD_TYPE, rule.lead_type):
		throw_invalid_filters(
			_(
				"There is no lead type {0}. Choose one that exists, or leave it empty for leads of every type."
			),
			rule.lead_type,
			title=_("Lead Type"),
		)


def check_document_type(rule: Document) -> None:
	if not rule.document_type or rules.lead_link(rule.document_type):
		return
	if not frappe.db.exists("DocType", rule.document_type):
		throw_invalid_filters(
			_(
				"There is no document type {0} on this site. Choose one that exists, or install its app first."
			),
			rule.document_type,
			title=_("Document Type"),
		)
	throw_invalid_filters(
		_(
			"Documents of type {0} cannot belong to a lead. Add a field of type Link with the options "
			"Pipeline Lead to {0} (Customize Form) first."
		),
		_(rule.document_type),
		title=_("Document Type"),
	)


def check_status(rule: Document) -> None:
	"""A disabled rule may keep a disabled status: it gives it to nobody."""
	if not rule.status:
		return
	status = lead_statuses.statuses().get(rule.status)
	if not status:
		throw_invalid_filters(
			_("There is no status {0}. Choose another one, or add it to the list of statuses first."),
			rule.status,
			title=_("Status"),
		)
	if status.disabled and rule.enabled:
		throw_invalid_filters(
			_(
				"The status {0} is disabled, so no rule can give it. Choose another one, enable it again ({1}), or disable this rule."
			),
			_(rule.status),
			further=[get_link_to_form(STATUS, rule.status, _(rule.status))],
			title=_("Status"),
		)
	if (
		rule.lead_type
		and frappe.db.exists(LEAD_TYPE, rule.lead_type)
		and not lead_statuses.is_allowed(rule.status, rule.lead_type)
	):
		throw_invalid_filters(
			_(
				"Leads of type {0} may not have the status {1}. Choose another status, or allow it for the type first."
			),
			rule.lead_type,
			_(rule.status),
			title=_("Status"),
		)


def rule_warnings(rule: Document) -> list[str]:
	"""Return the warnings for the author of a rule: HTML, one sentence each.

	The author should know of them, but may want the rule nevertheless. `rule` need not be saved.
	"""
	if not rule.enabled:
		return []
	after = rules.changed(rule)
	mine = next((each for each in after if each.name == rule.name), None)
	if not mine:
		return []
	others = [each for each in after if each.name != mine.name]
	return [*broken(mine), *same_position(mine, others), *useless(mine, others), *never_given(rule)]


def broken(mine: rules.Rule) -> list[str]:
	"""A field or an operator that is gone since the rule was saved."""
	if facts.can_be_evaluated(mine):
		return []
	return [
		_(
			"This rule cannot be evaluated any more and is skipped: a field that its filters name may be gone. Correct the filters and save it, or disable it."
		)
	]


def same_position(mine: rules.Rule, others: list[rules.Rule]) -> list[str]:
	twins = [each for each in others if each.position == mine.position]
	if not twins:
		return []
	return [
		_(
			"Position {0} is also that of {1}. Which one is stronger is left to chance: give each a position of its own."
		).format(frappe.bold(mine.position), links(twins))
	]


def useless(mine: rules.Rule, others: list[rules.Rule]) -> list[str]:
	found = []
	stronger = [each for each in others if hides_other(each, mine)]
	weaker = [each for each in others if hides_other(mine, each)]
	if stronger:
		found.append(
			_(
				"This rule can never decide: {0} holds whenever it does, and is stronger. Give this one a lower position or other filters."
			).format(links(stronger[:1]))
		)
	if weaker:
		found.append(
			_(
				"Because of this rule {0} can never decide any more: this one holds whenever they do, and is stronger. Give them a lower position, or this one more filters."
			).format(links(weaker))
		)
	return found


def hides_other(stronger: rules.Rule, weaker: rules.Rule) -> bool:
	types = ["", *lead_statuses.lead_types()]
	return shadows(
		stronger.terms,
		weaker.terms,
		types,
		lambda lead_type, status: status in lead_statuses.choosable_statuses(lead_type),
	)


def never_given(rule: Document) -> list[str]:
	"""A status that was disabled, or taken from the type, since the rule was saved."""
	if rule.status in lead_statuses.choosable_statuses(rule.lead_type):
		return []
	return [
		_(
			"No lead can be given the status {0} by this rule: it is disabled, or the lead type does not allow it. The rule is passed over."
		).format(frappe.bold(escape_html(_(rule.status))))
	]


def links(found: list[rules.Rule]) -> str:
	return ", ".join(
		get_link_to_form(RULE, each.name, escape_html(_(each.title or each.name))) for each in found
	)
