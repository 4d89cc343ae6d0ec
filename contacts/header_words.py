"""What columns of files are called in German, French and Spanish, put into English. Pure."""

from __future__ import annotations

import unicodedata

_ENGLISH = {
    "first_name": "vorname prenom nombre",
    "last_name": "nachname familienname nom nom_de_famille apellido apellidos",
    "company": "firma firmenname unternehmen societe entreprise empresa",
    "job_title": "funktion berufsbezeichnung poste fonction puesto cargo",
    "phone": "telefon telefonnummer handy mobil telephone telefono",
    "city": "stadt ort wohnort ville ciudad",
    "country": "land pays pais",
    "industry": "branche secteur secteur_d_activite sector industria",
    "employees": "mitarbeiter mitarbeiterzahl anzahl_mitarbeiter effectif effectifs employes empleados",
    "revenue": "umsatz chiffre_d_affaires facturacion",
    "website": "webseite webseite_url site_web sitio_web",
    "email": "e_mail_adresse emailadresse mailadresse courriel adresse_e_mail correo correo_electronico",
    "customer_id": "kundennummer",
    "date": "datum fecha",
    "event": "ereignis evenement evento",
}
_WORDS = {word: english for english, words in _ENGLISH.items() for word in words.split()}


def english(name: str) -> str:
    """A column's name in snake case as English has it, accents or not; one that is not known as it is."""
    return _WORDS.get(unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode(), name)
