"""Under *Own Leads*, no method of the framework tells of a hidden lead or changes it (promise P10).

The methods are found, not listed: every whitelisted function of the framework that takes a document is called by a
Sales User, as the web server would call it, with a hidden lead and with the records that tell of one. A method of a
new version that this test does not know how to call fails it.
"""

import ast
import importlib
import io
import itertools
import json
import re
import zipfile
from functools import cache
from pathlib import Path

import frappe
import pytest
from frappe.desk.form import assign_to

from lead_pipeline.constants import ACTIVITY, LEAD, OWN_LEADS, SETTINGS, STATUS_LOG
from lead_pipeline.tests import site, web_calls
from lead_pipeline.tests.factories import make_lead, make_opportunity, make_user
from lead_pipeline.visibility.permissions import REFERENCES

SECRET = "Doorsecret"

# Parameters that say of a document, or of documents, which DocType and which name it has.
DOCTYPE_PARAMETERS = (
	*("doctype", "dt", "document_type", "ref_doctype", "reference_doctype", "reference_dt", "for_doctype"),
	*("reminder_doctype", "_doctype", "goal_doctype", "parent_doctype", "docs_type"),
)
NAME_PARAMETERS = (
	*(
		"name",
		"docname",
		"dn",
		"doc_name",
		"reference_name",
		"reference_docname",
		"reference_doc",
		"document",
	),
	*(
		"fid",
		"library_file_name",
		"reminder_docname",
		"ref_name",
		"old",
		"old_name",
		"source_name",
		"reference",
		"ref_docname",
	),
)
NAMES_PARAMETERS = ("names", "docnames", "source_names", "items", "files", "attachments", "file_list")
DOCUMENT_PARAMETERS = ("doc", "docs")

# What else is passed, so that as many methods as possible come as far as to read or write.
VALUES = {
	"fields": ["*"],
	"fieldname": "lead_name",
	"value": SECRET,
	"field": "lead_name",
	"txt": SECRET,
	"text": SECRET,
	"searchfield": "name",
	"start": 0,
	"page_len": 20,
	"filters": {},
	"tag": "Door",
	"tags": ["Door"],
	"content": "By the door",
	"comment_email": "rep@doors.example.com",
	"comment_by": "Rep",
	"add": "Yes",
	"new": "LEAD-DOOR",
	"new_name": "LEAD-DOOR",
	"perm_type": "read",
	"filename": "door.txt",
	"filedata": "door",
	"format": "Standard",
	"file_type": "CSV",
	"action": "Update",
	"data": {"lead_name": "By the door"},
	"following": 1,
	"values": {},
	"current_filters": "[]",
	"stats": ["_user_tags"],
	"user_settings": {},
	"links": {},
	"role": "Sales User",
	"permission_to": "read",
	"read": 1,
	"method": "frappe.ping",
	"workflow": None,
	"board_name": "Doors",
	"field_name": "status",
	"start_date": "2030-01-01",
	"frequency": "Daily",
	"description": "By the door",
	"remind_at": "2030-01-01 10:00:00",
	"prev": 0,
	"new_parent": "Home",
	"old_parent": "Home",
	"sort_order": "desc",
	"sort_field": "modified",
	"end": "2030-01-01",
	"field_map": {"start": "creation", "end": "modified", "id": "name"},
	"web_form_name": "doors",
	"report_name": "Leads by Day",
	"columns": "[]",
	"report_settings": "{}",
	"label": "Door",
	"title": "Door",
	"selected_children": None,
	"target_doc": None,
	"states": "[]",
	"workflow_state_field": "status",
	"current_state": "New",
	"last_modified": "2030-01-01",
	"parent": LEAD,
	"communication": None,
	"custom_columns": [{"doctype": LEAD, "fieldname": "job_title", "link_field": "lead"}],
	"letterhead": None,
	"message": "",
	"subject": "",
	"assign_to": None,
	"event": None,
	"recipients": "",
	"contact_name": "Door",
	"points": 1,
	"to_user": None,
	"review_type": "Appreciation",
	"reason": "x",
	"query": "",
	"key": "x",
	"scope": "",
	"goal_value_field": "expected_revenue",
	"goal_total_field": "expected_revenue",
	"goal_history_field": "lost_note",
	"goal_doctype_link": "name",
	"goal_field": "expected_revenue",
	"date_field": "creation",
	"filter_str": "1=1",
	"aggregation": "sum",
	"group_by": "lead_name",
	"parent_field": "name",
	"select_columns": "{}",
	"fields_to_fetch": ["lead_name"],
	"options": "{}",
	"based_on": "creation",
	"export_fields": "{}",
	"from_version": None,
	"to_version": None,
	"route": "door",
	"chart_name": None,
	"child_type": "Contact Email",
	"new_order": "[]",
	"order": "{}",
	"user": "rep@doors.example.com",
	"email": "rep@doors.example.com",
	"app_name": "frappe",
	"permlevel": 0,
	"ptype": "read",
	"colname": "Open",
	"from_colname": "Open",
	"to_colname": "Open",
	"old_index": 0,
	"new_index": 0,
	"listview_settings": "{}",
	"removed_listview_fields": "[]",
	"result": "1",
	"new_widgets": "{}",
	"blocks": "[]",
	"public": 0,
	"publish": 1,
	"icon": "",
	"indicator_color": "",
	"tree_method": "frappe.desk.treeview.get_children",
	"email_list": "rep@doors.example.com",
	"template_name": "Door",
	"type": "coordinates",
	"module": "Lead Pipeline",
	"comment": "By the door, which is long enough for a comment",
	"like": 1,
	"reply": "By the door",
	"host_name": "door.example.com",
}

