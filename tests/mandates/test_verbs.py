import pytest

from consult.foundation.db import session
from consult.foundation.errors import Conflict
from consult.foundation.language import speaking
from consult.mandates.verbs import hindrances, open_round
from consult.rounds.models import Verification
from consult.rounds.verbs import RoundText, create_round, describe_round, version_of
from tests.builders import a_round, an_area, the_platform
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")


def text(**more):
    return RoundText(title="Nieuw", question="Wat?", **more)


@shows("L25")
def test_a_national_sign_in_needs_a_ground_and_a_privacy_officer():
    whole = {"identity_ground": "Gemeentewet 150", "identity_officer": "L. Oosterwijk"}
    for lacking in whole:
        with pytest.raises(Conflict):
            create_round("nieuw", text(verification=Verification.EID, **{**whole, lacking: ""}), the_platform())
    found = create_round("nieuw", text(verification=Verification.EID, **whole), the_platform())
    with pytest.raises(Conflict):
        describe_round(found, text(verification=Verification.EID), the_platform(), version=version_of(found))
    describe_round(found, text(), the_platform(), version=version_of(found))


@shows("L25")
def test_a_round_that_lacks_them_is_not_opened():
    found = a_round(state="draft")
    found.verification = Verification.EID
    session().flush()
    with speaking("en"):
        assert any("privacy officer" in line for line in hindrances(found))
        with pytest.raises(Conflict, match="privacy officer"):
            open_round(found, the_platform())
    found.identity_ground, found.identity_officer = "Gemeentewet 150", "L. Oosterwijk"
    session().flush()
    open_round(found, the_platform())


def test_a_round_that_asks_neighbourhoods_is_opened_only_where_there_are_any():
    found = a_round(state="draft")
    found.verification = Verification.EMAIL_PLUS_AREA
    session().flush()
    assert len(hindrances(found)) == 1
    an_area()
    assert hindrances(found) == []
