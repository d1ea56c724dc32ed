"""End the indexes of the board with the name of the lead on PostgreSQL.

Pages are read in its order. `setup.apply` makes the indexes anew after every migrate. On MariaDB an index has the
name anyhow.
"""

import frappe

from lead_pipeline.setup.indexes import INDEXES, drop_index


def execute() -> None:
	if frappe.db.db_type != "postgres":
		return
	for name, (doctype, columns) in INDEXES.items():
		if columns[-1] == "name":
			drop_index(doctype, name)
