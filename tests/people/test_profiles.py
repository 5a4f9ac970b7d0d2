import pytest

from consult.director.people.profiles import queries, rules, verbs
from consult.director.people.profiles.models import ProfileKind
from consult.director.people.profiles.rules import Change, Competence, Profile, Task
from consult.foundation.errors import Conflict, NotFound, NotNow
from tests.builders import a_resident, acting, the_platform
from tests.people.builders import a_frame, a_profile, a_told_profile, competences, today
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")


@shows("S07")
def test_each_of_the_four_levels_needs_a_sentence_of_its_own():
    told = competences(["C1"])
    assert rules.lacks_of_frame(told) == []
    missing = [Competence("C1", "Verbinden", ("a", "b", "", "d"))]
    same = [Competence("C1", "Verbinden", ("a", "b", "b", "d"))]
    assert rules.lacks_of_frame(missing)
    assert rules.lacks_of_frame(same)
    assert rules.lacks_of_frame([*told, *told])
    with pytest.raises(Conflict):
        verbs.write_frame(missing, the_platform())


@shows("S07")
def test_a_published_frame_stays_and_the_next_one_is_another_version():
    first = a_frame()
    second = verbs.write_frame(competences(["C1"]), the_platform())
    assert (first.number, second.number) == (1, 2)
    assert len(queries.list_competences()) == 8
    verbs.publish_frame(the_platform(), consent="brief 2", consent_on=today())
    assert [one.code for one in queries.list_competences()] == ["C1"]
    assert len(rules.read_competences(queries.get_published_frame(the_platform(), 1).competences)) == 8


def test_nobody_publishes_a_frame_without_the_works_council():
    verbs.write_frame(competences(), the_platform())
    with pytest.raises(Conflict):
        verbs.publish_frame(the_platform(), consent="", consent_on=today())
    assert queries.find_frame() is None


def test_two_people_who_write_the_frame_do_not_overwrite_each_other():
    frame = verbs.write_frame(competences(), the_platform())
    opened = frame.edition
    verbs.write_frame(competences(["C1"]), the_platform(), edition=opened)
    with pytest.raises(Conflict):
        verbs.write_frame(competences(["C2"]), the_platform(), edition=opened)
    with pytest.raises(Conflict):
        verbs.publish_frame(the_platform(), consent="brief", consent_on=today(), edition=opened)
    assert [one.code for one in rules.read_competences(frame.competences)] == ["C1"]


def test_who_opened_a_published_version_does_not_overwrite_the_next_one_of_somebody_else():
    opened = a_frame().edition
    verbs.write_frame(competences(["C1"]), the_platform(), edition=opened)
    verbs.write_frame(competences(["C1", "C2"]), the_platform())
    assert queries.find_newest_frame().edits == int(opened.partition(".")[2])
    with pytest.raises(Conflict):
        verbs.write_frame(competences(["C3"]), the_platform(), edition=opened)
    first = a_profile(told=a_told_profile(C1=3))
    opened, told = first.edition, a_told_profile(C1=4)
    second = verbs.write_profile(first.kind, "Regisseur", told, the_platform(), instead=first, edition=opened)
    verbs.write_profile(first.kind, "Regisseur", told, the_platform(), instead=second, edition=second.edition)
    for act in (
        lambda: verbs.write_profile(first.kind, "Ander", told, the_platform(), instead=second, edition=opened),
        lambda: verbs.publish_profile(second, the_platform(), edition="2.1"),
    ):
        with pytest.raises(Conflict):
            act()
    verbs.publish_profile(second, the_platform(), edition="2.2")


@shows("S18")
def test_each_task_takes_a_competence_and_a_responsibility():
    a_frame()
    for task in (Task("Praten", (), ("R1",)), Task("Praten", ("C1",), ()), Task("Praten", ("C9",), ("R1",))):
        told = Profile("Doel", "Mandaat", (task,), {"R1": "Eerlijk"}, {"C1": 3})
        with pytest.raises(Conflict, match="1"):
            verbs.write_profile(ProfileKind.DIRECTOR, "Regisseur", told, the_platform())
    fine = Profile("Doel", "Mandaat", (Task("Praten", ("C1",), ("R1",)),), {"R1": "Eerlijk"}, {"C1": 3})
    made = verbs.write_profile(ProfileKind.DIRECTOR, "Regisseur", fine, the_platform())
    assert rules.read_profile(made.content) == fine


@shows("S18")
def test_a_profile_is_written_on_as_a_new_version_and_the_old_one_stays_readable():
    a_frame()
    first = a_profile()
    second = verbs.write_profile(first.kind, "Regisseur", a_told_profile(C3=4), the_platform(), instead=first)
    assert (second.slug, second.number) == (first.slug, 2)
    assert queries.get_profile(the_platform(), first.slug).number == 1
    with pytest.raises(NotFound):
        queries.get_profile_version(acting(a_resident()), first.slug, 2)
    verbs.publish_profile(second, the_platform())
    assert queries.get_profile(the_platform(), first.slug).title == "Regisseur"
    assert queries.get_profile_version(acting(None), first.slug, 1).title == "Procesregisseur"
    with pytest.raises(NotNow):
        verbs.publish_profile(second, the_platform())


@shows("S19")
def test_the_difference_lists_what_is_added_raised_and_unchanged():
    today_ = Profile(
        "a", "b", (Task("Stukken  schrijven", ("C1",), ("R1",)),), {"R1": "Een goed stuk"}, {"C1": 2, "C2": 3, "C4": 4}
    )
    wanted = Profile(
        "a",
        "b",
        (Task("stukken schrijven.", ("C1",), ("R1",)), Task("Partners sturen", ("C2",), ("R2",))),
        {"R1": "Een goed stuk", "R2": "Een eerlijk proces"},
        {"C1": 3, "C2": 3, "C3": 4, "C4": 2},
    )
    found = rules.difference(today_, wanted, {"C1": "Weten"})
    assert [one.change for one in found.tasks] == [Change.UNCHANGED, Change.ADDED]
    assert [one.change for one in found.responsibilities] == [Change.UNCHANGED, Change.ADDED]
    assert [(one.change, one.before, one.level) for one in found.competences] == [
        (Change.RAISED, 2, 3),
        (Change.UNCHANGED, 3, 3),
        (Change.ADDED, None, 4),
        (Change.UNCHANGED, 4, 2),
    ]
    assert [found.count(change) for change in Change] == [3, 1, 4]
