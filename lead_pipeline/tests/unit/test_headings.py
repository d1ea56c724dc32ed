"""Headings of other programs, without a site."""

import pytest

from lead_pipeline.domain.headings import SYNONYMS, spelled

EXPORTS = {
	"Salesforce": "First Name,Last Name,Title,Company,Email,Phone,Mobile,Lead Source,Lead Status,Lead Owner,Description",
	"HubSpot": "First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Job Title,Company Name,Website URL",
	"Pipedrive": "Person - First name,Person - Last name,Person - Email - Work,Person - Phone - Work,Organization,Owner,Value,Currency,Expected close date",
	"leads of Pipedrive": "Lead - Title,Lead - Value,Lead - Currency,Lead - Owner,Lead - Source,Organization - Name,Person - Email,Person - Phone",
	"deals of Pipedrive": "Deal - Title,Deal - Value,Deal - Stage,Deal - Owner,Deal - Expected close date,Organization - Name,Person - Email",
	"Dynamics 365": "Full Name,Job Title,Company Name,Business Phone,Mobile Phone,Email,Lead Source,Rating,Owner,Est. Close Date,Est. Revenue,Description",
	"Zoho CRM": "Lead Owner,Company,First Name,Last Name,Email,Phone,Mobile,Website,Lead Source,Lead Status,Industry,Rating",
	"Odoo": "Contact Name,Company Name,Email,Phone,Mobile,Salesperson,Expected Revenue,Probability,Tags,Priority,Stage",
	"an address book": "First Name,Last Name,Organization 1 Name,E-mail 1 - Value,Phone 1 - Value,Labels,Notes",
	"a German list": "Anrede,Vorname,Nachname,Firma,E-Mail-Adresse,Telefon,Handy,Quelle,Bemerkung",
	"a Dutch list": "Voornaam,Achternaam,Bedrijfsnaam,E-mailadres,Telefoonnummer,Mobiel,Bron",
	"a Polish list": "Imię,Nazwisko,Nazwa firmy,Adres e-mail,Numer telefonu,Telefon komórkowy,Źródło",
	"a Portuguese list": "Primeiro nome,Sobrenome,Empresa,Endereço de e-mail,Telefone,Celular,Origem",
	"a French list": "Prénom,Nom,Société,Courriel,Téléphone,Portable,Origine,Commentaire",
}


@pytest.mark.parametrize("program", EXPORTS)
def test_the_headings_of_an_export_are_known_each_for_another_field(program):
	headings = EXPORTS[program].split(",")
	fields = [SYNONYMS.get(spelled(heading)) for heading in headings]
	assert dict(zip(headings, fields, strict=True)) == {
		heading: field for heading, field in zip(headings, fields, strict=True) if field
	}
	assert len(set(fields)) == len(fields)


@pytest.mark.parametrize(
	("heading", "known"),
	[(" E-Mail* ", "e-mail"), ("\ufeffEmail:", "email"), ("First  Name (required)", "first name")],
)
def test_spellings_of_a_heading(heading, known):
	assert spelled(heading) == known
