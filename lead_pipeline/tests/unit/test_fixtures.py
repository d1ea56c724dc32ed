"""What `bench export-fixtures` has written is what the app means by it now."""

import json
from pathlib import Path

from lead_pipeline import hooks
from lead_pipeline.constants import INBOX_FIELD, INBOX_VALUES, MODULE
from lead_pipeline.setup.custom_fields import CALL_LOG_FIELD

FIXTURES = Path(hooks.__file__).parent / "fixtures"
FIELDS = json.loads((FIXTURES / "custom_field.json").read_text())


def test_the_hook_names_all_that_is_there():
	assert [path.name for path in FIXTURES.iterdir()] == ["custom_field.json"]
	((fixture,), names) = hooks.fixtures, [field["name"] for field in FIELDS]
	assert fixture == {"dt": "Custom Field", "filters": [["name", "in", names]]}


def test_mails_and_calls_have_the_same_field():
	(field,) = FIELDS
	assert (field["dt"], field["fieldname"], field["module"]) == ("Communication", INBOX_FIELD, MODULE)
	assert field["options"] == "\n".join(("", *INBOX_VALUES))
	wanted = {key: value for key, value in CALL_LOG_FIELD.items() if key != "insert_after"}
	assert {key: field[key] for key in wanted} == wanted
