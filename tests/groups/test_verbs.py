import pytest
from sqlalchemy import func, select

from consult.audit.queries import list_entries_on
from consult.contributions.models import Contribution, SharedText, State
from consult.contributions.queries import get_contribution, list_shared
from consult.foundation.db import session
from consult.foundation.errors import Conflict
from consult.foundation.mail import Mail
from consult.groups import queries, rules, verbs
from consult.groups.models import GroupMember, GroupSuggestion, KeptApart
from consult.moderation import redactions
from consult.moderation.models import Ground
from consult.moderation.verbs import merge, split
from consult.notifications.audience import list_concerned
from consult.similarity.verbs import index_missing
from tests.builders import a_moderator_of, a_resident, a_round, acting, the_platform
from tests.contributions.builders import a_contribution
from tests.groups.builders import a_suggestion
from tests.moderation.builders import taken_away
from tests.shows import shows

BENCHES = (
    ("Bankjes bij de winkels", "Zet bankjes neer bij het winkelcentrum, zodat ouderen kunnen zitten."),
    ("Bankjes bij het winkelcentrum", "Ouderen willen zitten. Zet bankjes bij de winkels."),
    ("Een bankje bij de winkels", "Zet bij het winkelcentrum een bankje voor ouderen."),
)
OTHERS = (
    ("Meer bomen in de straat", "Plant linden langs de Dorpsstraat tegen de hitte."),
    ("Een zwembad", "Buiten zwemmen in de zomer, met een ligweide."),
)


@pytest.fixture
def place(unit):
    found = a_round()
    moderator = a_moderator_of(found)
    made = [a_contribution(found, a_resident(), title=title, text=text) for title, text in (*BENCHES, *OTHERS)]
    index_missing()
    return found, moderator, made


def searched(found, moderator):
    search = verbs.ask_search(found, moderator)
    while verbs.search_next(search.id):
        pass
    return search


def shown(found):
    return [{member.contribution_id for member in one.members} for one in queries.list_suggestions(found.id).items]


@shows("S50")
def test_what_says_the_same_is_suggested_with_the_reason_and_how_it_was_found(place):
    found, moderator, made = place
    search = searched(found, moderator)
    assert shown(found) == [{one.id for one in made[:3]}]
    assert (search.looked, search.found, search.whole) == (5, 1, 5)
    assert (search.method, search.release, search.parameters) == (rules.METHOD, rules.RELEASE, rules.PARAMETERS)
    [suggestion] = queries.list_suggestions(found.id).items
    others = [member for member in suggestion.members if not member.is_central]
    assert all(100 * rules.LEAST <= member.share <= 100 for member in others)
    assert all("winkels" in member.words or "winkelcentrum" in member.words for member in others)
    assert not any(one.merged_into_id for one in made), "nothing is joined by a machine"


def test_one_search_runs_at_a_time_and_a_step_has_bounded_work(place, monkeypatch):
    found, moderator, made = place
    monkeypatch.setattr(verbs, "STEP", 2)
    search = verbs.ask_search(found, moderator)
    with pytest.raises(Conflict, match="al naar groepen"):
        verbs.ask_search(found, moderator)
    steps = 1
    while verbs.search_next(search.id):
        steps += 1
    assert steps == 3
    assert search.looked == len(made)
    assert not verbs.search_next(search.id)
    assert queries.list_running() == []


@shows("S50")
def test_what_was_kept_apart_is_never_suggested_together_again(place):
    found, moderator, _made = place
    searched(found, moderator)
    [suggestion] = queries.list_suggestions(found.id).items
    verbs.keep_apart(suggestion, moderator)
    assert session().scalar(select(func.count()).select_from(KeptApart)) == 3
    searched(found, moderator)
    assert shown(found) == []
    with pytest.raises(Conflict):
        verbs.keep_apart(suggestion, moderator)


def test_what_waits_in_a_group_is_not_suggested_in_a_second_one(place):
    found, moderator, _made = place
    searched(found, moderator)
    searched(found, moderator)
    assert len(shown(found)) == 1


@shows("S50")
def test_a_part_of_a_group_is_joined_and_the_rest_is_kept_apart(place):
    _found, moderator, made = place
    one, other, third = made[:3]
    suggestion = a_suggestion(one, other, third)
    verbs.join_group(suggestion, other.public_id, [one.public_id, other.public_id], moderator)
    assert (one.merged_into_id, other.merged_into_id, third.merged_into_id) == (other.id, None, None)
    assert queries.list_apart([made[0].id, other.id, third.id]) == {
        rules.pair_of(third.id, one.id),
        rules.pair_of(third.id, other.id),
    }
    assert {member.contribution_id for member in suggestion.members if member.is_joined} == {one.id, other.id}
    assert [entry.act for entry in list_entries_on(suggestion.id)] == ["decide_group"]
    with pytest.raises(Conflict, match="al over deze groep"):
        verbs.join_group(suggestion, other.public_id, [third.public_id], moderator)


@pytest.mark.parametrize(("into", "picked"), [(0, [0]), (0, []), (None, [0, 1])])
def test_fewer_than_two_are_no_group(place, into, picked):
    _found, moderator, made = place
    suggestion = a_suggestion(*made[:3])
    stays = made[into].public_id if into is not None else "xxxx"
    with pytest.raises(Conflict, match="ten minste twee"):
        verbs.join_group(suggestion, stays, [made[n].public_id for n in picked], moderator)


