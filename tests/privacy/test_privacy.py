import io
import json
import zipfile
from decimal import Decimal

import pytest
from sqlalchemy import select

import consult.app  # noqa: F401  so that every table of every room is known
from consult.accounts.models import Account, SignedIn
from consult.audit.models import Entry
from consult.contributions.models import Contribution, State, Version
from consult.director.agreements.models import Realisation
from consult.director.tasks.models import Challenge
from consult.director.tasks.verbs import ChallengeTold, challenge, refuse_challenge, set_terms
from consult.foundation import clock
from consult.foundation.db import Base, add, session
from consult.foundation.errors import NotAllowed
from consult.foundation.mail import Mail, enqueue
from consult.participants.models import Person
from consult.policy import Role
from consult.privacy import queries, rules
from consult.privacy.rules import ADDRESSES, HELD, Fate
from consult.privacy.verbs import erase
from consult.proposals.queries import get_argument
from consult.proposals.verbs import answer_argument
from consult.rounds.models import PhaseKind
from consult.voting.models import Ballot, Choice, Credential
from consult.voting.queries import tally
from consult.voting.results import recount
from consult.voting.verbs import cast_support
from consult.weighing.models import FindingSource
from tests import builders
from tests.contributions.builders import a_contribution
from tests.director.builders import a_draft, partners
from tests.participants.builders import an_organisation
from tests.proposals.builders import a_proposal, an_argument
from tests.shows import shows
from tests.synthesis.builders import a_desk
from tests.voting.builders import a_poll, options_of
from tests.weighing.builders import a_report, first_chapter
from tests.weighing.builders import an_argument as a_finding

# the address of an account is the account's own; somebody who wrote on paper has none
OTHERS = {("account", "email"), ("paper_reply", "address")}
PERSONAL = {"owner_id", "recipient_id", "person_id", "account_id", "actor_id"}


@shows("R95")
def test_every_column_that_leads_to_a_person_has_a_line_in_the_list():
    leads = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name in PERSONAL or any(key.column.table.name in {"person", "account"} for key in column.foreign_keys)
    }
    addresses = {
        (table.name, name) for table in Base.metadata.sorted_tables for name in ADDRESSES & set(table.c.keys())
    } - OTHERS
    listed = {(held.table, held.column) for held in HELD if not held.through}
    assert (leads | addresses) - listed == set()
    assert listed - leads - addresses == {("account", "id")}


def test_no_secret_of_any_table_is_exported():
    for held in HELD:
        names = set(Base.metadata.tables[held.table].c.keys())
        secret = {name for name in names if name.endswith(("_hash", "secret", "key")) and name != "order_key"}
        assert secret <= held.unseen, held
        assert held.unseen <= names, held


@shows("R95")
@pytest.mark.usefixtures("unit")
def test_an_export_holds_what_somebody_did_and_nothing_of_another():
    found = builders.a_round(phases=PhaseKind.PRIORITISE)
    person, other = builders.a_resident("Kanarie Een"), builders.a_resident("Kanarie Twee")
    own = a_contribution(found, person, title="Kanarie in de tekst")
    a_contribution(found, other, title="Een andere vogel")
    enqueue("received", recipient_id=person.id, contribution=own.id)
    poll = a_poll(found, proposals=0)
    option = next(one for one in options_of(poll) if one.contribution_id == own.id)
    cast_support(option, builders.acting(person), Choice.AGAINST)
    told = queries.gather(builders.acting(person))
    words = json.dumps(told)
    assert "Kanarie Een" in words
    assert "Kanarie in de tekst" in words
    assert told["votes"] == [{"poll": poll.title, "option": own.title, "choice": "against"}]
    assert told["mail"][0]["facts"] == {"contribution": str(own.id)}
    assert len(told["version"]) == 1
    for absent in ("Kanarie Twee", "andere vogel", "password_hash", "token_hash"):
        assert absent not in words


@shows("R95")
def test_the_export_is_one_file_that_only_its_owner_gets(site):
    with site.writing():
        builders.an_authority()
        person = builders.a_resident("Noor Visser")
        found = builders.a_round()
        a_contribution(found, person, title="Bankjes bij de vijver")
    assert site.browser().post("/me/data").status_code == 303
    answer = site.browser(person).post("/me/data")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as package:
        assert "LEES MIJ.txt" in package.namelist()
        told = json.loads(package.read("data.json"))
    assert told["person"][0]["name"] == "Noor Visser"
    assert told["contribution"][0]["title"] == "Bankjes bij de vijver"
    with site.reading():
        assert session().scalars(select(Entry.act).where(Entry.act == "export_own")).all() == ["export_own"]


@shows("R97")
@pytest.mark.usefixtures("unit")
def test_whoever_leaves_is_a_resident_without_a_name_and_the_text_stays():
    person = builders.a_resident("Noor Visser")
    contribution = a_contribution(builders.a_round(), person, title="Bankjes")
    account_id, email = person.account_id, session().get_one(Account, person.account_id).email
    enqueue("received", recipient_id=person.id, contribution=contribution.id)
    erase(builders.acting(person), with_texts=False)
    session().expire_all()
    assert session().get(Account, account_id) is None
    assert session().get_one(Person, person.id).name == ""
    assert session().get_one(Contribution, contribution.id).title == "Bankjes"
    last = session().scalars(select(Mail)).all()
    assert [(mail.kind, mail.address, mail.recipient_id) for mail in last] == [("erased", email, None)]
    for table in Base.metadata.sorted_tables:
        rows = json.dumps([rules.shown(dict(r), frozenset()) for r in session().execute(select(table)).mappings()])
        assert "Noor Visser" not in rows, table.name
        assert email not in rows or table.name == "mail", table.name


