"""Management command: export a trajectory, or the register of motions and commitments, as one JSON document."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from participation.compliance.problems import closest_word_hint
from participation.management import base
from participation.models import Trajectory
from participation.selectors.dossiers.dossiers import dossier_document, register_document


class Command(base.TrackerCommand):
    """Export as a document that can be imported again without loss."""

    help = "Write a trajectory (or, with --register, all motions and commitments) as one JSON document."

    def add_arguments(self, parser: Any) -> None:
        """Declare the command-line arguments."""
        parser.add_argument("slug", nargs="?", help="the trajectory")
        parser.add_argument(
            "--register", action="store_true", help="all motions and commitments instead of a trajectory"
        )
        parser.add_argument("--output", metavar="FILE", help="write to this file (default: standard output)")

    def handle(self, *, slug: str | None, register: bool, output: str | None, **options: Any) -> None:
        """Write the document. Raises CommandError where there is no such trajectory."""
        if register == bool(slug):
            raise CommandError("Name a trajectory, or give --register.", returncode=base.FAILED)
        if slug:
            trajectory = Trajectory.objects.filter(slug=slug).first()
            if trajectory is None:
                hint = closest_word_hint(slug, Trajectory.objects.values_list("slug", flat=True)[:5_000])
                raise CommandError(f"There is no trajectory {slug!r}; {hint}", returncode=base.FAILED)
            document = dossier_document(trajectory)
        else:
            document = register_document()
        text = json.dumps(document, ensure_ascii=False, indent=1)
        if output:
            Path(output).write_text(f"{text}\n", encoding="utf-8")
        else:
            self.stdout.write(text)
