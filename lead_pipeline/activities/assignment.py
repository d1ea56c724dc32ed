"""Assignment Rules on leads: the framework's rules, adapted to leads.

- Only users who can log in are assigned; when there is none, the lead's timeline says so and the managers are
  notified.
- The lead is saved even when a rule fails: an enquiry from a visitor must not get lost because of a ToDo.
- The assignee can see and change the lead, also when it was created by a visitor, who cannot share documents.
- If the setting says so, the assignee becomes the sales person of a lead that has none.

The framework has no hook for choosing the assignee, so `LeadAssignmentRule` replaces its class (hooks.py), on top
of the class that another app may have put there. For rules of other documents it changes nothing.
"""

import functools

import frappe
from frappe import _
from frappe.automation.doctype.assignment_rule.assignment_rule import AssignmentRule
from frappe.model.document import Document
from frappe.share import add_docshare
from frappe.utils import escape_html, get_link_to_form, strip_html
from rq import get_current_job

from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.framework import transactions
from lead_pipeline.framework.failure_log import log_failure
from lead_pipeline.framework.locks import somebody_was_first
from lead_pipeline.framework.notifications import tell
from lead_pipeline.framework.per_request import per_request
from lead_pipeline.visibility.staff import can_log_in, managers

ASSIGNMENT_RULE = "Assignment Rule"
OVERRIDE = "LeadAssignmentRule"

ROUND_ROBIN = "Round Robin"
BASED_ON_FIELD = "Based on Field"
# They choose among the rule's users; later versions of the framework have ways that keep people elsewhere.
AMONG_USERS = (ROUND_ROBIN, "Load Balancing")

APPLY = "frappe.automation.doctype.assignment_rule.assignment_rule.apply"

# Hours after which managers are notified again of a rule that assigns nobody.
REMINDED_AFTER = 24


class LeadAssignmentRuleMixin:
	"""Changes to the framework's Assignment Rule that apply to rules for leads.

	The framework's class stands behind this one.
	"""

	def do_assignment(self, doc: dict) -> bool:
		"""Assign the lead `doc`; say whether that was possible.

		Raises only what `transactions.run_in_savepoint` raises.
		"""
		if self.document_type != LEAD:
			return super().do_assignment(doc)
		done: list[bool] = []
		assign = super().do_assignment
		transactions.run_in_savepoint(
			lambda: done.append(assign(doc)), lambda error: try_again(self, doc.get("name"), error)
		)
		return any(done)

	def get_user(self, doc: dict) -> str | None:
		"""Return whose turn it is, among those who can log in."""
		if self.document_type != LEAD:
			return super().get_user(doc)
		# The document is everybody's in this process: what is another one's turn now must not stay in it.
		as_stored = self.users, self.last_user
		self.last_user = last_assigned().get(self.name, self.last_user)
		self.users = self.able_users()
		try:
			user = super().get_user(doc) if self.users or self.rule not in AMONG_USERS else None
		finally:
			self.users, self.last_user = as_stored
		if not can_log_in([user]):
			note_nobody(self, doc.get("name"))
			return None
		return user

	def able_users(self) -> list[Document]:
		"""Return the rows of the users who can log in.

		For a Round Robin rule, the user after the one assigned last comes first.
		"""
		rows = list(self.users or [])
		if self.rule == ROUND_ROBIN:
			last = next((number for number, row in enumerate(rows, start=1) if row.user == self.last_user), 0)
			rows = rows[last:] + rows[:last]
		able = can_log_in(row.user for row in rows)
		return [row for row in rows if row.user in able]

	def db_set(self, fieldname: str | dict, value: object = None, *args, **kwargs) -> None:
		"""Whose turn it was is written down after the commit.

		Inside the transaction it would hold the rule's row: all enquiries would wait for one another, and on
		PostgreSQL the second of two at once would fail.
		"""
		if fieldname != "last_user" or self.document_type != LEAD:
			super().db_set(fieldname, value, *args, **kwargs)
			return
		transactions.after_other_callbacks(write_last_assigned)
		frappe.db.after_rollback.add(last_assigned().clear)
		last_assigned()[self.name] = value

	def safe_eval(self, fieldname: str, doc: dict) -> bool:
		"""Return whether a condition holds; one that cannot be evaluated does not hold.

		The framework would show the error to the visitor.
		"""
		if self.document_type != LEAD:
			return super().safe_eval(fieldname, doc)
		try:
			return bool(self.get(fieldname)) and frappe.safe_eval(self.get(fieldname), None, doc)
		except Exception:
			# Whatever somebody can write into a condition.
			log_failed_assignment(self, doc.get("name"))
			return False


def __getattr__(name: str) -> type[AssignmentRule]:
	"""Return the class of Assignment Rules on this site.

	The framework asks for it by the name `LeadAssignmentRule`.
	"""
	if name != OVERRIDE:
		raise AttributeError(name)
	paths = frappe.get_hooks("override_doctype_class").get(ASSIGNMENT_RULE, [])
	others = [path for path in paths if not path.startswith(__name__)]
	return lead_assignment_rule_on(frappe.get_attr(others[-1]) if others else AssignmentRule)


@functools.cache
def lead_assignment_rule_on(base: type[AssignmentRule]) -> type[AssignmentRule]:
	return type(OVERRIDE, (LeadAssignmentRuleMixin, base), {"__module__": __name__})


def last_assigned() -> dict[str, str]:
	"""Return whom each rule has assigned last in this transaction."""
	return per_request("lead_pipeline_turns", dict)


def write_last_assigned() -> None:
	"""Save after the commit which user each rule assigned last.

	When that fails, the same user is assigned twice in a row.
	"""
	waiting = last_assigned()
	while waiting:
		rule, user = waiting.popitem()
		transactions.run_in_new_transaction(
			lambda: frappe.db.set_value(ASSIGNMENT_RULE, rule, "last_user", user, update_modified=False),  # noqa: B023 - called at once
			transactions.write_to_file,
		)


