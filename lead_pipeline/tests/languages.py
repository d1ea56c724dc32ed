"""Texts that a screen in another language must not show.

These are texts of the app that appear there in English.
"""

import re
from functools import cache
from pathlib import Path

import pytest

LOCALE = Path(__file__).parents[1] / "locale"
LANGUAGES = ("de", "fr")
PLACE = re.compile(r"\\\{\d*\\\}")

# The texts that a user sees on the page or in the dialog in front, hears from a screen reader, or sees in an empty field.
VISIBLE = """() => {
	const found = new Set();
	const add = (text) => found.add((text || "").replace(/\\s+/g, " ").trim());
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const element = walker.currentNode.parentElement;
		// What the framework notes of a change names the records as they are called in the database; so do, on Frappe 16, the
		// breadcrumb and the sidebar of a form, for settings, too. Its own button of filters is not translated everywhere.
		const names = ".timeline-item:not([data-doctype]), .title-text-form, .form-title-text";
		const others = `script, style, noscript, .filter-selector, ${names}`;
		if (element.closest(others) || !element.getClientRects().length) continue;
		add(walker.currentNode.textContent);
	}
	for (const element of document.querySelectorAll("[title], [placeholder], [aria-label]")) {
		if (!element.getClientRects().length) continue;
		for (const name of ["title", "placeholder", "aria-label"]) add(element.getAttribute(name));
	}
	return [...found].filter(Boolean);
}"""


class English:
	"""The texts of the app that are other ones in `language`."""

	def __init__(self, language: str):
		babel = pytest.importorskip("babel.messages.pofile")
		with (LOCALE / f"{language}.po").open("rb") as file:
			catalog = babel.read_po(file, locale=language)
		# What has a context is another word than the same one without, such as a button of the framework's.
		ours = [message for message in catalog if message.id and not message.context]
		differ = [message for message in ours if message.string not in ("", message.id)]
		# A text that is a translation, too, says nothing ("Status", "Normal").
		translations = {message.string for message in catalog if message.id}
		self.exact = {message.id for message in differ} - translations
		patterns = [message.id for message in differ if "{" in message.id and len(words(message.id)) > 1]
		self.patterns = [re.compile(PLACE.sub(".+?", re.escape(text))) for text in patterns]

	def among(self, texts: list[str]) -> list[str]:
		"""Those of `texts` that are English."""
		found = [re.sub(r"\s+", " ", text).strip() for text in texts]
		return sorted(
			text
			for text in set(found)
			if text in self.exact or any(pattern.fullmatch(text) for pattern in self.patterns)
		)


def words(text: str) -> list[str]:
	return re.findall(r"[A-Za-z]{3,}", re.sub(r"\{\w*\}", "", text))


@cache
def english(language: str) -> English:
	return English(language)
