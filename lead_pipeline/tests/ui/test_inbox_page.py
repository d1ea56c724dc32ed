"""The inbox as a salesperson uses it.

In a large and in a small window, in light and in dark.
"""

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.mails import make_call, make_mail, new_address
from lead_pipeline.tests.ui.attacks import ATTACK, move_over, nothing_ran
from lead_pipeline.tests.ui.looks import READABLE, contrasts

NUMBER = "+49 30 5550123"


@pytest.fixture
def came_in(clean_transaction):
	"""Make mails and calls that are gone after the test, with what was made of them."""
	frappe.db.delete("Communication", {"reference_name": ("is", "not set"), "sent_or_received": "Received"})
	if frappe.db.exists("DocType", "Call Log"):
		frappe.db.delete("Call Log")
	made = []

	def come_in(*documents):
		made.extend(documents)
		frappe.db.commit()
		return documents

	yield come_in
	frappe.db.rollback()
	for document in made:
		if document.doctype == "Communication":
			lead = frappe.db.get_value("Communication", document.name, "reference_name")
			site.delete(document.doctype, document.name)
			if lead:
				site.delete(LEAD, lead)
		else:
			site.delete(document.doctype, document.name)
	frappe.db.commit()


def row(desk, text: str):
	return desk.front.locator(".lead-inbox-row").filter(has_text=text)


def press(desk, text: str, action: str) -> None:
	row(desk, text).get_by_role("button", name=action, exact=True).click()
	desk.wait()


def lead_on(mail) -> str | None:
	frappe.db.rollback()
	return frappe.db.get_value("Communication", mail.name, "reference_name")


def test_create_attach_and_ignore(desk, came_in):
	lead = make_lead(company_name="Known Ltd", email=new_address(), lead_owner=desk.user)
	mails = came_in(
		make_mail(subject="An offer, please", sender_full_name="Jane Doe"),
		make_mail(lead.email, subject="One more question", sender_full_name="John Known"),
		make_mail(
			subject="Buy our stamps", sender_full_name="Stamps", content="<p>Hello,</p><p>please buy</p>"
		),
		lead,
	)
	desk.open("lead-inbox")
	expect(desk.front.locator('[data-state="ready"]')).to_contain_text("3")
	expect(row(desk, "One more question")).to_contain_text("Known Ltd")

	# Words of different lines stay apart, and the whole mail can be read here.
	expect(row(desk, "Stamps")).to_contain_text("Hello, please buy")
	row(desk, "Stamps").get_by_role("button", name="Read All").click()
	assert row(desk, "Stamps").locator(".lead-inbox-whole").inner_text() == "Hello,\nplease buy"
	row(desk, "Stamps").get_by_role("button", name="Read Less").click()

	press(desk, "Jane Doe", "Create")
	expect(row(desk, "Jane Doe")).to_have_count(0)
	expect(desk.alert()).to_contain_text("1 mail or call is on its lead now.")
	assert frappe.db.get_value(LEAD, lead_on(mails[0]), "lead_name") == "Jane Doe"

	press(desk, "One more question", "Attach")
	expect(row(desk, "One more question")).to_have_count(0)
	assert lead_on(mails[1]) == lead.name

	press(desk, "Buy our stamps", "Ignore")
	expect(desk.front.locator(".lead-inbox-empty")).to_contain_text("Nothing waits for a decision")
	desk.front.locator('[data-state="ignored"]').click()
	press(desk, "Buy our stamps", "Back to Waiting")
	desk.front.locator('[data-state="ready"]').click()
	expect(row(desk, "Buy our stamps")).to_have_count(1)
	desk.front.locator('[data-state="done"]').click()
	expect(row(desk, "An offer, please").get_by_role("link")).to_have_text("Jane Doe")


def test_a_mail_is_answered_on_its_lead(desk, came_in):
	frappe.get_doc("User", desk.user).add_roles("Inbox User")
	(mail,) = came_in(make_mail(subject="An offer, please", content="<p>Ten chairs,</p><p>in oak</p>"))
	desk.open("lead-inbox")
	press(desk, "An offer, please", "Reply")
	composer = desk.page.locator(".modal.show")
	expect(composer.locator('[data-fieldname="subject"] input')).to_have_value("Re: An offer, please")
	expect(composer.locator('.frappe-control[data-fieldname="recipients"]')).to_contain_text(mail.sender)
	assert lead_on(mail)
	frappe.get_doc("User", desk.user).remove_roles("Inbox User")
	frappe.db.commit()


