"""The six uses of docs/api.md with a client that openapi-python-client made from the description of the API."""

from __future__ import annotations

import os
from datetime import date
from http import HTTPStatus

from leidraad_client import AuthenticatedClient, Client
from leidraad_client.api.dossiers import dossier_import, dossier_read
from leidraad_client.api.obligations import explanation_read, trajectory_obligations_read
from leidraad_client.api.status_transitions import transitions_read
from leidraad_client.api.trajectories import trajectories_read, trajectory_read
from leidraad_client.api.trajectory_items import step_update, steps_create, steps_read
from leidraad_client.models import (
    NewStep,
    NewStepKindType1,
    NewStepMethodType1,
    StepsReadFieldsItem,
    StepUpdate,
    TrajectoriesReadKind,
    TrajectoriesReadOverdue,
)
from leidraad_client.models import TrajectoryObligationsReadStatus as Status

ADDRESS, KEY = os.environ["API"], os.environ["KEY"]
SLUG = "vergroening-eikenhof"

anyone = Client(base_url=ADDRESS, raise_on_unexpected_status=True)
adviser = AuthenticatedClient(base_url=ADDRESS, token=KEY, raise_on_unexpected_status=True)

# 1. A list, filtered, and some fields of another list page by page.
[found] = trajectories_read.sync(
    client=anyone, kind=TrajectoriesReadKind.PUBLIC_SPACE, overdue=TrajectoriesReadOverdue.FEEDBACK
).results
assert found.slug == SLUG
chosen = [StepsReadFieldsItem.REF, StepsReadFieldsItem.TITLE]
page = steps_read.sync(SLUG, client=anyone, page_size=1, fields=chosen)
assert page.next_
assert [step.to_dict().keys() for step in page.results] == [{"ref", "title"}]

# 2. One trajectory, and again only if it changed.
first = trajectory_read.sync_detailed(SLUG, client=anyone)
assert first.parsed.title == found.title
again = trajectory_read.sync_detailed(SLUG, client=anyone, if_none_match=first.headers["ETag"])
assert again.status_code == HTTPStatus.NOT_MODIFIED

# 3. What is overdue on a day, and how that was computed.
overdue = trajectory_obligations_read.sync(SLUG, client=anyone, geldig_op=date(2026, 12, 31), status=Status.OVERDUE)
assert overdue.results[0].status == "overdue"
explained = explanation_read.sync(SLUG, "feedback-given", client=anyone, subject="s1")
assert explained.sources

# 4. What changed since the last time.
log = transitions_read.sync(client=anyone, after=0, page_size=100).results
assert log
assert transitions_read.sync(client=anyone, after=log[-1].id).results == []

# 5. A new step, once, however often it is sent.
new = NewStep(
    kind=NewStepKindType1.ACTIVITY,
    method=NewStepMethodType1.WALK,
    title="Wandeling door de hof",
    planned="2026-06-12",
)
made = steps_create.sync_detailed(SLUG, client=adviser, body=new, idempotency_key="python-walk")
assert made.status_code == HTTPStatus.CREATED
assert made.parsed == steps_create.sync(SLUG, client=adviser, body=new, idempotency_key="python-walk")

# 6. A change, only of the version that was read; and a dossier as a whole.
score = StepUpdate(score=7.5)
step = step_update.sync_detailed(SLUG, made.parsed.ref, client=adviser, body=score, if_match=made.headers["ETag"])
assert step.parsed.score == 7.5
late = step_update.sync_detailed(SLUG, made.parsed.ref, client=adviser, body=score, if_match=made.headers["ETag"])
assert late.status_code == HTTPStatus.PRECONDITION_FAILED
dossier = dossier_read.sync_detailed(SLUG, client=adviser)
dossier.parsed.trajectory.summary = "Minder steen en meer schaduw."
sent = dossier_import.sync_detailed(SLUG, client=adviser, body=dossier.parsed, if_match=dossier.headers["ETag"])
assert sent.parsed.trajectory.summary == "Minder steen en meer schaduw."
