"""Rows get the folded text by which they are found; what runs on after midnight may end before the time it starts."""

import datetime
from typing import Any

from django.db import migrations, models
from django.db.models import F, Q

from participation.models.searching import fold

#: Of which columns the text is made.
SEARCHED = {
    "trajectory": ("title", "summary"),
    "contribution": ("theme", "summary", "response"),
    "document": ("title",),
    "motion": ("number", "printed_as", "title", "dictum", "owner"),
    "commitment": ("number", "text", "made_by", "owner"),
    "organisation": ("name",),
    "neighbourhood": ("name", "district"),
}
_BATCH = 500
_NIGHT = Q(
    ("ends_at__lt", F("starts_at")), ("ends_at__lte", datetime.time(12, 0)), ("starts_at__gte", datetime.time(12, 0))
)


def forwards(apps: Any, _editor: Any) -> None:
    for name, columns in SEARCHED.items():
        model = apps.get_model("participation", name)
        batch = []
        for row in model.objects.only("pk", *columns).order_by("pk").iterator(_BATCH):
            row.search_text = fold(" ".join(getattr(row, column) for column in columns))
            batch.append(row)
            if len(batch) == _BATCH:
                model.objects.bulk_update(batch, ["search_text"])
                batch = []
        model.objects.bulk_update(batch, ["search_text"])


class Migration(migrations.Migration):
    dependencies = [("participation", "0007_the_api")]

    operations = [
        *(
            migrations.AddField(name, "search_text", models.TextField(blank=True, default="", editable=False))
            for name in SEARCHED
        ),
        migrations.RunPython(forwards, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint(model_name="step", name="step_ends_after_it_starts"),
        migrations.AddConstraint(
            model_name="step",
            constraint=models.CheckConstraint(
                condition=Q(
                    ("starts_at__isnull", True),
                    ("ends_at__isnull", True),
                    ("ends_at__gt", F("starts_at")),
                    _NIGHT,
                    _connector="OR",
                ),
                name="step_ends_after_it_starts",
                violation_error_message="It ends before it starts.",
            ),
        ),
    ]
