"""What the words of a row say: its kind, method, stage, phase, body and audience. What they do not say stays empty."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from participation.compliance.vocabulary import RESIDENTS_PARTIES


class KnownOrganisation(NamedTuple):
    """An organisation that a row may name; ``is_actor`` where it has a part in the plan of the trajectory."""

    slug: str
    name: str
    kind: str
    is_actor: bool = False


class RowWords(NamedTuple):
    """What the words of a row say; "" and empty where they say nothing."""

    kind: str = ""
    method: str = ""
    stage: str = ""
    procedure: str = ""
    body: str = ""
    audience: tuple[str, ...] = ()
    is_optional: bool = False
    is_tentative: bool = False
    is_cancelled: bool = False


_PHASES: Final = (
    ("exploration", ("verkenn", "beeldvorm", "initiatie", "orienta", "inventarisatiefase", "startfase", "exploration")),
    ("judgement", ("oordeelsvorm", "afweging", "meningsvorm", "judgement")),
    ("decision", ("besluitvorm", "vaststellingsfase", "besluitfase", "decision")),
    ("execution", ("uitvoering", "realisatie", "implementatie", "execution")),
    ("evaluation", ("evaluatie", "nazorg", "evaluation")),
)
_PHASE_FILLERS: Final = frozenset(
    ("fase", "fases", "phase", "de", "het", "en", "van", "stap", "deel", "periode", "i", "ii", "iii", "iv", "v")
)

#: The notion that a word expresses; the first in the title decides. Of two at one place, the first in this list.
_NOTIONS: Final = tuple(
    (notion, re.compile("|".join(patterns)))
    for notion, *patterns in (
        ("holiday", r"\b\w*vakantie\b", r"\b\w*reces\b", r"\bfeestdag"),
        (
            "application",
            r"\bvergunningaanvraag",
            r"\baanvra\w+ (?:omgevings)?vergunning",
            r"\bindien\w+ (?:van de )?(?:omgevings)?vergunning",
        ),
        (
            "inspection",
            r"\bter ?inzage\w*",
            r"\binzage(?:periode|termijn|legging)\b",
            r"\binspraak(?:periode|termijn|procedure)?\b",
            r"\bzienswijzen?-?(?:periode|termijn|procedure)\b",
        ),
        ("view", r"\bzienswijzen?\b"),
        (
            "plan_review",
            r"\b(?:bespre\w+|overleg|gesprek|voorleggen|delen)\b[^.;]{0,30}\bparticipatieplan\b",
            r"\bparticipatieplan\b[^.;]{0,30}\b(?:bespre\w+|voorleggen|delen)\b",
        ),
        (
            "final_report",
            r"\bparticipatieverslag\b",
            r"\beindverslag (?:participatie|(?:aan|voor) (?:de )?deelnemers)\b",
        ),
        (
            "work",
            *(r"\baanpass\w*", r"\bvoorbereid\w*", r"\bverwerk\w*", r"\bverz(?:end|ond)\w*", r"\bverstu\w+"),
            *(r"\btoezend\w*", r"\bdoorgele\w+", r"\bdoorstu\w+", r"\baanlever\w*", r"\bop(?:stellen|maken)\b"),
            *(r"\buitwerk\w*", r"\bafrond\w*", r"\bschrijven\b", r"\bredactie\b", r"\binventaris\w*", r"\banalys\w+"),
            *(r"\baanbested\w*", r"\bgunning\b", r"\bofferte\w*", r"\boplever\w*", r"\buitnodig\w*", r"\bdrukwerk\b"),
            *(r"\bstart (?:van de )?(?:bouw|uitvoering|werk\w*)", r"\b\w*agenda\b", r"\btijdpad\b", r"\bplanning\b"),
        ),
        (
            "result",
            *(r"\buitkomst\w*", r"\bresultaten\b", r"\b\w*rapportage\b", r"\brapport\b", r"\bonderzoek\w*"),
            *(r"\bnotitie\b", r"\bconcept\w*"),
        ),
        (
            "feedback",
            *(r"\bterugkoppel\w*", r"\bterugmeld\w*", r"\breactienota\b", r"\bnota van (?:beantwoording|inspraak)\b"),
            r"\bwat is er mee gedaan\b",
        ),
        ("evaluation", r"\bevaluati\w*", r"\bevalueren\b", r"\bterugkijk\w*"),
        (
            "media",
            *(r"\be-?magazines?\b", r"\bnieuwsbrie\w*", r"\bpers(?:bericht|moment|conferentie)\w*", r"\bwebsites?\b"),
            *(
                r"\bsocial ?media\b",
                r"\bfacebook\b",
                r"\binstagram\b",
                r"\b\w*filmpje\w*",
                r"\bvideo\b",
                r"\bflyers?\b",
            ),
            *(r"\bhuis-aan-huis(?:blad|krant)\b", r"\b(?:bewoners|wijk|informatie)brief\b", r"\bwijkkrant\b"),
            *(r"\bmailing\b", r"\bposters?\b", r"\bstand van zaken\b", r"\bpublicatie\b"),
            r"\bbrief aan (?:de )?(?:be|in|om)?wo\w+",
        ),
        (
            "decision",
            *(r"\bbesluitvorm\w*", r"\b\w*besluit(?:en)?\b", r"\bvaststel\w*", r"\bvastgesteld\b", r"\binstemm\w+"),
            *(r"\bgoedkeur\w*", r"\bhamerstuk\b", r"\bstel(?:t|len) [^.;]{0,60}\bvast\b"),
        ),
        (
            "online",
            *(r"\bwebinar\b", r"\bonline (?:platform|participatie|consultatie|bijeenkomst)\b"),
            *(r"\bdigitaal platform\b", r"\bdoe ?mee\b", r"\bdenk ?mee\b"),
        ),
        (
            "door_to_door",
            *(r"\bhuis-aan-huis(?:gesprek\w*)?\b", r"\bdeur-aan-deur\b", r"\blangs de deuren\b"),
            *(r"\bhuisbezoek\w*", r"\baanbellen\b"),
        ),
        (
            "street_conversation",
            *(r"\bstraat(?:gesprek|interview)\w*", r"\bop straat\b", r"\bpop-?up\w*", r"\bmarktkraam\b"),
        ),
        ("walk", r"\b\w*wandeling(?:en)?\b", r"\b(?:buurt|wijk)?schouw\b", r"\brondleiding\w*", r"\bfietstocht\b"),
        ("survey", r"\benquete\w*", r"\bvragenlijst\w*", r"\b\w*peiling\w*", r"\bsurvey\b", r"\braadpleg\w+"),
        ("panel", r"\b\w*panel\b"),
        ("citizens_assembly", r"\bburger(?:beraad|forum|top|raad)\b"),
        ("hearing", r"\bhoorzitting\w*"),
        (
            "workshop",
            *(r"\bworkshops?\b", r"\b\w*ateliers?\b", r"\bontwerpsessies?\b", r"\bbrainstorm\w*", r"\bco-?creatie\w*"),
        ),
        (
            "meeting",
            r"\b(?:be|in|om)?won(?:ers|enden)-?(?:avond|bijeenkomst|middag|ochtend|overleg|gesprek)\w*",
            r"\b(?:buurt|wijk|informatie|inloop|inspraak|thema|dialoog|participatie|start|slot|ondernemers|stads)-?"
            r"(?:avond|bijeenkomst|middag|ochtend|gesprek|tafel|dag)\w*",
            *(r"\binloop\b", r"\bsymposium\b", r"\bopen huis\b", r"\binformatiemarkt\b", r"\bkeukentafelgesprek\w*"),
        ),
        (
            "group",
            r"\b\w*werkgroep\w*",
            r"\bproject(?:groep|team)\w*",
            r"\b(?:kern|regie)(?:groep|team)\b",
            r"\bambtelijk\b",
        ),
        (
            "session",
            *(r"\b(?:werk)?sessies?\b", r"\b\w*conferentie\b", r"\b\w*bijeenkomst(?:en)?\b", r"\b\w*avond(?:en)?\b"),
            r"\bsamenkomst\b",
        ),
        (
            "talk",
            *(r"\b(?:be|voorbe)?spre(?:king|ken)\b", r"\b\w*overleg\b", r"\bgesprek(?:ken)?\b", r"\bkennismak\w*"),
            *(r"\b\w*vergadering\b", r"\bpresentatie\b", r"\binformeren\b", r"\bbehandeling\b"),
        ),
    )
)
#: Notions that are an activity for everyone by their name alone, with its method.
_METHODS: Final = {
    name: name
    for name in (
        *("online", "door_to_door", "street_conversation", "walk", "survey", "panel", "citizens_assembly", "hearing"),
        *("workshop", "meeting"),
    )
}
#: Notions that are a kind of step as they are.
_KINDS: Final = {
    "holiday": "milestone",
    "application": "application",
    "inspection": "inspection",
    "plan_review": "plan_review",
    "final_report": "final_report",
    "work": "milestone",
    # A group of civil servants.
    "group": "milestone",
    "evaluation": "evaluation",
    "media": "update",
    "decision": "decision",
}
_BODIES: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("executive", r"\bcollege(?!ga)(?P<plural>s\b)?\w*|\bb ?(?:&|en) ?w\b"),
        ("committee", r"\b(?:raads)?commissie(?P<plural>s\b)?\w*|\bpolitieke? (?:forum|markt|avond)\b"),
        (
            "council",
            r"\b(?:gemeente)?(?:raad|(?P<plural>raden))\b"
            r"|\b(?:gemeente)?raads(?:vergadering|bijeenkomst|besluit|behandeling|sessie|avond|informatiebrief)\w*",
        ),
        ("steering_group", r"\bstuurgroep\w*"),
        ("sounding_board", r"\bklankbordgroep\w*"),
        ("registry", r"\bgriffie\b"),
        ("audit_office", r"\brekenkamer\b"),
    )
)
#: Bodies of which a meeting is a briefing; that of another group is only a milestone.
_BRIEFED: Final = ("executive", "committee", "council", "steering_group", "sounding_board")
_RESIDENTS: Final = re.compile(
    r"\b(?:be|in)?woners\w*|\bomwonenden\b|\bburgers\b|\bbuurt(?:genoten|bewoners)\b|\bhuurders\b"
)
_ENTREPRENEURS: Final = re.compile(r"\bondernemers\w*|\bwinkeliers\w*|\bbedrijven\b|\bhoreca\b")
_EVERYONE: Final = re.compile(
    r"\biedereen\b|\bwebsites?\b|\bonline\b|\bsocial ?media\b|\bfacebook\b|\be-?magazines?\b|\bnieuwsbrie\w*|\bpers\w*"
    r"|\blokale media\b|\bhuis-aan-huis(?:blad|krant)\b|\bopenbaar\b|\bpublicatie\b"
)
_PUBLISHED: Final = re.compile(
    r"\b(?:op|naar|via) (?:de )?(?:website|site)s?\b|\bpersbericht\b|\bonline\b|\bnieuwsbrief\b|\be-?magazine\b"
)
_READY: Final = re.compile(r"\b(?:gereed|klaar|af|afgerond|beschikbaar)\b")
#: Who takes part, in the rest of a row: "een bijeenkomst met inwoners, bedrijven en instellingen".
_WITH: Final = re.compile(
    r"\b(?:met|voor|van) (?:de |alle )?(?:in|be|om)?(?:wo(?:ners|nenden)|ondernemers|bedrijven)[^.;\n]{0,80}"
)
_OPTIONAL: Final = re.compile(r"\boptione\w+|\bfacultatief\b|\beventue\w+|\bindien nodig\b|\bzo nodig\b")
_TENTATIVE: Final = re.compile(r"\(\?\)|\(nog in te plannen\)|\bonder voorbehoud\b|\bo\.?v\.?b\.?(?!\w)")
_CANCELLED: Final = re.compile(r"\bvervalt\b|\bvervallen\b|\bgeannuleerd\b|\bgaat niet door\b")
#: The whole of a cell that says how it stands with a step.
_STATUSES: Final = (
    ("planned", re.compile(r"(?:staat )?(?:in)?gepland|planned|scheduled")),
    ("done", re.compile(r"afgerond|gereed|klaar|gedaan|geweest|gehouden|voltooid|uitgevoerd|done|completed|finished")),
    ("cancelled", re.compile(r"vervallen|vervalt|geannuleerd|afgelast|gaat niet door|cancell?ed")),
)
_ADOPTION: Final = re.compile(
    r"\bvaststel\w*|\bvast\b|\bvastgesteld\b|\bbesluitvorm\w*|\bdefinitief\b|\braadsbesluit\b"
)
_SETUP: Final = re.compile(
    r"\bstartnotitie\b|\bplan van aanpak\b|\bstartbesluit\b|\bopdracht\w*|\bkaders\b|\bparticipatieplan\b"
)
_PROPOSAL: Final = re.compile(r"\b\w*voorstel\w*|\bontwerp\w*|\bconcept\w*|\bzienswijzen?\b")
_EXTENDED: Final = re.compile(r"\buitgebreide?\b|\bafdeling 3\.4\b|\buov\b|\buniforme openbare\b")
_RECIPIENT: Final = re.compile(r"\b(?:aan|naar)(?: de| het)? $")
#: A digit that a reference to a footnote left before a word.
_GLUED_DIGIT: Final = re.compile(r"\b\d(?=[a-z]{4})")
_MIN_NAME_LENGTH: Final = 5


def normalize_words(text: str) -> str:
    """Return the text for comparison: lower case, without accents, one space between words."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return _GLUED_DIGIT.sub("", " ".join(plain.split()))