def test_a_group_is_joined_whole_or_not_at_all(place):
    _found, moderator, made = place
    suggestion = a_suggestion(*made[:3])
    taken_away(made[2], moderator)
    ids = [one.public_id for one in made[:3]]
    with pytest.raises(Conflict), session().begin_nested():
        verbs.join_group(suggestion, ids[0], ids, moderator)
    session().expire_all()
    assert session().get_one(Contribution, made[1].id).merged_into_id is None
    assert session().get_one(GroupSuggestion, suggestion.id).decided_at is None


def test_a_group_of_which_one_is_left_is_not_shown(place):
    found, moderator, made = place
    a_suggestion(*made[:2])
    assert len(shown(found)) == 1
    merge(made[1], made[2], moderator)
    assert shown(found) == []


def together(place):
    found, moderator, made = place
    merge(made[1], made[0], moderator)
    return found, moderator, made[0], made[1]


def written(into, moderator, text="Bankjes bij alle winkels.", number=0):
    return verbs.write_shared_text(into, moderator, text=text, html=f"<p>{text}</p>", number=number)


@shows("S50")
def test_a_shared_text_stands_on_what_stays_and_on_each_original_which_keep_their_own(place):
    found, moderator, into, joined = together(place)
    before = {one.id: (one.text, one.public_id) for one in (into, joined)}
    shared = written(into, moderator)
    session().expire_all()
    reader = acting(None)
    here, there = (get_contribution(reader, found.slug, before[one][1]) for one in before)
    assert here.shared.id == there.merged_into.shared.id == shared.id
    assert {one.id: (one.text, one.public_id) for one in (here, there)} == before


def test_whoever_wrote_or_follows_one_of_a_group_is_told_of_its_text(place):
    _found, moderator, into, joined = together(place)
    written(into, moderator)
    [mail] = session().scalars(select(Mail).where(Mail.kind == "shared_text"))
    told = {one.person_id for one in list_concerned("shared_text", mail.facts)}
    assert told == {into.author_id, joined.author_id}


def test_a_second_text_is_a_next_version_and_an_old_page_overwrites_nothing(place):
    _found, moderator, into, _joined = together(place)
    written(into, moderator)
    with pytest.raises(Conflict) as refused:
        written(into, moderator, "Anders.", number=0)
    assert (refused.value.theirs, refused.value.yours) == ("Bankjes bij alle winkels.", "Anders.")
    written(into, moderator, "Anders.", number=1)
    assert [(one.number, one.text, one.ended_at is None) for one in list_shared(into.id)] == [
        (2, "Anders.", True),
        (1, "Bankjes bij alle winkels.", False),
    ]


def test_there_is_nothing_to_say_together_alone(place):
    _found, moderator, made = place
    with pytest.raises(Conflict, match="niets samen te zeggen"):
        written(made[3], moderator)


@shows("S50")
def test_splitting_ends_the_shared_text_and_loses_nothing(place):
    _found, moderator, into, joined = together(place)
    written(into, moderator)
    split(joined, moderator)
    assert (joined.merged_into_id, joined.text) == (None, BENCHES[1][1])
    assert session().scalar(select(SharedText.id).where(SharedText.ended_at.is_(None))) is None
    assert len(list_shared(into.id)) == 1


@pytest.mark.parametrize("goes", ["separated", "held"])
def test_what_a_group_says_goes_with_any_of_them_that_goes(place, goes):
    _found, moderator, into, joined = together(place)
    third = a_contribution(into.round)
    merge(third, into, moderator)
    written(into, moderator)
    if goes == "separated":
        split(joined, moderator)
    else:
        taken_away(joined, moderator)
    assert third.merged_into_id == into.id
    assert [one.ended_at is None for one in list_shared(into.id)] == [False]


def test_a_shared_text_never_shows_what_was_taken_away_from_one_of_them(place):
    _found, moderator, into, joined = together(place)
    written(into, moderator, "Bankjes, zodat ouderen kunnen zitten.")
    told = "Dit zijn gegevens."
    redaction = redactions.propose_redaction(joined, ["ouderen willen zitten"], Ground.PERSONAL_DATA, told, moderator)
    redactions.confirm_redaction(redaction, a_moderator_of(into.round))
    assert list_shared(into.id)[0].ended_at is None, "other words may stay"
    second = redactions.propose_redaction(joined, ["winkels"], Ground.PERSONAL_DATA, told, moderator)
    written(into, moderator, "Bankjes bij de Winkels.", number=1)
    redactions.confirm_redaction(second, a_moderator_of(into.round))
    assert list_shared(into.id)[0].ended_at is not None
    with pytest.raises(Conflict, match="weggehaald"):
        written(into, moderator, "Bij de winkels", number=2)


def test_a_group_that_is_joined_with_another_one_brings_no_second_text(place):
    _found, moderator, into, _joined = together(place)
    written(into, moderator)
    merge(into, session().get_one(Contribution, place[2][2].id), moderator)
    assert list_shared(into.id)[0].ended_at is not None


def test_what_goes_takes_its_words_along(place):
    _found, _moderator, made = place
    suggestion = a_suggestion(*made[:3])
    verbs.keep_apart(suggestion, the_platform())
    verbs.forget([made[1].id])
    left = session().scalars(select(GroupMember.contribution_id).where(GroupMember.suggestion_id == suggestion.id))
    assert made[1].id not in set(left)
    assert session().scalar(select(func.count()).select_from(KeptApart)) == 1


def test_the_state_of_what_is_held_is_not_looked_at(place):
    found, moderator, made = place
    made[1].state = made[2].state = State.HELD
    session().flush()
    searched(found, moderator)
    assert shown(found) == []
