import pytest
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from consult.audit.queries import list_entries_on
from consult.contributions import attaching, rules
from consult.contributions.attaching import add_files, attach, describe, hide, note_check, remove, show
from consult.contributions.models import (
    Attachment,
    Checked,
    CoAuthor,
    Contribution,
    Kind,
    Signal,
    SignalKind,
    State,
)
from consult.contributions.queries import (
    get_attachment,
    get_contribution,
    get_file,
    list_attachments,
    list_files_of,
    size_of_files,
)
from consult.contributions.verbs import rewrite
from consult.foundation import clock, files
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict, NotFound, NotNow
from consult.foundation.files import Incoming
from consult.moderation.queries import list_signals
from consult.moderation.verbs import publish, settle_reports
from consult.policy import Act, Actor
from consult.rounds.models import PhaseKind
from tests.builders import a_moderator_of, a_resident, a_round, acting, the_platform
from tests.contributions.builders import a_contribution
from tests.moderation.builders import taken_away
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")


def a_file(n: int = 1, *, size: int = 100, media_type: str = "application/pdf", **more: object) -> Incoming:
    """What the store told of a file; nothing of it is on disk."""
    return Incoming(f"{n}.pdf", media_type, size, f"{n:064x}", f"{n:032x}", **more)  # type: ignore[arg-type]


def a_proposal(**more: object) -> tuple[Contribution, Actor]:
    author, found = a_resident(), a_round()
    proposal = a_contribution(found, author, **more)  # type: ignore[arg-type]
    return get_contribution(the_platform(), found.slug, proposal.public_id), acting(author)


def acts_on(contribution: Contribution) -> list[str]:
    session().flush()
    return [entry.act for entry in list_entries_on(contribution.id)]


def an_attachment(**more: object) -> tuple[Attachment, Actor]:
    proposal, author = a_proposal()
    attachment = attach(proposal, a_file(**more), author)  # type: ignore[arg-type]
    attachment.contribution = proposal
    return attachment, author


def test_a_file_is_added_once_in_its_place_and_written_down_without_its_name():
    proposal, author = a_proposal()
    waiting = files.remember(author.person_id, a_file())
    first, again, second = (attach(proposal, a_file(n), author) for n in (1, 1, 2))
    assert again is first
    assert [one.name for one in list_attachments(author, proposal)] == ["1.pdf", "2.pdf"]
    assert files.find_waiting(author.person_id, [waiting.id]) == []
    entries = list_entries_on(proposal.id)
    assert [entry.act for entry in entries] == [Act.ATTACH_FILE, Act.ATTACH_FILE]
    assert entries[0].facts["attachment"] == str(first.id)
    assert not {first.sha256, first.stored_name, first.name} & set(entries[0].facts.values())
    assert second.position == 2


@shows("R52")
def test_five_files_are_the_most_and_one_that_was_removed_makes_room():
    proposal, author = a_proposal()
    kept = [attach(proposal, a_file(n), author) for n in range(5)]
    with pytest.raises(Conflict):
        attach(proposal, a_file(6), author)
    kept[0].contribution = proposal
    remove(kept[0], author)
    assert attach(proposal, a_file(6), author).position == 6


@shows("R52")
def test_the_files_of_one_author_have_a_room_that_can_be_full_and_removing_does_not_empty_it(monkeypatch):
    monkeypatch.setattr(rules, "ROOM", 250)
    author = a_resident()
    found = a_round()
    first, second = a_contribution(found, author), a_contribution(found, author)
    kept = attach(first, a_file(1), acting(author))
    kept.contribution = first
    attach(second, a_file(2), acting(author))
    remove(kept, acting(author))
    assert size_of_files(second) == 200
    with pytest.raises(Conflict):
        attach(second, a_file(3), acting(author))
    attach(a_contribution(found, a_resident()), a_file(3), acting(author))


def test_a_public_picture_needs_words_for_what_is_to_be_seen_and_a_scan_does_not():
    proposal, author = a_proposal()
    picture = a_file(media_type="image/png")
    with pytest.raises(Conflict):
        attach(proposal, picture, author)
    assert attach(proposal, picture, author, is_public=False).alt == ""
    assert attach(proposal, a_file(2, media_type="image/png"), author, alt="De vijver").alt == "De vijver"
    assert attach(proposal, a_file(3, media_type="image/png", alt="Het plein"), author).alt == "Het plein"


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.REFUSED])
def test_what_was_withdrawn_or_refused_takes_no_files(state):
    proposal, author = a_proposal(state=state)
    with pytest.raises(NotNow):
        add_files(proposal, [a_file()], author)


def test_after_collecting_an_author_adds_and_removes_nothing():
    author = a_resident()
    proposal = a_contribution(a_round(phases=PhaseKind.PRIORITISE), author)
    there = attach(proposal, a_file(), the_platform())
    there.contribution = proposal
    with pytest.raises(NotNow):
        add_files(proposal, [a_file(2)], acting(author))
    with pytest.raises(NotNow):
        remove(there, acting(author))


