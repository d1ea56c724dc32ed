"""What the demo's team does: each step of a plan, by its user at its time."""

import frappe
from frappe.desk.form import assign_to
from frappe.model.document import Document

from lead_pipeline.constants import ACTIVITY, LEAD, LOST
from lead_pipeline.reference_data import lead_statuses
from sandbox.demo import stories
from sandbox.demo.data import RESELLER
from sandbox.demo.documents import Documents
from sandbox.demo.plan import Plan, Step
from sandbox.demo.stage import become, forget_messages, nobody_listens


class Team(Documents):
	"""Plays the steps of plans, each by its user at its time.

	Each action has a method of its name, except those by which a person just gives a status.
	"""

	def play(self, plan: Plan, step: Step) -> None:
		self.clock.set(step.at)
		become(step.by)
		self.do(plan, step.action)
		self.follow_up(plan, step)
		forget_messages()

	def do(self, plan: Plan, action: str) -> None:
		if action in stories.BY_PERSON:
			self.give(plan, action, stories.BY_PERSON[action])
		else:
			getattr(self, action)(plan)

	def follow_up(self, plan: Plan, step: Step) -> None:
		"""What its user notes down afterwards."""
		if step.comment:
			self.clock.wait(4)
			self.comment(plan, step.comment)
		if step is plan.steps[-1]:
			self.clock.wait(6)
			outlook = {} if self.writes_lead(step.action) else self.outlook(plan, step.action)
			if outlook:
				self.edit(plan, **outlook)
			if plan.next_contact:
				self.say_what_is_next(plan)
			if plan.todo:
				self.assign(plan)

	def writes_lead(self, action: str) -> bool:
		"""Whether its user edits the lead in the step itself, the outlook with all else."""
		return action == "create" or action in stories.BY_PERSON

	def comment(self, plan: Plan, text: str) -> None:
		user = frappe.session.user
		comment = frappe.new_doc("Comment")
		comment.update({"comment_type": "Comment", "content": text, "reference_doctype": LEAD})
		comment.update({"reference_name": self.of(plan)[LEAD], "comment_email": user})
		comment.comment_by = frappe.utils.get_fullname(user)
		# As the framework's own button does: whoever may read the lead may comment on it.
		comment.insert(ignore_permissions=True)

	def say_what_is_next(self, plan: Plan) -> None:
		"""Set type and subject of the lead's next step, which is due by its next contact."""
		open_step = {"lead": self.of(plan)[LEAD], "status": "Open"}
		for name in frappe.get_all(ACTIVITY, open_step, pluck="name", order_by="creation asc"):
			step = frappe.get_doc(ACTIVITY, name)
			step.activity_type, step.subject, step.due_time = plan.next_step
			step.save()

	def assign(self, plan: Plan) -> None:
		task = {
			"doctype": LEAD,
			"name": self.of(plan)[LEAD],
			"assign_to": [plan.owner],
			"description": plan.todo,
			"date": plan.next_contact or frappe.utils.nowdate(),
			"priority": "High" if plan.values["priority"] in ("High", "Urgent") else "Medium",
		}
		with nobody_listens():
			assign_to.add(task)

	# The lead

	def create(self, plan: Plan) -> None:
		lead = frappe.new_doc(LEAD)
		lead.update(plan.values | self.outlook(plan, "create") | {"currency": self.currency})
		for tag in plan.tags:
			lead.append("tags", {"tag": tag})
		self.of(plan)[LEAD] = lead.insert().name
		if plan.has_contact:
			self.make_contact(plan, lead)
		if plan.has_address:
			self.make_address(plan, lead)

	def give(self, plan: Plan, action: str, status: str) -> None:
		"""A person sets the status, with the reason when it is lost."""
		values = {"status": status} | self.outlook(plan, action)
		if lead_statuses.category(status) == LOST:
			values["lost_reason"], values["lost_note"] = plan.lost
		elif action == "reactivate":
			values |= {"lost_reason": None, "lost_note": None}
		self.edit(plan, **values)

	def hold(self, plan: Plan) -> None:
		self.edit(plan, hold_status=1)

	def retype(self, plan: Plan) -> None:
		self.edit(plan, lead_type=RESELLER)

	def make_contact(self, plan: Plan, lead: Document) -> None:
		contact = frappe.new_doc("Contact")
		contact.update(
			{"first_name": lead.first_name, "last_name": lead.last_name, "designation": lead.job_title}
		)
		contact.company_name = lead.company_name
		contact.append("email_ids", {"email_id": lead.email, "is_primary": 1})
		contact.append("phone_nos", {"phone": lead.phone, "is_primary_phone": 1})
		if lead.mobile_no:
			contact.append("phone_nos", {"phone": lead.mobile_no, "is_primary_mobile_no": 1})
		contact.append("links", {"link_doctype": LEAD, "link_name": lead.name})
		self.of(plan)["Contact"] = contact.insert().name

	def make_address(self, plan: Plan, lead: Document) -> None:
		city, state = plan.town
		address = frappe.new_doc("Address")
		address.update(
			{"address_title": lead.lead_name, "address_type": "Office", "address_line1": plan.street}
		)
		address.update({"city": city, "state": state, "country": self.country})
		address.append("links", {"link_doctype": LEAD, "link_name": lead.name})
		self.of(plan)["Address"] = address.insert().name


class TeamWithoutSalesApp(Team):
	"""Gives by hand the statuses that documents would have given."""

	def do(self, plan: Plan, action: str) -> None:
		if action in stories.BY_HAND:
			self.give_by_hand(plan, action)
		elif action not in stories.PAPERWORK:
			super().do(plan, action)

	def writes_lead(self, action: str) -> bool:
		return action in stories.BY_HAND or super().writes_lead(action)

	def give_by_hand(self, plan: Plan, action: str) -> None:
		"""Not where a document would not have moved the lead either."""
		status = stories.BY_HAND[action]
		if status == "Opportunity" and not plan.has("opportunity"):
			status = "Interested"
		lead = self.lead(plan)
		protected = lead_statuses.statuses()[lead.status].protected
		if (
			not protected
			and not lead.hold_status
			and status in lead_statuses.choosable_statuses(lead.lead_type)
		):
			self.give(plan, action, status)
