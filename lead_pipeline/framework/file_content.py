"""What is in a File, byte by byte.

`File.get_content` of Frappe 15 decodes UTF-8 and nothing else, which encoding undoes. That of 16 also takes what is no UTF-8
for Windows-1250 or -1252, whatever it is, unless it is told to try no encoding.
"""

import inspect

from frappe.model.document import Document


def read_bytes(file: Document) -> bytes:
	"""Return the content of `file` as it was uploaded.

	Works wherever the site keeps its files.
	"""
	guesses = "encodings" in inspect.signature(file.get_content).parameters
	content = file.get_content(encodings=[]) if guesses else file.get_content()
	return content.encode() if isinstance(content, str) else content
