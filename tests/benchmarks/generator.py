"""Generates any number of trajectories, with about 25 steps, 10 contributions and 8 documents each.

Rows are written without the models, because 100,000 trajectories have five million rows. A trajectory with the same
number is the same in every database and at every size.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from random import Random
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models

from participation.models import (
    Commitment,
    Contribution,
    Document,
    DocumentShare,
    Motion,
    Organisation,
    Plan,
    PlanActor,
    ProgressReport,
    Request,
    Scenario,
    Step,
    Trajectory,
    Waiver,
)
from participation.models.searching import fold

from .dataset import BATCH_SIZE, COUNCIL, SENTENCES, TODAY, TOPICS, organisations
from .trajectory_generator import TrajectoryGenerator

Rows = dict[type[models.Model], list[tuple[Any, ...]]]


def _maker(model: type[models.Model]) -> Callable[..., tuple[Any, ...]]:
    """Return a function that makes a row of this table from some of its columns, the others with their default."""

    def empty(field: Any) -> Any:
        value = field.get_default()
        return json.dumps(value) if isinstance(field, models.JSONField) else value

    blank = {field.attname: empty(field) for field in model._meta.concrete_fields}

    def make(**values: Any) -> tuple[Any, ...]:
        row = blank | values
        if "search_text" in row:
            field: Any = model._meta.get_field("search_text")
            row["search_text"] = fold(" ".join(row[name] for name in field.columns))
        return tuple(row.values())

    return make


class Generator:
    """Generates the rows of trajectories, and numbers them."""

    def __init__(self, seed: int = 2026) -> None:
        self.seed = seed
        self.keys: dict[type[models.Model], int] = defaultdict(int)
        self.rows: Rows = defaultdict(list)
        self.make = {model: _maker(model) for model in (*TABLES, Waiver.history.model)}

    def add(self, model: type[models.Model], **values: Any) -> int:
        """Make a row, and return its primary key."""
        self.keys[model] += 1
        self.rows[model].append(self.make[model](id=self.keys[model], **values))
        return self.keys[model]

    def batches(self, count: int) -> Iterator[Rows]:
        """Yield the rows of this number of trajectories in batches; rows that they share are in the first."""
        self._add_shared_rows()
        for number in range(1, count + 1):
            TrajectoryGenerator(self, number).generate()
            if number % BATCH_SIZE == 0 or number == count:
                yield self.rows
                self.rows = defaultdict(list)

    def _add_shared_rows(self) -> None:
        for slug, kind in organisations():
            municipality = "" if kind in ("research_bureau", "developer") else "voorbeeld"
            self.add(
                Organisation, slug=slug, name=slug.replace("-", " ").capitalize(), kind=kind, municipality=municipality
            )
        random = Random(self.seed)
        for number in range(1, 31):
            day = TODAY - timedelta(days=random.randrange(60, 1500))
            settled = day + timedelta(days=random.randrange(90, 700))
            motion = self.add(
                Motion,
                number=f"M{number:04}",
                printed_as=f"M{number:04}",
                title=f"Motie over {random.choice(TOPICS)}",
                body=COUNCIL,
                outcome="adopted",
                adopted_on=day.isoformat(),
                due_on=(day + timedelta(days=365)).isoformat(),
                settled_on=settled.isoformat() if settled < TODAY else None,
            )
            commitment = self.add(
                Commitment,
                number=f"T{number:04}",
                text=random.choice(SENTENCES),
                made_on=day.isoformat(),
                owner="wethouder",
                due_on=(day + timedelta(days=240)).isoformat(),
            )
            report = {"on": (day + timedelta(days=80)).isoformat(), "text": "Stand van zaken."}
            self.add(ProgressReport, motion_id=motion, **report)
            self.add(ProgressReport, commitment_id=commitment, **report)


TABLES: tuple[type[models.Model], ...] = (
    Organisation,
    Motion,
    Commitment,
    ProgressReport,
    Trajectory,
    Plan,
    PlanActor,
    Scenario,
    Document,
    DocumentShare,
    Step,
    Contribution,
    Request,
    Waiver,
)


def fill(count: int, progress: Callable[[int], None] = lambda done: None) -> dict[str, int]:
    """Write this number of trajectories into the empty database, and return the number of rows by table."""
    tables = (*TABLES, Waiver.history.model)
    written: dict[str, int] = dict.fromkeys((model.__name__ for model in tables), 0)
    for batch in Generator().batches(count):
        for model in tables:
            write(model, batch[model])
            written[model.__name__] += len(batch[model])
        progress(written["Trajectory"])
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), tables):
            cursor.execute(sql)
    return written


def write(model: type[models.Model], rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows with all columns of their table, without the model."""
    columns = [str(field.column) for field in model._meta.concrete_fields]
    column_list = ", ".join(map(connection.ops.quote_name, columns))
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({column_list}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            placeholders = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({column_list}) VALUES ({placeholders})", list(rows))