# They take no parameters, and read the whole form: called with what their name says.
READ_THE_FORM = (
	"frappe.desk.reportview.get",
	"frappe.desk.reportview.get_list",
	"frappe.desk.reportview.get_count",
	"frappe.desk.reportview.export_query",
	"frappe.desk.reportview.delete_items",
	"frappe.desk.form.utils.remove_attach",
	"frappe.handler.upload_file",
)

# Not called, with the reason.
IRRELEVANT = {
	"frappe.handler.logout": "ends the session",
	"frappe.handler.web_logout": "ends the session",
	"frappe.sessions.clear": "empties caches, takes no document",
	"frappe.website.doctype.web_form.web_form.accept": "a web form's own rights, see test_web_form.py",
	"frappe.website.doctype.web_form.web_form.get_form_data": "a web form's own rights, see test_web_form.py",
	"frappe.website.doctype.web_form.web_form.get_link_options": "a web form's own rights, see test_web_form.py",
	"frappe.utils.print_format.download_pdf": "needs a program for PDF; as get_html_and_style",
	"frappe.utils.print_format.download_multi_pdf": "needs a program for PDF; as get_html_and_style",
	"frappe.utils.print_format.print_by_server": "needs a print server; asks as get_html_and_style",
	"frappe.utils.weasyprint.download_pdf": "needs a program for PDF; asks as get_html_and_style",
}


@cache
def whitelisted() -> dict[str, tuple[list[str], set[str]]]:
	"""Dotted path → (all parameters, those without a default) of every whitelisted function of the framework.

	Read from the source: a decorator may hide them. Methods of documents are no doors: they ask for the document.
	"""
	root = Path(frappe.__file__).parent
	found = {}
	for path in sorted(root.rglob("*.py")):
		module = ".".join(("frappe", *path.relative_to(root).with_suffix("").parts)).removesuffix(".__init__")
		source = path.read_text(errors="ignore")
		if "test" in module or "whitelist(" not in source:
			continue
		try:
			loaded = importlib.import_module(module)
		except Exception:
			# Of an optional library that this machine does not have.
			continue
		for node in ast.parse(source).body:
			if isinstance(node, ast.FunctionDef) and getattr(loaded, node.name, None) in frappe.whitelisted:
				found[f"{module}.{node.name}"] = parameters(node.args)
	return found


def parameters(given: ast.arguments) -> tuple[list[str], set[str]]:
	names = [argument.arg for argument in (*given.posonlyargs, *given.args)]
	required = set(names[: len(names) - len(given.defaults)])
	keywords = zip(given.kwonlyargs, given.kw_defaults, strict=True)
	required |= {argument.arg for argument, default in keywords if default is None}
	return names + [argument.arg for argument in given.kwonlyargs], required


