"""On PostgreSQL, the indexes of the board get the name of the lead as their last column, in which its pages are read.

`setup.apply` makes them anew after every migrate. On MariaDB an index has it anyhow.
"""

import frappe

from lead_pipeline.setup.indexes import INDEXES, drop_index


def execute() -> None:
	if frappe.db.db_type != "postgres":
		return
	for name, (doctype, columns) in INDEXES.items():
		if columns[-1] == "name":
			drop_index(doctype, name)
