from datetime import UTC, date, datetime, timedelta

import pytest

from consult.foundation.db import new_id
from consult.foundation.errors import Refused
from consult.foundation.language import speaking
from consult.pages.counts import sum_of
from consult.pages.queries import Joined
from consult.pages.rules import Asked, Cursor, Order, Standing, read_asked, read_before, security_txt, seed_of, standing
from consult.rounds.models import Authority, AuthorityKind, Phase, PhaseKind, Round, RoundState
from consult.voting.results import OptionResult
from tests.shows import shows

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def read(**sent):
    lists = {name: [value] if isinstance(value, str) else value for name, value in sent.items()}
    return read_asked(lists, themes=["t1"], areas=["BU1"], day_seed=7)


def a_round_of(*spans, state=RoundState.OPEN):
    phases = [
        Phase(
            kind=PhaseKind.COLLECT,
            opens_at=NOW + timedelta(days=opens),
            closes_at=NOW + timedelta(days=closes),
            cleared_at=NOW - timedelta(days=99),
        )
        for opens, closes in spans
    ]
    return Round(state=state, phases=phases)


def test_nothing_asked_is_the_mixed_order_of_the_day_from_its_start():
    assert read() == Asked(seed=7)


def test_every_offered_value_is_read():
    asked = read(q=" meer  bomen ", theme="t1", area="BU1", outcome="adopted", order="newest", seed="3", page="2")
    assert asked == Asked("meer bomen", "t1", "BU1", "adopted", Order.NEWEST, 3, 2)


@shows("R25", "R60")
@pytest.mark.parametrize(
    "sent",
    [
        {"theme": "t9"},
        {"area": "BU9"},
        {"outcome": "perhaps"},
        {"order": "password_hash"},
        {"order": ["newest", "mixed"]},
        {"seed": "-1"},
        {"seed": "2147483648"},
        {"page": "-1"},
        {"page": "0"},
        {"page": "1e9"},
        {"page": "1000000000"},
        {"page": "NaN"},
        {"page": "²"},
        {"page": "2", "after": "x.y"},
        {"page": "2", "after": "5"},
        {"page": "2", "after": "5.a'--"},
        {"page": "2", "after": f"{2**63}.abc"},
        {"page": "2", "after": f"{2**62}.abc", "order": "newest"},
        {"page": "2", "after": f"{2**31}.abc", "order": "discussed"},
        {"after": "5.abc"},
    ],
)
def test_what_the_list_does_not_offer_is_refused(sent):
    with pytest.raises(Refused):
        read(**sent)


def test_a_long_search_is_cut_and_never_refused():
    assert len(read(q="a" * 5000).words) == 200
    assert read(q="nul\0nul").words == "nul nul"


def test_the_address_of_a_list_leaves_out_what_is_usual():
    asked = read(q="bomen", order="newest")
    assert asked.arguments() == {"q": "bomen", "order": "newest"}
    assert asked.arguments(q=None, page=2) == {"order": "newest", "page": "2"}
    assert read().arguments() == {"seed": "7"}


def test_a_cursor_says_what_the_last_row_was_ordered_by():
    assert read(page="2", after="12.abc").after == Cursor(12, "abc")
    assert str(Cursor(12, "abc")) == "12.abc"


def test_the_mixed_order_begins_elsewhere_each_day_and_in_each_round():
    seeds = {seed_of(date(2026, 11, day), slug) for day in range(1, 29) for slug in ("a", "b")}
    assert len(seeds) == 56
    assert seed_of(date(2026, 11, 1), "a") == seed_of(date(2026, 11, 1), "a")


@shows("R60")
def test_the_journal_goes_on_from_a_place_and_nothing_else():
    assert read_before([]) is None
    assert read_before(["17"]) == 17
    for given in (["0"], ["-1"], ["x"], ["1", "2"]):
        with pytest.raises(Refused):
            read_before(given)


@pytest.mark.parametrize(
    ("subject", "stands"),
    [
        (a_round_of((-2, 2)), Standing.NOW),
        (a_round_of((-4, -2), (2, 4)), Standing.NOW),
        (a_round_of((2, 4)), Standing.NEXT),
        (a_round_of((-4, -2)), Standing.CLOSED),
        (a_round_of((-2, 2), state=RoundState.CLOSED), Standing.CLOSED),
        (a_round_of(), Standing.CLOSED),
        (a_round_of((-2, 2), state=RoundState.DRAFT), Standing.DRAFT),
    ],
)
def test_a_round_stands_where_its_phases_say(subject, stands):
    assert standing(subject, NOW) is stands


@shows("L27")
def test_where_to_report_a_weakness_holds_for_less_than_a_year():
    authority = Authority(name="X", kind=AuthorityKind.MUNICIPALITY, code="GM1", contact_email="veilig@x.nl")
    told = dict(
        line.split(": ", 1)
        for line in security_txt(authority, "https://x.nl", "/.well-known/security.txt", NOW).splitlines()
    )
    assert told["Contact"] == "mailto:veilig@x.nl"
    assert NOW < datetime.fromisoformat(told["Expires"]) < NOW + timedelta(days=365)
    assert told["Preferred-Languages"] == "nl, en"
    assert told["Canonical"] == "https://x.nl/.well-known/security.txt"


@shows("R67")
def test_the_sum_of_a_merge_is_spelled_out():
    option = OptionResult(new_id(), "V1", "Bankjes", "abc", None, {"for": 30, "neutral": 4, "against": 5}, ["V2"])
    with speaking("nl"):
        told = sum_of(option, [Joined("Bankjes", 31), Joined("Zitplekken", 12)])
        alone = sum_of(option, [Joined("Bankjes", 27), Joined("Zitplekken", 12)])
    assert told.endswith("(31 + 12 − 4 = 39)")
    assert "=" not in alone, "nobody chose more than once"