TAKES_A_DOCUMENT = {*DOCTYPE_PARAMETERS, *NAME_PARAMETERS, *NAMES_PARAMETERS, *DOCUMENT_PARAMETERS}


def generic_methods() -> dict[str, list[str]]:
	"""Dotted path → the names of its parameters, of each method that can be given a document of any kind."""
	found = {}
	for path, (names, _required) in whitelisted().items():
		if path not in IRRELEVANT and (path in READ_THE_FORM or TAKES_A_DOCUMENT.intersection(names)):
			found[path] = names
	return found


# PostgreSQL repeats in an error the line of SQL in which it has found one, with what the caller has sent.
SQL_OF_CALL = re.compile(r"LINE \d+: .*?(?=\n|\\n|$)")


class World:
	"""A lead that `rep` may not see, and records that tell of it; everything that may not come out says SECRET."""

	def __init__(self):
		self.rep = make_user("Sales User", "Inbox User", email="rep@doors.example.com")
		self.owner = make_user("Sales User", email="owner@doors.example.com")
		self.lead = make_lead(
			company_name=f"{SECRET} Ltd",
			job_title=f"{SECRET} job",
			description=f"{SECRET} text",
			lost_note=f"{SECRET} note",
			email=f"{SECRET.lower()}@example.com",
			phone="+49 30 1234567",
			lead_owner=self.owner,
		)
		self.lead.job_title = f"{SECRET} second job"
		self.lead.save()
		self.lead.add_tag(f"{SECRET}tag")
		assign_to.add(
			{"assign_to": [self.owner], "doctype": LEAD, "name": self.lead.name, "description": SECRET}
		)
		frappe.share.add(LEAD, self.lead.name, make_user("Sales User", email="third@doors.example.com"))
		self.records = dict(self.make_records())

	def make_records(self):
		name = self.lead.name
		for doctype, values in {
			"ToDo": {"description": SECRET, "allocated_to": self.owner},
			"Comment": {"comment_type": "Comment", "content": SECRET},
			"Communication": {
				"communication_type": "Communication",
				"communication_medium": "Phone",
				"subject": SECRET,
				"content": SECRET,
			},
			"Version": {"data": json.dumps({"changed": [["job_title", SECRET, "x"]]})},
			"File": {"file_name": f"{SECRET}.txt", "content": SECRET, "is_private": 1},
			"Document Follow": {"user": self.owner},
			"Notification Log": {"subject": SECRET, "for_user": self.owner, "type": "Alert"},
			"Activity Log": {"subject": SECRET},
			"View Log": {"viewed_by": self.owner},
		}.items():
			type_field, name_field = REFERENCES[doctype]
			record = frappe.get_doc({"doctype": doctype, type_field: LEAD, name_field: name} | values)
			yield doctype, record.insert(ignore_permissions=True)
		link = {"link_doctype": LEAD, "link_name": name}
		yield (
			"Contact",
			frappe.get_doc({"doctype": "Contact", "first_name": "Door", "links": [link]}).insert(),
		)
		address = {"address_title": "Door", "address_line1": "1", "city": "Town", "country": "Germany"}
		yield "Address", frappe.get_doc({"doctype": "Address", "links": [link]} | address).insert()
		participant = {"reference_doctype": LEAD, "reference_docname": name}
		event = {"subject": "Door", "event_type": "Public", "starts_on": frappe.utils.now()}
		yield (
			"Event",
			frappe.get_doc({"doctype": "Event", "event_participants": [participant]} | event).insert(),
		)
		yield "Tag Link", frappe.get_doc("Tag Link", {"document_name": name})
		yield "DocShare", frappe.get_doc("DocShare", {"share_name": name})
		yield STATUS_LOG, frappe.get_doc(STATUS_LOG, {"lead": name})
		step = {"lead": name, "activity_type": "Call", "subject": SECRET, "due_on": "2031-02-03"}
		yield ACTIVITY, frappe.get_doc({"doctype": ACTIVITY} | step).insert()
		if frappe.db.exists("DocType", "Opportunity"):
			yield "Opportunity", make_opportunity(self.lead)

	def stored(self) -> str:
		"""The lead as the database has it."""
		lead = frappe.db.sql(f"select * from `tab{LEAD}` where name = %s", self.lead.name, as_dict=True)
		return frappe.as_json(lead)

	def row(self) -> str:
		"""The same with its rows, its shares, and how many records name it."""
		name = self.lead.name
		shares = frappe.get_all("DocShare", {"share_name": name}, ["user", "read", "write"], order_by="user")
		rows = frappe.get_all("Contact Email", {"parent": name}, ["email_id"], order_by="idx")
		numbers = [
			frappe.db.count(doctype, {REFERENCES[doctype][1]: name})
			for doctype in ("File", "Comment", "Communication", "ToDo", "Document Follow", "Tag Link")
		]
		return self.stored() + frappe.as_json([shares, rows, numbers])


