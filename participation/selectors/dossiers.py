"""A trajectory as one document: what ``export_dossier`` writes and the API offers."""

from typing import Any

from django.db import models

from participation.models import Commitment, Document, DocumentShare, Motion, Organisation, Plan, Trajectory

from .mapping import RECORDS, TABLES, from_column, section_columns, written

#: Columns that are false unless said otherwise: written only when they are true.
FALSE_UNLESS_SAID = ("cancelled", "optional", "retrospective")


def dossier_of(trajectory: Trajectory) -> dict[str, Any]:
    """Return the dossier, in a fixed order of keys and in the order in which rows were first recorded."""
    document: dict[str, Any] = {
        "dossier": 1,
        "trajectory": _trajectory(trajectory),
        "organisations": _organisations(trajectory),
    }
    plan = Plan.objects.filter(trajectory=trajectory).first()
    if plan:
        document["plan"] = _plan(plan)
    for section, model in TABLES.items():
        rows = list(model._default_manager.filter(trajectory=trajectory).order_by("pk"))
        shares = _shares(trajectory) if section == "documents" and rows else {}
        columns = section_columns(section)
        document[section] = [
            written({**_row(row, columns), **({"shared": shares.get(row.pk)} if shares else {})}) for row in rows
        ]
    document["motions"] = list(trajectory.motions.order_by("number").values_list("number", flat=True))
    return {key: value for key, value in document.items() if value or key in ("dossier", "plan")}


def register_of() -> dict[str, Any]:
    """Return the register: all motions and commitments with their reports."""
    document: dict[str, Any] = {"register": 1}
    for section, model in (("motions", Motion), ("commitments", Commitment)):
        rows = model._default_manager.prefetch_related("reports").order_by("pk")
        columns = {key: key for key in RECORDS[section] if key != "reports"}
        document[section] = [written({**_row(row, columns), "reports": _reports(row)}) for row in rows]
        for row, written_row in zip(rows, document[section], strict=True):
            if isinstance(row, Motion) and row.printed_as:
                written_row["number"] = row.printed_as
    return document


def _reports(row: Any) -> list[dict[str, Any]]:
    found = sorted(row.reports.all(), key=lambda report: report.pk)
    return [written({"on": from_column(report.on), "text": from_column(report.text)}) for report in found]


def _row(row: models.Model, columns: dict[str, str]) -> dict[str, Any]:
    found = {key: from_column(getattr(row, column)) for key, column in columns.items()}
    return {key: value for key, value in found.items() if not (key in FALSE_UNLESS_SAID and value is False)}


def _trajectory(trajectory: Trajectory) -> dict[str, Any]:
    apart = ("neighbourhoods", "contact", "source")
    columns = {key: key for key in RECORDS["trajectory"] if key not in apart}
    found = _row(trajectory, columns)
    found["neighbourhoods"] = list(trajectory.neighbourhoods.order_by("slug").values_list("slug", flat=True))
    found["contact"] = written({"role": trajectory.contact_role or None, "name": trajectory.contact_name or None})
    found["source"] = written({"cite": trajectory.source_cite or None, "stance": trajectory.source_stance or None})
    return written({key: found.get(key) for key in RECORDS["trajectory"]})


def _plan(plan: Plan) -> dict[str, Any]:
    columns = {key: key for key in RECORDS["plan"] if key != "actors"}
    actors = plan.actors.select_related("organisation").order_by("pk")
    return written(
        {
            **_row(plan, columns),
            "actors": [
                written(
                    {
                        "organisation": actor.organisation.slug,
                        "part": actor.part or None,
                        "suggested_by": actor.suggested_by or None,
                    }
                )
                for actor in actors
            ],
        }
    )


def _shares(trajectory: Trajectory) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    rows = DocumentShare.objects.filter(document__trajectory=trajectory).order_by("pk")
    for document, party, on in rows.values_list("document_id", "party", "on"):
        found.setdefault(document, []).append(written({"with": party, "on": from_column(on)}))
    return found


def _organisations(trajectory: Trajectory) -> list[dict[str, Any]]:
    """Return the organisations that this trajectory refers to, so that a dossier can be read on its own."""
    slugs = {trajectory.commissioner, trajectory.subject_of_study}
    steps = trajectory.steps.values_list("audience", "body")
    for audience, body in steps:
        slugs.update([*audience, body])
    slugs.update(trajectory.contributions.values_list("party", flat=True))
    slugs.update(trajectory.requests.values_list("party", flat=True))
    documents = Document.objects.filter(trajectory=trajectory).values("pk")
    slugs.update(DocumentShare.objects.filter(document__in=documents).values_list("party", flat=True))
    actors = Plan.objects.filter(trajectory=trajectory)
    slugs.update(actors.values_list("actors__organisation__slug", flat=True))
    slugs.update(actors.values_list("actors__suggested_by", flat=True))
    found = Organisation.objects.filter(slug__in=slugs - {None, ""}).prefetch_related("neighbourhoods")
    return [
        written(
            {
                "slug": organisation.slug,
                "name": organisation.name,
                "kind": organisation.kind or None,
                "municipality": organisation.municipality or None,
                "neighbourhoods": sorted(n.slug for n in organisation.neighbourhoods.all()),
            }
        )
        for organisation in found.order_by("slug")
    ]
