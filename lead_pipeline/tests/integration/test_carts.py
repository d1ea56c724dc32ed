"""Abandoned carts of the web shop become leads.

Each becomes one lead, for the right person, and no sale is harmed.
"""

import frappe
import pytest
from frappe.utils import add_to_date, now_datetime

from lead_pipeline.capture import carts
from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_cart, make_customer, make_item, make_lead, make_rule, make_user
from lead_pipeline.tests.leads import status
from lead_pipeline.tests.sales import committed_leads, errors, forget_errors, ordered, wipe

HOURS = 24


def address() -> str:
	return f"{frappe.generate_hash(length=10)}@example.com"


def lead_of(cart) -> frappe._dict | None:
	return frappe.db.get_value(LEAD, {"origin_key": f"Quotation/{cart.name}"}, "*", as_dict=True)


def link_of(cart) -> str | None:
	return frappe.db.get_value("Quotation", cart.name, "pipeline_lead")


def found() -> list[str]:
	return carts.abandoned(add_to_date(now_datetime(), hours=-HOURS))


def collect(cart) -> bool:
	return carts.receive_cart(cart.name, add_to_date(now_datetime(), hours=-HOURS))


def messages(lead: str) -> list[str]:
	filters = {"reference_doctype": LEAD, "reference_name": lead}
	return frappe.get_all("Communication", filters=filters, pluck="content")


def leave(cart) -> None:
	"""Nobody has touched it for more than a day."""
	left_on = add_to_date(now_datetime(), hours=-30)
	frappe.db.set_value("Quotation", cart.name, "modified", left_on, update_modified=False)


def contact(customer: str, **values) -> str:
	person = frappe.new_doc("Contact")
	person.append("links", {"link_doctype": "Customer", "link_name": customer})
	person.update({"first_name": "Ada", "last_name": "Shopper"})
	for kind, value in values.items():
		if kind == "email":
			person.append("email_ids", {"email_id": value, "is_primary": 1})
		else:
			person.append("phone_nos", {"phone": value, f"is_primary_{kind}": 1})
	return person.insert().name


@pytest.fixture
def kept(clean_transaction):
	"""Delete carts and the leads made of them after the test, whatever their state.

	For tests of code that commits.
	"""
	known = set(frappe.get_all(LEAD, pluck="name"))
	with committed_leads(0):
		yield
		site.start_over()
		made = [name for name in frappe.get_all(LEAD, pluck="name") if name not in known]
		messages = frappe.get_all("Communication", {"reference_doctype": LEAD}, pluck="name")
		frappe.db.delete("Communication Link", {"parent": ("in", messages)})
		frappe.db.delete("Communication", {"reference_doctype": LEAD})
		wipe(made)
		frappe.db.delete("Quotation", {"order_type": "Shopping Cart"})
		forget_errors()
		frappe.db.commit()


class TestANewLead:
	def test_a_cart_becomes_a_lead_of_its_person(self):
		email = address()
		customer = make_customer().name
		person = contact(customer, email=email, mobile_no="+49 171 5550101", phone="+49 30 5550102")
		cart = make_cart(email=email, customer=customer, contact_person=person)
		assert collect(cart)
		lead = lead_of(cart)
		assert (lead.first_name, lead.last_name, lead.email) == ("Ada", "Shopper", email)
		assert (lead.mobile_no, lead.phone) == ("+49 171 5550101", "+49 30 5550102")
		assert lead.company_name == frappe.db.get_value("Customer", customer, "customer_name")
		assert (lead.party_type, lead.party) == ("Customer", customer)
		assert (lead.expected_revenue, lead.currency) == (cart.grand_total, cart.currency)
		assert lead.item == make_item()
		assert lead.channel == "Shop"
		assert make_item() in lead.description and cart.name in lead.description
		assert link_of(cart) == lead.name

	def test_a_cart_of_several_items_names_none(self):
		other = frappe.copy_doc(frappe.get_doc("Item", make_item()))
		other.update({"item_code": "Other Item", "item_name": "Other <b>Item</b>"})
		cart = make_cart(email=address())
		cart.append("items", {"item_code": other.insert().name, "qty": 2, "rate": 7})
		cart.save()
		leave(cart)
		assert collect(cart)
		assert lead_of(cart).item is None
		assert "Other &lt;b&gt;Item" in lead_of(cart).description

	def test_a_private_person_is_no_company(self):
		customer = make_customer(customer_type="Individual")
		cart = make_cart(email=address(), customer=customer.name)
		assert collect(cart)
		lead = lead_of(cart)
		assert (lead.company_name, lead.lead_name) == (None, customer.customer_name)

	def test_it_belongs_to_nobody_yet(self):
		cart = make_cart(email=address())
		collect(cart)
		assert lead_of(cart).lead_owner is None

	def test_a_cart_is_no_quotation_that_somebody_made(self):
		cart = make_cart(email=address())
		collect(cart)
		assert status(lead_of(cart).name) == "Lead"

	def test_the_visitor_who_goes_on_finds_the_cart_unchanged(self):
		cart = make_cart(email=address())
		collect(cart)
		cart.items[0].qty = 3
		cart.save()
		assert frappe.db.get_value("Quotation", cart.name, "total_qty") == 3


