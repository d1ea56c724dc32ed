"""Read a file with leads from any program, by the reader for its kind."""

import os
from collections.abc import Callable
from typing import TypeVar

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils.xlsxutils import read_xls_file_from_attached_file

from lead_pipeline.capture.importing.file_limits import (
	HEADING_ROWS,
	MAX_ROWS,
	Rows,
	is_filled,
	refuse_many,
	throw_invalid_file,
)
from lead_pipeline.capture.importing.text_files import read_csv
from lead_pipeline.capture.importing.workbooks import read_ods, read_xlsx, refuse_unpacked, unpacked_size
from lead_pipeline.framework.file_content import read_bytes

EXTENSIONS = (".xlsx", ".xls", ".ods", ".csv", ".tsv", ".txt")

# A file of more bytes, as unpacked, is no work for a request.
LARGE = 4 * 1024 * 1024

Result = TypeVar("Result")


def read_file(file_url: str, encoding: str | None = None) -> Rows:
	"""Return the rows of the file's first sheet; empty cells are None.

	`encoding`: of a text file, when a person has said it.

	Raises InvalidFileError for what is no table, and PermissionError when the user may not see the file.
	"""
	extension, content = opened(file_url)
	readers = {".xlsx": read_xlsx, ".xls": read_xls_file_from_attached_file, ".ods": read_ods}
	reader = readers.get(extension, lambda content: read_csv(content, encoding))
	rows = or_invalid_file(lambda: reader(content))
	if sum(map(is_filled, rows)) > MAX_ROWS + 1:
		refuse_many()
	while rows and not is_filled(rows[-1]):
		rows.pop()
	return rows


def first_rows(file_url: str, encoding: str | None = None) -> Rows:
	"""Return the first rows of the file, among which its headings are.

	Raises as `read_file`. Nothing of a large file is read.
	"""
	return [] if is_large(file_url) else read_file(file_url, encoding)[:HEADING_ROWS]


def is_large(file_url: str) -> bool:
	"""Return whether to read the file takes longer than somebody waits for a request.

	Raises as `read_file`, as far as that is seen.
	"""
	extension, content = opened(file_url)
	if extension in (".xlsx", ".ods"):
		or_invalid_file(lambda: refuse_unpacked(content))
		return or_invalid_file(lambda: unpacked_size(content)) > LARGE
	return len(content) > LARGE


def opened(file_url: str) -> tuple[str, bytes]:
	"""Return the kind of the file, by the end of its name, and what is in it."""
	file = file_at(file_url)
	extension = os.path.splitext(file.file_name or file_url)[1].lower()
	if extension not in EXTENSIONS:
		throw_invalid_file(_("Only files of these kinds can be imported: {0}.").format(", ".join(EXTENSIONS)))
	return extension, read_bytes(file)


def or_invalid_file(work: Callable[[], Result]) -> Result:
	"""Do `work`; raises InvalidFileError for whatever is wrong with the file."""
	try:
		return work()
	except frappe.ValidationError:
		raise
	except Exception:
		# What the readers of spreadsheets raise for a broken file has no common class; the log of errors has it.
		frappe.log_error(_("A file with leads could not be read"))
		throw_invalid_file(
			_(
				"This file cannot be read. Open it in your spreadsheet program, save it as .xlsx, and choose it again."
			)
		)


def file_at(file_url: str) -> Document:
	"""Return the File with this address that the user may see.

	Raises PermissionError when there is none.

	Users who upload the same content get the same address: several people can have a File there.
	"""
	# The right to each of them is asked below.
	for name in frappe.get_all("File", {"file_url": file_url}, pluck="name", order_by="creation asc"):
		file = frappe.get_doc("File", name)
		if file.has_permission("read"):
			return file
	return throw_invalid_file(
		_("The file {0} is not there, or you may not see it. Choose it again.").format(
			frappe.bold(frappe.utils.escape_html(file_url))
		),
		frappe.PermissionError,
	)