def status_of(text: str) -> str:
    """Return whether a cell says "planned", "done" or "cancelled"; "" for anything else."""
    words = normalize_words(text).rstrip(".!")
    return next((status for status, pattern in _STATUSES if pattern.fullmatch(words)), "")


def phase_of_heading(text: str) -> str:
    """Return the phase of a text that is only the heading of one: "Verkenningsfase", "2. OORDEELSVORMING"; else ""."""
    words = [word for word in re.split(r"[^\w]+", normalize_words(text[:80])) if word and not word.isdigit()]
    is_named = any(word.startswith("fase") for word in words)
    words = [word for word in words if word not in _PHASE_FILLERS]
    phases = [_phase_of_word(word) for word in words]
    # "Oordeelsvormende" alone is the beginning of a sentence.
    if words and words[-1].endswith("vormende") and not is_named:
        return ""
    return phases[0] if phases and len(words) <= 3 and all(phases) else ""


def phase_in(text: str) -> str:
    """Return the first phase that the text names; "" if there is none."""
    words = re.split(r"[^\w]+", normalize_words(text[:500]))
    return next((phase for word in words if (phase := _phase_of_word(word))), "")


def _phase_of_word(word: str) -> str:
    return next((phase for phase, starts in _PHASES if word.startswith(starts)), "")


