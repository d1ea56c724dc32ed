"""Let people use the site for some time, and check it afterwards.

`python3 -m sandbox load` calls it: `prepare LEADS`, `run SECONDS FILE`, `check FILE`.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import frappe
from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError

from benchmarks.load import checks, data
from benchmarks.load.ledger import Ledger
from benchmarks.load.people import Correspondent, DeskUser, Person, Seller, Visitor
from lead_pipeline.constants import LEAD
from lead_pipeline.tests import mails, site, visitors, worker
from lead_pipeline.tests.factories import make_item, make_user
from lead_pipeline.tests.mailbox import Mailbox
from lead_pipeline.tests.sales import buyer

VISITORS, CORRESPONDENTS, DESK_USERS, SELLERS = 3, 1, 4, 2
LIMITS = ("web_minimum_seconds", "web_limit_sender", "web_limit_form", "web_limit_site")
ROUTE = "load"
ACCOUNT = "load@our-company.example"
PULL = "frappe.email.doctype.email_account.email_account.pull_from_email_account"
# Seconds between two looks at the mailbox, and for the rest of the mails at the end.
PULL_EVERY, SECONDS_FOR_MAILS, GIVE_UP = 3, 120, 30
ENDED = ("finished", "failed", "stopped", "canceled", None)


def prepare(leads: int) -> None:
	"""Make the leads, a form without limits, and the people who log in."""
	site.connect()
	data.fill(leads)
	settings = frappe.get_doc("Lead Pipeline Settings")
	# To tell all managers of each lead is a job of its own: the queue is to hold what the run is about.
	settings.update(dict.fromkeys((*LIMITS, "unowned_notifies"), 0)).save()
	if not frappe.db.exists("Web Form", {"route": ROUTE}):
		visitors.make_form(route=ROUTE)
	for number, user in enumerate(desk_users() + sellers()):
		# One of them is told of every lead that nobody works on.
		make_user("Sales User", *(() if number else ("Sales Manager",)), email=user, password=site.PASSWORD)
	buyer(), make_item()
	frappe.db.commit()
	# What has come of making them is not part of the run.
	worker.forget_jobs()
	frappe.destroy()


def desk_users() -> list[str]:
	return [f"load-desk-{number}@example.com" for number in range(DESK_USERS)]


def sellers() -> list[str]:
	return [f"load-seller-{number}@example.com" for number in range(SELLERS)]


def run(seconds: float, file: Path) -> None:
	"""Let everybody act for so many seconds; write what they saw into `file`."""
	site.connect()
	ledger, stop, mailbox = Ledger(), threading.Event(), Mailbox()
	account = make_account(mailbox.port)
	people = everybody(ledger, stop, mailbox)
	frappe.db.commit()
	# From here on only over HTTP and the queue: the database may go.
	frappe.db.close()
	for person in people:
		person.start()
	print("began", flush=True)
	pull_until(account, time.monotonic() + seconds, lambda: False)
	stop.set()
	for person in people:
		person.join(2 * 60)
	print("ended", flush=True)
	frappe.connect()
	# A mail that was fetched waits in the database; a queue whose Redis was killed does not know who receives it.
	limit = time.monotonic() + SECONDS_FOR_MAILS
	pull_until(account, limit, lambda: not mailbox.unseen() and not checks.waiting_mails())
	ledger.save(file)
	# The last ones are being read from the server of this process.
	checks.wait_for_jobs()


def everybody(ledger: Ledger, stop: threading.Event, mailbox: Mailbox) -> list[Person]:
	form = frappe.db.get_value("Web Form", {"route": ROUTE})
	customer, item = buyer(), make_item()
	numbers = iter(range(100))
	who = [Visitor(ledger, stop, next(numbers), form=form, route=ROUTE) for _visitor in range(VISITORS)]
	who += [Correspondent(ledger, stop, next(numbers), mailbox=mailbox) for _one in range(CORRESPONDENTS)]
	who += [DeskUser(ledger, stop, next(numbers), user=user) for user in desk_users()]
	who += [
		Seller(ledger, stop, next(numbers), user=user, customer=customer, item=item) for user in sellers()
	]
	return who


def make_account(port: int) -> str:
	"""Return the name of the account that fetches from the mailbox of this run."""
	for name in frappe.get_all("Email Account", {"email_id": ACCOUNT}, pluck="name", order_by=None):
		frappe.delete_doc("Email Account", name, force=True)
	account = mails.make_account(LEAD, imap=True, email_id=ACCOUNT, incoming_port=port, use_ssl=0)
	account.db_set({"email_server": "127.0.0.1", "awaiting_password": 0, "email_sync_option": "UNSEEN"})
	set_password(account.name)
	return account.name


def set_password(account: str) -> None:
	from frappe.utils.password import set_encrypted_password

	frappe.db.set_value("Email Account", account, "password", "****")
	set_encrypted_password("Email Account", account, "secret", "password")


def pull_until(account: str, limit: float, is_done: Callable[[], bool]) -> None:
	"""Queue the fetching of mails as the scheduler does, only more often.

	Never twice at once, as the framework's scheduler sees to it; a job that its worker did not end is given up.
	"""
	job, queued = None, 0.0
	while time.monotonic() < limit and not is_done():
		with suppress(RedisError, NoSuchJobError):
			if not job or job.get_status() in ENDED or time.monotonic() - queued > GIVE_UP:
				job, queued = frappe.enqueue(PULL, queue="short", email_account=account), time.monotonic()
		time.sleep(PULL_EVERY)


def check(file: Path) -> None:
	"""Compare the site with what `run` has noted, and add the result to `file`."""
	noted = json.loads(file.read_text())
	site.connect()
	noted["checks"] = checks.check(noted["facts"], noted["begun"])
	noted["machine"] = machine()
	file.write_text(json.dumps(noted))
	for name, number in noted["checks"].items():
		print(f"  {name}: {number}", flush=True)


def machine() -> dict:
	version = frappe.db.sql("select version()")[0][0]
	return {
		"processors": os.cpu_count(),
		"load": [round(number, 1) for number in os.getloadavg()],
		"python": sys.version.split()[0],
		"database": f"{frappe.db.db_type} {version}",
		"frappe": frappe.__version__,
		"apps": frappe.get_installed_apps(),
	}


def main(command: str, *arguments: str) -> None:
	if command == "prepare":
		prepare(int(arguments[0]))
	elif command == "run":
		run(float(arguments[0]), Path(arguments[1]))
	else:
		check(Path(arguments[0]))


if __name__ == "__main__":
	main(*sys.argv[1:])
