import io
import re

import pytest
from sqlalchemy import func, select, update

from consult.accounts.models import Account
from consult.audit.models import Entry
from consult.contributions.models import Channel
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotFound
from consult.foundation.files import Upload
from consult.participants.models import Person
from consult.policy import Duty, Role
from consult.privacy.verbs import erase
from consult.rounds.models import Verification
from consult.rounds.queries import get_round
from consult.rounds.rules import Unproven
from consult.voting import codes, electorate, on_paper, results
from consult.voting.ballots import cast_ballot
from consult.voting.models import Credential, LetterCode, Method, PaperBallot, Register, Voter
from consult.voting.rules import Listed
from tests.builders import a_member_of_staff, a_resident, acting, an_area, an_authority, appoint, the_platform
from tests.shows import shows
from tests.together import at_once
from tests.voting.builders import CODES_KEY
from tests.voting.test_paper import Hall

LATER = 40  # a number of somebody without an e-mail address


class Panel(Hall):
    """A round with a list: some residents with their addresses on it, from number 1 on, and one without."""

    def __init__(self, method=Method.APPROVAL, people=2):
        super().__init__(method, letters=0)
        self.round.verification = Verification.LIST
        self.people = [a_resident() for _ in range(people)]
        told = [Listed(n, address_of(one)) for n, one in enumerate(self.people, start=1)]
        self.batch = electorate.put_on_list(self.round, an_area().code, [*told, Listed(LATER)], self.first).batch

    def shows(self, n=0):
        electorate.show_on_list(self.round, acting(self.people[n]))

    def casts(self, n=0):
        sheet = self.sheet()
        cast_ballot(sheet, acting(self.people[n]), {sheet.options[0].id: 1})


def address_of(person):
    return session().get_one(Account, person.account_id).email


@pytest.mark.usefixtures("unit")
@shows("R100")
def test_who_is_on_the_list_votes_online_after_showing_it_and_nobody_else_does():
    panel = Panel()
    with pytest.raises(Unproven):
        panel.casts()
    panel.shows()
    panel.casts()
    assert panel.ballots() == 1
    (voter,) = session().scalars(select(Voter))
    assert voter.area_code == panel.batch.area_code
    with pytest.raises(NotAllowed, match="niet op de lijst"):
        electorate.show_on_list(panel.round, acting(a_resident()))
    stranger = a_resident(confirmed=False)
    electorate.put_on_list(panel.round, "", [Listed(9, address_of(stranger))], panel.first)
    with pytest.raises(Unproven, match="niet bevestigd"):
        electorate.show_on_list(panel.round, acting(stranger))
    panel.shows()  # a second click changes nothing
    assert len(session().scalars(select(Voter)).all()) == 1
    assert session().scalar(select(func.count()).where(Entry.act == "use_code")) == 1
    own, other = (session().get_one(Account, one.account_id) for one in (panel.people[0], a_resident()))
    address, own.email = own.email, "nieuw@voorbeeld.test"
    session().flush()
    other.email = address
    with pytest.raises(NotAllowed, match="doet al iemand mee"):
        electorate.show_on_list(
            panel.round, acting(session().scalars(select(Person).where(Person.account_id == other.id)).one())
        )
    assert panel.ballots() == 1


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize("method", [Method.SUPPORT, Method.APPROVAL])
def test_who_votes_on_paper_with_a_number_cannot_vote_online_and_the_other_way_round(method):
    panel = Panel(method)
    panel.counts(panel.enters(1, Channel.DESK))
    panel.counts(panel.enters(LATER, Channel.MEETING))
    assert panel.ballots() == 2
    with pytest.raises(NotAllowed, match="kwam een stembiljet op papier binnen"):
        panel.shows(0)
    panel.shows(1)
    with pytest.raises(on_paper.UnfitLetter, match="doet online mee"):
        panel.enters(2)
    with pytest.raises(on_paper.UnfitLetter, match="telt al"):
        panel.enters(1)
    with pytest.raises(on_paper.UnfitLetter, match="staat niet op de lijst"):
        panel.enters(99)
    assert panel.ballots() == 2
    assert results.recount() == []


