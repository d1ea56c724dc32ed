"""Demo data: nine months of a sales team's pipeline. `python -m sandbox.demo SITE` from the folder sites/.

Prints the log-in of every demo user. Everything is made through the framework's documents, by the user whose
work it is, with the clock set to the moment when it happens; the statuses that follow from documents and all
rows of the status log are the app's own doing. What happens is planned in demo_plan.py, of what is in
demo_data.py.

It works with ERPNext, with the stand-in sales app and with neither: then people give by hand the statuses
that documents would have given. All leads come in one transaction: an interrupted run leaves none and can be
repeated, and where there are demo leads already nothing is done.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property

import frappe
from frappe.desk.form import assign_to
from frappe.model.document import Document
from frappe.modules.utils import load_doctype_module

from lead_pipeline import reference
from lead_pipeline.constants import LEAD, LEAD_TYPE, LOST, REPAIR
from lead_pipeline.status import recompute, reconcile, rules
from sandbox import demo_data as data
from sandbox.demo_plan import Plan, Step, make_plans

SET_UP = timedelta(days=330)
"""So long ago the team, its items and its reference data were made: before every lead."""


def main(site: str) -> list[tuple[str, str]]:
	"""Fill `site`, unless it has the demo data; return name and password of the demo users."""
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.mute_emails = True
	users = [email for email, *_ in data.USERS]
	try:
		if not frappe.db.exists(LEAD, {"owner": ("in", users)}):
			fill()
			frappe.db.commit()
			# What was read while the site seemed to install itself may lack its customizations.
			frappe.clear_cache()
	finally:
		frappe.destroy()
	return [(email, data.PASSWORD) for email in users]


def fill() -> None:
	"""Make everything; commits once what the leads refer to, and leaves the leads to be committed."""
	# What an interrupted run read from its own transaction may still be there.
	frappe.clear_cache()
	plans = make_plans(frappe.utils.now_datetime())
	with Clock() as clock:
		set_up()
		frappe.db.commit()
		team = (Team if rules.lead_link("Quotation") else TeamWithoutSalesApp)(clock)
		events = [(step, plan) for plan in plans for step in plan.steps]
		events.sort(key=lambda event: event[0].at)
		for step, plan in progress(events):
			team.play(plan, step)
		frappe.set_user("Administrator")


def progress(events: list) -> Iterator:
	"""The events; how far it is stands on the terminal, where there is one."""
	live = sys.stderr.isatty()
	begin = time.monotonic()
	for index, event in enumerate(events, 1):
		yield event
		if live and (index % 25 == 0 or index == len(events)):
			end = "\n" if index == len(events) else ""
			seconds = time.monotonic() - begin
			sys.stderr.write(f"\rDemo data: {index} of {len(events)} events, {seconds:.0f} s{end}")


class Clock:
	"""Sets the framework's idea of now: every timestamp it writes comes from `frappe.utils.now_datetime`.

	While the `with` block lasts, that function is replaced wherever a module has it. Each look at the clock
	moves it on by some milliseconds, so that things keep their order.
	"""

	TICK = timedelta(milliseconds=20)

	def __init__(self) -> None:
		self.real = frappe.utils.now_datetime
		# Kept: every access to a method makes a new object, and we have to find this one again.
		self.ours = self.look
		self.moment = self.real() - SET_UP

	def __enter__(self) -> "Clock":
		self.replace(self.real, self.ours)
		return self

	def __exit__(self, *_) -> None:
		self.replace(self.ours, self.real)

	def look(self) -> datetime:
		self.moment += self.TICK
		return self.moment

	def set(self, moment: datetime) -> None:
		self.moment = moment

	def wait(self, minutes: float) -> None:
		self.moment += timedelta(minutes=minutes)

	@staticmethod
	def replace(old, new) -> None:
		for module in list(sys.modules.values()):
			for name, value in list(getattr(module, "__dict__", {}).items()):
				if value is old:
					setattr(module, name, new)


# What the leads refer to


def set_up() -> None:
	"""Users and reference data, as far as they are missing."""
	frappe.set_user("Administrator")
	with nobody_listens():
		for email, first, last, roles in (data.SITE_ADMIN, *data.USERS):
			make_user(email, first, last, roles)
	for name, statuses in data.LEAD_TYPES.items():
		make(LEAD_TYPE, "type_name", name, allowed_statuses=[{"status": status} for status in statuses])
	for name, color in data.TAGS.items():
		make("Pipeline Lead Tag", "tag_name", name, color=color)
	if rules.lead_link("Quotation"):
		set_up_sales()


def set_up_sales() -> None:
	group = frappe.db.get_value("Item Group", {"is_group": 0}, order_by="name")
	for code, name, rate, *_ in data.ITEMS:
		values = {"item_name": name, "item_group": group, "stock_uom": "Nos", "standard_rate": rate}
		make("Item", "item_code", code, is_stock_item=0, **values)
	for reason in data.DOCUMENT_LOST:
		make("Quotation Lost Reason", "order_lost_reason", reason)
		make("Opportunity Lost Reason", "lost_reason", reason)


def make(doctype: str, key: str, name: str, **values) -> None:
	"""Insert a record unless there is one whose field `key` is `name`."""
	if not frappe.db.exists(doctype, {key: name}):
		frappe.get_doc({"doctype": doctype, key: name, **values}).insert()


def make_user(email: str, first: str, last: str, roles: tuple[str, ...]) -> None:
	"""The site's administrator gets no password: nobody logs in as that one."""
	if frappe.db.exists("User", email):
		return
	user = frappe.new_doc("User")
	user.update({"email": email, "first_name": first, "last_name": last, "send_welcome_email": 0})
	user.update({"roles": [{"role": role} for role in roles], "user_type": "System User"})
	if email != data.SITE_ADMIN[0]:
		user.new_password = data.PASSWORD
	user.flags.no_welcome_mail = True
	user.insert()