@pytest.fixture
def world(clean_transaction, monkeypatch):
	world = World()
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	rollback = frappe.db.rollback
	# A method that commits would keep what the test has made, one that enqueues would reach the worker.
	monkeypatch.setattr(frappe.db, "commit", lambda *_args, **_options: None)
	monkeypatch.setattr(
		frappe.db,
		"rollback",
		lambda *_args, **options: rollback(save_point=options.get("save_point") or "door"),
	)
	monkeypatch.setattr("frappe.utils.background_jobs.enqueue", lambda *_args, **_options: None)
	yield world
	monkeypatch.undo()


class Call:
	"""One request of `rep`, which leaves nothing behind: the text of its answer, its error, and the lead after it."""

	def __init__(self, world: World, path: str, form: dict, whole: bool = True):
		self.form = form
		frappe.db.savepoint("door")
		self.text, self.error = web_calls.call(world.rep, path, form)
		look = world.row if whole else world.stored
		try:
			self.changed = look()
		except frappe.db.InternalError:
			# PostgreSQL answers nothing after an error of its own, with which a request would end.
			frappe.db.sql("rollback to savepoint door")
			self.changed = look()
		frappe.db.sql("rollback to savepoint door")
		frappe.db.value_cache.clear()


def form_for(names: list[str], doctype: str, name: str, document: dict) -> dict:
	"""Values for the parameters that are called so; all of them for a method that reads the whole form."""
	wanted = names or [*DOCTYPE_PARAMETERS, *NAME_PARAMETERS, *NAMES_PARAMETERS, "fields", "filters"]
	known = dict.fromkeys(DOCTYPE_PARAMETERS, doctype) | dict.fromkeys(NAME_PARAMETERS, name)
	known |= dict.fromkeys(NAMES_PARAMETERS, json.dumps([name])) | dict.fromkeys(
		DOCUMENT_PARAMETERS, json.dumps(document, default=str)
	)
	form = {key: value for key, value in (VALUES | known).items() if key in wanted}
	if not names:
		form["fields"] = json.dumps(["*"])
	return {
		key: json.dumps(value) if isinstance(value, list | dict) else value for key, value in form.items()
	}


def test_every_method_that_takes_a_document_is_known():
	"""What this test passes is what the method asks for."""
	known = TAKES_A_DOCUMENT | VALUES.keys()
	unknown = {}
	for path in generic_methods():
		_names, required = whitelisted()[path]
		if missing := required - known:
			unknown[path] = missing
	assert not unknown, "say in VALUES what to pass, or in IRRELEVANT why it is not to be called"
	assert set(READ_THE_FORM) <= set(generic_methods())


def test_no_method_tells_of_a_hidden_lead_or_changes_it(world):
	"""P10: all methods, with the lead itself."""
	before, told, changed = world.row(), {}, {}
	document = frappe.get_doc(LEAD, world.lead.name).as_dict() | {"job_title": "By the door"}
	# The sender of a document knows what he sends.
	document = {key: value for key, value in document.items() if SECRET.lower() not in str(value).lower()}
	for path, names in generic_methods().items():
		form = form_for(names, LEAD, world.lead.name, document)
		forms = [form, form | {"docs": json.dumps([world.lead.name])}] if "docs" in names else [form]
		for form in forms:
			call = Call(world, path, form)
			if leaks(call):
				told[path] = call.text[:500]
			if call.changed != before:
				changed[path] = call.changed
	assert not told
	assert not changed


def leaks(call: Call) -> bool:
	"""Whether the answer says what only the lead knows, more often than the request itself does."""
	sent = json.dumps(call.form).lower().count(SECRET.lower())
	return SQL_OF_CALL.sub("", call.text).lower().count(SECRET.lower()) > sent