def test_of_a_number_on_paper_and_its_address_online_at_once_one_counts(empty_database):
    with empty_database.writing():
        panel = Panel()
        slug, poll_id, person = panel.round.slug, panel.poll.id, panel.people[0].id
        staff = acting(a_member_of_staff())

    def online():
        found, one = get_round(the_platform(), slug), acting(session().get_one(Person, person))

        def shows_it():
            try:
                electorate.show_on_list(found, one)
            except NotAllowed as problem:
                raise Conflict(str(problem)) from problem

        return shows_it

    def paper():
        sheet = on_paper.get_paper_sheet(the_platform(), slug, poll_id)
        letter, told = on_paper.find_letter(sheet.round_id, 1, None), {sheet.options[0].id: 1}

        def enters():
            try:
                on_paper.enter_paper(sheet, letter, staff, channel=Channel.LETTER, marks=told)
            except on_paper.UnfitLetter as problem:
                raise Conflict(str(problem)) from problem

        return enters

    assert sorted(at_once(empty_database, online, paper)) == [False, True]
    with empty_database.reading():
        assert len(session().scalars(select(PaperBallot)).all()) + len(session().scalars(select(Voter)).all()) == 1


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize(
    ("people", "words"),
    [
        ([Listed(1, "ander@voorbeeld.test")], "Nummer 1 staat al op de lijst, met een ander adres"),
        ([Listed(LATER, "nieuw@voorbeeld.test")], "Nummer 40 staat al op de lijst, met een ander adres of zonder"),
        ([Listed(7, "bewoner")], "adres van nummer 7"),
        ([Listed(8)], "geen lijst"),
    ],
)
def test_what_is_on_the_list_already_and_what_has_no_list_is_refused(people, words):
    panel = Panel()
    if people[0].number == 7:
        people = [Listed(7, address_of(panel.people[0]))]
    if people[0].number == 8:
        panel.round.verification = Verification.EMAIL
    with pytest.raises(Conflict if people[0].number == 8 else electorate.UnfitList, match=words):
        electorate.put_on_list(panel.round, "", people, panel.first)


@pytest.mark.usefixtures("unit")
def test_a_list_that_comes_again_adds_who_is_new_and_a_wrong_line_lets_nobody_on_it():
    panel = Panel()
    known = [Listed(1, address_of(panel.people[0])), Listed(2), Listed(LATER)]
    added = electorate.put_on_list(panel.round, "", [*known, Listed(50, "nieuw@voorbeeld.test")], panel.first)
    assert (added.new, added.known, added.batch.number) == (1, 3, panel.batch.number + 1)
    assert electorate.put_on_list(panel.round, "", known, panel.first) == electorate.Added(None, 0, 3)
    many = [Listed(n, f"kiezer{n}@voorbeeld.test") for n in range(100, 2600)]
    wrong = [Listed(n, "ander@voorbeeld.test") for n in (1, 2, 50)]
    with pytest.raises(electorate.UnfitList, match=r"Nummer 1 .* Nummer 2 .* Nummer 50 "):
        electorate.put_on_list(panel.round, "", [*many, *wrong], panel.first)
    assert listed() == 4
    assert electorate.put_on_list(panel.round, "", many, panel.first).new == 2500
    assert electorate.put_on_list(panel.round, "", [*many, Listed(9000)], panel.first).known == 2500
    taken = [Listed(n + 5000, one.address) for n, one in enumerate(many)]
    with pytest.raises(electorate.UnfitList, match=r"adres van nummer 5004 .* Nog 2495 regels"):
        electorate.put_on_list(panel.round, "", taken, panel.first)
    assert listed() == 4 + 2500 + 1