class TestKnownSender:
	def test_an_open_lead_gets_no_twin(self):
		lead = make_lead(email=address())
		cart = make_cart(email=lead.email)
		assert collect(cart)
		(message,) = messages(lead.name)
		assert cart.name in message and make_item() in message
		assert lead_of(cart) is None
		assert link_of(cart) == lead.name

	def test_it_stands_on_the_timeline_of_the_cart_too(self):
		lead = make_lead(email=address())
		cart = make_cart(email=lead.email)
		collect(cart)
		assert frappe.db.exists(
			"Communication Link",
			{"link_doctype": "Quotation", "link_name": cart.name, "parenttype": "Communication"},
		)

	def test_a_cart_that_belongs_to_an_open_lead_lands_there(self):
		"""The shop's customer has an open lead: the cart got it when it was made."""
		customer = make_customer().name
		lead = make_lead(email=address(), party_type="Customer", party=customer)
		cart = make_cart(email=address(), customer=customer)
		assert link_of(cart) == lead.name
		assert status(lead) == "Lead"
		assert collect(cart)
		assert len(messages(lead.name)) == 1
		assert not collect(cart)
		assert len(messages(lead.name)) == 1

	def test_a_cart_of_a_lead_that_people_have_closed_is_left_alone(self):
		customer = make_customer().name
		lead = make_lead(email=address(), party_type="Customer", party=customer)
		cart = make_cart(email=lead.email, customer=customer)
		lead.status = "Disqualified"
		lead.save()
		assert not collect(cart)
		assert messages(lead.name) == []
		assert lead_of(cart) is None

	def test_the_sales_person_is_told(self):
		owner = make_user("Sales User")
		lead = make_lead(email=address(), lead_owner=owner)
		collect(make_cart(email=lead.email))
		assert frappe.db.exists("Notification Log", {"for_user": owner, "document_name": lead.name})


class TestWhichCarts:
	def test_untouched_for_long_enough(self):
		old, young = make_cart(email=address()), make_cart(hours=HOURS - 1, email=address())
		assert old.name in found()
		assert young.name not in found()
		assert not collect(young)

	def test_not_those_that_are_history(self):
		cart = make_cart(hours=HOURS + 24 * carts.DAYS + 1, email=address())
		assert cart.name not in found()

	def test_no_other_quotations(self):
		quotation = make_cart(email=address(), order_type="Sales")
		assert quotation.name not in found()
		assert not collect(quotation)

	def test_an_emptied_cart_is_none(self):
		cart = make_cart(email=address())
		frappe.db.set_value("Quotation", cart.name, "total_qty", 0, update_modified=False)
		assert cart.name not in found()

	def test_a_cart_that_was_ordered_meanwhile_is_none(self):
		cart = make_cart(email=address())
		assert cart.name in found()
		cart.submit()
		leave(cart)
		assert cart.name not in found()
		assert not collect(cart)

	def test_a_cart_that_is_gone_is_none(self):
		cart = make_cart(email=address())
		cart.delete()
		assert not collect(cart)

	def test_a_cart_without_anybody_to_reach_is_left_alone(self):
		cart = make_cart()
		frappe.db.set_value("Quotation", cart.name, "contact_email", "Administrator", update_modified=False)
		assert not collect(cart)
		assert lead_of(cart) is None

	def test_a_phone_is_enough(self):
		cart = make_cart(contact_mobile="+49 171 5550199")
		assert collect(cart)
		assert lead_of(cart).mobile_no == "+49 171 5550199"

	def test_seen_once_it_is_not_found_again(self):
		new, known = make_cart(email=address()), make_cart(email=make_lead(email=address()).email)
		assert collect(new) and collect(known)
		assert {new.name, known.name}.isdisjoint(found())
		assert not collect(new) and not collect(known)
		assert messages(lead_of(new).name) == []
		assert len(messages(link_of(known))) == 1


