"""Spreadsheets as LibreOffice writes them (.ods)."""

import io
import zipfile

SPACES = " ".join(
	f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
	for prefix in ("office", "table", "text")
)
# What stands below and beside the cells of a sheet whose columns were formatted.
FORMATTED = (
	'<table:table-row table:number-rows-repeated="1048000">'
	'<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
)


def cell(value: object, **repeated: int) -> str:
	if value is None:
		return f"<table:table-cell{times(repeated)}/>"
	if isinstance(value, float):
		kind = f'office:value-type="float" office:value="{value}"'
	elif isinstance(value, str):
		kind = 'office:value-type="string"'
	else:
		kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
	return f"<table:table-cell {kind}{times(repeated)}><text:p>{value}</text:p></table:table-cell>"


def row(*cells: str, **repeated: int) -> str:
	return f"<table:table-row{times(repeated)}>{''.join(cells)}</table:table-row>"


def times(repeated: dict[str, int]) -> str:
	return "".join(f' table:number-{kind}-repeated="{number}"' for kind, number in repeated.items())


def spreadsheet(*rows: str, before: str = "") -> bytes:
	table = f'<table:table table:name="Leads">{"".join(rows)}</table:table>'
	body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
	text = f"<?xml version='1.0'?>{before}<office:document-content {SPACES}>{body}</office:document-content>"
	out = io.BytesIO()
	with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
		archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
		archive.writestr("META-INF/manifest.xml", "<manifest/>")
		archive.writestr("content.xml", text)
	return out.getvalue()
