import pytest

from tests.participants.builders import an_organisation, somebody
from tests.positions.builders import a_round_with_statements


@pytest.fixture
def round_(unit):
    return a_round_with_statements()


@pytest.fixture
def chair(round_):
    return somebody("M. de Wit")


@pytest.fixture
def body(round_, chair):
    return an_organisation("Groen aan Zet", chair)
