"""Split forwarded mails: original author, original text, and added text.

Pure, and in time that grows with the length only. Knows how mail programs of many languages mark what they forward:
by a line above it ("Begin forwarded message:"), by the subject ("WG: …"), and by the heading that repeats its From,
Sent, To and Subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parseaddr
from typing import NamedTuple

from lead_pipeline.domain.matching import ascii_email

# Characters and lines that are read; a heading stands on top.
MAX_READ_LENGTH = 200_000
MAX_LINE_LENGTH = 400

# The lines of a heading in the languages of the large mail programs, by what they name.
FROM = frozenset(
	"from von de da van fra från frå od от від від кого lähettäjä feladó kimden expéditeur remitente mittente afzender "
	"avsändare gönderen από מאת من šalje từ จาก 发件人 寄件人 寄件者 差出人 送信者 보낸사람".split()
) | {"보낸 사람", "de la"}
SENT = frozenset(
	"sent date gesendet datum envoyé enviado inviato enviada verzonden sendt skickat fecha data wysłano отправлено дата "
	"надіслано lähetetty päivämäärä pvm küldve dátum odesláno odoslané gönderildi gönderilme tarih dato skickades "
	"trimis στάλθηκε ημερομηνία נשלח תאריך التاريخ poslano изпратено ngày ส่งเมื่อ วันที่ "
	"发送时间 发送日期 日期 寄件日期 傳送時間 時間 送信日時 日付 日時 날짜 보낸날짜 보낸시간".split()
) | {"보낸 날짜", "date d'envoi", "gönderme tarihi", "تم الإرسال", "تاريخ الإرسال", "đã gửi"}
TO = frozenset(
	"to an à a para aan til till do komu кому vastaanottaja címzett kime pour destinataire destinatario ontvanger "
	"către προς אל إلى prima za до đến tới ถึง 收件人 收件者 宛先 받는사람 cc kopie copie copia kopi kopia kopio копия másolatot "
	"bilgi 抄送 副本 참조".split()
) | {"받는 사람"}
SUBJECT = frozenset(
	"subject betreff objet asunto oggetto onderwerp assunto emne ämne temat předmět predmet тема aihe tárgy konu "
	"subiect θέμα נושא الموضوع zadeva относно เรื่อง 主题 主旨 件名 제목".split()
) | {"chủ đề"}
HEADING = FROM | SENT | TO | SUBJECT
HEADER = re.compile(r"\s*\*?([^\W\d_][^:：\n<>@]{0,24}?)\s?\*?\s?[:：]\*?\s*(.*)", re.DOTALL)  # noqa: RUF001
# Lines in which a heading is known as one, and that it can have: lists of recipients are long.
HEADING_LINES = 12
MAX_HEADING_LENGTH = 200
# A line without a name of its own that belongs to the one above: an address, or what goes on behind a comma.
CONTINUED = re.compile(r"\s*<[^<>\s]+@[^<>\s]+>[,;]?\s*|\s*[^\s@]{0,100}@[^\s@]{1,100}[,;]\s*")
# What Yandex writes instead of a heading: 02.11.2026, 09:00, "Max Buyer" <max@example.com>:
ATTRIBUTED = re.compile(r".{0,60}\d{1,2}:\d{2},? *(\"?[^\"<>]{0,100}\"? *<[^<>\s]{3,200}>) *:?\s*")

# What a program writes above a mail that it forwards, without dashes and punctuation around it.
_ABOVE = (
	"forwarded message|begin forwarded message|forwarded by.{0,80}|weitergeleitete nachricht|"
	"anfang der weitergeleiteten nachricht|message transféré|début du message transféré|message réexpédié|"
	"début du message réexpédié|mensaje reenviado|inicio del mensaje reenviado|messaggio inoltrato|"
	"inizio messaggio inoltrato|doorgestuurd bericht|begin doorgestuurd bericht|mensagem encaminhada|"
	"início da mensagem reencaminhada|início da mensagem encaminhada|videresendt meddelelse|"
	"start på videresendt besked|videresendt melding|videresendt besked|vidarebefordrat meddelande|"
	"vidarebefordrat brev|välitetty viesti|przekazana wiadomość|początek przekazywanej wiadomości|"
	"treść przekazanej wiadomości|přeposlaná zpráva|preposlaná správa|továbbított üzenet|továbbított levél|"
	"пересылаемое сообщение|начало переадресованного сообщения|перенаправленное сообщение|переслане повідомлення|"
	"iletilen mesaj|iletilmiş mesaj|转发的邮件|转发邮件信息|轉寄的郵件|轉寄郵件|転送メッセージ|転送されたメッセージ|전달된 메시지"
)
ABOVE = re.compile(rf"\W{{0,80}}({_ABOVE})\W{{0,80}}", re.IGNORECASE)
# Yahoo writes the whole heading into the same line.
ABOVE_AND_HEADING = re.compile(rf"\W{{0,80}}({_ABOVE})\s?-{{3,20}}\s+(?=\S)", re.IGNORECASE)
NEXT_HEADER = re.compile(r"(?<=[^\s:])\s?(?=(?:From|To|Cc|Sent|Date|Subject): )")
ORIGINAL = re.compile(
	r"\W{0,80}(original message|ursprüngliche nachricht|originalnachricht|message d'origine|"
	r"mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht|message original|"
	r"original appointment|opprinnelig melding|ursprungligt meddelande|oprindelig meddelelse|alkuperäinen viesti|"
	r"wiadomość oryginalna|původní zpráva|eredeti üzenet|исходное сообщение|原始邮件|原始郵件|元のメッセージ|원본 메시지)\W{0,80}",
	re.IGNORECASE,
)
RULE = re.compile(r"\s*[-_=]{3,}\s*")

# How a subject says that its mail was forwarded, whatever answers were given to it before, or mark was put in front.
FORWARDED_SUBJECT = re.compile(
	r"(\s*\[[^\[\]:]{0,40}\]){0,3}\s*\[?((re|aw|antw|sv|vs|odp|ref)\s?:\s*){0,5}(fwd?|wg|weitergeleitet|tr|rv|enc|encaminhada|i|inoltro|doorst|doorgest|"
	r"vb|vl|vs|pd|пер|перес|továbbítás|ilt|i̇lt|转发|轉寄|転送|전달)\s?[:：]",  # noqa: RUF001
	re.IGNORECASE,
)


class Forward(NamedTuple):
	"""A forwarded mail, in its parts.

	`own`: what the forwarder has written above; `name` and `address` of who wrote the forwarded mail, "" and None
	when the heading names none; `text`: what that mail says, including anything it quotes or forwards itself.
	"""

	own: str
	name: str
	address: str | None
	text: str


def find_forwarded(text: str, subject: str | None = None) -> Forward | None:
	"""Return the mail that `text` forwards; None when it forwards none.

	A mail that answers to another one forwards nothing.
	"""
	lines = text[:MAX_READ_LENGTH].replace("\r\n", "\n").replace("\r", "\n").split("\n")
	is_said = bool(FORWARDED_SUBJECT.match((subject or "")[:200]))
	for number, line in enumerate(lines):
		line = _unquoted(line[:MAX_LINE_LENGTH])
		if found := ABOVE_AND_HEADING.match(line):
			heading = NEXT_HEADER.sub("\n", line[found.end() :]).split("\n")
			return _forward(lines[:number], [*heading, "", *lines[number + 1 :]])
		if ABOVE.fullmatch(line):
			return _forward(lines[:number], lines[number + 1 :])
		if is_said and _is_heading(lines[number : number + HEADING_LINES]):
			return _forward(lines[:number], lines[number:])
	return None


def _unquoted(line: str) -> str:
	return line[1:].removeprefix(" ") if line.startswith(">") else line


def _is_heading(lines: list[str]) -> bool:
	"""Return whether a heading begins at the first line.

	It names who wrote the mail, and what else a heading names there.
	"""
	first = header_name(_unquoted(lines[0]))
	if first not in FROM | SENT | SUBJECT:
		return False
	names = {header_name(_unquoted(line)) for line in _block(lines)}
	return bool(names & FROM) and len(names & HEADING) > 1


def _block(lines: list[str]) -> list[str]:
	"""Return the lines of the heading that begins at the first one.

	It ends at an empty line, or before one that does not belong to a heading. HTML mails often have nothing between
	the heading and the text. A line of another name ("Importance: High") belongs to the heading when a known one
	follows.
	"""
	end, seen, is_continued = 0, set(), False
	for number, line in enumerate(lines[:MAX_HEADING_LENGTH]):
		line = _unquoted(line)[:MAX_LINE_LENGTH]
		kind = next((names for names in (FROM, SENT, SUBJECT, TO) if header_name(line) in names), None)
		if not line.strip() or (kind and kind in seen and kind is not TO):
			break
		if kind or (end == number and (is_continued or CONTINUED.fullmatch(line))):
			end = number + 1
			seen.add(kind)
		elif not header_name(line):
			break
		is_continued = line.rstrip().endswith((",", ";")) or bool(kind and not header_value(line))
	return lines[:end]


def header_name(line: str) -> str:
	"""Return the name of a heading's line in lower case, else an empty string.

	For example "from", "betreff".
	"""
	found = HEADER.match(line[:MAX_LINE_LENGTH])
	return found[1].strip().lower() if found else ""


def _forward(above: list[str], below: list[str]) -> Forward:
	while above and (
		not above[-1].strip()
		or RULE.fullmatch(above[-1][:MAX_LINE_LENGTH])
		or ORIGINAL.fullmatch(above[-1][:MAX_LINE_LENGTH])
	):
		above = above[:-1]
	start = next((number for number, line in enumerate(below) if _unquoted(line).strip()), len(below))
	block = _block(below[start : start + MAX_HEADING_LENGTH])
	sender = " ".join(_lines_of_sender(block))
	if attributed := not block and ATTRIBUTED.fullmatch(
		_unquoted("".join(below[start : start + 1]))[:MAX_LINE_LENGTH]
	):
		block, sender = below[start : start + 1], attributed[1]
	below = below[start + len(block) :]
	if (
		block
		and below
		and (ABOVE.fullmatch(below[0][:MAX_LINE_LENGTH]) or RULE.fullmatch(below[0][:MAX_LINE_LENGTH]))
	):
		# Zoho puts the heading between two of these.
		below = below[1:]
	name, address = _person(sender)
	return Forward("\n".join(above).strip(), name, address, _body(below))


def _lines_of_sender(block: list[str]) -> Iterator[str]:
	is_sender = False
	for line in block:
		named = header_name(_unquoted(line))
		is_sender = named in FROM if named else is_sender
		if is_sender:
			yield header_value(line) if named else _unquoted(line).strip()


def header_value(line: str) -> str:
	found = HEADER.match(_unquoted(line)[:MAX_LINE_LENGTH])
	return found[2].strip() if found else ""


def _person(sender: str) -> tuple[str, str | None]:
	"""Return name and address of a sender like "Max Buyer <max@example.com>".

	Also as Outlook writes it: "Max Buyer [mailto:max@example.com]".
	"""
	sender = re.sub(r"<?\s*\[?mailto:([^\]\s>]+)\]?\s*>?", r"<\1>", sender)
	name, address = parseaddr(re.sub(r"[*]", "", sender))
	if not ascii_email(address):
		# "Buyer, Max <max@example.com>" without quotes.
		found = re.fullmatch(r"(.{0,200}?)\s*<([^<>\s]{3,200})>.{0,100}", sender)
		name, address = (found[1].strip("\"' "), found[2]) if found else (sender.strip(), "")
	return ("" if name == address else name), ascii_email(address)


def _body(lines: list[str]) -> str:
	filled = [line for line in lines if line.strip()]
	if filled and all(line.startswith(">") for line in filled):
		lines = [_unquoted(line) for line in lines]
	# Apple Mail begins a text with a mark of byte order.
	return "\n".join(lines).replace("\ufeff", "").strip()
