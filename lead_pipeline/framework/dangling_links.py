"""Save documents whose lead no longer exists.

A sale must not fail because of a lead. Frappe refuses to save a document with a link to a missing record,
before any hook runs. On Frappe 15 a field that is fetched through the link prevents that
(`setup/custom_fields.LEAD_FOUND_FIELD`); Frappe 16 refuses in spite of it, but lets an app extend the class of
a DocType (hook `extend_doctype_class`, which 15 does not know). Relies on `BaseDocument.get_invalid_links`,
which both have.
"""

from lead_pipeline.constants import LEAD_LINK


class DocumentOfLead:
	"""Extension of the controllers of documents, and their rows, that link to a lead."""

	def get_invalid_links(self, is_submittable: bool = False) -> tuple[list, list]:
		"""Return the invalid links without those to a lead.

		The document keeps the name of a missing lead until the hourly repair removes it.
		"""
		lead = self.get(LEAD_LINK)
		invalid, cancelled = super().get_invalid_links(is_submittable)
		if any(fieldname == LEAD_LINK for fieldname, *_rest in invalid):
			self.set(LEAD_LINK, lead)
		return [link for link in invalid if link[0] != LEAD_LINK], cancelled
