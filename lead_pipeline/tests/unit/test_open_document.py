from datetime import date

import pytest

from lead_pipeline.capture.importing import open_document
from lead_pipeline.tests.open_documents import FORMATTED, cell, row, spreadsheet


def test_the_rows_are_those_that_people_see():
	content = spreadsheet(
		row(),
		row(cell(None), cell("Last Name"), cell("Next Contact On"), cell("Expected Revenue")),
		row(cell(None), cell("Doe"), cell(date(2027, 10, 15)), cell(1234.5)),
		row(cell(None, columns=3), cell("#N/A"), rows=2),
		FORMATTED,
	)
	assert list(open_document.sheet_rows(content)) == [
		["", "", "", ""],
		["", "Last Name", "Next Contact On", "Expected Revenue"],
		["", "Doe", date(2027, 10, 15), 1234.5],
		["", "", "", "#N/A"],
		["", "", "", "#N/A"],
	]


@pytest.mark.parametrize(
	("rows", "size"),
	[
		((row(cell("a"), cell("b")), row(cell("c")), FORMATTED), (2, 2, 4)),
		((row(cell("a", columns=300)),), (300, 1, 300)),
		((row(cell("a"), rows=1_000_000),), (1, 1_000_000, 1_000_000)),
		(
			(row(cell("a"), rows=20_000), row(cell(None, columns=16_000), cell("b"))),
			(16_001, 20_001, 320_036_001),
		),
		((row(cell(None, columns=5).replace("/>", "><text:p/></table:table-cell>")),), (5, 1, 5)),
	],
	ids=["formatted columns", "a wide cell", "a tall row", "a far corner", "a cell with a text and no type"],
)
def test_the_size_is_known_before_anything_is_kept(rows, size):
	found = open_document.Size(spreadsheet(*rows))
	assert (found.width, found.height, found.cells) == size


def test_entities_are_not_expanded():
	with pytest.raises(ValueError, match="declares no types"):
		open_document.Size(spreadsheet(before='<!DOCTYPE a [<!ENTITY b "c">]>'))
