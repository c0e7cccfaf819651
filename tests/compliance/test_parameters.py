"""Every parameter of a check is described for who writes a rulebook, and no other."""

import pytest

from participation.compliance.checks import CHECKS
from participation.compliance.checks.parameters import PARAMETERS
from participation.compliance.parameter_parser import parameter_keys


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_and_each_of_its_parameters_is_described(name):
    definition = CHECKS[name]
    assert definition.description.endswith(".")
    keys = parameter_keys(name, definition)
    assert keys.keys() == definition.parameters.keys()
    assert all(key.description.endswith(".") for key in keys.values())


def test_no_description_is_left_of_a_parameter_that_is_gone():
    known = {parameter for definition in CHECKS.values() for parameter in definition.parameters}
    known |= {f"{name}.{parameter}" for name, definition in CHECKS.items() for parameter in definition.parameters}
    assert PARAMETERS.keys() <= known
