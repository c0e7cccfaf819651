"""Constants of the generated data: organisations, texts, and how often each value occurs."""

from datetime import date

#: The date of the measurements: most of what lies before it is done, what lies after it is planned.
TODAY = date(2026, 9, 1)
#: The number of trajectories that are written at a time.
BATCH_SIZE = 1_000
#: The share of imprecise dates.
IMPRECISE = 0.05

KINDS = {
    "policy": 20,
    "area_development": 12,
    "public_space": 24,
    "housing": 12,
    "mobility": 12,
    "energy": 7,
    "events": 3,
    "research": 3,
    "conversation_series": 2,
    "permit": 3,
    "other": 2,
}
LEVELS = {"inform": 15, "consult": 40, "advise": 25, "coproduce": 12, "codecide": 4, "": 4}
IMPACTS = {"low": 30, "medium": 40, "high": 25, "": 5}
METHODS = {
    "meeting": 40,
    "workshop": 15,
    "survey": 12,
    "online": 8,
    "door_to_door": 8,
    "walk": 7,
    "street_conversation": 5,
    "letter": 5,
}
REQUESTS = {
    "concern": 30,
    "information": 30,
    "initiative": 10,
    "complaint": 10,
    "woo": 12,
    "right_to_challenge": 3,
    "council_letter": 5,
}
WAIVED = ("meeting-announced", "progress-update", "feedback-given", "plain-summary")

TOPICS = ("plein", "fietsroute", "speelplek", "warmtenet", "wijkvisie", "woningbouw", "parkeerplan", "park")
PLACES = ("Lindekwartier", "Oude Haven", "Molenwerf", "Singelrand", "Waterkant", "Drukkerijbuurt", "Havenwijk")
SENTENCES = (
    "Meer bomen bij de bankjes, want het is er nu in de zomer te heet om te zitten.",
    "De oversteek bij de school voelt onveilig; graag een drempel en betere verlichting.",
    "Er verdwijnen parkeerplaatsen en niemand heeft verteld waar de bewoners dan heen kunnen.",
    "De voorziening moet ook bereikbaar zijn voor wie slecht loopt of in een rolstoel zit.",
    "Laat de buurt zelf het onderhoud van de bakken doen, dan blijft het netjes.",
    "Het verslag noemt onze inbreng niet, terwijl die op de avond breed werd gedeeld.",
    "Past binnen het budget en is in het ontwerp opgenomen, zie tekening drie.",
    "Dat kan niet, want de brandweer moet erlangs; wel is de doorgang verlegd.",
)
ASSOCIATIONS = 24


def organisations() -> list[tuple[str, str]]:
    """Return the slug and the kind of each organisation."""
    bodies = ("municipality", "council", "committee", "executive", "registry", "audit_office")
    found = [(f"{kind.replace('_', '-')}-voorbeeld", kind) for kind in bodies]
    found += [(f"wijkvereniging-{n}-voorbeeld", "residents_association") for n in range(ASSOCIATIONS)]
    found += [(f"bewonersgroep-{n}-voorbeeld", "residents_initiative") for n in range(8)]
    found += [(f"ondernemers-{n}-voorbeeld", "business_association") for n in range(6)]
    return [*found, ("onderzoeksbureau-voorbeeld", "research_bureau"), ("bouwer-voorbeeld", "developer")]


COUNCIL, COMMITTEE, EXECUTIVE = "council-voorbeeld", "committee-voorbeeld", "executive-voorbeeld"
PARTIES = [slug for slug, kind in organisations() if kind.startswith(("residents", "business"))]
PK_OF = {slug: pk for pk, (slug, _kind) in enumerate(organisations(), 1)}
