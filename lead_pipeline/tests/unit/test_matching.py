"""Keys by which e-mails, phones and companies are compared, without any site."""

import pytest

from lead_pipeline.domain.matching import (
	ascii_email,
	company_key,
	domain_key,
	email_key,
	is_website,
	phone_key,
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
		("株式会社テスト", "株式会社テスト"),
		("  ", None),
		("!?", None),
		(None, None),
	],
)
def test_a_company_is_known_by_its_name_without_its_legal_form(name, key):
	assert company_key(name) == key
