"""From what happens to whom it is told, at once or gathered; and that nobody is told twice."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.contributions.models import CoAuthor, Kind, State
from consult.contributions.queries import get_contribution
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.language import local
from consult.foundation.mail import enqueue
from consult.moderation.models import Ground
from consult.moderation.verbs import confirm_refusal, merge, propose_refusal, publish
from consult.notifications import rules, verbs
from consult.notifications.delivery import keep_up
from consult.notifications.models import Cadence, Topic
from consult.participants.models import Organisation
from consult.proposals.models import Argument, Stance
from consult.proposals.verbs import add_argument, submit_proposal
from consult.rounds.models import PhaseKind, Round
from consult.rounds.queries import get_round
from consult.synthesis.models import OutcomeKind
from consult.voting.models import Choice, Option
from consult.voting.queries import get_option
from consult.voting.verbs import cast_support, create_poll
from tests.answers.builders import a_public_answer
from tests.builders import (
    a_director_of,
    a_moderator_of,
    a_phase,
    a_round,
    acting,
    an_authority,
    phase_of,
    the_platform,
)
from tests.contributions.builders import a_contribution
from tests.notifications.builders import a_reader, account_of, delivered, every_mail, text_of
from tests.participants.builders import an_organisation, join
from tests.shows import shows

TEXT = {"title": "Bankjes bij de vijver", "text": "Zet ze neer.", "html": "<p>Zet ze neer.</p>"}


@pytest.fixture
def database(empty_database):
    with empty_database.writing():
        an_authority()
    return empty_database


def name_of(message, names):
    return names[str(message["To"])]


def told(database, names, **changed):
    """Who got what subject, by the name of the person, and which reason stands under it."""
    return sorted((names.get(str(one["To"]), "?"), str(one["Subject"])) for one in delivered(database, **changed))


def named(*people):
    return {account_of(person).email: person.name for person in people}


def at_once(*people):
    """Let people hear of everything at once."""
    for person in people:
        verbs.choose(dict.fromkeys(Topic, Cadence.IMMEDIATELY), "nl", acting(person))


def test_whoever_sends_a_proposal_gets_a_proof_of_receipt_with_all_of_it(database):
    with database.writing():
        author = a_reader("Fatima")
        submit_proposal(a_round(holds_first=True), acting(author), **TEXT)
        names = named(author)
    (got,) = delivered(database)
    assert name_of(got, names) == "Fatima"
    assert str(got["Subject"]) == "Ontvangen: Bankjes bij de vijver"
    assert "> Zet ze neer." in text_of(got)
    assert "Iemand van ons team leest het eerst." in text_of(got)


def test_an_author_hears_that_it_is_on_the_site_or_why_it_is_not(database):
    with database.writing():
        author, found = a_reader("Fatima"), a_round()
        one, other = (a_contribution(found, author, state=State.HELD, title=t) for t in ("Een", "Ander"))
        first, second = a_moderator_of(found), a_moderator_of(found)
        publish(one, first)
        confirm_refusal(propose_refusal(other, Ground.ADVERTISING, "Dit is reclame.", first), second)
        names = named(author)
    got = {str(one["Subject"]): text_of(one) for one in delivered(database)}
    assert set(got) == {"Nu op de site: Een", "Niet geplaatst: Ander"}
    refused = got["Niet geplaatst: Ander"]
    assert "De grond is: reclame. Dit is reclame." in refused
    assert "info@gemeente.test" in refused
    assert names


def test_those_who_write_along_and_those_who_represent_hear_what_the_author_hears(database):
    with database.writing():
        author, along, gone, speaks, acts = (a_reader(n) for n in ("Auteur", "Mee", "Weg", "Voor", "Lid"))
        found = a_round(phases=PhaseKind.SYNTHESISE)
        one, position = (
            a_contribution(found, title=t, kind=k) for t, k in (("Een", Kind.PROPOSAL), ("", Kind.POSITION))
        )
        one.author_id = author.id
        now = clock.now()
        add(CoAuthor(contribution_id=one.id, person_id=along.id, joined_at=now, left_at=None))
        add(CoAuthor(contribution_id=one.id, person_id=gone.id, joined_at=now, left_at=now))
        position.organisation_id = an_organisation("Stichting", speaks).id
        join(session().get_one(Organisation, position.organisation_id), acts)
        for each in (one, position):
            a_public_answer(each, OutcomeKind.PARTLY, "Niet overal.")
        names = named(author, along, gone, speaks, acts)
    got = sorted(name for name, subject in told(database, names) if subject.startswith("Er is een antwoord"))
    assert got == ["Auteur", "Mee", "Voor"]


def test_a_reply_is_told_to_who_gave_the_argument_that_it_answers(database):
    with database.writing():
        first, second, found = (
            a_reader("Eerst"),
            a_reader("Daarna"),
            a_round(phases=[a_phase(PhaseKind.COLLECT, -1, 60)]),
        )
        proposal = a_contribution(found, title="Bankjes")
        said = add_argument(proposal, acting(first), stance=Stance.FOR, text="Ja", html="<p>Ja</p>")
        reply = a_contribution(found, second, kind=Kind.ARGUMENT, text="Waarom?")
        add(Argument(contribution_id=reply.id, proposal_id=proposal.id, stance=Stance.NEUTRAL, answers_id=said.id))
        enqueue("argued", contribution=reply.id)
        names = named(first, second)
    delivered(database)
    with clock.set_to(rules.next_digest(Cadence.DAILY, clock.now())):
        keep_up(database)
        (got,) = delivered(database)
    assert name_of(got, names) == "Eerst"
    assert "(een antwoord op een argument)" in text_of(got)


def test_an_argument_is_told_to_the_author_and_to_followers_once_a_day_and_never_to_who_gave_it(database):
    with database.writing():
        author, follower, other = a_reader("Auteur"), a_reader("Volger"), a_reader("Spreker")
        found = a_round()
        proposal = a_contribution(found, author, title="Bankjes")
        verbs.follow(proposal, acting(follower))
        verbs.follow(proposal, acting(other))
        for text in ("Goed idee", "Ook voor ouderen"):
            add_argument(proposal, acting(other), stance=Stance.FOR, text=text, html=f"<p>{text}</p>")
        names = named(author, follower, other)
    assert delivered(database) == []  # it waits for the morning
    with clock.set_to(rules.next_digest(Cadence.DAILY, clock.now())):
        assert keep_up(database) >= 2
        got = delivered(database)
    assert sorted(name_of(one, names) for one in got) == ["Auteur", "Volger"]
    for one in got:
        assert str(one["Subject"]) == "Nieuw argument: Bankjes, en nog één bericht"
        assert text_of(one).index("Goed idee") < text_of(one).index("Ook voor ouderen")


def test_there_is_one_digest_a_day_and_none_with_nothing_to_tell(database):
    with database.writing():
        author, other, found = a_reader("Auteur"), a_reader(), a_round(phases=[a_phase(PhaseKind.COLLECT, -7, 60)])
        proposal = a_contribution(found, author, title="Bankjes")
        add_argument(proposal, acting(other), stance=Stance.FOR, text="Ja", html="<p>Ja</p>")
        where = found.slug, proposal.public_id
    delivered(database)
    morning = rules.next_digest(Cadence.DAILY, clock.now())
    with clock.set_to(morning):
        keep_up(database)
        assert len(delivered(database)) == 1
    with clock.set_to(morning + timedelta(minutes=1)):
        with database.writing():
            proposal = get_contribution(the_platform(), *where)
            add_argument(proposal, acting(other), stance=Stance.FOR, text="Nog een", html="<p>Nog een</p>")
        delivered(database)
        with database.writing():  # as if it had been due on the same day
            (late,) = [one for one in every_mail("argued") if one.waits_for and not one.sent_at]
            late.due_at = clock.now()
        keep_up(database)
        assert delivered(database) == []
        with database.reading():
            (late,) = [one for one in every_mail("argued") if one.waits_for and not one.sent_at]
            assert local(late.due_at).date() == local(morning).date() + timedelta(days=1)
    with clock.set_to(morning + timedelta(days=1, minutes=1)):
        keep_up(database)
        assert len(delivered(database)) == 1
    with clock.set_to(morning + timedelta(days=2, minutes=1)):
        keep_up(database)
        assert delivered(database) == []


def test_a_digest_of_what_is_hidden_by_then_is_not_sent(database):
    with database.writing():
        author, other, found = a_reader("Auteur"), a_reader(), a_round()
        proposal = a_contribution(found, author, title="Bankjes")
        argument = add_argument(proposal, acting(other), stance=Stance.FOR, text="Ja", html="<p>Ja</p>")
    delivered(database)
    with database.writing():
        session().merge(argument).state = State.HELD
    with clock.set_to(rules.next_digest(Cadence.DAILY, clock.now())):
        keep_up(database)
        assert delivered(database) == []
    with database.reading():
        assert [one.problem for one in every_mail("digest")] == ["empty"]
        assert all(one.given_up_at for one in every_mail("argued") if one.recipient_id)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_a_digest_comes_once_on_the_days_on_which_the_clock_changes(database, day):
    noon = rules.digest_on(local(clock.now()).date().fromisoformat(day)) + timedelta(hours=4)
    with clock.set_to(noon):
        with database.writing():
            author, other, found = a_reader("Auteur"), a_reader(), a_round()
            proposal = a_contribution(found, author, title="Bankjes")
            add_argument(proposal, acting(other), stance=Stance.FOR, text="Ja", html="<p>Ja</p>")
        delivered(database)
    got: dict[str, list[str]] = {}
    for hours in range(48):
        with clock.set_to(noon + timedelta(hours=hours)):
            keep_up(database)
            for one in delivered(database):
                got.setdefault(str(one["To"]), []).append(local(clock.now()).strftime("%d %H"))
    assert len(got) == 2  # the one who argued hears that the phase ends soon
    assert set(map(tuple, got.values())) == {(f"{int(day[-2:]) + 1} 08",)}


def test_an_answer_is_told_to_the_author_to_those_joined_with_it_and_to_followers(database):
    with database.writing():
        author, joined, follower, stranger = (a_reader(n) for n in ("Auteur", "Samengevoegd", "Volger", "Vreemde"))
        found = a_round(phases=PhaseKind.SYNTHESISE)
        one, other = a_contribution(found, author, title="Een"), a_contribution(found, joined, title="Ander")
        other.merged_into_id = one.id
        verbs.follow(other, acting(follower))
        at_once(author, joined, follower, stranger)
        a_public_answer(one, OutcomeKind.PARTLY, "Niet overal.")
        names = named(author, joined, follower, stranger)
    assert told(database, names) == [
        ("Auteur", "Er is een antwoord op: Een"),
        ("Samengevoegd", "Er is een antwoord op: Een"),
        ("Volger", "Er is een antwoord op: Een"),
    ]


def test_an_answer_that_is_replaced_at_once_is_told_in_its_last_words(database):
    with database.writing():
        author, found = a_reader("Auteur"), a_round(phases=PhaseKind.SYNTHESISE)
        one = a_contribution(found, author, title="Een")
        a_public_answer(one, OutcomeKind.NOT_ADOPTED, "Te duur.")
        a_public_answer(one, OutcomeKind.ADOPTED, "Het kan toch.")
    (got,) = delivered(database)
    assert "Het kan toch." in text_of(got)


def test_a_merge_is_told_to_everybody_who_voted_in_words_that_tell_nothing_of_a_vote(database):
    with database.writing():
        found = a_round(phases=PhaseKind.PRIORITISE)
        author, other, voter, elsewhere, follower, _stranger = people = [
            a_reader(n) for n in ("Auteur", "Ander", "Stemmer", "Stemmer elders", "Volger", "Vreemde")
        ]
        one, into = a_contribution(found, author, title="Een"), a_contribution(found, other, title="Ander")
        third = a_contribution(found, title="Derde")
        create_poll(found, phase_of(found, PhaseKind.PRIORITISE), the_platform(), title="Wat vindt u?")
        cast_support(option_of(one), acting(voter), Choice.AGAINST)
        cast_support(option_of(third), acting(elsewhere), Choice.FOR)
        verbs.follow(into, acting(follower))
        at_once(*people)
        names = named(*people)
    with database.writing():
        moderator = a_moderator_of(found)
        pair = [get_contribution(the_platform(), found.slug, each.public_id) for each in (one, into)]
        merge(*pair, moderator)
    got = delivered(database)
    assert sorted((name_of(m, names), str(m["Subject"])) for m in got) == [
        ("Ander", "Samengevoegd: Een"),
        ("Auteur", "Samengevoegd: Een"),
        ("Stemmer", "Samengevoegd: Een"),
        ("Stemmer elders", "Samengevoegd: Een"),
        ("Volger", "Samengevoegd: Een"),
    ]
    said = {name_of(m, names): without_tokens(text_of(m)) for m in got}
    assert said["Stemmer"] == said["Stemmer elders"] == said["Volger"] == said["Ander"]
    with database.reading():
        (rows,) = {frozenset(one.facts) for one in every_mail("merged_nearby")}
        assert rows == {"contribution", "into"}


def test_a_merge_that_was_undone_before_it_was_told_is_not_told(database):
    with database.writing():
        author, found = a_reader("Auteur"), a_round()
        one, into = a_contribution(found, author, title="Een"), a_contribution(found, title="Ander")
        merge(one, into, a_moderator_of(found))
        one.merged_into_id = None
    assert delivered(database) == []


def test_a_phase_is_told_when_it_begins_and_in_its_last_week_and_each_once(database):
    with database.writing():
        follower, author, stranger = a_reader("Volger"), a_reader("Schrijver"), a_reader("Vreemde")
        found = a_round(phases=[a_phase(PhaseKind.COLLECT, 0, 29, "Ideeën"), a_phase(PhaseKind.PRIORITISE, 30, 60)])
        verbs.follow(found, acting(follower))
        a_contribution(found, author)
        at_once(follower, author, stranger)
        names, title = named(follower, author, stranger), found.title
    begun, soon = f"{title}: ‘Ideeën’ is begonnen", f"{title}: ‘Ideeën’ sluit bijna"
    for _ in range(3):
        keep_up(database)
        first = told(database, names)
        if _ == 0:
            assert first == [("Schrijver", begun), ("Volger", begun)]
        else:
            assert first == []
    with clock.set_to(clock.now() + timedelta(days=10)):
        keep_up(database)
        assert told(database, names) == []
    with clock.set_to(clock.now() + timedelta(days=24)):
        for expected in ([("Schrijver", soon), ("Volger", soon)], []):
            keep_up(database)
            assert told(database, names) == expected


def test_a_phase_that_was_not_released_is_told_to_the_director_and_not_to_others(database):
    with database.writing():
        found = a_round(phases=[a_phase(PhaseKind.COLLECT, 0, 29, "Ideeën")])
        director, follower = a_director_of(found), a_reader("Volger")
        verbs.follow(found, acting(follower))
        at_once(follower)
        get_round(the_platform(), found.slug).phases[0].cleared_at = None
        session().flush()
        title = found.title
    keep_up(database)
    got = delivered(database)
    assert [str(one["Subject"]) for one in got] == [f"{title}: ‘Ideeën’ wacht op u"]
    with database.reading():
        assert [one.recipient_id for one in every_mail("gate_waiting") if one.recipient_id] == [director.person_id]


def test_what_is_old_is_deleted_after_thirty_days(database):
    with database.writing():
        submit_proposal(a_round(), acting(a_reader()), **TEXT)
    delivered(database)
    with clock.set_to(clock.now() + timedelta(days=29)):
        keep_up(database)
        with database.reading():
            assert every_mail("received")
    with clock.set_to(clock.now() + timedelta(days=31)):
        keep_up(database)
        with database.reading():
            assert not every_mail("received")


def test_nobody_is_told_twice_when_sharing_out_was_broken_off(database):
    with database.writing():
        followers, found = [a_reader() for _ in range(3)], a_round(phases=[a_phase(PhaseKind.COLLECT, 0, 29)])
        for follower in followers:
            verbs.follow(found, acting(follower))
        at_once(*followers)
    keep_up(database)
    assert len(delivered(database)) == 3
    with database.writing():
        (origin,) = [one for one in every_mail("phase_opened") if one.recipient_id is None]
        origin.sent_at = origin.leased_until = None
    assert delivered(database) == []


@shows("R27")
def test_a_message_about_a_round_reaches_nobody_who_follows_no_more(database):
    with database.writing():
        follower, found = a_reader("Volger"), a_round(phases=[a_phase(PhaseKind.COLLECT, 0, 29)])
        verbs.follow(found, acting(follower))
        verbs.follow(found, acting(follower))
        verbs.unfollow(found, acting(follower))
        at_once(follower)
    keep_up(database)
    assert delivered(database) == []


def option_of(contribution):
    wanted = select(Option).where(Option.contribution_id == contribution.id)
    option = session().scalars(wanted).one()
    return get_option(the_platform(), session().get_one(Round, contribution.round_id).slug, option.id)


def without_tokens(said: str) -> str:
    return "\n".join(line for line in said.splitlines() if "/messages/off/" not in line)
