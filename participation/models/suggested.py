"""Suggested values for free lists of a plan: these have translated labels, other values are shown as is."""

CHANNELS = ("letter", "website", "newsletter", "social_media", "local_press", "poster", "notice", "door_to_door")
SILENT_INTERESTS = ("nature", "animals", "future_residents")
TARGET_GROUPS = (
    "children",
    "young_people",
    "older_people",
    "people_with_disabilities",
    "low_literacy",
    "newcomers",
    "renters",
    "shift_workers",
    "silent_middle",
)
