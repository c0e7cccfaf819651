"""Abstract model of trajectory items: a ref, and columns that refer to other items."""

from collections.abc import Collection, Mapping
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from participation.dossier.names import ITEM_REFS

from .columns import NameField, url_path_validator
from .constraints import OrderedDates
from .parties import ReferencesParties, names_in, unknown_names_error
from .trajectories import Trajectory


class TrajectoryItem(ReferencesParties, OrderedDates):
    """An item of a trajectory with a ref, unique within the trajectory."""

    #: Columns that hold refs, with the names of the models that they may refer to.
    REFS: ClassVar[Mapping[str, Collection[str]]] = {}

    trajectory = models.ForeignKey(Trajectory, models.PROTECT, related_name="%(class)ss", verbose_name=_("trajectory"))
    ref = NameField(_("ref"), validators=[url_path_validator(ITEM_REFS)])

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """Return its ref."""
        return self.ref

    def reference_errors(self, exclude: Collection[str]) -> dict[str, ValidationError]:
        """Return the errors of its ref, and of the refs and parties that it names, by field."""
        errors = super().reference_errors(exclude)
        named = {field: names_in(self, field) for field in self.REFS if field not in exclude}
        own = set() if "ref" in exclude else {self.ref}
        existing = self._existing_refs(own.union(*named.values()))
        if own and any(ref == self.ref and model != type(self).__name__ for model, ref in existing):
            errors["ref"] = ValidationError(_("Something else in this trajectory already has this ref."))
        for field, refs in named.items():
            if self.ref in refs:
                errors[field] = ValidationError(_("It cannot point to itself."))
            elif missing := refs - {ref for model, ref in existing if model in self.REFS[field]}:
                errors[field] = unknown_names_error(_("There is no %(names)s in this trajectory."), missing)
        return errors

    def _existing_refs(self, refs: Collection[str]) -> set[tuple[str, str]]:
        """Return which of these refs the trajectory has, each with the name of its model; one query."""
        if not refs:
            return set()
        tables = [
            model._default_manager.filter(trajectory=self.trajectory_id, ref__in=refs)
            .order_by()
            .values_list(models.Value(model.__name__), "ref")
            for model in TrajectoryItem.__subclasses__()
        ]
        return set(tables[0].union(*tables[1:], all=True))