def test_the_files_of_a_position_may_still_change_while_positions_come_in():
    found = a_round(phases=PhaseKind.PRIORITISE)
    position = a_contribution(found, kind=Kind.POSITION)
    [there] = add_files(position, [a_file()], the_platform())
    there.contribution = position
    remove(there, the_platform())
    assert list_files_of(position.id) == []


def test_a_file_that_was_removed_is_for_nobody_and_is_not_removed_twice():
    attachment, author = an_attachment()
    proposal = attachment.contribution
    remove(attachment, author)
    for actor in (author, a_moderator_of(proposal.round), the_platform()):
        assert list_attachments(actor, proposal) == []
    with pytest.raises(NotNow):
        remove(attachment, author)
    assert acts_on(proposal) == [Act.ATTACH_FILE, Act.REMOVE_FILE]


def test_a_moderator_takes_a_file_off_the_page_with_a_reason_that_its_author_reads_and_puts_it_back():
    attachment, author = an_attachment()
    proposal = attachment.contribution
    moderator, visitor = a_moderator_of(proposal.round), acting(None)
    assert list_attachments(visitor, proposal) == [attachment]
    hide(attachment, moderator, why="Er staat een kenteken op.")
    assert list_attachments(visitor, proposal) == []
    assert list_attachments(acting(a_resident()), proposal) == []
    assert list_attachments(author, proposal)[0].hidden_why == "Er staat een kenteken op."
    assert list_attachments(moderator, proposal) == [attachment]
    with pytest.raises(NotNow):
        hide(attachment, moderator, why="Nog eens.")
    show(attachment, moderator)
    assert list_attachments(visitor, proposal) == [attachment]
    with pytest.raises(NotNow):
        show(attachment, moderator)
    assert acts_on(proposal) == [Act.ATTACH_FILE, Act.HIDE_FILE, Act.SHOW_FILE]
    assert "kenteken" not in str([entry.facts for entry in list_entries_on(proposal.id)])


def test_who_writes_along_has_the_files_of_the_author():
    attachment, _author = an_attachment()
    proposal, along = attachment.contribution, a_resident()
    slug, public_id = proposal.round.slug, proposal.public_id
    hide(attachment, a_moderator_of(proposal.round), why="Er staat een kenteken op.")
    assert list_attachments(acting(along), proposal) == []
    add(CoAuthor(contribution_id=proposal.id, person_id=along.id, joined_at=proposal.received_at))
    session().expire(proposal)
    loaded = get_contribution(acting(along), slug, public_id)
    assert list_attachments(acting(along), loaded) == [attachment]


def test_a_scan_is_for_those_who_serve_the_round_and_no_moderator_can_publish_it():
    proposal, author = a_proposal()
    scan = attach(proposal, a_file(), the_platform(), is_public=False)
    scan.contribution = proposal
    moderator = a_moderator_of(proposal.round)
    assert list_attachments(author, proposal) == []
    assert list_attachments(acting(None), proposal) == []
    assert list_attachments(moderator, proposal) == [scan]
    with pytest.raises(NotNow):
        show(scan, moderator)


def test_words_for_a_picture_can_be_mended():
    attachment, author = an_attachment(media_type="image/png", alt="Een vijver")
    describe(attachment, author, alt="De vijver van noord gezien")
    assert attachment.alt == "De vijver van noord gezien"
    assert acts_on(attachment.contribution)[-1] == Act.DESCRIBE_FILE


@shows("R55")
def test_before_the_scanner_spoke_nobody_has_a_file_and_its_author_sees_that_it_waits():
    attachment, author = an_attachment(is_clean=False)
    proposal = attachment.contribution
    moderator, visitor = a_moderator_of(proposal.round), acting(None)
    assert attachment.checked is Checked.WAITING
    assert list_attachments(visitor, proposal) == []
    for actor in (author, moderator):
        assert list_attachments(actor, proposal) == [attachment]
        with pytest.raises(NotFound):
            get_file(actor, proposal.round.slug, proposal.public_id, str(attachment.id))
    note_check(attachment, the_platform(), is_clean=True)
    assert get_file(visitor, proposal.round.slug, proposal.public_id, str(attachment.id)) is attachment


@shows("R55")
def test_a_file_in_which_something_was_found_is_given_to_nobody_and_stays_so():
    attachment, author = an_attachment(is_clean=False)
    proposal = attachment.contribution
    note_check(attachment, the_platform(), is_clean=False)
    note_check(attachment, the_platform(), is_clean=True)
    assert attachment.checked is Checked.INFECTED
    assert list_attachments(author, proposal) == [attachment]
    assert list_attachments(acting(None), proposal) == []
    for actor in (author, a_moderator_of(proposal.round), acting(None), the_platform()):
        with pytest.raises(NotFound):
            get_file(actor, proposal.round.slug, proposal.public_id, str(attachment.id))
    assert acts_on(proposal) == [Act.ATTACH_FILE, Act.CHECK_FILE]


