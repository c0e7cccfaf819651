"""What people read for a word of the vocabulary: English here, Dutch in the translation."""

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

#: A word means the same wherever it is used, so it is labelled once.
LABELS: dict[str, Promise] = {
    # kinds of trajectory, who began it, how much it touches people, where it stands
    "policy": _("policy"),
    "area_development": _("area development"),
    "public_space": _("public space"),
    "housing": _("housing"),
    "mobility": _("mobility"),
    "energy": _("energy"),
    "events": _("events"),
    "research": _("research"),
    "conversation_series": _("series of conversations"),
    "permit": _("permit"),
    "other": _("other"),
    "municipality": _("municipality"),
    "residents": _("residents"),
    "developer": _("developer"),
    "low": _("low"),
    "medium": _("medium"),
    "high": _("high"),
    "planned": _("planned"),
    "active": _("active"),
    "paused": _("paused"),
    "closed": _("closed"),
    # the participation ladder
    "inform": _("inform"),
    "consult": _("consult"),
    "advise": _("advise"),
    "coproduce": _("coproduce"),
    "codecide": _("decide together"),
    "self_manage": _("manage themselves"),
    # who is the contact
    "project_manager": _("project manager"),
    "policy_adviser": _("policy adviser"),
    "district_coordinator": _("district coordinator"),
    # organisations and audiences
    "council": _("municipal council"),
    "committee": _("council committee"),
    "executive": _("municipal executive"),
    "registry": _("council registry"),
    "audit_office": _("audit office"),
    "residents_association": _("residents' association"),
    "residents_initiative": _("residents' initiative"),
    "business_association": _("business association"),
    "research_bureau": _("research bureau"),
    "political_group": _("political group"),
    "steering_group": _("steering group"),
    "sounding_board": _("sounding board"),
    "entrepreneurs": _("entrepreneurs"),
    "everyone": _("everyone"),
    "participant": _("takes part"),
    "informed": _("is kept informed"),
    "decides": _("decides"),
    # steps
    "contact": _("contact"),
    "plan_review": _("talk about the plan"),
    "activity": _("activity"),
    "inspection": _("public inspection"),
    "update": _("update"),
    "feedback": _("feedback to participants"),
    "final_report": _("final report to participants"),
    "briefing": _("briefing of the council"),
    "decision": _("decision"),
    "evaluation": _("evaluation"),
    "milestone": _("milestone"),
    "meeting": _("meeting"),
    "workshop": _("workshop"),
    "survey": _("survey"),
    "panel": _("panel"),
    "online": _("online"),
    "door_to_door": _("door to door"),
    "street_conversation": _("conversations in the street"),
    "walk": _("walk through the neighbourhood"),
    "letter": _("letter"),
    "citizens_assembly": _("citizens' assembly"),
    "hearing": _("hearing"),
    "exploration": _("exploration"),
    "judgement": _("judgement"),
    "execution": _("execution"),
    "setup": _("set-up"),
    "proposal": _("proposal"),
    "adoption": _("adoption"),
    "extended": _("extended (six weeks)"),
    "municipal": _("the municipality's own"),
    # documents
    "plan": _("plan"),
    "draft": _("draft"),
    "final": _("final version"),
    "report": _("report"),
    "weighing": _("weighing of contributions"),
    "minutes": _("minutes"),
    "invitation": _("invitation"),
    # what became of a contribution or a motion
    "adopted": pgettext_lazy("outcome", "adopted"),
    "partly": _("partly adopted"),
    "not_adopted": _("not adopted"),
    "out_of_scope": _("outside the frameworks"),
    "rejected": _("rejected"),
    "withdrawn": _("withdrawn"),
    "deferred": _("deferred"),
    # requests
    "concern": _("concern"),
    "information": _("request for information"),
    "initiative": _("initiative"),
    "right_to_challenge": _("right to challenge"),
    "complaint": _("complaint"),
    "council_letter": _("letter to the council"),
    "woo": _("request under the Woo"),
    "wob": _("request under the Wob"),
    # people
    "adviser": _("participation adviser"),
    "coordinator": _("participation coordinator"),
    "association_member": _("member of an association"),
    "auditor": _("auditor"),
    "administrator": _("administrator"),
}


def labelled(words: Iterable[str]) -> list[tuple[str, Any]]:
    """Return each word with its label, for a choice. Raises KeyError on a word without one."""
    return [(word, LABELS[word]) for word in words]
