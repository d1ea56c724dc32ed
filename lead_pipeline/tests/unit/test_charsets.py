"""In which characters a file is written, without a site: known for sure, or asked."""

import pytest

from lead_pipeline.domain import charsets


@pytest.mark.parametrize(
	("text", "written", "known"),
	[
		("Vorname,Nachname\nJürgen,Groß\n", "windows-1252", "windows-1252"),
		("Name,Betrag\nA,“5 €”\n", "windows-1252", "windows-1252"),
		("Name\nJürgen\n", "utf-8", "utf-8-sig"),
		("Name\nJürgen\n", "utf-16", "utf-16"),
		("Name\nJürgen\n", "utf-16-le", "utf-16-le"),
		("Name\nJürgen\n", "utf-16-be", "utf-16-be"),
		("Name\nJane\n", "ascii", "utf-8-sig"),
		("Имя\nПётр\n", "windows-1251", None),  # noqa: RUF001
		("Imię\nŁukasz\nWałęsa\n", "windows-1250", None),
		("Όνομα\nΓιώργος\n", "windows-1253", None),  # noqa: RUF001
		("Name\nJürgen\n", "cp850", None),
		("姓\n山田\n", "shift_jis", None),
		("名,姓\n小龙,李\n", "gb18030", None),
		("名,姓\n明,王\n", "gb18030", None),
		("이름,성\n길동,홍\n", "euc-kr", None),
		("Où,Prénom\nÀ côté,Zoé\n¿Qué?,Nº 5\n", "windows-1252", "windows-1252"),
	],
)
def test_a_charset_is_taken_only_when_there_is_no_doubt(text, written, known):
	content = text.encode(written)
	assert charsets.certain(content) == known
	if not known:
		# Its first word with foreign letters is shown with the right charset among the proposals.
		proposed = dict(charsets.likely(content))
		assert any(words in text for words in (shown.split()[0] for shown in proposed.values()))


def test_a_file_of_any_bytes_is_asked_about():
	assert charsets.certain(bytes(range(1, 256))) is None
	assert charsets.likely(b"\x00\xff" * 1000) is not None
