"""The manuals explain every setting, and their links lead somewhere.

The files and sections that they name exist. The README is short.
"""

import json
import re
from pathlib import Path

import pytest

APP = Path(__file__).parents[2]
ROOT = APP.parent
SETTINGS = APP / "lead_pipeline" / "doctype" / "lead_pipeline_settings" / "lead_pipeline_settings.json"
PAGES = sorted(
	[*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("sandbox/*.md"), *APP.rglob("README.md")]
)

# An installed app has no docs; the repository has.
pytestmark = pytest.mark.skipif(not (ROOT / "docs").exists(), reason="needs the repository")


def test_every_setting_is_explained():
	manual = (ROOT / "docs" / "admin.md").read_text()
	fields = json.loads(SETTINGS.read_text())["fields"]
	labels = [field["label"] for field in fields if field.get("label") and not field.get("hidden")]
	headings = ("Tab Break", "Section Break")
	headed = {field.get("label") for field in fields if field["fieldtype"] in headings}
	assert [label for label in labels if label not in headed and label not in manual] == []


def test_the_readme_is_short():
	assert len((ROOT / "README.md").read_text().split()) < 900


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_points_to_is_there(page: Path):
	text = page.read_text()
	links = re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", text)
	missing = []
	for path, heading in links:
		target = (page.parent / path).resolve() if path else page
		if not target.exists() or (heading and heading not in anchors(target)):
			missing.append(f"{path}#{heading}" if heading else path)
	assert missing == []


ROOMS = sorted(page.parent for page in APP.glob("*/README.md"))


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_the_readme_of_a_room_names_all_of_its_files(room: Path):
	text = (room / "README.md").read_text()
	files = {file.name for file in room.rglob("*.py")} - {"__init__.py"}
	assert [name for name in sorted(files) if f"`{name}`" not in text and f"[{name}]" not in text] == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_what_the_readme_of_a_room_names_in_a_module_is_there(room: Path):
	"""`module.name`, of a module of the room or of one at a path from the app's root."""
	missing = []
	for path, name in re.findall(r"((?:\w+/)*\w+)\.(\w+)", (room / "README.md").read_text()):
		found = [APP / f"{path}.py"] if "/" in path else sorted(room.rglob(f"{path}.py"))
		if name in ("py", "md") or not any(file.exists() for file in found):
			continue
		defined = re.compile(rf"^\s*(?:def|class) {name}\b|^{name}\b.* = ", re.MULTILINE)
		if not any(defined.search(file.read_text()) for file in found):
			missing.append(f"{path}.{name}")
	assert missing == []


def anchors(page: Path) -> set[str]:
	"""Return the names by which the headings of a page can be linked to."""
	headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
	return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
