"""Merging as real users meet it: over REST, and two of them at once."""

import threading

import frappe
import pytest
import requests

from lead_pipeline.constants import ALL_LEADS, LEAD, LEAD_MERGE, OWN_LEADS, SETTINGS, STATUS_LOG
from lead_pipeline.duplicates import merging
from lead_pipeline.exceptions import LeadMergedError
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_customer, make_lead, make_user
from lead_pipeline.tests.rest import Client

MERGE = "lead_pipeline.duplicates.merging.merge"
COMPARE = "lead_pipeline.duplicates.merging.compare"
UNDO = "lead_pipeline.duplicates.undo.undo"
OF_LEAD = "lead_pipeline.duplicates.finding.of_lead"
OF_VALUES = "lead_pipeline.duplicates.finding.of_values"


class World:
	def __init__(self):
		self.seller, self.other = Client(make_user("Sales User")), Client(make_user("Sales User"))
		self.email = f"{frappe.generate_hash(length=8)}@{frappe.generate_hash(length=8)}.example"
		self.kept = make_lead(email=self.email, lead_owner=self.seller.user)
		self.twin = make_lead(email=self.email, lead_owner=self.seller.user, job_title="Clerk")
		self.hidden = make_lead(
			email=self.email,
			lead_owner=self.other.user,
			company_name=f"Secret {frappe.generate_hash(length=8)}",
		)
		self.leads = [self.kept.name, self.twin.name, self.hidden.name]
		frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
		frappe.db.commit()
		frappe.clear_document_cache(SETTINGS, SETTINGS)


@pytest.fixture
def world(clean_transaction):
	world = World()
	yield world
	site.start_over()
	frappe.db.set_single_value(SETTINGS, "lead_visibility", ALL_LEADS)
	for name in world.leads:
		frappe.delete_doc(LEAD, name, force=True, ignore_missing=True)
	frappe.db.commit()
	frappe.clear_document_cache(SETTINGS, SETTINGS)


def post(client: Client | requests.Session, path: str, **json) -> requests.Response:
	session = client.session if isinstance(client, Client) else client
	return session.post(f"{site.URL}/api/method/{path}", json=json, timeout=60)


def test_a_seller_finds_compares_merges_and_undoes(world):
	client = world.seller
	found = client.call("GET", f"method/{OF_LEAD}?lead={world.kept.name}")
	assert [row["name"] for row in found["leads"]] == [world.twin.name]
	assert (found["hidden"], found["may_merge"]) == (1, True)
	pair = frappe.as_json([world.kept.name, world.twin.name])
	shown = client.call("GET", f"method/{COMPARE}?leads={pair}")
	assert "job_title" in [field["fieldname"] for field in shown["fields"]]
	done = client.call("POST", f"method/{MERGE}", survivor=world.kept.name, leads=[world.twin.name])
	assert client.get(LEAD, world.kept.name)["job_title"] == "Clerk"

	gone = client.session.get(f"{site.URL}/api/resource/{LEAD}/{world.twin.name}", timeout=60)
	assert gone.status_code == 404
	assert f"was merged into <strong>{world.kept.name}</strong>. Use that lead." in gone.json()[
		"_server_messages"
	].replace("\\\\", "")
	gone = client.session.put(
		f"{site.URL}/api/resource/{LEAD}/{world.twin.name}", json={"job_title": "x"}, timeout=60
	)
	assert gone.status_code == 404

	undone = client.call("POST", f"method/{UNDO}", merge=done["merges"][0])
	assert undone["lead"] == world.twin.name
	assert client.get(LEAD, world.twin.name)["job_title"] == "Clerk"
	assert not client.get(LEAD, world.kept.name).get("job_title")


def test_a_late_document_over_rest_goes_to_the_survivor(world):
	if not frappe.db.exists("DocType", "Opportunity"):
		pytest.skip("needs sales documents")
	client, customer = world.seller, make_customer().name
	frappe.db.commit()
	early = client.create("Opportunity", opportunity_from="Customer", party_name=customer)
	client.call("POST", f"method/{MERGE}", survivor=world.kept.name, leads=[world.twin.name])
	values = {"opportunity_from": "Customer", "party_name": customer, "pipeline_lead": world.twin.name}
	late = client.create("Opportunity", **values)
	form = post(client, "frappe.client.insert", doc={"doctype": "Opportunity"} | values).json()["message"]
	early = client.update(early, pipeline_lead=world.twin.name)
	assert {found["pipeline_lead"] for found in (late, form, early)} == {world.kept.name}
	assert client.get(LEAD, world.kept.name)["status"] == "Opportunity"
	for opportunity in (late, form, early):
		client.delete(opportunity)