# Methods that read, list or count whatever they are told to.
READERS = (
	"frappe.client.",
	"frappe.desk.reportview.",
	"frappe.desk.search.",
	"frappe.desk.form.load.",
	"frappe.desk.form.linked_with.",
	"frappe.www.printview.",
)


# A lead follows its documents, whoever may delete one of those: it gets another status, and what follows from that.
FOLLOWED = {(path, "Opportunity") for path in ("frappe.client.delete", "frappe.desk.reportview.delete_items")}
FOLLOWING = {"status", "status_category", "status_changed_on", "probability", "stuck_on"} | {
	"modified",
	"modified_by",
}


def changed_fields(before: str, after: str) -> set[str]:
	"""The fields of the lead that differ; both texts begin with its row as JSON."""
	(was,), (now,) = (json.JSONDecoder().raw_decode(text)[0] for text in (before, after))
	return {fieldname for fieldname in was if was[fieldname] != now.get(fieldname)}


def pairs_of(world: World, readers: bool) -> list[tuple]:
	"""(method, names of its parameters, DocType, record) for the readers, or for all other methods."""
	return [
		(path, names, doctype, record)
		for path, names in generic_methods().items()
		if path.startswith(READERS) == readers
		for doctype, record in world.records.items()
	]


def check_pairs(world: World, pairs: list[tuple]) -> None:
	before, told, changed = world.row(), {}, {}
	for path, names, doctype, record in pairs:
		document = {"doctype": doctype, "name": record.name}
		call = Call(world, path, form_for(names, doctype, record.name, document), whole=False)
		if leaks(call):
			told[path, doctype] = call.text[:500]
		if (path, doctype) in FOLLOWED and changed_fields(before, call.changed) <= FOLLOWING:
			continue
		if call.changed != before[: len(call.changed)]:
			changed[path, doctype] = call.changed[:300]
	assert not told
	assert not changed


def test_no_reader_tells_of_it_by_a_record_that_names_it(world):
	"""P10: what the framework reads and lists of the records that belong to a document."""
	check_pairs(world, pairs_of(world, readers=True))


@pytest.mark.slow
def test_no_other_method_tells_of_it_by_such_a_record(world):
	"""P10: all other methods that take a document, with the same records."""
	check_pairs(world, pairs_of(world, readers=False))


LISTS = {
	"frappe.client.get_list": {},
	"frappe.client.get_value": {"fieldname": "FIELDS"},
	"frappe.desk.reportview.get": {},
	"frappe.desk.reportview.get_list": {},
	"frappe.desk.reportview.get_count": {},
	"frappe.client.get_count": {},
	"frappe.client.get": {},
}


