"""People who use the site at the same time, each in a thread of its own."""

import json
import random
import threading
import time
import uuid

import requests

from benchmarks.load.ledger import Ledger
from lead_pipeline.constants import LEAD
from lead_pipeline.tests import mails, site, visitors

# Seconds between two things that somebody does.
PAUSE = (0.1, 0.6)
ATTEMPTS = 8
OPEN = ("Lead", "Open", "Replied", "Interested")
REPORTS = (
	"Leads by Date",
	"Lead Analysis",
	"Lead Funnel",
	"Time in Status",
	"Lost Reasons",
	"Sales Person Workload and Performance",
	"Channel Effectiveness",
	"Forecast",
	"First Response",
)
LIST_FIELDS = ("name", "lead_name", "status", "lead_owner", "modified")


class Person(threading.Thread):
	"""Somebody who does one thing after the other until `stop` is set."""

	def __init__(self, ledger: Ledger, stop: threading.Event, number: int) -> None:
		super().__init__(daemon=True)
		self.ledger, self.stop, self.chance = ledger, stop, random.Random(number)
		self.number = number
		self.session = requests.Session()
		self.session.headers["Accept"] = "application/json"

	def run(self) -> None:
		while not self.stop.is_set():
			self.act()
			self.stop.wait(self.chance.uniform(*PAUSE))

	def act(self) -> None:
		raise NotImplementedError

	def get(self, kind: str, path: str, **params) -> object | None:
		return told(self.ledger.ask(kind, self.session.get, f"{site.URL}/{path}", params=params))

	def post(self, kind: str, path: str, /, **body) -> object | None:
		return told(self.ledger.ask(kind, self.session.post, f"{site.URL}/{path}", json=body))

	def put(self, kind: str, path: str, /, **body) -> object | None:
		return told(self.ledger.ask(kind, self.session.put, f"{site.URL}/{path}", json=body))


def told(answer: requests.Response | None) -> object | None:
	"""Return what an answer says; True when it says nothing."""
	if answer is None:
		return None
	if "json" not in answer.headers.get("Content-Type", ""):
		return True
	body = answer.json()
	return body.get("data", body.get("message", body)) or True


class Visitor(Person):
	"""Another stranger with each visit, who fills in the form.

	Without an answer it is sent again.
	"""

	def __init__(self, *args, form: str, route: str) -> None:
		super().__init__(*args)
		self.form, self.route = form, route

	def act(self) -> None:
		email = f"visitor-{uuid.uuid4().hex[:12]}@example.com"
		# The framework counts requests by the address that this header claims.
		self.session.headers["X-Forwarded-For"] = ".".join(
			str(self.chance.randrange(1, 250)) for _part in range(4)
		)
		self.get("form's page", self.route)
		if self.visit(email) and self.chance.random() < 0.1:
			self.visit(email)

	def visit(self, email: str) -> bool:
		"""Send the form until it is answered or the visitor gives up."""
		found = self.get("form's ticket", f"api/method/{visitors.TICKET}", web_form=self.form)
		if not isinstance(found, dict):
			return False
		answers = {"email": email, "last_name": "Visitor", "description": f"Question {uuid.uuid4().hex}"}
		about = {"ticket": found["ticket"], "page": "https://www.example.com/"}
		body = {"web_form": self.form, "data": json.dumps(answers), "about": json.dumps(about)}
		self.ledger.note("enquiries", email, sent=True)
		for _attempt in range(ATTEMPTS):
			if self.post("enquiry", f"api/method/{visitors.ACCEPT}", **body):
				self.ledger.note("enquiries", email, answered=True)
				return True
			if self.stop.wait(1):
				break
		return False


class Correspondent(Person):
	"""Writes a mail to the company, as another sender each time."""

	def __init__(self, *args, mailbox) -> None:
		super().__init__(*args)
		self.mailbox = mailbox

	def act(self) -> None:
		sender, number = f"mail-{uuid.uuid4().hex[:12]}@example.com", f"<{uuid.uuid4().hex}@mail.example.com>"
		self.mailbox.put(mails.write(f"Ada Visitor <{sender}>", Message_ID=number))
		self.ledger.note("mails", sender, message_id=number.strip("<>"))
		self.stop.wait(1)