def saving() -> dict[str, Document]:
	"""Return the leads that are being saved, by name.

	The framework assigns them before their save is over.
	"""
	return per_request("lead_pipeline_saving", dict)


def in_vain() -> dict[str, list[Document]]:
	"""Return the rules that have found nobody in this save, by lead."""
	return per_request("lead_pipeline_in_vain", dict)


def on_update(lead: Document, method: str | None = None) -> None:
	"""Hook of Pipeline Lead, before the framework applies its rules."""
	saving()[lead.name] = lead


def on_change(lead: Document, method: str | None = None) -> None:
	"""Hook of Pipeline Lead, when the rules have been applied."""
	saving().pop(lead.name, None)
	if rules := in_vain().pop(lead.name, None):
		say_nobody(lead.name, rules)


def note_nobody(rule: Document, lead: str) -> None:
	"""Note that a rule has found nobody to assign.

	Another rule may still find somebody, so the lead says nothing in its timeline before its save is over.
	"""
	if rule.rule != BASED_ON_FIELD:
		title = _("Assignment Rule {0} finds nobody who can log in").format(rule.name)
		advice = _(
			"Enable one of its users or add others. Until then it leaves leads to other rules or to nobody."
		)
		tell_managers_of_rule(rule, lead, title, advice)
	if lead in saving():
		in_vain().setdefault(lead, []).append(rule)
	else:
		say_nobody(lead, [rule])


def say_nobody(lead: str, rules: list[Document]) -> None:
	"""Say in the timeline, once, that nobody works on this lead."""
	if frappe.db.exists("ToDo", {"reference_type": LEAD, "reference_name": lead, "status": "Open"}):
		return
	names = ", ".join(get_link_to_form(ASSIGNMENT_RULE, rule.name) for rule in rules)
	text = _("assigned nobody: {0} found no user who can log in. Assign somebody by hand.").format(names)
	comments = {"reference_doctype": LEAD, "reference_name": lead, "comment_type": "Info"}
	# The framework may keep the links of a comment otherwise than they were written.
	said = map(strip_html, frappe.get_all("Comment", comments, pluck="content", order_by="creation"))
	if strip_html(text) not in said:
		frappe.get_doc(LEAD, lead).add_comment("Info", text)


def try_again(rule: Document, lead: str, error: Exception) -> None:
	"""Retry in the background an assignment that failed due to a concurrent one.

	Any other failure, or a second one, is logged. From Frappe 15.55 on, a new ToDo locks the end of the index of
	references until its transaction ends.
	"""
	job_id, job = f"lead_pipeline_assign_{lead}", get_current_job()
	is_second_time = bool(job) and job.id.endswith(job_id)
	if somebody_was_first(error) and not is_second_time:
		transactions.enqueue_after_commit(APPLY, job_id, doctype=LEAD, name=lead)
	else:
		log_failed_assignment(rule, lead)


def log_failed_assignment(rule: Document, lead: str) -> None:
	title = _("Assignment Rule {0} failed").format(rule.name)
	advice = _(
		"The lead was saved without an assignment by it. Open the rule and correct what the error below names."
	)
	tell_managers_of_rule(rule, lead, title, advice)


def tell_managers_of_rule(rule: Document, lead: str, title: str, advice: str) -> None:
	"""Write an Error Log and notify all managers of a problem with a rule.

	At most once a day for the same rule and reason.
	"""
	if log_failure(title, advice, ASSIGNMENT_RULE, rule.name, hours=REMINDED_AFTER):
		for user in managers():
			tell(user, escape_html(title), lead if frappe.db.exists(LEAD, lead) else None)


def on_assigned(todo: Document, method: str | None = None) -> None:
	"""Hook of ToDo (on_update): share the lead with the assignee and set its owner.

	Runs when the lead knows its assignee, and only for assignments that the framework makes by a rule: a ToDo sent
	by a client is checked like any other (`visibility/references.py`).
	"""
	if todo.reference_type != LEAD or not todo.assignment_rule or not todo.flags.ignore_permissions:
		return
	if not todo.get_doc_before_save():
		let_work(todo.reference_name, todo.allocated_to)
		make_owner(todo.reference_name, todo.allocated_to)


def let_work(lead: str, user: str) -> None:
	"""Share the lead with an assignee who has no permission to change it.

	Roles, User Permissions or visibility may deny it. The framework would share the lead in the name of the user
	who creates it, and refuse that to a visitor.
	"""
	if frappe.get_system_settings("disable_document_sharing"):
		return
	if not frappe.has_permission(LEAD, "write", doc=lead, user=user):
		add_docshare(LEAD, lead, user, write=1, flags={"ignore_share_permission": True})


def make_owner(lead: str, user: str) -> None:
	"""Make the assignee the sales person of the lead, if the setting says so.

	Only for a lead without a sales person, or whose sales person is an earlier assignee. A sales person chosen by a
	user is kept: every other change of the sales person clears `assigned_owner`.
	"""
	if not frappe.db.get_single_value(SETTINGS, "assignee_becomes_owner"):
		return
	document = saving().get(lead)
	row = document or frappe.db.get_value(LEAD, lead, ["lead_owner", "assigned_owner"], as_dict=True)
	if row.lead_owner and row.lead_owner != row.assigned_owner:
		return
	values = {"lead_owner": user, "assigned_owner": user}
	# In a save it is part of that save, so that version and answer have it; else an open form has to read it again.
	frappe.db.set_value(LEAD, lead, values, update_modified=not document)
	if document:
		document.update(values)
