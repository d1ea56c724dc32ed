"""Write translations/*.csv from locale/*.po: `python -m sandbox.translations`.

Needs Babel. Early versions of Frappe 15 read the CSV files only; later ones compile the .po files with `bench
build`.
"""

import csv
import io
from pathlib import Path

from babel.messages.pofile import read_po

APP = Path(__file__).parents[1] / "lead_pipeline"


def rows(language: str) -> list[list[str]]:
	"""Return source, translation and context of every message of `language`.

	In the order of the .po file.
	"""
	with (APP / "locale" / f"{language}.po").open("rb") as file:
		catalog = read_po(file, locale=language)
	messages = [message for message in catalog if message.id and message.string]
	return [
		[message.id, message.string, message.context] if message.context else [message.id, message.string]
		for message in messages
	]


def as_csv(language: str) -> str:
	"""Return the text of the CSV file of `language`."""
	text = io.StringIO()
	csv.writer(text, lineterminator="\n").writerows(rows(language))
	return text.getvalue()


def languages() -> list[str]:
	return sorted(path.stem for path in (APP / "locale").glob("*.po"))


if __name__ == "__main__":
	for language in languages():
		(APP / "translations" / f"{language}.csv").write_text(as_csv(language), encoding="utf-8")
