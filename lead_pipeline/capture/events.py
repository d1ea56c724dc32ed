"""What the framework calls when a mail or a call was written down."""

from frappe.model.document import Document

from lead_pipeline.activities.communications import SPOKEN
from lead_pipeline.capture import calls
from lead_pipeline.capture.mail import attachments
from lead_pipeline.constants import LEAD


def on_change(communication: Document, method: str | None = None) -> None:
	"""Hook: a Communication was made or saved."""
	if communication.flags.in_receive and communication.reference_doctype == LEAD:
		# The receiver saves a mail once more when it has its files.
		attachments.attach_files(communication, communication.reference_name)
	if communication.communication_medium == SPOKEN and not communication.get_doc_before_save():
		calls.tell_people(communication)
