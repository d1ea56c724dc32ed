"""What mail programs make of a forwarded mail, without a site: who wrote it, what it says, what was added."""

import pytest

from lead_pipeline.domain import forwards

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
	"after answers": ("Re: AW: WG: Stühle", heading("Von:", "Gesendet:", "An:", "Betreff:")),
}


@pytest.mark.parametrize("program", FORWARDS)
def test_a_forwarded_mail_is_read(program):
	subject, above = FORWARDS[program]
	expected = ("Max Buyer", "max@buyer.example.net", BODY)
	for own in ("", "Please quote for the list below.\n\nJane"):
		found = forwards.read(f"{own}\n\n{above}\n{BODY}\n", subject)
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
	found = forwards.read(f"\n\n{above}\n\n{mark}> \n> {BODY}\n>> Which colour?\n", "Fwd: Chairs")
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
	assert forwards.read(text, subject) is None


def test_of_several_forwards_in_one_another_the_outer_one_is_read():
	inner = f"---------- Forwarded message ---------\n{ENGLISH}\n{BODY}"
	outer = f"---------- Forwarded message ---------\nFrom: Anna <anna@mid.example>\nSubject: Fwd: Chairs\n\n{inner}"
	found = forwards.read(outer, "Fwd: Fwd: Chairs")
	assert (found.address, found.text) == ("anna@mid.example", inner)
	assert forwards.read(found.text, None).address == "max@buyer.example.net"


def test_a_sender_without_an_address_is_nobody_whom_one_could_answer():
	found = forwards.read(
		f"\n---------- Forwarded message ---------\nFrom: Max\nDate: Monday\n\n{BODY}", "Fwd: Chairs"
	)
	assert (found.name, found.address, found.text) == ("Max", None, BODY)
