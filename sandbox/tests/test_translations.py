"""German and French are complete, fit their sources and agree in both formats.

The formats are the two that Frappe reads.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lead_pipeline.setup import seed_texts
from sandbox import translations

babel = pytest.importorskip("babel.messages.pofile")

# Folders with records of which the app itself finds the texts.
RECORDS = {"notification", "form_tour", "workspace_sidebar"}
LOCALE = translations.APP / "locale"
PLACEHOLDER = re.compile(r"\{\d*\}|</?\w[^>]*>|\n")


def catalog(name: str):
	with (LOCALE / name).open("rb") as file:
		return babel.read_po(file)


def messages(name: str) -> dict[tuple[str, str | None], object]:
	return {(message.id, message.context): message for message in catalog(name) if message.id}


def texts_in_code(path: Path, method: str, keyword: str) -> Iterator[str]:
	extract = pytest.importorskip("babel.messages.extract")
	with path.open("rb") as file:
		for _line, found, *_rest in extract.extract(
			method, file, keywords={keyword: None}, options={"parse_template_string": True}
		):
			text = found[0] if isinstance(found, tuple) else found
			if text:
				yield text


def texts_in_sources() -> dict[str, set[str]]:
	"""Return the translatable texts of each file of the app.

	File → what it hands to the translation: Python, scripts, fields of DocTypes, and records that come with the
	app.
	"""
	found = {}
	for path in sorted(translations.APP.rglob("*.*")):
		if "tests" in path.parts or path.name == "seed_texts.py":
			continue
		if path.suffix == ".py":
			found[path] = set(texts_in_code(path, "python", "_"))
		elif path.suffix == ".js":
			found[path] = set(texts_in_code(path, "javascript", "__"))
		elif path.suffix == ".json" and "doctype" in path.parts:
			fields = json.loads(path.read_text(encoding="utf-8")).get("fields", ())
			texts = (field.get(part) for field in fields for part in ("label", "description"))
			found[path] = {text for text in texts if text}
		elif path.suffix == ".json" and RECORDS & set(path.parts):
			texts = seed_texts.record_texts(json.loads(path.read_text(encoding="utf-8")))
			found[path] = {text for text in texts if text}
	return {str(path.relative_to(translations.APP.parent)): texts for path, texts in found.items()}


def test_no_text_is_handed_over_inside_an_f_string():
	"""No translatable text stands inside an f-string.

	Before Python 3.12 the framework's command does not find it there, and it stays untranslated.
	"""
	found = [
		f"{path.relative_to(translations.APP.parent)}:{call.lineno}"
		for path in sorted(translations.APP.rglob("*.py"))
		for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
		if isinstance(text, ast.JoinedStr)
		for call in ast.walk(text)
		if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_"
		if isinstance(call.args[0], ast.Constant)
	]
	assert found == []


def test_the_template_has_every_text_of_the_sources_and_no_older_one():
	"""The template has every text of the sources and no outdated one.

	When this fails: make the template anew, then the languages, as CONTRIBUTING says.
	"""
	sources = texts_in_sources()
	template = messages("main.pot")
	known = {text for text, _context in template}
	missing = {path: texts - known for path, texts in sources.items() if texts - known}
	assert missing == {}
	stale = {
		text
		for (text, _context), message in template.items()
		for path, _line in message.locations
		if path.endswith((".py", ".js")) and "setup/" not in path and text not in sources.get(path, ())
	}
	# The framework's own pattern also takes the texts of its hooks, such as the title of the app's tile.
	hooks = (translations.APP / "hooks.py").read_text(encoding="utf-8")
	assert {text for text in stale if text not in hooks} == set()


def test_there_are_the_promised_languages():
	assert translations.languages() == ["de", "fr"]


@pytest.mark.parametrize("language", translations.languages())
class TestLanguage:
	def test_every_text_is_translated_and_no_other(self, language):
		translated = messages(f"{language}.po")
		assert set(translated) == set(messages("main.pot"))
		assert [message.id for message in translated.values() if not message.string or message.fuzzy] == []

	def test_what_stands_in_place_of_values_is_kept(self, language):
		for message in messages(f"{language}.po").values():
			source, translation = (sorted(PLACEHOLDER.findall(text)) for text in (message.id, message.string))
			assert translation == source, message.id
			assert message.id.endswith(" ") == message.string.endswith(" "), message.id

	def test_early_versions_of_frappe_get_the_same(self, language):
		written = (LOCALE.parent / "translations" / f"{language}.csv").read_text(encoding="utf-8")
		assert written == translations.as_csv(language)