class TestWhatBecomesOfIt:
	def test_an_order_from_the_cart_converts_the_lead(self):
		cart = make_cart(email=address())
		collect(cart)
		lead = lead_of(cart).name
		cart.reload()
		cart.submit()
		assert status(lead) == "Quotation"
		order = ordered(cart)
		order.insert()
		assert status(lead) == "Converted"
		order.delete()
		cart.reload()
		cart.cancel()
		assert status(lead) == "Lead"

	@pytest.mark.parametrize("known", [False, True])
	def test_a_visitor_can_empty_a_cart_that_has_arrived(self, known):
		lead = make_lead(email=address()) if known else None
		cart = make_cart(email=lead.email if known else address())
		collect(cart)
		name = link_of(cart)
		frappe.get_doc("Quotation", cart.name).delete()
		assert status(name) == "Lead"


class TestTheJob:
	@pytest.fixture(autouse=True)
	def clean(self, kept):
		pass

	def test_carts_arrive_each_in_a_transaction_of_its_own(self):
		carts_left = [make_cart(email=address()) for _number in range(3)]
		bad = carts_left[1]
		# No row of it can be read: whatever is wrong, the other two arrive.
		frappe.db.set_value("Quotation", bad.name, "currency", "No such", update_modified=False)
		frappe.db.commit()
		assert carts.collect() == 2
		site.start_over()
		assert [bool(lead_of(cart)) for cart in carts_left] == [True, False, True]
		(said,) = [error for error in errors() if "could not become a lead" in error]
		assert said.startswith(f"Cart {bad.name} could not become a lead")
		assert "tried again every hour" in said
		entry = frappe.get_last_doc("Error Log", {"reference_doctype": "Quotation"})
		assert entry.reference_name == bad.name
		assert carts.collect() == 0
		assert len([error for error in errors() if "could not become a lead" in error]) == 1

	def test_a_repaired_cart_arrives_with_the_next_run(self):
		cart = make_cart(email=address())
		frappe.db.set_value("Quotation", cart.name, "currency", "No such", update_modified=False)
		frappe.db.commit()
		assert carts.collect() == 0
		frappe.db.set_value("Quotation", cart.name, "currency", cart.currency, update_modified=False)
		frappe.db.commit()
		assert carts.collect() == 1

	def test_a_run_is_bounded_and_the_next_one_goes_on(self, monkeypatch):
		monkeypatch.setattr(carts, "MAX_CARTS", 2)
		for _number in range(3):
			make_cart(email=address())
		frappe.db.commit()
		assert [carts.collect(), carts.collect(), carts.collect()] == [2, 1, 0]

	def test_two_carts_of_one_person_make_one_lead(self):
		email = address()
		carts_left = [make_cart(email=email), make_cart(email=email)]
		frappe.db.commit()
		assert carts.collect() == 2
		assert len({link_of(cart) for cart in carts_left}) == 1

	def test_a_cart_at_which_somebody_is_waits_for_the_next_run(self):
		cart = make_cart(email=address())
		frappe.db.commit()

		def touch() -> None:
			frappe.db.set_value("Quotation", cart.name, "conversion_rate", 2, update_modified=False)

		with site.somebody_else(touch):
			assert carts.collect() == 0
		assert not [error for error in errors() if "could not become a lead" in error]
		assert carts.collect() == 1

	def test_zero_hours_switch_it_off(self):
		make_cart(email=address())
		frappe.db.commit()
		before = frappe.db.get_single_value(SETTINGS, "cart_hours")
		frappe.db.set_single_value(SETTINGS, "cart_hours", 0)
		assert carts.collect() == 0
		frappe.db.rollback()
		assert before == HOURS

	def test_a_rule_of_the_site_counts_the_linked_cart_at_once(self):
		rule = make_rule(
			filters=[["Quotation", "docstatus", "=", "0"], ["Quotation", "order_type", "=", "Shopping Cart"]],
			status="Interested",
		)
		cart = make_cart(email=address())
		frappe.db.commit()
		try:
			carts.collect()
			assert status(link_of(cart)) == "Interested"
		finally:
			rule.delete()
			frappe.db.commit()

	def test_it_runs_every_hour(self):
		job = frappe.get_doc("Scheduled Job Type", {"method": "lead_pipeline.capture.carts.collect"})
		assert (job.frequency, job.stopped) == ("Hourly Long", 0)
