"""Keys by which e-mails, phones and companies are compared, without any site."""

import pytest

from lead_pipeline.domain.matching import (
	MAX_NAME_LENGTH,
	ascii_email,
	company_key,
	domain_key,
	email_key,
	is_phone,
	is_website,
	phone_as_kept,
	phone_key,
	phone_keys_of_caller,
	read_phone,
)


@pytest.mark.parametrize("typed", ["jane@example.com", " Jane@Example.COM ", "JANE@EXAMPLE.COM\n"])
def test_spellings_of_one_address_have_one_key(typed):
	assert email_key(typed) == "jane@example.com"


def test_an_internationalised_domain_has_the_key_of_its_ascii_form():
	assert (
		email_key("Info@Bücher.Example")
		== email_key("info@xn--bcher-kva.example")
		== "info@xn--bcher-kva.example"
	)
	# Mail to a domain with ß must not arrive at the one with ss.
	assert email_key("info@straße.example") == "info@xn--strae-oqa.example"


def test_the_ascii_form_keeps_the_case_of_the_mailbox():
	assert ascii_email(" Jane.Doe@Bücher.example") == "Jane.Doe@xn--bcher-kva.example"


@pytest.mark.parametrize(
	"typed",
	[
		None,
		"",
		"   ",
		"jane",
		"jane@",
		"@example.com",
		"jane@example",
		"jane@@example.com",
		"jane..doe@example.com",
		".jane@example.com",
		"jane@-example.com",
		"jane@example.com.",
		"jane doe@example.com",
		"jane@example.com, joe@example.com",
		"Jane <jane@example.com>",
		"jäne@example.com",
		"jane@exa_mple.com",
		f"jane@{'x' * 64}.com",
		"<script>@example.com",
		'"onclick="@example.com',
	],
)
def test_what_is_not_one_address_has_no_key(typed):
	assert email_key(typed) is None
	assert ascii_email(typed) is None


@pytest.mark.parametrize(
	"typed",
	[
		"+49 30 123456",
		"+4930123456",
		"+49 (0)30 123456",
		"0049 30 123456",
		"030 123456",
		"(030) 12 34 56",
		"030.123-456",
		"030 123456, 22",
		"030 123456 ext. 7",
		"٠٣٠ ١٢٣٤٥٦",
	],
)
def test_spellings_of_one_number_have_one_key(typed):
	phone = read_phone(typed, "DE")
	assert (phone.key, phone.national) == ("+4930123456", "030123456")


def test_the_region_says_how_to_read_a_number_without_country_code():
	assert phone_key("(650) 253-0000", "US") == "+16502530000"
	assert phone_key("098765 43210", "IN") == "+919876543210"


def test_a_country_code_beats_the_region():
	assert phone_key("+44 20 7946 0958", "DE") == "+442079460958"


@pytest.mark.parametrize(
	"typed, region, key",
	[
		("030 123456", None, "030123456"),
		("030 123456", "XX", "030123456"),
		# A local part: nobody knows the area.
		("253-0000", "US", "2530000"),
		# Too long for any number.
		("1234567890 1234567890", "DE", "12345678901234567890"),
	],
)
def test_a_number_that_cannot_be_dialled_from_abroad_is_known_by_its_digits(typed, region, key):
	assert phone_key(typed, region) == key


@pytest.mark.parametrize("typed", [None, "", "---", "*#", "112", "4711", "12-345"])
def test_an_extension_or_a_short_code_has_no_key(typed):
	assert phone_key(typed, "DE") is None


@pytest.mark.parametrize(
	"address",
	[
		"http://example.com",
		"https://www.example.com/a/b?c=d&e=f#g",
		"HTTPS://Example.com:8443/",
		"https://bücher.example/straße",
		"https://example.com/o'brien|{x}",
		"http://intranet/page",
	],
)
def test_a_website_begins_with_http_or_https(address):
	assert is_website(address)


@pytest.mark.parametrize(
	"address",
	[
		None,
		"",
		"example.com",
		"www.example.com",
		"//example.com",
		"http://",
		"https:///example.com",
		"http:example.com",
		"ftp://example.com",
		"javascript:alert(1)",
		"JaVaScRiPt:alert(1)",
		" javascript:alert(1)",
		"java\nscript:alert(1)",
		"javascript://example.com/%0aalert(1)",
		"data:text/html,<script>alert(1)</script>",
		"vbscript:msgbox",
		'https://example.com/" onmouseover="alert(1)',
		"https://example.com/<script>",
		"https://example.com/a b",
		"https://exam ple.com",
		"https://example.com:port",
		"https://example.com:99999",
		"https://[::1",
		"https://-example.com",
	],
)
def test_anything_else_is_no_website(address):
	assert not is_website(address)


@pytest.mark.parametrize(
	"address, key",
	[
		("https://www.example.com/about", "example.com"),
		("http://shop.Example.com:8080", "example.com"),
		("www.example.com/path", "example.com"),
		("jane@mail.example.com", "example.com"),
		("https://www.example.co.uk", "example.co.uk"),
		("jane@sub.example.com.au", "example.com.au"),
		("https://bücher.example", "xn--bcher-kva.example"),
		("example.com.", "example.com"),
	],
)
def test_a_company_is_known_by_its_domain(address, key):
	assert domain_key(address) == key


