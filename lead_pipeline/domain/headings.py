"""The column headings of other programs: heading → the field of a lead.

Data only. From the exports of Salesforce, HubSpot, Pipedrive, Zoho CRM, Odoo, Dynamics, ERPNext and Frappe CRM, of
address books (Outlook, Google), and the words by which people head such lists in English, German, French, Spanish and
Italian. The labels of the site's own form take precedence over all of these (`capture/importing/columns.py`).
"""

from __future__ import annotations

import re
import unicodedata

# A heading that means another thing in another program is left out: people assign it by hand.
_SYNONYMS = {
	"lead_name": "full name|name|contact name|lead|lead title|deal name|opportunity name|person name|kontakt|nom complet|nombre completo|nome completo|nombre y apellidos|nom et prénom|nome e cognome|vor- und nachname|vollständiger name|display name|anzeigename|person - name|lead - title|deal - title|lead - person name|nome e sobrenome|imię i nazwisko|volledige naam",
	"company_name": "company|organization|organisation|account|account name|company / account|company name|organization name|business name|firma|firmenname|unternehmen|kunde|entreprise|société|raison sociale|empresa|azienda|società|organization 1 name|associated company|primary associated company|organization - name|lead - organization name|bedrijf|bedrijfsnaam|nazwa firmy|nome da empresa|firmenname 1",
	"salutation": "salutation|anrede|civilité|tratamiento|name prefix|prefix",
	"first_name": "first name|given name|forename|firstname|vorname|prénom|nombre|nome di battesimo|person - first name|voornaam|imię|primeiro nome",
	"last_name": "last name|surname|family name|lastname|nachname|familienname|name (nachname)|nom|nom de famille|apellido|apellidos|cognome|person - last name|achternaam|nazwisko|sobrenome|apelido",
	"job_title": "title|job title|position|job position|role|function|designation|funktion|stelle|beruf|poste|fonction|cargo|puesto|qualifica|organization 1 title",
	"email": "email|e-mail|e mail|email address|e-mail address|email id|mail|work email|business email|primary email|email from|e-mail 1 - value|person - email - work|e-mail-adresse|e-mail adresse|email-adresse|email adresse|work e-mail|primary e-mail|emailadresse|courriel|adresse e-mail|correo|correo electrónico|indirizzo e-mail|email 1|person - email|e-mail geschäftlich|e-mailadres|adres e-mail|endereço de e-mail",
	"phone": "phone|phone number|telephone|telephone number|tel|tel.|business phone|work phone|office phone|phone 1 - value|person - phone - work|telefon|telefonnummer|téléphone|teléfono|telefono|phone no|phone #|primary phone|tel. nr.|tel.-nr.|telefonnr.|telefon-nr.|person - phone|telefoon|telefoonnummer|telefone|numer telefonu|telefon geschäftlich|telefon (geschäftlich)",
	"mobile_no": "mobile|mobile phone|mobile no|mobile number|cell|cell phone|cellphone|person - phone - mobile|mobil|mobiltelefon|handy|handynummer|portable|móvil|cellulare|mobile phone number|mobiel|telefon komórkowy|komórka|celular|telemóvel|mobil geschäftlich",
	"website": "website|web site|web|url|company domain name|website url|homepage|webseite|internet|site web|sitio web|sito web|company website",
	"channel": "source|lead source|original source|contact source|channel|quelle|herkunft|leadquelle|kanal|origine|origen|fonte|lead - source|deal - source|bron|źródło|origem",
	"campaign": "campaign|campaign name|kampagne|campagne|campaña|campagna",
	"status": "status|lead status|stage|lead stage|deal stage|pipeline stage|phase|statut|étape|estado|etapa|stato|deal - stage|lead - status",
	"lost_reason": "lost reason|loss reason|closed lost reason|reason lost|verlustgrund|motif de perte|motivo de pérdida",
	"lead_type": "lead type|type|typ",
	"priority": "priority|rating|priorität|priorité|prioridad|priorità",
	"tags": "tags|tag|labels|label|categories|category|schlagworte|étiquettes|etiquetas|deal - label|lead - labels|lead - label",
	"lead_owner": "owner|lead owner|contact owner|deal owner|account owner|record owner|salesperson|sales person|assigned to|responsible|verkäufer|zuständig|verantwortlich|besitzer|vendeur|commercial|propietario|responsable|deal - owner|lead - owner",
	"expected_revenue": "expected revenue|amount|value|deal value|deal amount|opportunity amount|estimated value|est. revenue|estimated revenue|potential|betrag|wert|umsatz|erwarteter umsatz|montant|valeur|importe|valor|importo|deal - value|lead - value",
	"currency": "currency|currency code|währung|devise|moneda|valuta|deal - currency|lead - currency",
	"probability": "probability|probability (%)|win probability|wahrscheinlichkeit|probabilité|probabilidad|probabilità|deal - probability",
	"expected_closing": "expected closing|expected close date|close date|closing date|expected closing date|est. close date|estimated close date|abschlussdatum|voraussichtlicher abschluss|date de clôture|fecha de cierre|data di chiusura|deal - expected close date|lead - expected close date",
	"next_contact_date": "next contact date|next activity date|follow up date|follow-up date|next step date|wiedervorlage|prochaine action|próximo contacto",
	"industry": "industry|branch|sector|branche|secteur|industria|sector de actividad|settore",
	"market_segment": "market segment|segment|marktsegment|segment de marché|segmento",
	"description": "description|notes|note|comment|comments|message|remarks|internal notes|beschreibung|notiz|notizen|bemerkung|kommentar|nachricht|commentaire|remarques|descripción|notas|descrizione|note interne",
	"gender": "gender|sex|geschlecht|sexe|sexo|sesso",
	"utm_source": "utm source|utm_source",
	"utm_medium": "utm medium|utm_medium",
	"utm_campaign": "utm campaign|utm_campaign",
}


def spelled(heading: object) -> str:
	"""Return a heading in lower case, without asterisks and invisible marks.

	White space around and within is removed, too.
	"""
	visible = "".join(sign for sign in str(heading or "") if unicodedata.category(sign) != "Cf")
	said = " ".join(re.sub(r"[*_]+", " ", visible).casefold().split())
	return said.removesuffix("(required)").removesuffix("(optional)").rstrip(": ")


SYNONYMS = {
	spelled(spelling): field for field, spellings in _SYNONYMS.items() for spelling in spellings.split("|")
}
