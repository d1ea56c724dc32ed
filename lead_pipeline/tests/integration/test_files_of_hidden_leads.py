"""Files of a hidden lead cannot be read by their name or address (promise P10)."""

import io
import json
import zipfile
from pathlib import Path

import frappe
import pytest

from lead_pipeline.constants import LEAD
from lead_pipeline.tests.factories import make_lead
from lead_pipeline.tests.framework_methods import SECRET
from lead_pipeline.tests.hidden_lead import Call, hidden_lead


@pytest.fixture
def world(clean_transaction):
	with hidden_lead() as world:
		yield world


class TestFilesOfHiddenLeads:
	"""Files of a hidden lead cannot be read by their name or address."""

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