def become(user: str) -> None:
	"""Act as `user` from now on, in a session that knows nothing of an earlier day."""
	# It mirrors Redis, which all users share; to read everything again would take half of the time.
	mirror = frappe.local.cache
	frappe.set_user(user)
	frappe.local.cache = mirror


def forget_messages() -> None:
	"""Drop what waits to be shown to people: the framework compares each message with all that wait."""
	getattr(frappe.local, "_realtime_log", []).clear()
	frappe.clear_messages()


@contextmanager
def nobody_listens() -> Iterator[None]:
	"""The framework sends no notifications and asks no picture service for faces while it installs itself."""
	frappe.flags.in_install = True
	try:
		yield
	finally:
		frappe.flags.in_install = False


# What the team does


class Team:
	"""Plays the steps of plans, each by its user at its time.

	Each action has a method of its name, except those by which a person just gives a status.
	"""

	def __init__(self, clock: Clock) -> None:
		self.clock = clock
		# Plans are told apart by identity: DocType → name, of the newest document of each plan.
		self.made: dict[int, dict[str, str]] = {}

	def play(self, plan: Plan, step: Step) -> None:
		self.clock.set(step.at)
		become(step.by)
		self.do(plan, step.action)
		self.follow_up(plan, step)
		forget_messages()

	def do(self, plan: Plan, action: str) -> None:
		if action in data.BY_PERSON:
			self.give(plan, action, data.BY_PERSON[action])
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
			if plan.todo:
				self.assign(plan)

	def writes_lead(self, action: str) -> bool:
		"""Whether its user edits the lead in the step itself, the outlook with all else."""
		return action == "create" or action in data.BY_PERSON

	def comment(self, plan: Plan, text: str) -> None:
		user = frappe.session.user
		comment = frappe.new_doc("Comment")
		comment.update({"comment_type": "Comment", "content": text, "reference_doctype": LEAD})
		comment.update({"reference_name": self.of(plan)[LEAD], "comment_email": user})
		comment.comment_by = frappe.utils.get_fullname(user)
		# As the framework's own button does: whoever may read the lead may comment on it.
		comment.insert(ignore_permissions=True)

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

	def of(self, plan: Plan) -> dict[str, str]:
		return self.made.setdefault(id(plan), {})

	def lead(self, plan: Plan) -> Document:
		return frappe.get_doc(LEAD, self.of(plan)[LEAD])

	def edit(self, plan: Plan, **values) -> None:
		lead = self.lead(plan)
		lead.update(values)
		lead.save()

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
		if reference.category(status) == LOST:
			values["lost_reason"], values["lost_note"] = plan.lost
		elif action == "reactivate":
			values |= {"lost_reason": None, "lost_note": None}
		self.edit(plan, **values)

	def outlook(self, plan: Plan, action: str) -> dict:
		"""What the owner believes after a step, and when the next contact is to be."""
		if action == "opportunity" and plan.has("dnc"):
			return {}
		values = {"probability": data.PROBABILITY[action]} if action in data.PROBABILITY else {}
		if plan.next_contact and action == plan.steps[-1].action:
			values |= {"next_contact_date": plan.next_contact, "next_contact_by": plan.owner}
		return values

	def hold(self, plan: Plan) -> None:
		self.edit(plan, hold_status=1)

	def retype(self, plan: Plan) -> None:
		self.edit(plan, lead_type=data.RESELLER)

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

	@cached_property
	def currency(self) -> str:
		return frappe.db.get_default("currency") or "USD"

	@cached_property
	def country(self) -> str:
		return frappe.db.get_default("country") or "United States"

	# Its documents

	def party(self, plan: Plan) -> str:
		"""The customer to whom opportunities and quotations go: an account that is no sale yet."""
		if "Customer" not in self.of(plan):
			self.make_customer(plan)
		return self.of(plan)["Customer"]

	def make_customer(self, plan: Plan, **values) -> None:
		lead = self.lead(plan)
		customer = frappe.new_doc("Customer")
		customer.update({"customer_name": lead.lead_name, "account_manager": plan.owner, **values})
		customer.customer_type = "Company" if lead.is_organization else "Individual"
		name = self.of(plan)["Customer"] = customer.insert().name
		for doctype in ("Contact", "Address"):
			if doctype in self.of(plan):
				document = frappe.get_doc(doctype, self.of(plan)[doctype])
				document.append("links", {"link_doctype": "Customer", "link_name": name})
				document.save()
		self.edit(plan, party_type="Customer", party=name, **self.outlook(plan, "opportunity"))

	def customer(self, plan: Plan) -> None:
		"""Make the customer from the lead, or say that the one that is there is the lead's."""
		lead = self.of(plan)[LEAD]
		if "Customer" not in self.of(plan):
			self.make_customer(plan, pipeline_lead=lead)
			return
		customer = frappe.get_doc("Customer", self.of(plan)["Customer"])
		customer.pipeline_lead = lead
		customer.save()

	def opportunity(self, plan: Plan) -> None:
		opportunity = frappe.new_doc("Opportunity")
		opportunity.update(
			{
				"opportunity_from": "Customer",
				"party_name": self.party(plan),
				"pipeline_lead": self.of(plan)[LEAD],
				"opportunity_owner": plan.owner,
				"transaction_date": frappe.utils.nowdate(),
				"currency": self.currency,
				"opportunity_amount": plan.total,
				"contact_person": self.of(plan).get("Contact"),
			}
		)
		for code, quantity, rate in plan.items:
			opportunity.append("items", {"item_code": code, "qty": quantity, "rate": rate, "uom": "Nos"})
		self.of(plan)["Opportunity"] = opportunity.insert().name

	def quote(self, plan: Plan) -> None:
		self.make_quotation(plan)

	def requote(self, plan: Plan) -> None:
		"""A second offer beside the first: a smaller quantity."""
		self.make_quotation(plan, share=0.6)

	def make_quotation(self, plan: Plan, share: float = 1) -> None:
		quotation = self.quotation_from_opportunity(plan) or self.quotation_alone(plan)
		quotation.update({"transaction_date": frappe.utils.nowdate(), "valid_till": plan.valid_till})
		for row in quotation.items:
			row.qty = max(1, round(row.qty * share))
		self.of(plan)["Quotation"] = quotation.insert().name

	def quotation_from_opportunity(self, plan: Plan) -> Document | None:
		if "Opportunity" not in self.of(plan):
			return None
		return load_doctype_module("Opportunity").make_quotation(self.of(plan)["Opportunity"])

	def quotation_alone(self, plan: Plan) -> Document:
		quotation = frappe.new_doc("Quotation")
		quotation.update(
			{"quotation_to": "Customer", "party_name": self.party(plan), "pipeline_lead": self.of(plan)[LEAD]}
		)
		for code, quantity, rate in plan.items:
			quotation.append("items", {"item_code": code, "qty": quantity, "rate": rate})
		return quotation

	def document(self, plan: Plan, doctype: str) -> Document:
		return frappe.get_doc(doctype, self.of(plan)[doctype])

	def send(self, plan: Plan) -> None:
		self.document(plan, "Quotation").submit()

	def quote_lost(self, plan: Plan) -> None:
		self.declare_lost(plan, "Quotation")

	def opportunity_lost(self, plan: Plan) -> None:
		self.declare_lost(plan, "Opportunity")

	def declare_lost(self, plan: Plan, doctype: str) -> None:
		reasons = [{"lost_reason": plan.document_lost}]
		self.document(plan, doctype).declare_enquiry_lost(reasons, [], plan.lost[1])

	def quote_cancel(self, plan: Plan) -> None:
		self.document(plan, "Quotation").cancel()

	def opportunity_close(self, plan: Plan) -> None:
		opportunity = self.document(plan, "Opportunity")
		opportunity.status = "Closed"
		opportunity.save()

	def expire(self, plan: Plan) -> None:
		"""The sales app's daily job, then the hourly repair: no document event tells of an expiry."""
		load_doctype_module("Quotation").set_expired_status()
		for disagreement in list(reconcile.disagreements()):
			recompute.recompute_safely(disagreement.lead, cause=REPAIR)

	def order(self, plan: Plan) -> None:
		self.order_draft(plan)
		self.clock.wait(15)
		self.document(plan, "Sales Order").submit()

	def order_draft(self, plan: Plan) -> None:
		order = load_doctype_module("Quotation").make_sales_order(self.of(plan)["Quotation"])
		delivery = frappe.utils.add_days(frappe.utils.nowdate(), 21)
		order.update({"transaction_date": frappe.utils.nowdate(), "delivery_date": delivery})
		for row in order.items:
			row.delivery_date = delivery
		if order.meta.has_field("payment_schedule"):
			# ERPNext copies the quotation's date of payment, which is past; left empty it gets a new one.
			order.payment_schedule = []
		self.of(plan)["Sales Order"] = order.insert().name

	def order_cancel(self, plan: Plan) -> None:
		self.document(plan, "Sales Order").cancel()


class TeamWithoutSalesApp(Team):
	"""Gives by hand the statuses that documents would have given."""

	def do(self, plan: Plan, action: str) -> None:
		if action in data.BY_HAND:
			self.give_by_hand(plan, action)
		elif action not in data.PAPERWORK:
			super().do(plan, action)

	def writes_lead(self, action: str) -> bool:
		return action in data.BY_HAND or super().writes_lead(action)

	def give_by_hand(self, plan: Plan, action: str) -> None:
		"""Not where a document would not have moved the lead either."""
		status = data.BY_HAND[action]
		if status == "Opportunity" and not plan.has("opportunity"):
			status = "Interested"
		lead = self.lead(plan)
		protected = reference.statuses()[lead.status].protected
		if not protected and not lead.hold_status and status in reference.choosable(lead.lead_type):
			self.give(plan, action, status)


if __name__ == "__main__":
	for user, password in main(sys.argv[1]):
		print(f"{user}, password {password}")
