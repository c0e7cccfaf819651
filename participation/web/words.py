"""What the pages say around what they show, Dutch first."""

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "nl": {
        "name": "Leidraad",
        "skip": "Naar de inhoud",
        "menu": "Menu",
        "this_week": "Deze week",
        "rules": "Regels",
        "admin": "Beheer",
        "log_in": "Inloggen",
        "log_out": "Uitloggen",
        "who": "E-mailadres of gebruikersnaam",
        "password": "Wachtwoord",
        "wrong": "Dit adres en dit wachtwoord horen niet bij elkaar. Controleer ze en probeer het nog eens.",
        "closed": "Dit account is gesloten. Vraag de beheerder om hulp.",
        "what_this_is": "Leidraad houdt bij wat er met bewoners is afgesproken, wanneer het klaar moet "
        "zijn en of het is gedaan.",
        "nothing_title": "Deze week niets te melden",
        "nothing": "In uw trajecten is deze week niets waar u iets mee moet.",
        "not_found_title": "Deze pagina is er niet",
        "not_found": "Misschien klopt het adres niet, of mag u deze pagina niet zien. Nog niet elke pagina "
        "waar een bericht naar verwijst is gemaakt.",
        "to_start": "Naar het bericht van deze week",
    },
    "en": {
        "name": "Leidraad",
        "skip": "To the content",
        "menu": "Menu",
        "this_week": "This week",
        "rules": "Rules",
        "admin": "Administration",
        "log_in": "Log in",
        "log_out": "Log out",
        "who": "E-mail address or user name",
        "password": "Password",
        "wrong": "This address and this password do not belong together. Check them and try again.",
        "closed": "This account is closed. Ask the administrator for help.",
        "what_this_is": "Leidraad keeps track of what was agreed with residents, by when, and whether it was done.",
        "nothing_title": "Nothing to tell this week",
        "nothing": "In your trajectories there is nothing this week that asks something of you.",
        "not_found_title": "This page is not there",
        "not_found": "The address may be wrong, or the page may not be yours to see. Not every page that a "
        "message points to has been made yet.",
        "to_start": "To this week's report",
    },
}


def words_in(language: str | None) -> Mapping[str, str]:
    """Return the words in this language, in Dutch where it is another or none."""
    return WORDS.get((language or "").partition("-")[0], WORDS["nl"])
