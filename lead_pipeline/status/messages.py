"""Describe a decision about a lead in plain text.

For the command line, reports and previews.
"""

from frappe import _

from lead_pipeline.domain.decision import BY_DOCUMENT, BY_PERSON, HELD_BY_HOLD, Decision, Fact
from lead_pipeline.status import rules


def decision_reason_text(decision: Decision, with_name: bool = True) -> str:
	"""Return in one sentence what the wanted status follows from.

	`with_name`: with the name of the document that justifies it.
	"""
	fact = decision.fact
	said_by = fact and (document(fact) if with_name else _(fact.document_type))
	if decision.origin == BY_DOCUMENT:
		return _("{0} says {1} (rule “{2}”).").format(said_by, _(fact.status), rule_title(fact.rule))
	if decision.origin != BY_PERSON:
		return _("No document and no person says otherwise: it is the first status.")
	if fact:
		return _("A person chose {0}. {1} says {2}, which is no news since then.").format(
			_(decision.wanted), said_by, _(fact.status)
		)
	return _("No document speaks for another status, and {0} is what a person last chose.").format(
		_(decision.wanted)
	)


def held_back(decision: Decision, status: str) -> str:
	"""Return why a lead stays at `status` although it should have another one.

	Empty when nothing holds it.
	"""
	if not decision.held_by:
		return ""
	if decision.held_by == HELD_BY_HOLD:
		return _(
			"It stays at {0}, because its status is held. Untick “Hold the Status” on the lead to let it go."
		).format(_(status))
	return _("It stays at {0}, because only a person takes a lead out of this status.").format(_(status))


def passed_over(fact: Fact) -> str:
	return _(
		"{0} says {1}, which leads of this type cannot get: it is not allowed for them, or disabled."
	).format(document(fact), _(fact.status))


def decision_sentences(decision: Decision, status: str) -> list[str]:
	"""Return all sentences on why a lead is at `status`, or should not be."""
	found = [
		decision_reason_text(decision),
		held_back(decision, status),
		*(passed_over(fact) for fact in decision.skipped),
	]
	if decision.status != status:
		found.append(_("It should be at {0}: it disagrees with its documents.").format(_(decision.wanted)))
	return [sentence for sentence in found if sentence]


def document(fact: Fact) -> str:
	return f"{_(fact.document_type)} {fact.document_name}"


def rule_title(rule: str) -> str:
	"""Return what people call a rule; one that is not saved yet has no title."""
	titles = {each.name: each.title for each in rules.rules()}
	return _(titles.get(rule) or _("the new rule"))


def repair_result(done: dict, language: str | None = None) -> str:
	"""Return what the work on all leads did, as a sentence for the bell.

	`done`: numbers of leads that were `examined`, disagreed (`found`), were `repaired` and `failed`.
	"""
	if not done["found"] and not done["failed"]:
		text = _("{0} leads recomputed: all agree with their documents.", lang=language)
		return text.format(done["examined"])
	said = _("{0} leads recomputed: {1} got another status.", lang=language)
	said = said.format(done["examined"], done["repaired"])
	if done["failed"]:
		text = _("{0} could not be repaired: the report “{1}” names them.", lang=language)
		said += " " + text.format(done["failed"], _("Leads That Disagree", lang=language))
	return said


def stopped_after(examined: int, language: str | None = None) -> str:
	"""Return for the bell that the work on all leads was stopped."""
	text = _(
		"The recompute was stopped after {0} leads. It goes on there tomorrow, or when you start it again.",
		lang=language,
	)
	return text.format(examined)
