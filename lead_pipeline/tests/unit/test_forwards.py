"""Forwarded mails as mail programs write them, without a site.

Who wrote the mail, what it says, what was added.
"""

import pytest

from lead_pipeline.domain import forwards
from lead_pipeline.domain.html_text import html_as_text

BODY = "We need 200 chairs by December."
BUYER = "Max Buyer <max@buyer.example.net>"


def heading(sender: str, sent: str, to: str, subject: str, mark: str = "") -> str:
	values = (BUYER, "Monday, November 2, 2026 9:00 AM", "Jane Doe <jane@example.com>", "Chairs")
	names = (sender, sent, to, subject)
	return "".join(f"{mark}{name} {value}\n" for name, value in zip(names, values, strict=True))


ENGLISH = heading("From:", "Sent:", "To:", "Subject:")

# Subject, what stands above, what stands between it and the mail.
FORWARDS = {
	"Gmail": (
		"Fwd: Chairs",
		"---------- Forwarded message ---------\n" + heading("From:", "Date:", "To:", "Subject:"),
	),
	"German Gmail": (
		"Fwd: Stühle",
		"---------- Forwarded message ---------\n" + heading("Von:", "Date:", "To:", "Subject:"),
	),
	"Outlook": ("FW: Chairs", "________________________________\n" + ENGLISH),
	"Outlook without a line": ("Fw: Chairs", ENGLISH),
	"Outlook that divides": ("FW: Chairs", "-----Original Message-----\n" + ENGLISH),
	"German Outlook": ("WG: Stühle", heading("Von:", "Gesendet:", "An:", "Betreff:")),
	"French Outlook": ("TR : Chaises", heading("De :", "Envoyé :", "À :", "Objet :")),
	"Italian Outlook": ("I: Sedie", heading("Da:", "Inviato:", "A:", "Oggetto:")),
	"Dutch Outlook": ("FW: Stoelen", heading("Van:", "Verzonden:", "Aan:", "Onderwerp:")),
	"Polish Outlook": ("PD: Krzesła", heading("Od:", "Wysłano:", "Do:", "Temat:")),
	"Russian Outlook": ("FW: Chairs", heading("От:", "Отправлено:", "Кому:", "Тема:")),
	"Chinese Outlook": ("转发: 椅子", heading("发件人:", "发送时间:", "收件人:", "主题:")),
	"Japanese Outlook": ("FW: 椅子", heading("差出人:", "送信日時:", "宛先:", "件名:")),
	"bold names": ("FW: Chairs", heading("*From:*", "*Sent:*", "*To:*", "*Subject:*")),
	"Thunderbird": (
		"Fwd: Chairs",
		"-------- Forwarded Message --------\n"
		+ heading("Subject:", "Date:", "From:", "To:")
		.replace(f"Subject: {BUYER}", "Subject: Chairs")
		.replace("From: Jane Doe <jane@example.com>", f"From: {BUYER}"),
	),
	"German Thunderbird": (
		"Fwd: Stühle",
		"-------- Weitergeleitete Nachricht --------\n" + heading("Von:", "Datum:", "An:", "Betreff:"),
	),
	"Yahoo": (
		"Fw: Chairs",
		f"   ----- Forwarded Message ----- From: {BUYER}To: Jane Doe <jane@example.com>Sent: Monday, November 2, 2026Subject: Chairs\n",
	),
	"GMX": (
		"Fwd: Stühle",
		'Gesendet: Montag, 2. November 2026\nVon: "Max Buyer" <max@buyer.example.net>\nAn: jane@example.com\nBetreff: Stühle\n',
	),
	"an older Outlook": (
		"FW: Chairs",
		ENGLISH.replace("<max@buyer.example.net>", "[mailto:max@buyer.example.net]"),
	),
	"Romanian Outlook": ("FW: Scaune", heading("De la:", "Trimis:", "Către:", "Subiect:")),
	"Greek Outlook": ("FW: Chairs", heading("Από:", "Στάλθηκε:", "Προς:", "Θέμα:")),
	"Hebrew Outlook": ("FW: Chairs", heading("מאת:", "נשלח:", "אל:", "נושא:")),
	"Arabic Outlook": ("FW: Chairs", heading("من:", "تم الإرسال:", "إلى:", "الموضوع:")),
	"Croatian Outlook": ("FW: Chairs", heading("Šalje:", "Poslano:", "Prima:", "Predmet:")),
	"Slovene Outlook": ("FW: Chairs", heading("Od:", "Poslano:", "Za:", "Zadeva:")),
	"Vietnamese Outlook": ("FW: Chairs", heading("Từ:", "Đã gửi:", "Đến:", "Chủ đề:")),
	"Thai Outlook": ("FW: Chairs", heading("จาก:", "ส่งเมื่อ:", "ถึง:", "เรื่อง:")),
	"a mark of a mail server": ("[EXTERNAL] FW: Chairs", ENGLISH),
	"a subject in brackets": ("[Fwd: Chairs]", ENGLISH),
	"Zoho": (
		"Fwd: Chairs",
		f"============ Forwarded message ============\n{ENGLISH}============ Forwarded message ============\n",
	),
	"Lotus Notes": (
		"Fw: Chairs",
		"----- Forwarded by Jane Doe/ACME on 02.11.2026 09:00 -----\n\n"
		+ heading("From:\t", "To:\t", "Date:\t", "Subject:\t"),
	),
	"Yandex": (
		"Fwd: Chairs",
		'-------- Пересылаемое сообщение --------\n02.11.2026, 09:00, "Max Buyer" <max@buyer.example.net>:\n',
	),
	"an address on a line of its own": (
		"Fwd: Chairs",
		"---------- Forwarded message ----------\n" + ENGLISH.replace("Max Buyer <", "Max Buyer\n<"),
	),
	"many recipients": (
		"FW: Chairs",
		ENGLISH.replace(
			"Jane Doe <",
			"".join(f"P {number} <p{number}@example.com>;\n" for number in range(30)) + "Jane Doe <",
		),
	),
	"further lines": ("FW: Chairs", ENGLISH.replace("Subject:", "Importance: High\nSubject:")),
	"after answers": ("Re: AW: WG: Stühle", heading("Von:", "Gesendet:", "An:", "Betreff:")),
}