def listed():
    return session().scalar(select(func.count()).select_from(LetterCode))


@pytest.mark.usefixtures("unit")
def test_what_was_made_for_another_way_of_checking_counts_for_nothing_while_a_round_is_prepared():
    panel = Panel()
    panel.round.verification = Verification.LETTER_CODE
    with pytest.raises(on_paper.UnfitLetter, match="Geen brief van deze ronde"):
        panel.enters(2)
    assert codes.list_batches(panel.round.id) == []
    with pytest.raises(NotFound):
        codes.get_batch(the_platform(), panel.round.slug, panel.batch.number)
    with pytest.raises(Conflict, match="Geen brief van deze ronde"):
        electorate.replace_code(panel.round, LATER, electorate.draw_codes(1, CODES_KEY)[0], panel.first)
    with pytest.raises(Conflict, match="al gebruikt of vervangen"):
        electorate.replace_batch(panel.round, panel.batch, [], panel.first)
    drawn = electorate.draw_codes(3, CODES_KEY)
    first, *_more = electorate.issue_codes(panel.round, panel.batch.area_code, drawn, panel.first)
    assert first.serial == 1  # as the first number on the list
    panel.round.verification = Verification.LIST
    key = electorate.rules.code_hash(CODES_KEY, first.code)
    assert on_paper.find_letter(panel.round.id, None, key) is None
    with pytest.raises(on_paper.UnfitLetter, match="staat niet op de lijst"):
        panel.enters(3)
    electorate.put_on_list(panel.round, "", [Listed(3)], panel.first)
    panel.counts(panel.enters(3))
    assert [one.issued for one in codes.list_batches(panel.round.id, on_list=True)] == [1, 3]
    assert panel.ballots() == 1


@pytest.mark.usefixtures("unit")
def test_who_is_taken_from_the_list_does_not_vote_and_who_takes_part_stays_on_it():
    panel = Panel()
    electorate.take_from_list(panel.round, 1, panel.first)
    with pytest.raises(NotAllowed, match="niet op de lijst"):
        panel.shows(0)
    with pytest.raises(on_paper.UnfitLetter, match="van de lijst gehaald"):
        panel.enters(1)
    with pytest.raises(electorate.UnfitList, match="Nummer 1 is van de lijst gehaald"):
        electorate.put_on_list(panel.round, "", [Listed(1, address_of(panel.people[0]))], panel.first)
    electorate.put_on_list(panel.round, "", [Listed(3, address_of(panel.people[0]))], panel.first)
    panel.shows(0)
    with pytest.raises(electorate.UnfitList, match="doet mee sinds"):
        electorate.take_from_list(panel.round, 3, panel.first)
    panel.enters(2)
    with pytest.raises(electorate.UnfitList, match="opzij"):
        electorate.take_from_list(panel.round, 2, panel.first)
    with pytest.raises(electorate.UnfitList, match="al van de lijst"):
        electorate.take_from_list(panel.round, 1, panel.first)
    with pytest.raises(electorate.UnfitList, match="staat niet op de lijst"):
        electorate.take_from_list(panel.round, 77, panel.first)


@pytest.mark.usefixtures("unit")
@shows("R97")
def test_no_address_is_kept_and_who_leaves_or_took_part_is_forgotten():
    panel = Panel()
    panel.shows(0)
    for entry in session().scalars(select(Entry).where(Entry.act.in_(["issue_codes", "use_code"]))):
        assert entry.facts.keys() <= {"batch", "area", "count"}
        assert (entry.actor_id is None) == (entry.act == "use_code")
    key = session().scalar(select(Register.key))
    known = electorate.rules.credential_hash(key, "listed", address_of(panel.people[0]))
    assert session().scalar(select(LetterCode.serial).where(LetterCode.hash == known)) == 1
    erase(acting(panel.people[0]), with_texts=False)
    assert session().scalar(select(LetterCode.serial).where(LetterCode.hash == known)) is None
    assert session().scalar(select(LetterCode.used_on).where(LetterCode.serial == 1)) is not None
    assert not session().scalars(select(Credential)).all()
    assert electorate.forget_lists() == 0
    session().execute(update(Register).values(key=None))
    assert electorate.forget_lists() == 3