class _Mention(NamedTuple):
    """A place in a text, and what stands there: a notion, or an organisation by slug or kind."""

    start: int
    name: str
    kind: str = ""


class WordReader:
    """Reads the words of rows, with the organisations that they may name."""

    def __init__(self, organisations: Iterable[KnownOrganisation]) -> None:
        """Prepare the names; a name of fewer than five letters is too short to be recognised."""
        self._organisations = tuple(organisations)
        self._names = [
            (re.compile(rf"(?<!\w){re.escape(name)}(?!\w)"), known)
            for known in self._organisations
            if known.kind != "municipality" and len(name := normalize_words(known.name)) >= _MIN_NAME_LENGTH
        ]

    def read(self, title: str, rest: str = "", *, phase: str = "") -> RowWords:
        """Return what the words say; the title decides, and the rest of the row says for whom it is."""
        words, details = normalize_words(title), normalize_words(rest)
        notions = sorted(_notions_in(words))
        bodies = sorted(self._bodies_in(words))
        audience = self._audience(words)
        kind, method = self._kind(words, details, notions, bodies, audience, phase)
        if kind == "activity":
            with_whom = " ".join(found.group() for found in _WITH.finditer(details))
            audience = tuple(dict.fromkeys((*audience, *self._audience(with_whom))))
        elif kind == "update":
            is_public = _EVERYONE.search(words) or (not audience and _EVERYONE.search(details))
            audience = ("everyone",) if is_public else audience
        elif kind not in ("contact", "plan_review", "feedback", "final_report", "inspection"):
            audience = ()
        return RowWords(
            kind,
            method,
            _stage(words, bodies, phase) if kind == "decision" else "",
            "extended" if kind == "inspection" and _EXTENDED.search(words) else "",
            self._body(kind, words, notions, bodies),
            audience,
            bool(_OPTIONAL.search(words)),
            bool(_TENTATIVE.search(words)),
            bool(_CANCELLED.search(words)),
        )

    def body_of(self, text: str) -> str:
        """Return the body that a cell names, an organisation of exactly this name first; "" if it names none."""
        words = normalize_words(text)
        exact = [one.slug for one in self._organisations if words and normalize_words(one.name) == words]
        if len(exact) == 1:
            return exact[0]
        bodies = sorted(self._bodies_in(words))
        return bodies[0].name if bodies else ""

    def audience_of(self, text: str) -> tuple[str, ...]:
        """Return the audience that a cell names."""
        words = normalize_words(text)
        return ("everyone",) if _EVERYONE.search(words) else self._audience(words)

    def _kind(
        self,
        words: str,
        details: str,
        notions: Sequence[_Mention],
        bodies: Sequence[_Mention],
        audience: Sequence[str],
        phase: str,
    ) -> tuple[str, str]:
        """Return the kind and the method."""
        names = {mention.name for mention in notions}
        first = notions[0].name if notions else ""
        is_briefed = bool(bodies) and bodies[0].kind in _BRIEFED
        # "Raad: vaststelling visie": what the body does there, rather than that it meets.
        if bodies and (not notions or bodies[0].start <= notions[0].start):
            first = next((name for name in ("decision", "view") if name in names), "body")
        if first == "view":
            return ("decision", "") if is_briefed else ("inspection", "")
        if first == "feedback":
            return ("briefing" if is_briefed else "feedback"), ""
        if first == "result":
            is_published = _PUBLISHED.search(words) or _PUBLISHED.search(details)
            return (("update" if is_published else "milestone") if _READY.search(words) else ""), ""
        if first in _METHODS:
            # A meeting of bodies alone is none for residents, whatever it is called.
            return (
                ("briefing", "")
                if is_briefed and not audience and first in ("meeting", "workshop")
                else ("activity", first)
            )
        if first in ("session", "talk", "body"):
            found = self._meeting_kind(first, words, bodies, audience, phase)
            return ("milestone", "") if not found[0] and "group" in names else found
        return _KINDS.get(first, ""), ""

    @staticmethod
    def _meeting_kind(
        notion: str, words: str, bodies: Sequence[_Mention], audience: Sequence[str], phase: str
    ) -> tuple[str, str]:
        """Return the kind and method of a meeting, by who meets."""
        if bodies and bodies[0].kind not in RESIDENTS_PARTIES:
            is_decided = phase == "decision" and bodies[0].kind in ("council", "committee")
            if is_decided and (notion == "body" or re.search(r"\bbehandel", words)):
                return "decision", ""
            return ("briefing" if bodies[0].kind in _BRIEFED else "milestone"), ""
        if audience:
            return ("activity", "meeting") if notion == "session" else ("contact", "")
        return "", ""

    def _bodies_in(self, words: str) -> Iterator[_Mention]:
        named = [
            _Mention(found.start(), known.slug, known.kind)
            for name, known in self._names
            for found in name.finditer(words)
        ]
        yield from named
        for kind, pattern in _BODIES:
            for found in pattern.finditer(words):
                if not any(mention.start <= found.start() and mention.kind == kind for mention in named):
                    yield _Mention(found.start(), self._only_one(kind, found.groupdict().get("plural")), kind)

    def _only_one(self, kind: str, plural: str | None) -> str:
        """Return the organisation of this kind where there is one; else the kind, which leaves open which."""
        known = [one for one in self._organisations if one.kind == kind]
        acting = [one for one in known if one.is_actor] or known
        return acting[0].slug if len(acting) == 1 and not plural else kind

    @staticmethod
    def _body(kind: str, words: str, notions: Sequence[_Mention], bodies: Sequence[_Mention]) -> str:
        """Return who meets or decides; of work, who gets it, where that is one organisation that we know."""
        if not bodies or kind not in ("briefing", "decision", "milestone"):
            return ""
        if kind != "milestone" or not notions or notions[0].name in ("talk", "session", "group"):
            return bodies[0].name
        recipients = (one for one in bodies if one.name != one.kind and _RECIPIENT.search(words[: one.start]))
        return next((one.name for one in recipients), "")

    def _audience(self, words: str) -> tuple[str, ...]:
        named = [known.slug for name, known in self._names if known.kind in RESIDENTS_PARTIES and name.search(words)]
        groups = [
            name
            for name, pattern in (("residents", _RESIDENTS), ("entrepreneurs", _ENTREPRENEURS))
            if pattern.search(words)
        ]
        return (*dict.fromkeys(named), *groups)


def _notions_in(words: str) -> Iterator[_Mention]:
    """Yield each notion at its first place; of two at one place, only the first in the list."""
    taken: set[int] = set()
    for notion, pattern in _NOTIONS:
        found = pattern.search(words)
        if found and found.start() not in taken:
            taken.add(found.start())
            yield _Mention(found.start(), notion)


def _stage(words: str, bodies: Sequence[_Mention], phase: str) -> str:
    """Return the stage of a decision; "" where the words leave it open."""
    kind = bodies[0].kind if bodies else ""
    if _SETUP.search(words):
        return "setup"
    if kind == "committee":
        return "proposal"
    if kind == "council" and not _PROPOSAL.search(words):
        return "adoption" if _ADOPTION.search(words) or phase == "decision" else ""
    if _PROPOSAL.search(words):
        return "proposal"
    return "adoption" if _ADOPTION.search(words) else ""