class TestFilesOfHiddenLeads:
	"""A file is known by its name and by its address: neither is a way to what is in it."""

	@pytest.fixture
	def file(self, world, request):
		buffer = io.BytesIO()
		with zipfile.ZipFile(buffer, "w") as archive:
			archive.writestr(f"{SECRET}.txt", SECRET)
		file = self.attach(world.lead.name, buffer.getvalue(), is_private=1)
		request.addfinalizer(lambda: Path(file.get_full_path()).unlink(missing_ok=True))
		return file

	def attach(self, lead: str, content: bytes, **values):
		file = {"doctype": "File", "file_name": "Door offer.zip", "content": content}
		return frappe.get_doc(file | {"attached_to_doctype": LEAD, "attached_to_name": lead} | values).insert(
			ignore_permissions=True
		)

	def refused(self, world, path: str, **form) -> Call:
		call = Call(
			world,
			path,
			{key: value if isinstance(value, str) else json.dumps(value) for key, value in form.items()},
		)
		assert isinstance(call.error, frappe.PermissionError), call.text[:300]
		assert "There is no such file, or you may not see it." in call.text
		return call

	@pytest.mark.parametrize(
		("path", "parameter", "wrap"),
		[
			("frappe.core.api.file.unzip_file", "name", str),
			("frappe.core.api.file.zip_files", "files", lambda name: [name]),
			("frappe.core.api.file.move_file", "file_list", lambda name: [{"name": name}]),
			("frappe.core.doctype.communication.email.make", "attachments", lambda name: [name]),
			("frappe.handler.upload_file", "library_file_name", str),
		],
	)
	def test_its_name_opens_it_by_no_method(self, world, file, path, parameter, wrap):
		needed = {"new_parent": "Home", "old_parent": "Home/Attachments"} if parameter == "file_list" else {}
		self.refused(world, path, **{parameter: wrap(file.name)}, **needed)

	@pytest.mark.parametrize("spelling", ["{}", "/private/files/./{.name}", "/private%2Ffiles/{.name}"])
	def test_its_address_makes_no_record_that_opens_it(self, world, file, spelling):
		address = spelling.format(file.file_url if spelling == "{}" else Path(file.file_url))
		doc = {"doctype": "File", "file_url": address, "is_private": 1}
		self.refused(world, "frappe.client.insert", doc=doc)
		own = self.attach(make_lead(lead_owner=world.rep).name, b"mine", owner=world.rep, is_private=1)
		self.refused(
			world,
			"frappe.client.set_value",
			doctype="File",
			name=own.name,
			fieldname="file_url",
			value=address,
		)

	def test_its_address_in_a_field_makes_no_such_record(self, world, file):
		"""The framework makes a File for the address in a field of a document."""
		form = {"doctype": "User", "name": world.rep, "fieldname": "user_image", "value": file.file_url}
		self.refused(world, "frappe.client.set_value", **form)

	def test_who_sends_the_same_content_keeps_it(self, world, file):
		"""The framework stores it once, so that both records have one address."""
		frappe.set_user(world.rep)
		lead = make_lead(lead_owner=world.rep).name
		own = self.attach(lead, file.get_content(), is_private=1)
		frappe.set_user("Administrator")
		assert own.file_url == file.file_url
		call = Call(
			world,
			"frappe.client.insert",
			{"doc": json.dumps({"doctype": "File", "file_url": own.file_url, "is_private": 1})},
		)
		assert call.error is None

	def test_who_sees_the_lead_uses_its_files(self, world, file):
		world.rep = world.owner
		assert Call(world, "frappe.core.api.file.zip_files", {"files": json.dumps([file.name])}).error is None
		form = {"doc": json.dumps({"doctype": "File", "file_url": file.file_url, "is_private": 1})}
		assert Call(world, "frappe.client.insert", form).error is None