def test_many_at_once_and_to_a_chosen_lead(desk, came_in):
	lead = make_lead(company_name="Chosen Ltd", lead_owner=desk.user)
	mails = came_in(*(make_mail(subject=f"Enquiry {number}") for number in range(3)), lead)
	desk.open("lead-inbox")
	for number in (0, 1):
		row(desk, f"Enquiry {number}").locator(".lead-inbox-tick").check()
	bulk = desk.front.locator(".lead-inbox-bulk")
	expect(bulk).to_contain_text("2 chosen")
	bulk.get_by_role("button", name="Attach to…").click()
	desk.asked("Attach to a Lead")
	desk.choose("lead", "Chosen Ltd")
	desk.answer("Attach")
	expect(row(desk, "Enquiry")).to_have_count(1)
	assert [lead_on(mail) for mail in mails[:3]] == [lead.name, lead.name, None]

	desk.front.locator(".lead-inbox-tick-all").check()
	bulk.get_by_role("button", name="Ignore").click()
	expect(row(desk, "Enquiry")).to_have_count(0)


def test_mails_and_calls_apart(desk, came_in):
	came_in(make_mail(subject="A mail"), make_call(NUMBER, status="No Answer"))
	desk.open("lead-inbox")
	expect(row(desk, NUMBER)).to_contain_text("Missed call")
	desk.front.locator('[data-kind="mail"]').click()
	expect(row(desk, NUMBER)).to_have_count(0)
	desk.front.locator('[data-kind="call"]').click()
	expect(row(desk, "A mail")).to_have_count(0)
	expect(row(desk, NUMBER)).to_have_count(1)


def test_what_strangers_write_is_text(desk, came_in):
	lead = make_lead(company_name="Attacked Ltd", email=new_address(), lead_owner=desk.user)
	mail = make_mail(lead.email)
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": "plan.txt",
			"content": b"x",
			"attached_to_doctype": "Communication",
			"attached_to_name": mail.name,
		}
	).insert()
	call = make_call(NUMBER, summary="x")
	came_in(mail, call, file, lead)
	# What would be there had it come past the framework's cleaning.
	values = {"subject": ATTACK, "sender_full_name": ATTACK, "text_content": ATTACK}
	frappe.db.set_value("Communication", mail.name, values)
	frappe.db.set_value("Call Log", call.name, {"summary": ATTACK, "from": ATTACK})
	frappe.db.set_value("File", file.name, "file_name", ATTACK)
	frappe.db.set_value(LEAD, lead.name, "lead_name", ATTACK)
	frappe.db.commit()
	desk.open("lead-inbox")
	expect(desk.front.locator(".lead-inbox-row")).to_have_count(2)
	expect(row(desk, ATTACK)).to_have_count(2)
	move_over(desk)
	press(desk, lead.email, "Attach")
	desk.front.locator('[data-state="done"]').click()
	# The mail alone; the call still waits.
	expect(row(desk, ATTACK)).to_have_count(1)
	move_over(desk)
	assert desk.page.evaluate("window.attacked || null") is None
	nothing_ran(desk)


@pytest.fixture
def a_morning(came_in, desk):
	"""What a salesperson finds in the inbox one morning."""
	colleague = make_user("Sales User")
	frappe.db.set_value("User", colleague, {"first_name": "Showroom", "full_name": "Showroom"})
	offered = make_lead(
		company_name="Garden Interiors",
		email="purchasing@garden-interiors.example",
		status="Replied",
		lead_owner=colleague,
	)
	caller = make_lead(company_name="Harbour Cafés", phone="+49 40 5550188", status="Interested")
	came_in(
		make_mail(
			"office@studio-nord.example",
			sender_full_name="Studio Nord",
			subject="Six oak tables",
			text_content="Hello, we are fitting out a reading room and need six tables of oak, 180 by 90 cm. "
			"Could you send us an offer, and tell us how long delivery takes? The plan is attached.",
		),
		make_mail(
			offered.email,
			sender_full_name="Garden Interiors",
			subject="Your offer",
			text_content="Thank you for the offer. Would you have the chairs in green, too?",
		),
		make_mail(
			"news@stamps.example",
			sender_full_name="Stamp News",
			subject="This week: 20 % off all stamps",
			text_content="Do not miss it.",
		),
		make_call("+49 40 5550188", status="No Answer"),
		make_call("+49 89 5550147", summary="Asks for the opening hours of the showroom"),
		offered,
		caller,
	)
	return desk


def test_it_fits_windows_of_all_sizes_and_the_dark_theme(a_morning):
	desk = a_morning
	desk.open("lead-inbox")
	expect(desk.front.locator(".lead-inbox-row")).to_have_count(5)
	assert contrasts(desk, ".lead-inbox .btn:visible, .lead-inbox-row :visible") >= READABLE
	desk.picture("inbox")
	desk.page.evaluate("document.documentElement.setAttribute('data-theme', 'dark')")
	desk.picture("inbox-dark")
	desk.page.evaluate("document.documentElement.setAttribute('data-theme', 'light')")
	desk.page.set_viewport_size({"width": 390, "height": 844})
	try:
		desk.wait()
		desk.picture("inbox-390")
		assert desk.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
		for button in desk.front.locator(".lead-inbox-actions button").all():
			box = button.bounding_box()
			assert box["x"] >= 0 and box["x"] + box["width"] <= 390
	finally:
		desk.page.set_viewport_size({"width": 1440, "height": 900})