@pytest.mark.parametrize("program", FORWARDS)
def test_a_forwarded_mail_is_read(program):
	subject, above = FORWARDS[program]
	expected = ("Max Buyer", "max@buyer.example.net", BODY)
	for own in ("", "Please quote for the list below.\n\nJane"):
		for between in ("\n", ""):
			found = forwards.find_forwarded(f"{own}\n\n{above}{between}{BODY}\n", subject)
			assert found == (own, *expected)


@pytest.mark.parametrize(
	("above", "mark"),
	[
		("Begin forwarded message:", heading("From:", "Date:", "To:", "Subject:", mark="> ")),
		("Anfang der weitergeleiteten Nachricht:", heading("Von:", "Datum:", "An:", "Betreff:", mark="> ")),
		("Début du message transféré :", heading("De:", "Date:", "À:", "Objet:", mark="> ")),
		("Inicio del mensaje reenviado:", heading("De:", "Fecha:", "Para:", "Asunto:", mark="> ")),
	],
)
def test_marks_of_a_quote_around_it_are_taken_off(above, mark):
	found = forwards.find_forwarded(f"\n\n{above}\n\n{mark}> \n> {BODY}\n>> Which colour?\n", "Fwd: Chairs")
	assert found == ("", "Max Buyer", "max@buyer.example.net", f"{BODY}\n> Which colour?")


@pytest.mark.parametrize(
	("subject", "text"),
	[
		("Re: Chairs", f"Yes please.\n\n{ENGLISH}\n{BODY}"),
		("RE: Chairs", f"Yes please.\n\n-----Original Message-----\n{ENGLISH}\n{BODY}"),
		("Re: Chairs", f"Yes please.\n\nOn Monday, Sales <sales@our.example> wrote:\n\n> {BODY}"),
		("Chairs", BODY),
		("Fwd: Chairs", BODY),
		("FW: order", "From: Berlin\nwe need a lorry"),
		(None, ""),
	],
)
def test_what_forwards_nothing(subject, text):
	assert forwards.find_forwarded(text, subject) is None


