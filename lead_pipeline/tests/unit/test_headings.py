"""Headings of other programs, without a site."""

import pytest

from lead_pipeline.domain.headings import SYNONYMS, spelled

EXPORTS = {
	"Salesforce": "First Name,Last Name,Title,Company,Email,Phone,Mobile,Lead Source,Lead Status,Lead Owner,Description",
	"HubSpot": "First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Job Title,Company Name,Website URL",
	"Pipedrive": "Person - First name,Person - Last name,Person - Email - Work,Person - Phone - Work,Organization,Owner,Value,Currency,Expected close date",
	"Zoho CRM": "Lead Owner,Company,First Name,Last Name,Email,Phone,Mobile,Website,Lead Source,Lead Status,Industry,Rating",
	"Odoo": "Contact Name,Company Name,Email,Phone,Mobile,Salesperson,Expected Revenue,Probability,Tags,Priority,Stage",
	"an address book": "First Name,Last Name,Organization 1 Name,E-mail 1 - Value,Phone 1 - Value,Labels,Notes",
	"a German list": "Anrede,Vorname,Nachname,Firma,E-Mail-Adresse,Telefon,Handy,Quelle,Bemerkung",
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