def test_a_file_is_found_only_at_the_address_of_its_own_contribution():
    attachment, author = an_attachment()
    proposal = attachment.contribution
    other = a_contribution(proposal.round, a_resident())
    slug = proposal.round.slug
    assert get_attachment(author, slug, proposal.public_id, str(attachment.id)) is attachment
    for public_id, name in ((other.public_id, str(attachment.id)), (proposal.public_id, "x"), (proposal.public_id, "")):
        with pytest.raises(NotFound):
            get_attachment(author, slug, public_id, name)


@shows("R54")
@pytest.mark.parametrize("state", [State.HELD, State.WITHDRAWN, State.REFUSED])
def test_a_file_is_as_hidden_as_what_it_belongs_to(state):
    attachment, author = an_attachment()
    proposal = attachment.contribution
    proposal.state = state
    session().flush()
    address = (proposal.round.slug, proposal.public_id, str(attachment.id))
    assert get_file(author, *address) is attachment
    for actor in (acting(None), acting(a_resident())):
        with pytest.raises(NotFound):
            get_file(actor, *address)


def test_a_file_added_to_what_everybody_reads_is_told_to_the_public(monkeypatch):
    told: list[object] = []
    monkeypatch.setattr(attaching, "bump", told.append)
    attachment, _author = an_attachment()
    assert told == [attachment.contribution.round_id]
    held, author = a_proposal(state=State.HELD)
    attach(held, a_file(9), author)
    assert len(told) == 1


def test_files_of_one_are_no_files_of_another():
    attachment, _author = an_attachment()
    other, _ = a_proposal()
    assert [one.id for one in list_files_of(attachment.contribution_id)] == [attachment.id]
    assert list_files_of(other.id) == []


def test_a_file_added_to_what_was_read_first_waits_until_a_moderator_saw_it(unit):
    found, author = a_round(holds_first=True), a_resident()
    one = get_contribution(the_platform(), found.slug, a_contribution(found, author).public_id)
    [added] = add_files(one, [a_file(1)], acting(author))
    added.contribution = one
    assert (added.is_public, added.waits_to_be_seen) == (False, True)
    assert [signal.kind for signal in unit.scalars(select(Signal))] == [SignalKind.ADDED]
    moderator = a_moderator_of(found)
    show(added, moderator)
    assert (added.is_public, added.waits_to_be_seen) == (True, False)
    assert unit.scalars(select(Signal)).one().cleared_at == moderator.arrived_at


@pytest.fixture
def waiting(unit):
    """A contribution that was read and published, with two files that came later, and its author and a moderator."""
    found, author = a_round(holds_first=True), a_resident()
    one = get_contribution(the_platform(), found.slug, a_contribution(found, author).public_id)
    files_ = add_files(one, [a_file(1), a_file(2)], acting(author))
    for file in files_:
        file.contribution = one
    return one, files_, acting(author), a_moderator_of(found)


def asks(one: Contribution) -> bool:
    session().flush()
    return any(signal.kind is SignalKind.ADDED and not signal.cleared_at for signal in list_signals(one.id))


def test_a_moderator_says_no_to_a_file_that_waits_and_its_author_reads_why(waiting):
    one, (first, second), author, moderator = waiting
    hide(first, moderator, why="Er staat een kenteken op.")
    assert (first.is_public, first.hidden_why) == (False, "Er staat een kenteken op.")
    assert asks(one), "the second one waits still"
    remove(second, author)
    assert not asks(one)


def test_what_a_moderator_says_of_the_text_loses_no_file_that_waits(waiting):
    one, (first, second), _author, moderator = waiting
    settle_reports(one, moderator, "")
    assert asks(one)
    taken_away(one, moderator)
    publish(one, moderator)
    assert asks(one)
    show(first, moderator)
    show(second, moderator)
    assert not asks(one), "the text was read when it was published"


def test_showing_a_file_does_not_say_that_the_text_was_read_which_changed_too(waiting):
    one, files_, _author, moderator = waiting
    rewrite(one, title=one.title, text="Iets anders.", html="", at=clock.now())
    for file in files_:
        show(file, moderator)
    assert asks(one)
    settle_reports(one, moderator, "")
    assert not asks(one)


def test_whether_a_file_waits_is_judged_by_the_row_as_it_is_now(unit):
    found, author = a_round(holds_first=True), a_resident()
    one = get_contribution(the_platform(), found.slug, a_contribution(found, author).public_id)
    set_committed_value(one, "state", State.HELD)  # as it was loaded, before a moderator published it
    [added] = add_files(one, [a_file(1)], acting(author))
    assert added.waits_to_be_seen
