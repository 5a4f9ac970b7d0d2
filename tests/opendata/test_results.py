"""The outcome of a round as other people's programs read it."""

from consult.foundation import clock
from consult.opendata.results import as_json
from consult.rounds.models import PhaseKind, Verification
from consult.voting.models import Method
from consult.voting.results import results_of
from tests.builders import phase_of
from tests.opendata.bundled import voted
from tests.shows import shows
from tests.voting.builders import a_voting_round, closed_for_good


@shows("R99")
def test_what_the_pages_hide_of_statements_that_few_answered_is_in_no_file_either(site):
    with site.writing():
        found = a_voting_round()
        voted(Method.STATEMENTS, voters=3, found=found)
        voted(Method.SUPPORT, voters=3, found=found)
        closed_for_good(phase_of(found, PhaseKind.PRIORITISE), clock.now())
    with site.reading():
        told = {poll["method"]: poll["options"] for poll in as_json(found)["polls"]}
        assert all(one["votes"] == {} and one["hidden"] for one in told["statements"])
        assert any(sum(one["votes"].values()) for one in told["support"])  # people see these on the page too
        assert any(one.votes and one.is_small for poll in results_of(found) for one in poll.options)
    with site.writing():
        found.verification = Verification.IMPORTED
    with site.reading():
        told = {poll["method"]: poll["options"] for poll in as_json(found)["polls"]}
        assert any(sum(one["votes"].values()) for one in told["statements"])  # public data are public already