@shows("R97")
@pytest.mark.usefixtures("unit")
def test_an_open_vote_is_withdrawn_and_the_recount_still_holds():
    found = builders.a_round(phases=PhaseKind.PRIORITISE)
    leaving, staying = builders.a_resident(), builders.a_resident()
    poll = a_poll(found)
    first, second = options_of(poll)
    for voter in (leaving, staying):
        cast_support(first, builders.acting(voter), Choice.FOR)
    cast_support(second, builders.acting(leaving), Choice.AGAINST)
    erase(builders.acting(leaving), with_texts=False)
    assert tally(poll)[first.id]["for"] == 1
    assert sum(tally(poll).get(second.id, {}).values()) == 0
    assert recount() == []
    assert len(session().scalars(select(Credential)).all()) == 1


@shows("R97")
@pytest.mark.usefixtures("unit")
def test_a_count_that_is_final_stays_and_nobody_can_find_the_voter():
    found = builders.a_round(phases=PhaseKind.PRIORITISE)
    person = builders.a_resident()
    poll = a_poll(found)
    first, _second = options_of(poll)
    cast_support(first, builders.acting(person), Choice.FOR)
    poll.phase.closed_at = poll.phase.opens_at
    session().flush()
    before = tally(poll)
    erase(builders.acting(person), with_texts=True)
    assert tally(poll) == before
    assert len(session().scalars(select(Ballot)).all()) == 1
    assert session().scalars(select(Credential)).all() == []
    assert recount() == []


@shows("R97")
@pytest.mark.usefixtures("unit")
def test_texts_go_too_where_nobody_built_on_them():
    found = builders.a_round(phases=PhaseKind.PRIORITISE)
    person = builders.a_resident()
    alone, joined = a_contribution(found, person, title="Alleen"), a_contribution(found, person, title="Samen")
    a_contribution(found, title="Ander").merged_into_id = joined.id
    session().flush()
    erase(builders.acting(person), with_texts=True)
    session().expire_all()
    gone, kept = (session().get_one(Contribution, one.id) for one in (alone, joined))
    assert (gone.text, gone.state) == ("", State.WITHDRAWN)
    assert kept.title == "Samen"
    assert session().scalars(select(Version).where(Version.contribution_id == alone.id)).all() == []


@shows("R97")
@pytest.mark.usefixtures("unit")
def test_a_text_on_which_a_reply_a_report_or_an_agreement_rests_stays():
    desk, person = a_desk(), builders.a_resident()
    cited, realised, alone = (a_contribution(desk.round, person, title=f"Tekst {n}") for n in range(3))
    argument = an_argument(a_proposal(desk.round), person)
    replied = get_argument(builders.the_platform(), desk.round.slug, argument.public_id)
    answer_argument(replied, builders.acting(builders.a_resident()), text="Valt mee.", html="<p>Valt mee.</p>")
    finding = a_finding(first_chapter(a_report(desk)), desk)
    add(FindingSource(finding_id=finding.id, contribution_id=cited.id))
    linked = {"agreement_id": a_draft(partners()).id, "linked_at": clock.now()}
    add(Realisation(contribution_id=realised.id, **linked))
    assert {one.id for one in queries.list_unneeded(person.id)} == {alone.id}


@shows("R97")
@pytest.mark.parametrize("with_texts", [False, True])
@pytest.mark.usefixtures("unit")
def test_a_request_of_whoever_leaves_is_taken_back_and_one_of_an_organisation_stands(with_texts):
    person = builders.a_resident()
    body, words = an_organisation(""), ChallengeTold("Park", "Elke dag.", "Tien buren.", "De straat.", Decimal(9))
    set_terms(["U woont hier."], 8, builders.the_platform())
    own, theirs, refused = (challenge(words, builders.acting(person)) for _ in range(3))
    theirs.organisation_id = body.id
    refuse_challenge(refused, "Het kan niet.", builders.the_platform())
    session().flush()
    erase(builders.acting(person), with_texts=with_texts)
    session().expire_all()
    told = [session().get_one(Challenge, one.id) for one in (own, theirs, refused)]
    assert [one.state.value for one in told] == ["withdrawn", "asked", "refused"]
    assert told[0].who == ("" if with_texts else "Tien buren.")
    assert (told[0].title == "Park") is not with_texts
    assert [one.who for one in told[1:]] == ["Tien buren.", "Tien buren."]


@pytest.mark.usefixtures("unit")
def test_staff_cannot_erase_themselves():
    with pytest.raises(NotAllowed):
        erase(builders.acting(builders.a_member_of_staff(Role.CLERK)), with_texts=False)


def test_leaving_asks_to_be_sure_and_ends_the_session(site):
    with site.writing():
        builders.an_authority()
        person = builders.a_resident()
    browser = site.browser(person)
    again = browser.post("/me/erase", {"texts": "keep"})
    assert again.status_code == 422
    assert "Zet hier een vinkje" in again.text
    gone = browser.post("/me/erase", {"texts": "keep", "sure": "y"})
    assert (gone.status_code, gone.location) == (303, "/erased")
    assert browser.get("/me").status_code == 303
    assert browser.get("/erased").status_code == 200
    with site.reading():
        assert session().scalars(select(SignedIn)).all() == []
        erased = session().scalars(select(Entry).where(Entry.act == "erase_own")).one()
        assert erased.actor_id == person.id


def test_every_fate_is_used():
    assert {held.fate for held in HELD} == set(Fate)


def test_an_export_can_hold_amounts():
    assert json.dumps(rules.shown({"target": Decimal("75.50")}, frozenset())) == '{"target": "75.50"}'
