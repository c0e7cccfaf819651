"""Who suggested a party was recorded under its name: from now on it is the slug, as the dossier has it."""

from typing import Any

from django.db import migrations

#: Words that may stand in the place of a slug.
_AUDIENCES = ("residents", "entrepreneurs", "everyone")


def to_slugs(apps: Any, _editor: Any) -> None:
    """Write the slug where a name stands, in the rows and in their history.

    A name is looked up among what organisations are called now and were called before; where that tells no one of
    them, it is the organisation of whoever recorded it. What stays a name goes from the row, and stays in its history.
    """
    models = {name: apps.get_model("participation", name) for name in ("Organisation", "PlanActor", "Membership")}
    history = apps.get_model("participation", "HistoricalPlanActor")
    slugs = set(models["Organisation"].objects.values_list("slug", flat=True))
    known = {*slugs, *_AUDIENCES, ""}
    slug_of = _slugs_by_name(models["Organisation"], apps.get_model("participation", "HistoricalOrganisation"))
    for line in history.objects.exclude(suggested_by__in=known).iterator():
        found = slug_of.get(line.suggested_by) or _spoken_for(models["Membership"], line.history_user_id)
        if found:
            history.objects.filter(pk=line.pk).update(suggested_by=found)
    for row in models["PlanActor"].objects.exclude(suggested_by__in=known).iterator():
        lines = history.objects.filter(id=row.pk, suggested_by__in=slugs).order_by("-history_id")
        found = slug_of.get(row.suggested_by) or lines.values_list("suggested_by", flat=True).first() or ""
        models["PlanActor"].objects.filter(pk=row.pk).update(suggested_by=found)


def _slugs_by_name(now: Any, before: Any) -> dict[str, str]:
    """Return the slug of each name that is of one organisation alone, or that was where no other has it now."""
    names: dict[str, set[str]] = {}
    for rows in (now.objects, before.objects):
        found: dict[str, set[str]] = {}
        for name, slug in rows.order_by().values_list("name", "slug").distinct():
            found.setdefault(name[:100], set()).add(slug)
        names = {**found, **names}
    return {name: next(iter(slugs)) for name, slugs in names.items() if len(slugs) == 1}


def _spoken_for(memberships: Any, user: int | None) -> str:
    slugs = list(memberships.objects.filter(user=user).values_list("organisation__slug", flat=True)) if user else []
    return slugs[0] if len(slugs) == 1 else ""


class Migration(migrations.Migration):
    """Names become slugs; back again nothing needs to be done."""

    dependencies = [("participation", "0013_erasures")]
    operations = [migrations.RunPython(to_slugs, migrations.RunPython.noop)]