def test_another_seller_learns_and_does_nothing(world):
	before = frappe.get_doc(LEAD, world.kept.name).as_dict()
	pair = [world.kept.name, world.hidden.name]
	answer = post(world.other, MERGE, survivor=world.hidden.name, leads=pair)
	assert answer.status_code == 403 and "There is no such lead, or you may not see it." in answer.text
	answer = post(world.other, "lead_pipeline.duplicates.finding.not_duplicates", lead=pair[1], other=pair[0])
	assert answer.status_code == 403
	found = world.other.call("GET", f"method/{OF_LEAD}?lead={world.hidden.name}")
	assert (found["leads"], found["hidden"]) == ([], 2)
	typed = world.other.call("GET", f'method/{OF_VALUES}?values={{"email": "{world.email}"}}')
	assert ([row["name"] for row in typed["leads"]], typed["hidden"]) == ([world.hidden.name], 2)
	done = world.seller.call("POST", f"method/{MERGE}", survivor=world.kept.name, leads=[world.twin.name])
	assert post(world.other, UNDO, merge=done["merges"][0]).status_code == 403
	gone = world.other.session.get(f"{site.URL}/api/resource/{LEAD}/{world.twin.name}", timeout=60)
	assert gone.status_code == 404 and world.kept.name not in gone.text
	frappe.db.rollback()
	assert frappe.db.exists(LEAD, world.hidden.name)
	assert frappe.get_doc(LEAD, world.kept.name).lead_owner == before.lead_owner


def test_a_guest_is_refused(world):
	guest = requests.Session()
	assert post(guest, MERGE, survivor=world.kept.name, leads=[world.twin.name]).status_code == 403
	for path in (f"{OF_LEAD}?lead={world.kept.name}", f'{OF_VALUES}?values={{"email": "{world.email}"}}'):
		answer = guest.get(f"{site.URL}/api/method/{path}", timeout=60)
		assert answer.status_code == 403 and "possible" not in answer.text
	frappe.db.rollback()
	assert frappe.db.exists(LEAD, world.twin.name)


def test_what_was_kept_for_undoing_is_shown_to_nobody(world):
	world.seller.call("POST", f"method/{MERGE}", survivor=world.kept.name, leads=[world.twin.name])
	frappe.db.rollback()
	name = frappe.db.get_value(LEAD_MERGE, {"merged_lead": world.twin.name})
	manager = Client(make_user("Sales Manager", "Sales User"))
	shown = manager.get(LEAD_MERGE, name)
	assert (shown["survivor"], shown.get("snapshot")) == (world.kept.name, None)
	answer = world.seller.session.get(f"{site.URL}/api/resource/{LEAD_MERGE}/{name}", timeout=60)
	assert answer.status_code == 403


def test_two_merge_the_same_pair_at_once(world):
	"""Of two users merging the same pair at once, one succeeds and one is told.

	Each wants to keep another lead. Nothing is lost, and nothing is there twice.
	"""
	frappe.db.set_single_value(SETTINGS, "lead_visibility", ALL_LEADS)
	names = [world.kept.name, world.twin.name]
	for name in names:
		for number in range(3):
			frappe.get_doc(LEAD, name).add_comment("Comment", f"{name} {number}")
	frappe.db.commit()
	rows = frappe.db.count(STATUS_LOG, {"lead": ("in", names)})
	barrier, answers = threading.Barrier(2), {}

	def run(survivor: str) -> None:
		site.connect()
		try:
			barrier.wait()
			with site.action():
				answers[survivor] = merging.merge(survivor, names)
		except Exception as error:
			answers[survivor] = error
		finally:
			frappe.destroy()

	threads = [threading.Thread(target=run, args=(name,)) for name in names]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	frappe.db.rollback()
	winners = [name for name, answer in answers.items() if isinstance(answer, dict)]
	assert len(winners) == 1, answers
	(loser,) = set(names) - set(winners)
	assert isinstance(answers[loser], LeadMergedError | frappe.PermissionError), answers
	assert frappe.get_all(LEAD, {"name": ("in", names)}, pluck="name") == winners
	assert frappe.db.count(LEAD_MERGE, {"merged_lead": loser, "survivor": winners[0]}) == 1
	comments = {"reference_doctype": LEAD, "reference_name": winners[0], "comment_type": "Comment"}
	assert frappe.db.count("Comment", comments) == 6
	assert frappe.db.count(STATUS_LOG, {"lead": winners[0]}) == rows
