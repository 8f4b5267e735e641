"""What a column header says that a column may hold, in seven languages (en, de, fr, es, it, pt, nl).

A header alone decides nothing: `lookalike.tables.personal` asks the values too.
"""

from __future__ import annotations

import re
import unicodedata

_PHRASES: dict[str, str] = {
    "email": (
        "email|e mail|mail|mail address|email address|correo|correo electronico|courriel|posta elettronica"
    ),
    "phone": (
        "phone|phone number|telephone|tel|mobile|cell|cellphone|fax|msisdn|telefon|telefonnummer"
        "|handy|mobil|mobilnummer|rufnummer|telefono|movil|celular|cellulare|telefone|telemovel"
        "|telefoon|telefoonnummer|portable|gsm|telefax"
    ),
    "first_name": (
        "first name|firstname|fname|given name|givenname|forename|middle name|vorname|rufname|prenom"
        "|nombre de pila|primer nombre|primeiro nome|voornaam|nome proprio"
    ),
    "last_name": (
        "last name|lastname|lname|surname|family name|familyname|maiden name|nachname|familienname"
        "|zuname|nom de famille|apellido|apellidos|primer apellido|segundo apellido|cognome|sobrenome"
        "|apelido|achternaam|familienaam"
    ),
    "name": (
        "full name|fullname|contact name|customer name|client name|person name|patient name"
        "|employee name|user full name|owner name|guest name|member name|student name|holder name"
        "|cardholder|cardholder name|account holder|kundenname|kontaktperson|ansprechpartner"
        "|vollstandiger name|nom complet|nom et prenom|nombre completo|nombre y apellidos"
        "|nome completo|nome e cognome|volledige naam|contactpersoon|name|person|contact|nom|nombre"
        "|nome|naam|author|owner|patient|employee|customer|client|manager|kunde|mitarbeiter|cliente"
        "|klant"
    ),
    "company": (
        "company|company name|companyname|employer|organisation|organization|business name|firma"
        "|firmenname|unternehmen|arbeitgeber|entreprise|societe|raison sociale|empresa|razon social"
        "|azienda|societa|ragione sociale|bedrijf|bedrijfsnaam"
    ),
    "address": (
        "address|addr|address line|address1|address2|address 1|address 2|street|street address"
        "|home address|street name|postal address|adresse|anschrift|strasse|straße|wohnadresse|rue"
        "|direccion|domicilio|calle|indirizzo|via|endereco|morada|rua|adres|straat|straatnaam"
    ),
    "city": (
        "city|town|stadt|ort|wohnort|ville|commune|ciudad|poblacion|citta|comune|cidade|stad"
        "|woonplaats|plaats"
    ),
    "postal_code": (
        "postal code|postalcode|post code|postcode|zip|zip code|zipcode|plz|postleitzahl|code postal"
        "|codigo postal|cap|cep|codice postale"
    ),
    "ssn": (
        "ssn|social security|social security number|national id|national insurance number|nino|tax id"
        "|tin|passport|passport number|sozialversicherungsnummer|steuer id|steuernummer"
        "|steueridentifikationsnummer|personalausweis|reisepass|numero de securite sociale|nir|insee"
        "|dni|nif|nie|curp|rfc|cpf|rg|nss|codice fiscale|bsn|burgerservicenummer|driver license"
        "|drivers license|license number|medicare number|nhs number"
    ),
    "card": (
        "card|card number|cardnumber|credit card|credit card number|creditcard|cc number|ccn|pan"
        "|kreditkarte|kartennummer|carte bancaire|tarjeta|numero de tarjeta|carta di credito|cartao"
        "|creditcardnummer"
    ),
    "iban": "iban|bank account|account iban|kontonummer",
    "username": (
        "username|user name|login|login name|nickname|nick|screen name|handle|benutzername"
        "|utilisateur|nom d utilisateur|usuario|nombre de usuario|utente|nome utente|utilizador"
        "|gebruikersnaam"
    ),
    "url": (
        "url|website|web site|homepage|home page|webpage|web page|site|web|webseite|site web|sitio web|link"
    ),
    "ipv4": "ip|ip address|ip adresse|adresse ip|direccion ip|indirizzo ip|ip adres|client ip|remote addr",
}
_CONTENTS = {phrase: content for content, phrases in _PHRASES.items() for phrase in phrases.split("|")}
_LONGEST = max(phrase.count(" ") + 1 for phrase in _CONTENTS)

_THINGS = (
    "product|item|category|file|host|event|column|field|class|type|model|brand|song|movie|film|book"
    "|title|game|department|team|project|task|group|role|country|state|region|city|county|school|job"
    "|table|store|shop|channel|campaign|plan|tier|color|colour|species|plant|drug|gene|variable"
    "|metric|feature|display|produkt|artikel|kategorie|produit|article|producto|prodotto|produto"
    "|categoria|datei|ship|device"
)
THINGS = frozenset(_THINGS.split("|"))
"""Words before "name" that speak of things, not of people."""


def words_of(header: str) -> list[str]:
    """The words of a header, lower case, without accents: ``"Straße/HomePhone"`` → strasse, home, phone."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", header)
    folded = unicodedata.normalize("NFKD", split.casefold())
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return re.findall(r"[a-z]+|[0-9]+", plain)


def content_of(header: str) -> str | None:
    """The content that a header names by its last words (the longest that is known), or None."""
    words = words_of(header)
    while words and words[-1].isdigit():
        words.pop()
    for length in range(min(_LONGEST, len(words)), 0, -1):
        content = _CONTENTS.get(" ".join(words[-length:]))
        if content is not None:
            return content
    first = _CONTENTS.get(" ".join(words[:2])) or (_CONTENTS.get(words[0]) if words else None)
    return first if first in ("phone", "email", "iban", "card", "ssn") else None


def names_a_thing(header: str) -> bool:
    """Whether a header that ends in "name" speaks of a thing: ``product_name``, ``file name``."""
    return any(word in THINGS for word in words_of(header)[:-1])