class TestJoinedLeads:
	"""A list of other documents shows nothing that stands in a lead behind a link (frameworks before 16 join it)."""

	FIELD = "pipeline_lead.job_title"

	@pytest.fixture
	def opportunity(self, world):
		if "Opportunity" not in world.records:
			pytest.skip("this site has no Opportunity")
		return world.records["Opportunity"]

	def forms(self, opportunity):
		field, name = self.FIELD, opportunity.name
		secret = f"%{SECRET}%"
		for fields in (
			[field],
			["name", field],
			["name", f"{field} as secret"],
			["name", f"max({field}) as secret"],
			["name", {"MAX": field, "as": "secret"}],
			["name", field.replace(".", ".`") + "`"],
			["name", {"pipeline_lead": ["job_title"]}],
		):
			yield {"fields": json.dumps(fields), "filters": json.dumps({"name": name})}
		yield {"fields": f"name,{field}", "filters": json.dumps({"name": name})}
		yield {"fields": '["name", "pipeline\\u005flead.job_title"]'}
		for filters in (
			{field: ["like", secret]},
			[[field, "like", secret]],
			[["Opportunity", field, "like", secret]],
		):
			yield {"fields": '["name"]', "filters": json.dumps(filters)}
			yield {"fields": '["name"]', "or_filters": json.dumps(filters)}
		yield {"fields": '["name"]', "order_by": f"{field} desc"}
		yield {"fields": '["name"]', "group_by": field}
		yield {
			"fields": json.dumps(["name", field]),
			"filters": json.dumps([["`tabPipeline Lead_1`.`job_title`", "like", secret]]),
		}
		yield {"fields": json.dumps(["name", "`tabPipeline Lead`.`job_title`"])}

	def test_nothing_comes_out_and_nothing_can_be_asked(self, world, opportunity):
		told, answered = {}, {}
		for path, form in itertools.product(LISTS, self.forms(opportunity)):
			form = {"doctype": "Opportunity", **form}
			if "FIELDS" in LISTS[path].values():
				form["fieldname"] = form.pop("fields")
			call = Call(world, path, form)
			if leaks(call):
				told[path, str(form)] = call.text[:300]
			asked = any(
				self.FIELD in str(form.get(key) or "") for key in ("filters", "or_filters", "order_by")
			)
			if asked and path in ("frappe.client.get_list", "frappe.desk.reportview.get") and not call.error:
				answered[path, str(form)] = call.text[:300]
		assert not told
		assert not answered, "which rows match, or in which order, answers questions about the lead"

	def test_a_column_is_left_out_and_the_rest_of_the_list_comes(self, world, opportunity):
		form = {
			"doctype": "Opportunity",
			"fields": json.dumps(["name", f"{self.FIELD} as pipeline_lead_job_title"]),
			"filters": json.dumps({"name": opportunity.name}),
		}
		call = Call(world, "frappe.desk.reportview.get", form)
		assert call.error is None
		assert opportunity.name in call.text

	def test_who_sees_all_leads_sees_the_column(self, world, opportunity):
		world.rep = make_user("Sales Manager", email="manager@doors.example.com")
		form = {"doctype": "Opportunity", "fields": json.dumps(["name", self.FIELD])}
		call = Call(world, "frappe.client.get_list", form)
		assert f"{SECRET} second job" in call.text

	def test_a_stored_report_is_looked_at_too(self, world, opportunity):
		report = frappe.get_doc(
			{
				"doctype": "Report",
				"report_name": "Doors",
				"ref_doctype": "Opportunity",
				"report_type": "Report Builder",
				"is_standard": "No",
				"json": json.dumps({"columns": [["name", "Opportunity"], [self.FIELD, "Opportunity"]]}),
			}
		).insert()
		call = Call(world, "frappe.desk.query_report.run", {"report_name": report.name, "filters": "{}"})
		assert isinstance(call.error, frappe.PermissionError)
		assert SECRET not in call.text

	def test_columns_that_are_added_to_a_report_show_no_lead(self, world, opportunity):
		report = frappe.get_doc(
			{
				"doctype": "Report",
				"report_name": "Doors with Leads",
				"ref_doctype": "Opportunity",
				"report_type": "Query Report",
				"is_standard": "No",
				"query": "select name, pipeline_lead from `tabOpportunity`",
				"columns": [
					{"fieldname": "name", "label": "Name", "fieldtype": "Data"},
					{"fieldname": "pipeline_lead", "label": "Lead", "fieldtype": "Data"},
				],
				"roles": [{"role": "Sales User"}],
			}
		).insert()
		link = {"fieldname": "pipeline_lead", "names": [world.lead.name]}
		column = {"doctype": LEAD, "fieldname": "job_title", "label": "Job", "link_field": link}
		for link_field in (link, "pipeline_lead"):
			form = {
				"report_name": report.name,
				"filters": "{}",
				"custom_columns": json.dumps([column | {"link_field": link_field}]),
			}
			call = Call(world, "frappe.desk.query_report.run", form)
			assert SECRET not in call.text
		call = Call(world, "frappe.desk.query_report.run", {"report_name": report.name, "filters": "{}"})
		assert call.error is None
		assert opportunity.name in call.text


def test_who_may_write_records_can_name_no_hidden_lead_in_them(world):
	"""P10: every DocType that can name a document, as far as the user may make such records at all."""
	before, answered, told = world.row(), [], {}
	for doctype, record in world.records.items():
		values = {key: value for key, value in record.as_dict().items() if key != "name"}
		for row in [values, *itertools.chain(*(v for v in values.values() if isinstance(v, list)))]:
			for key in ("name", "parent", "link_title", "creation", "modified", "owner"):
				row.pop(key, None)
		text = json.dumps(values, default=str).replace(SECRET, "Door")
		call = Call(world, "frappe.client.insert", {"doc": text})
		if leaks(call):
			told[doctype] = call.text[:300]
		if call.error is None and doctype != "Opportunity":
			answered.append(doctype)
		assert call.changed == before, doctype
	assert not told
	assert not answered


@pytest.fixture(autouse=True)
def forget_settings():
	yield
	site.start_over()