# What programs make of a forwarded mail in HTML: the heading, and the text below it, often with nothing between them.
IN_HTML = {
	"Outlook": "<p><b>From:</b> {0}<br><b>Sent:</b> Monday<br><b>To:</b> Jane<br><b>Subject:</b> Chairs</p><p>{1}</p>",
	"Outlook on the web": '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Von:</b> {0}<br><b>Gesendet:</b> Montag<br>'
	"<b>Betreff:</b> Stühle<div>&nbsp;</div></div><div>{1}</div>",
	"a table": "<table><tr><td><b>From:</b></td><td>{0}</td></tr><tr><td><b>Sent:</b></td><td>Monday</td></tr></table><p>{1}</p>",
	"Thunderbird": '<div class="moz-forward-container">-------- Forwarded Message --------<table><tr><th>Subject: </th>'
	"<td>Chairs</td></tr><tr><th>From: </th><td>{0}</td></tr></table><p>{1}</p></div>",
	"Apple": '<blockquote type="cite"><div>Begin forwarded message:</div><br><div><b>From: </b>{0}<br></div><div><b>Subject: </b>'
	"<b>Chairs</b><br></div><div><b>Date: </b>2 November 2026<br></div><br><div>\ufeff{1}</div></blockquote>",
	"Gmail": '<div class="gmail_quote">---------- Forwarded message ---------<br>From: <b>{0}</b><br>Date: Mon<br>Subject: Chairs'
	"<br><br><br><div>{1}</div></div>",
	"Yahoo": '<div class="yahoo_quoted"><div>----- Forwarded Message -----</div><div><b>From:</b> {0}</div><div><b>To:</b> Jane</div>'
	"<div><b>Sent:</b> Monday</div><div><b>Subject:</b> Chairs</div><div>{1}</div></div>",
	"GMX": '<div name="quote"><div><b>Gesendet:</b>&nbsp;Montag<br/><b>Von:</b>&nbsp;{0}<br/><b>Betreff:</b>&nbsp;Stühle</div>'
	'<div name="quoted-content">{1}</div></div>',
}


@pytest.mark.parametrize("program", IN_HTML)
def test_a_forwarded_mail_in_html_is_read(program):
	markup = IN_HTML[program].format(BUYER.replace("<", "&lt;").replace(">", "&gt;"), BODY)
	found = forwards.find_forwarded(
		html_as_text(f"<div>Please quote.</div>{markup}", quotes=True), "FW: Chairs"
	)
	assert found == ("Please quote.", "Max Buyer", "max@buyer.example.net", BODY)


def test_a_text_that_begins_like_a_heading_is_a_text():
	for text in (
		"Subject: green chairs\nTo: be delivered in May",
		"Room: 5\nDate: in May",
		"Quantity: 200, red,\nor blue",
	):
		found = forwards.find_forwarded(f"{ENGLISH}\n{text}", "FW: Chairs")
		assert found.text == text


def test_of_several_forwards_in_one_another_the_outer_one_is_read():
	inner = f"---------- Forwarded message ---------\n{ENGLISH}\n{BODY}"
	outer = f"---------- Forwarded message ---------\nFrom: Anna <anna@mid.example>\nSubject: Fwd: Chairs\n\n{inner}"
	found = forwards.find_forwarded(outer, "Fwd: Fwd: Chairs")
	assert (found.address, found.text) == ("anna@mid.example", inner)
	assert forwards.find_forwarded(found.text, None).address == "max@buyer.example.net"


def test_a_sender_without_an_address_is_nobody_whom_one_could_answer():
	found = forwards.find_forwarded(
		f"\n---------- Forwarded message ---------\nFrom: Max\nDate: Monday\n\n{BODY}", "Fwd: Chairs"
	)
	assert (found.name, found.address, found.text) == ("Max", None, BODY)