@pytest.mark.usefixtures("unit")
@shows("R97")
def test_who_leaves_is_forgotten_under_the_address_too_with_which_they_came_on_the_list():
    panel = Panel()
    panel.shows(0)
    before = {serial: known for serial, known in session().execute(select(LetterCode.serial, LetterCode.hash))}
    session().get_one(Account, panel.people[0].account_id).email = "nieuw@voorbeeld.test"
    session().flush()
    erase(acting(panel.people[0]), with_texts=False)
    after = {serial: known for serial, known in session().execute(select(LetterCode.serial, LetterCode.hash))}
    assert [serial for serial in before if before[serial] != after[serial]] == [1]


@pytest.fixture
def panel(site):
    with site.writing():
        an_authority()
        made = Panel()
        director, typing = a_member_of_staff(Role.DIRECTOR), a_member_of_staff()
        appoint(made.round, director, Duty.DIRECTOR)
        appoint(made.round, typing, Duty.MODERATOR)
    made.director, made.typing = site.browser(director), site.browser(typing)
    made.online = site.browser(made.people[0])
    made.page = f"/staff/rounds/{made.round.slug}/voters"
    return made


def test_a_director_makes_the_list_with_plain_forms_and_a_bad_line_comes_back_with_its_number(site, panel):
    shown = panel.director.get(panel.page).text
    assert "Kiezerslijst" in shown
    for typed, words in (
        ("51; anna@voorbeeld.test\nBert; bert@voorbeeld.test", "Regel 2: begin met een nummer"),
        ("51; anna", "Regel 1: dit is geen e-mailadres"),
        ("51; anna@voorbeeld.test\n52\tANNA@voorbeeld.test", "Regel 2: dit nummer of adres staat er twee keer"),
        ("1; nieuw@voorbeeld.test", "Nummer 1 staat al op de lijst"),
        (";\n, ;", "Er staat geen regel met een nummer in"),
    ):
        answer = panel.director.post(panel.page, {"people": typed})
        assert (answer.status_code, words in answer.text) == (422, True), words
        assert typed.split("\n")[0] in answer.text
    answer = panel.director.post(panel.page, {"people": "51; anna@voorbeeld.test\n\n52\n"})
    assert answer.status_code == 303
    assert "Op de lijst gezet: 2. Er al op: 0." in panel.director.get(answer.location).text
    assert re.search(r"51 – 52</td>", panel.director.get(panel.page).text)
    assert panel.director.post(f"{panel.page}/less", {"serial": "99"}).status_code == 422
    assert panel.director.post(f"{panel.page}/less", {"serial": "52"}).status_code == 303
    assert panel.typing.get(panel.page).status_code == 403


