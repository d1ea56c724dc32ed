"""The tests of the app.

Frappe's own runner imports every file here, so all of it says at once what is missing.
"""

try:
	import pytest  # noqa: F401
except ModuleNotFoundError:
	raise SystemExit(
		"The tests of lead_pipeline need pytest and more: run `bench setup requirements --dev lead_pipeline`."
	) from None
