"""A document whose lead is gone is saved all the same: a sale must not fail because of a lead.

Frappe refuses to save a document with a link to nothing, before any hook runs. On Frappe 15 a field that is fetched
through the link keeps it from that (`setup/custom_fields.LEAD_FOUND_FIELD`); Frappe 16 refuses in spite of it, but lets
an app extend the class of a DocType (hook `extend_doctype_class`, which 15 does not know). Stands on
`BaseDocument.get_invalid_links`, which both have.
"""

from lead_pipeline.constants import LEAD_LINK


class DocumentOfLead:
	"""Extends the controllers of documents, and of their rows, that have a link to a lead."""

	def get_invalid_links(self, is_submittable: bool = False) -> tuple[list, list]:
		"""Leave out the link to a lead; a lead that is gone stays named until the hourly repair takes it out."""
		lead = self.get(LEAD_LINK)
		invalid, cancelled = super().get_invalid_links(is_submittable)
		if any(fieldname == LEAD_LINK for fieldname, *_rest in invalid):
			self.set(LEAD_LINK, lead)
		return [link for link in invalid if link[0] != LEAD_LINK], cancelled
