"""Texts of the demo and replay commands, Dutch first."""

from typing import Any, Final

MESSAGES: Final[dict[str, dict[str, str]]] = {
    # ---- the replay
    "walk": {
        "nl": "Van {first} tot en met {last}. Alleen de dagen waarop iets veranderde; gerekend met de feiten "
        "zoals ze nu zijn vastgelegd.",
        "en": "From {first} to {last}. Only the days on which something changed; counted with the facts as "
        "they are recorded now.",
    },
    "nothing_owed": {
        "nl": "Er is geen dag waarop volgens dit regelboek iets kon veranderen.",
        "en": "There is no day on which, by this rulebook, anything could change.",
    },
    "stands": {"nl": "al: {status}", "en": "already: {status}"},
    "days_before": {
        "nl": "{days} vóór {day}: {what}",
        "en": "{days} before {day}: {what}",
    },
    "days_before_day": {"nl": "{days} vóór {day}", "en": "{days} before {day}"},
    "same_day": {"nl": "op de dag zelf: {what}", "en": "on the very day: {what}"},
    "same_day_day": {"nl": "op de dag zelf", "en": "on the very day"},
    "next_decision": {
        "nl": "{days} vóór het volgende besluit, op {day}: {what}",
        "en": "{days} before the next decision, on {day}: {what}",
    },
    "late_by": {"nl": "{days} te laat", "en": "{days} late"},
    "nothing_changed": {
        "nl": "In deze tijd veranderde er niets.",
        "en": "Nothing changed in this time.",
    },
    "all_hint": {
        "nl": "Met --all staan ook de andere dagen erbij: wat binnenkort klaar moet zijn, en wat op tijd is gedaan.",
        "en": "With --all the other days are shown too: what is due soon, and what was done on time.",
    },
    "sum_none": {"nl": "Er was niets te melden.", "en": "There was nothing to report."},
    "sum": {"nl": "Samen: {flags}.", "en": "Together: {flags}."},
    "sum_flags": {"nl": "{count} punten", "en": "{count} points"},
    "sum_flag": {"nl": "1 punt", "en": "1 point"},
    "sum_in_time": {
        "nl": "{count} daarvan vóór de dag waar het om ging, de vroegste {days} van tevoren",
        "en": "{count} of them before the day that it was about, the earliest {days} beforehand",
    },
    "sum_decision": {
        "nl": "{count} over iets dat al voorbij was, maar vóór het volgende besluit",
        "en": "{count} about something past, yet before the next decision",
    },
    "sum_unknown": {
        "nl": "Nog niet bekend, want er ontbreekt een gegeven: {count}.",
        "en": "Not known yet, because a fact is missing: {count}.",
    },
    "times": {"nl": "{count} keer: {what}", "en": "{count} times: {what}"},
    "sources": {"nl": "Bronnen", "en": "Sources"},
    # ---- the demonstration: progress
    "stage_database": {"nl": "Database klaarzetten", "en": "Preparing the database"},
    "stage_fill": {"nl": "Trajecten inlezen", "en": "Reading the trajectories"},
    "stage_nights": {"nl": "De afgelopen week nalopen", "en": "Going through last week"},
    "stage_known": {"nl": "Trajecten naar deze week brengen", "en": "Moving the trajectories to this week"},
    "stage_again": {"nl": "Opnieuw beoordelen", "en": "Assessing anew"},
    "stage_people": {"nl": "Wachtwoorden maken", "en": "Making passwords"},
    "stage_mails": {"nl": "Weekberichten schrijven", "en": "Writing the weekly reports"},
    # ---- the demonstration: summary
    "title": {
        "nl": "Leidraad: wat is er met bewoners afgesproken, wanneer moet het klaar zijn, en is het gedaan?",
        "en": "Leidraad: what was agreed with residents, by when, and was it done?",
    },
    "today": {
        "nl": "Vandaag is {day}. De gegevens staan in {place}.",
        "en": "Today is {day}. The data is in {place}.",
    },
    "place_given": {"nl": "de database van DATABASE_URL", "en": "the database of DATABASE_URL"},
    "part_cases": {
        "nl": "1. Wat Leidraad in vier echte trajecten had laten zien",
        "en": "1. What Leidraad would have shown in four real trajectories",
    },
    "remedy": {"nl": "Dit had geholpen: {what}", "en": "This would have helped: {what}"},
    "without": {"nl": "{count} partijen hadden het niet.", "en": "{count} parties did not have it."},
    "never": {"nl": "Niet gedaan, voor zover bekend.", "en": "Not done, as far as is known."},
    "settled": {"nl": "Gedaan op {day}, {late}.", "en": "Done on {day}, {late}."},
    "settled_in_time": {"nl": "Gedaan op {day}.", "en": "Done on {day}."},
    "rest": {
        "nl": "Nog {count} punten, dag voor dag: {command}",
        "en": "{count} more points, day by day: {command}",
    },
    "no_flags": {"nl": "Volgens dit regelboek: niets te melden.", "en": "By this rulebook: nothing to report."},
    "part_week": {
        "nl": "2. Hoe zes verzonnen trajecten er vandaag voor staan",
        "en": "2. How six invented trajectories stand today",
    },
    "done": {"nl": "gedaan", "en": "done"},
    "changes": {
        "nl": "In de afgelopen week: {new} nieuw, {resolved} opgelost.",
        "en": "In the past week: {new} new, {resolved} resolved.",
    },
    "part_you": {"nl": "3. Verder kijken", "en": "3. Looking further"},
    "mails": {
        "nl": "{count} weekberichten, als e-mail (.eml) en als pagina (.html): {folder}",
        "en": "{count} weekly reports, as e-mail (.eml) and as page (.html): {folder}",
    },
    "rules": {
        "nl": "Alle regels, met hun bron: {command}",
        "en": "All rules, with their source: {command}",
    },
    "commands": {
        "nl": "Voor deze opdrachten in een ander venster eerst:",
        "en": "Before these commands, in another window:",
    },
    "postcodes": {
        "nl": "Zoek uw wijk met een verzonnen postcode, zoals 1234 AB.",
        "en": "Search for your neighbourhood by an invented postcode, such as 1234 AB.",
    },
    "log_in": {
        "nl": "Inloggen op {address} kan als (de wachtwoorden zijn elke keer nieuw):",
        "en": "Log in at {address} as one of these (the passwords are new every time):",
    },
    "adviser": {"nl": "adviseur van {count} trajecten", "en": "adviser of {count} trajectories"},
    "coordinator": {"nl": "coördinator van alle trajecten", "en": "coordinator of all trajectories"},
    "association_member": {"nl": "lid van {name}", "en": "member of {name}"},
    "council_member": {
        "nl": "raadslid, begint op de pagina voor de raad",
        "en": "council member, starts on the council's page",
    },
    "auditor": {"nl": "rekenkamer, leest alles mee", "en": "audit office, reads everything"},
    "no_server": {
        "nl": "De website is niet gestart (--no-server).",
        "en": "The website was not started (--no-server).",
    },
    "serving": {
        "nl": "De website draait. Stoppen: Ctrl+C.",
        "en": "The website is running. To stop: Ctrl+C.",
    },
    "stopped": {"nl": "Gestopt.", "en": "Stopped."},
}


def demo_text(key: str, language: str, **values: Any) -> str:
    """Return this text in this language, with its values filled in. Raises KeyError on an unknown key."""
    return MESSAGES[key][language].format(**values)
