"""German and French are complete, fit their sources, and say the same in both forms that Frappe reads."""

import re

import pytest

from sandbox import translations

babel = pytest.importorskip("babel.messages.pofile")

LOCALE = translations.APP / "locale"
PLACEHOLDER = re.compile(r"\{\d*\}|</?\w[^>]*>|\n")


def catalog(name: str):
	with (LOCALE / name).open("rb") as file:
		return babel.read_po(file)


def messages(name: str) -> dict[tuple[str, str | None], object]:
	return {(message.id, message.context): message for message in catalog(name) if message.id}


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