@pytest.mark.parametrize(
	"address",
	[
		None,
		"",
		"jane",
		"localhost",
		"http://localhost:8000",
		"http://192.0.2.1/",
		"jane@gmail.com",
		"jane@GMX.de",
		"jane@yahoo.co.uk",
		"jane@yahoo.fr",
		"jane@hotmail.fr",
		"jane@outlook.de",
		"jane@yahoo.co.jp",
		"jane@uol.com.br",
		"jane@mailbox.org",
		"jane@sfr.fr",
		"https://www.facebook.com/example",
		"https://example.wixsite.com",
		"https://[::1",
		"not a domain at all",
	],
)
def test_a_shared_or_missing_domain_says_nothing_about_a_company(address):
	assert domain_key(address) is None


@pytest.mark.parametrize(
	"name, key",
	[
		("Example GmbH", "example"),
		("EXAMPLE", "example"),
		("Example & Sons GmbH & Co. KG", "example sons"),
		("Société d'Exemple S.A.", "societe d exemple"),
		("Exemple-Société SARL", "exemple societe"),
		("Verein e.V.", "verein"),
		("AG Example", "ag example"),
		("GmbH", "gmbh"),
		("株式会社テスト", "テスト"),
		("㈱テスト", "テスト"),
		("テスト株式会社", "テスト"),
		("北京例子有限公司", "北京例子"),
		("주식회사 예제", "예제"),
		("株式会社", "株式会社"),
		("Example GesmbH", "example"),
		("Allegra Sp. z o.o.", "allegra"),
		("Natura Ltda.", "natura"),
		("Cemento S.A. de C.V.", "cemento"),
		("Grupo Cemento S.A.B. de C.V.", "grupo cemento"),
		("Example (Pvt) Ltd", "example"),
		("Example AG & Co. KGaA", "example"),
		("Example UG (haftungsbeschränkt)", "example"),
		("Example Limited Liability Company", "example"),
		("Example Ltd. Şti.", "example"),
		("\u041e\u041e\u041e Ромашка", "ромашка"),
		("SARL Exemple", "exemple"),
		("A.P. Møller Mærsk A/S", "ap moller maersk"),
		("राम", "राम"),
		("रोम", "रोम"),
		("  ", None),
		("!?", None),
		(None, None),
	],
)
def test_a_company_is_known_by_its_name_without_its_legal_form(name, key):
	assert company_key(name) == key


def test_of_a_name_without_an_end_the_beginning_is_read():
	name = "GmbH & Co. KG " * 2000
	assert company_key(name) == company_key(name[:MAX_NAME_LENGTH])


@pytest.mark.parametrize(
	("typed", "kept", "key"),
	[
		("030 / 123 45-67", "030 - 123 45-67", "+49301234567"),
		("+49 30/1234567", "+49 30-1234567", "+49301234567"),
		("\u202a+49 30 1234567\u202c", "+49 30 1234567", "+49301234567"),
		("+49\u00a030\u00a01234567", "+49 30 1234567", "+49301234567"),
		("+1 650-253-0000 ext. 89", "+1 650-253-0000 #89", "+16502530000"),
		("+1 (650) 253-0000 ext. 89", "+16502530000#89", "+16502530000"),
		("+1 (650) 253-0000 x89", "+16502530000#89", "+16502530000"),
		("tel:+49301234567", "+49301234567", "+49301234567"),
		("Tel.: 030 1234567", "030 1234567", "+49301234567"),
		("0301234567.0", "0301234567", "+49301234567"),
		("030 \u2013 1234567, Durchwahl 12", "030 - 1234567 #12", "+49301234567"),
		("(030) 1234-567", "(030) 1234-567", "+49301234567"),
		("mobil 030 1234567", "030 1234567", "+49301234567"),
		("WhatsApp: +49 30 1234567", "+49 30 1234567", "+49301234567"),
	],
)
def test_a_number_is_kept_as_phone_fields_take_it(typed, kept, key):
	assert phone_as_kept(typed) == kept
	assert is_phone(kept)
	assert phone_key(kept, "DE") == key


@pytest.mark.parametrize("typed", ["none", "", "0171 1234567 or 0172 1234567", "call me: 030 1234567", "+"])
def test_what_is_more_or_less_than_a_number_is_none(typed):
	assert not is_phone(phone_as_kept(typed))


@pytest.mark.parametrize(
	("caller", "region", "key"),
	[
		("49301234567", "US", "+49301234567"),
		("442079460958", "DE", "+442079460958"),
		("0301234567", "DE", "+49301234567"),
		("+49301234567", "US", "+49301234567"),
	],
)
def test_a_caller_is_known_without_the_plus_of_a_country_code(caller, region, key):
	assert key in phone_keys_of_caller(caller, region)


def test_invisible_characters_are_no_part_of_an_address():
	assert (
		email_key("jane@example.com\u200b")
		== email_key("\u202ajane@exam\u00adple.com\u202c")
		== "jane@example.com"
	)


@pytest.mark.parametrize(
	("address", "key"),
	[
		("https://www.acme.example.co.uk/path?x#y", "example.co.uk"),
		("http://acme.com:8080/", "acme.com"),
		("acme.com/path", "acme.com"),
		("acme.com?query", "acme.com"),
		("acme.com#part", "acme.com"),
		("acme.com:443", "acme.com"),
		("jane@mail.acme.com", "acme.com"),
		("jane@acme.com.", "acme.com"),
		("JANE@ACME.COM", "acme.com"),
		("acme.de", "acme.de"),
		("shop.acme.de", "acme.de"),
		("co.uk", "co.uk"),
		("www.acme.com.au", "acme.com.au"),
		("a.b.company", "b.company"),
		("a.com.company", "com.company"),
		("192.168.1.1", None),
		("localhost", None),
		("http://[broken", None),
		("ac_me.com/..", None),
		("jane@gmail.com", None),
		("", None),
		(None, None),
	],
)
def test_a_domain_is_the_registered_one_in_any_spelling(address, key):
	assert domain_key(address) == key
