"""Vocabularies of the dossier format, shared by the models, rulebooks, schema and tests (see DOSSIER)."""

PRECISIONS = (
    "day",
    "range",
    "week",
    "month_part",
    "month",
    "year",
    "either_or",
    "approximate",
    "not_later_than",
    "tentative",
    "unscheduled",
    "unknown",
)

TRAJECTORY_KINDS = (
    "policy",
    "area_development",
    "public_space",
    "housing",
    "mobility",
    "energy",
    "events",
    "research",
    "conversation_series",
    "permit",
    "other",
)
INITIATORS = ("municipality", "residents", "developer", "other")
IMPACTS = ("low", "medium", "high")
TRAJECTORY_STATUSES = ("planned", "active", "paused", "closed")
#: Instruments of environmental law that bring legal steps of their own.
INSTRUMENTS = ("environment_plan", "environment_vision", "programme", "project_decision", "permit", "zoning_plan")
#: The participation ladder, lowest level first: the order is significant.
LEVELS = ("inform", "consult", "advise", "coproduce", "codecide", "self_manage")
CONTACT_ROLES = ("project_manager", "policy_adviser", "district_coordinator")

ORGANISATION_KINDS = (
    "municipality",
    "council",
    "committee",
    "executive",
    "registry",
    "audit_office",
    "residents_association",
    "residents_initiative",
    "business_association",
    "research_bureau",
    "political_group",
    "steering_group",
    "sounding_board",
    "developer",
    "other",
)
RESIDENTS_PARTIES = ("residents_association", "residents_initiative", "business_association")
#: Audiences that are not an organisation.
AUDIENCES = ("residents", "entrepreneurs", "everyone")
ACTOR_ROLES = ("participant", "informed", "decides")

STEP_KINDS = (
    "contact",
    "plan_review",
    "activity",
    "inspection",
    "update",
    "feedback",
    "final_report",
    "briefing",
    "decision",
    "evaluation",
    "milestone",
    "application",
)
#: The kinds of step in which residents can give input.
INPUT_STEP_KINDS = ("activity", "inspection", "plan_review")
METHODS = (
    "meeting",
    "workshop",
    "survey",
    "panel",
    "online",
    "door_to_door",
    "street_conversation",
    "walk",
    "letter",
    "citizens_assembly",
    "hearing",
)
#: Methods that are open for a period, not at one moment.
PERIOD_METHODS = ("survey", "online", "panel")
PHASES = ("exploration", "judgement", "decision", "execution", "evaluation")
STAGES = ("setup", "proposal", "adoption")
PROCEDURES = ("extended", "municipal")
#: What the input changed in a decision.
EFFECTS = ("none", "some", "much")

DOCUMENT_KINDS = (
    "plan",
    "draft",
    "final",
    "report",
    "weighing",
    "minutes",
    "invitation",
    "notice_of_intention",
    "participation_account",
    "other",
)
OUTCOMES = ("adopted", "partly", "not_adopted", "out_of_scope")
REQUEST_KINDS = (
    "concern",
    "information",
    "initiative",
    "right_to_challenge",
    "complaint",
    "council_letter",
    "woo",
    "wob",
)
REQUEST_OUTCOMES = ("granted", "declined")
MOTION_OUTCOMES = ("adopted", "rejected", "withdrawn", "deferred")

BASICS = (
    "influence",
    "timely-involvement",
    "transparency",
    "inclusivity",
    "feedback",
    "resources",
    "roles",
    "scenarios",
    "level-playing-field",
    "evaluation",
    "contact",
    "initiatives",
    "progress",
    "decision-process",
)
#: Strongest first: a wish is never reported as a breach of law.
STRENGTHS = (
    "law",
    "ordinance",
    "policy",
    "motion",
    "commitment",
    "recommendation",
    "practice",
    "wish",
)
#: The terms of these are extended under the Algemene termijnenwet (Gemeentewet 145 for ordinances).
STATUTORY_STRENGTHS = ("law", "ordinance")
STATUSES = (
    "met",
    "met_late",
    "pending",
    "due_soon",
    "planned_late",
    "overdue",
    "possibly_overdue",
    "unknown",
    "explained",
)