class User(Person):
	"""Somebody who is logged in."""

	def __init__(self, *args, user: str) -> None:
		super().__init__(*args)
		self.user = user
		self.is_logged_in = False

	def run(self) -> None:
		while not self.is_logged_in and not self.stop.is_set():
			answer = self.ledger.ask(
				"log-in",
				self.session.post,
				f"{site.URL}/api/method/login",
				json={"usr": self.user, "pwd": site.PASSWORD},
			)
			self.is_logged_in = answer is not None
		super().run()


class DeskUser(User):
	"""Looks at the board, lists, forms and reports, moves cards and saves leads."""

	def act(self) -> None:
		what = self.chance.choices((self.board, self.list, self.form, self.report), (3, 3, 4, 2))[0]
		what()

	def board(self) -> None:
		answer = self.get("board", "api/method/lead_pipeline.board.columns.columns")
		cards = [
			(card["name"], column["name"])
			for column in (answer.get("columns", ()) if isinstance(answer, dict) else ())
			for card in column["cards"]
			if column["name"] in OPEN
		]
		if cards:
			lead, seen = self.chance.choice(cards)
			self.post(
				"move of a card",
				"api/method/lead_pipeline.board.moves.move",
				lead=lead,
				seen_status=seen,
				status=self.chance.choice(OPEN),
			)

	def rows(self) -> list:
		answer = self.post(
			"list",
			"api/method/frappe.desk.reportview.get",
			doctype=LEAD,
			fields=json.dumps([f"`tab{LEAD}`.`{field}`" for field in LIST_FIELDS]),
			filters=json.dumps([[LEAD, "status", "=", self.chance.choice(OPEN)]]),
			order_by=f"`tab{LEAD}`.`modified` desc",
			start=0,
			page_length=20,
		)
		return answer["values"] if isinstance(answer, dict) and answer.get("values") else []

	def list(self) -> None:
		self.rows()
		self.post("count", "api/method/frappe.desk.reportview.get_count", doctype=LEAD, filters="[]")

	def form(self) -> None:
		rows = self.rows()
		if not rows:
			return
		name = self.chance.choice(rows)[0]
		self.get("form", "api/method/frappe.desk.form.load.getdoc", doctype=LEAD, name=name)
		if self.chance.random() < 0.3:
			# Somebody else may have saved it since; then there is a conflict to be told of.
			self.put("save", f"api/resource/{LEAD}/{name}", job_title=f"Buyer {self.chance.randrange(100)}")

	def report(self) -> None:
		name = self.chance.choice(REPORTS)
		self.post("report", "api/method/frappe.desk.query_report.run", report_name=name, filters="{}")


class Seller(User):
	"""Makes a lead of one's own and a Quotation for it, submits it and cancels some."""

	def __init__(self, *args, user: str, customer: str, item: str) -> None:
		super().__init__(*args, user=user)
		self.customer, self.item = customer, item

	def act(self) -> None:
		company = f"Sale {uuid.uuid4().hex[:12]}"
		self.ledger.note("sales", company, sent=True)
		lead = self.post("lead created", f"api/resource/{LEAD}", company_name=company, is_organization=1)
		if not isinstance(lead, dict):
			return
		self.ledger.note("sales", company, lead=lead["name"])
		quotation = self.create(lead["name"])
		if not quotation:
			return
		self.ledger.note("sales", company, quotation=quotation, state=0, sure=True)
		if self.step(company, quotation, 1) and self.chance.random() < 0.4:
			self.step(company, quotation, 2)

	def create(self, lead: str) -> str | None:
		tomorrow = time.strftime("%Y-%m-%d", time.localtime(time.time() + 30 * 86400))
		made = self.post(
			"document created",
			"api/resource/Quotation",
			quotation_to="Customer",
			party_name=self.customer,
			valid_till=tomorrow,
			pipeline_lead=lead,
			items=[{"item_code": self.item, "qty": 1, "rate": 100}],
		)
		return made["name"] if isinstance(made, dict) else None

	def step(self, company: str, quotation: str, state: int) -> bool:
		"""Submit (1) or cancel (2) a Quotation; without an answer it is at either."""
		kind = "document submitted" if state == 1 else "document cancelled"
		done = self.put(kind, f"api/resource/Quotation/{quotation}", docstatus=state)
		self.ledger.note("sales", company, sure=bool(done), **({"state": state} if done else {}))
		return bool(done)
