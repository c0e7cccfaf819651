"""Abstract model of trajectory items: a ref, and columns that refer to other items."""

from collections.abc import Collection, Mapping
from typing import ClassVar

from django.apps import apps
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

    def reference_errors(self) -> dict[str, ValidationError]:
        """Return the errors of its ref, and of the refs and parties that it names, by field."""
        errors = super().reference_errors()
        if any(self._existing_refs(model, [self.ref]) for model in _other_item_models(type(self))):
            errors["ref"] = ValidationError(_("Something else in this trajectory already has this ref."))
        for field, kinds in self.REFS.items():
            refs = names_in(self, field)
            if self.ref in refs:
                errors[field] = ValidationError(_("It cannot point to itself."))
                continue
            for kind in kinds if refs else ():
                refs -= self._existing_refs(apps.get_model("participation", kind), refs)
            if refs:
                errors[field] = unknown_names_error(_("There is no %(names)s in this trajectory."), refs)
        return errors

    def _existing_refs(self, model: type[models.Model], refs: Collection[str]) -> set[str]:
        rows = model._default_manager.filter(trajectory=self.trajectory_id, ref__in=refs)
        return set(rows.values_list("ref", flat=True))


def _other_item_models(model: type[TrajectoryItem]) -> list[type[TrajectoryItem]]:
    return [other for other in TrajectoryItem.__subclasses__() if other is not model]