def test_a_director_sends_the_whole_list_as_a_file_and_nothing_is_kept_of_it(site, panel):
    lines = "".join(f"{n};kiezer{n}@voorbeeld.test;Naam {n}\r\n" for n in range(100, 3100))
    answer = panel.director.post(panel.page, chosen(f"nummer;e-mailadres;naam\r\n{lines}".encode("utf-8-sig")))
    assert answer.status_code == 303
    assert "Op de lijst gezet: 3.000. Er al op: 0." in panel.director.get(answer.location).text
    again = panel.director.post(panel.page, chosen(f"{lines}4000\r\n".replace(";Naam", ";").encode("utf-16")))
    assert "Op de lijst gezet: 1. Er al op: 3.000." in panel.director.get(again.location).text
    with site.reading():
        assert listed() == 3 + 3001
        assert not session().scalars(select(Upload)).all()
    assert "Naam 100" not in panel.director.get(panel.page).text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"51;anna@voorbeeld.test\n52;anna\nBert;\n51;", "Regel 2: dit is geen e-mailadres. Regel 3: begin met"),
        (b"nummer;naam\n51;Anna", "Regel 2: dit is geen e-mailadres."),
        (b"Bert;bert@voorbeeld.test", "Regel 1: begin met een nummer"),
        (b"nummer;e-mail\n", "Er staat geen regel met een nummer in."),
        (b"", "Er staat geen regel met een nummer in."),
        (b"PK\x03\x04\x00\x00\x81", "We lezen CSV en platte tekst."),
        (b'51;"' + b"a" * 200_000 + b'"', "Regel 1 kan niet worden gelezen."),
        (b"0\n" * 8, "Nog 3 regels zijn niet goed."),
        (b"\n".join(b"%d" % n for n in range(1, 50_002)), "meer dan 50000 regels"),
        (b"9;anna@voorbeeld.test\n1;nieuw@voorbeeld.test", "Nummer 1 staat al op de lijst, met een ander adres"),
    ],
)
def test_a_file_that_is_not_right_comes_back_with_its_lines_and_nobody_is_on_the_list(site, panel, content, words):
    answer = panel.director.post(panel.page, chosen(content))
    assert (answer.status_code, words in answer.text) == (422, True), answer.text
    with site.reading():
        assert listed() == 3


def test_people_are_typed_or_come_in_a_file_and_never_both(panel):
    assert "Schrijf wie er op de lijst komt, of kies een bestand." in panel.director.post(panel.page, {}).text
    both = panel.director.post(panel.page, {"people": "51", **chosen(b"52")})
    assert (both.status_code, "U typte mensen en koos een bestand." in both.text) == (422, True)
    assert panel.typing.post(panel.page, chosen(b"52")).status_code == 403


def chosen(content):
    return {"people_file": (io.BytesIO(content), "kiezers.csv")}


def test_a_resident_shows_the_own_address_with_one_button_and_paper_asks_for_a_number(site, panel):
    page = f"/rounds/{panel.round.slug}"
    assert "Kijk of ik op de lijst sta" in panel.online.get(f"{page}/taking-part").text
    assert "Kijk of ik op de lijst sta" in panel.online.get(f"{page}/ballot/{panel.poll.id}").text
    assert panel.online.post(f"{page}/on-the-list").status_code == 303
    shown = panel.online.get(f"{page}/taking-part").text
    assert "U staat op de lijst." in shown
    assert "Kijk of ik" not in shown
    room = f"/staff/rounds/{panel.round.slug}/ballots/{panel.poll.id}/new"
    typing = panel.typing.get(room).text
    assert "Nummer op de lijst" in typing
    with site.reading():
        option = panel.sheet().options[0].id.hex
    told = {"came_by": "desk", f"mark-{option}": "1"}
    for number, words in (("1", "doet online mee"), ("twee", "Typ een nummer in cijfers")):
        answer = panel.typing.post(room, {**told, "letter": number})
        assert (answer.status_code, words in answer.text) == (422, True)
    assert panel.typing.post(room, {**told, "letter": "2"}).status_code == 303
    assert "Nummer 2 op de lijst" in panel.typing.get(f"{room.removesuffix('new')}1").text
    other = site.browser(panel.people[1])
    refused = other.post(f"{page}/on-the-list")
    assert (refused.status_code, "kwam een stembiljet op papier binnen" in refused.text) == (403, True)


def test_a_round_in_which_nobody_could_tell_says_why_it_takes_no_paper(site, panel):
    with site.writing():
        get_round(the_platform(), panel.round.slug).verification = Verification.EMAIL
    shown = panel.typing.get(f"/staff/rounds/{panel.round.slug}/ballots").text
    assert "Geen papier in deze ronde" in shown
    assert "codes per brief of een lijst" in shown
