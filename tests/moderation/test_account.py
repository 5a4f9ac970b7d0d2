from dataclasses import replace
from datetime import timedelta

import pytest

from consult.contributions.models import Kind
from consult.contributions.queries import get_contribution
from consult.moderation import account, verbs
from consult.moderation.account import Did
from consult.moderation.appeals import appeal, decide_appeal
from consult.moderation.models import Ground
from consult.moderation.redactions import confirm_redaction, decide_lifting, propose_lifting
from consult.participants.queries import get_person
from tests import builders
from tests.moderation.builders import a_redaction, a_refusal
from tests.proposals.builders import a_proposal, an_argument


def later(actor, hours):
    return replace(actor, arrived_at=actor.arrived_at + timedelta(hours=hours))


def decided(found):
    """One of everything: refused and put back, refused, taken away and given back, taken away and asked about."""
    moderator = lambda hours: later(builders.a_moderator_of(found), hours)  # noqa: E731
    authors = [builders.a_resident() for _ in range(4)]
    made = [a_proposal(found, one, title=f"GEHEIM {n}", text="Jan de Vries weer.") for n, one in enumerate(authors)]
    made[1] = an_argument(a_proposal(found), authors[1], text="GEHEIM en meer.")
    first, second = a_refusal(made[0], moderator(0)), a_refusal(made[1], moderator(0), Ground.UNLAWFUL)
    verbs.confirm_refusal(first, moderator(1))
    verbs.confirm_refusal(second, moderator(2))
    decide_appeal(
        appeal(first, later(builders.acting(authors[0]), 3), "Nee hoor."),
        first,
        moderator(4),
        grants=True,
        answer="Ja.",
    )
    taken = [
        a_redaction(get_contribution(builders.the_platform(), found.slug, one.public_id), "Vries") for one in made[2:]
    ]
    for at, one in enumerate(taken, start=5):
        confirm_redaction(one, moderator(at))
    propose_lifting(taken[0], "Mag.", moderator(7))
    decide_lifting(taken[0], moderator(8), agrees=True)
    appeal(taken[1], later(builders.acting(authors[3]), 9), "Nee hoor.")
    a_refusal(a_proposal(found), moderator(10))  # waits, so it is no decision


def test_decisions_are_counted_for_each_ground(unit):
    found = builders.a_round()
    decided(found)
    sums = {one.ground: one for one in account.sum_up(found.id)}
    assert set(sums) == set(Ground)
    told = sums[Ground.ADVERTISING]
    assert (told.refused, told.redacted, told.appeals, told.granted, told.rejected) == (1, 0, 1, 1, 0)
    told = sums[Ground.PERSONAL_DATA]
    assert (told.refused, told.redacted, told.appeals, told.waiting) == (0, 2, 1, 1)
    assert (sums[Ground.UNLAWFUL].refused, sums[Ground.DUPLICATE].refused) == (1, 0)


def test_the_log_tells_each_decision_newest_first(unit):
    found = builders.a_round()
    decided(found)
    page = account.list_lines(found.id)
    assert [line.did for line in page.items] == [
        Did.LIFTED,
        Did.REDACTED,
        Did.REDACTED,
        Did.GRANTED,
        Did.REFUSED,
        Did.REFUSED,
    ]
    assert [line.kind for line in page.items if line.ground is Ground.UNLAWFUL] == [Kind.ARGUMENT]
    assert page.total == 6
    assert account.list_lines(builders.a_round().id).total == 0, "each round tells its own"


@pytest.mark.parametrize("number", [1, 2, 99])
def test_a_long_log_has_pages(unit, monkeypatch, number):
    monkeypatch.setattr(account, "LINES", 4)
    found = builders.a_round()
    decided(found)
    page = account.list_lines(found.id, number)
    assert len(page.items) == (4 if number == 1 else 2)


def test_anybody_reads_it_without_persons_and_without_texts(site):
    with site.writing():
        found = builders.a_round(slug="plein")
        decided(found)
    browser = site.browser()
    assert "/rounds/plein/moderation" in browser.get("/rounds/plein").text
    answer = browser.get("/rounds/plein/moderation")
    assert answer.status_code == 200
    assert "2 bijdragen zijn geweigerd." in answer.text
    assert "gegevens van iemand anders" in answer.text
    for word in ("GEHEIM", "Vries", "Nee hoor", "Mag."):
        assert word not in answer.text
    again = browser.get("/rounds/plein/moderation", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    with site.writing():
        one = a_proposal(found)
        refusal = a_refusal(one, builders.a_moderator_of(found))
        verbs.confirm_refusal(refusal, builders.acting(get_person(builders.a_moderator_of(found).person_id)))
    fresh = browser.get("/rounds/plein/moderation", headers={"If-None-Match": answer.headers["ETag"]})
    assert fresh.status_code == 200
    assert "3 bijdragen zijn geweigerd." in fresh.text
