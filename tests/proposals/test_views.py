import re

import pytest
from sqlalchemy import select

from consult.contributions.models import Contribution, Kind
from consult.mandates.models import Negotiable, PreconditionKind
from consult.mandates.verbs import PreconditionPlan, set_preconditions
from consult.moderation.verbs import publish
from consult.participants.queries import get_person
from consult.proposals.models import Argument, Proposal, Stance
from consult.proposals.verbs import edit_proposal
from consult.rounds.models import PhaseKind
from tests.builders import a_director_of, a_moderator_of, a_resident, a_round, acting, the_platform
from tests.proposals.builders import a_proposal
from tests.shows import shows

TOLD = {"title": "Bankjes bij de vijver", "text": "Zet er **twee** bankjes.", "form_key": "key-1"}


def person_of(actor):
    return get_person(actor.person_id)


def person_at(site, actor):
    with site.reading():
        return person_of(actor)


def all_of(site, kind):
    with site.reading() as unit:
        return list(unit.scalars(select(Contribution).where(Contribution.kind == kind)))


@pytest.fixture
def people(site):
    """A round that is collecting, its author and their proposal."""
    with site.writing():
        found, author = a_round(slug="plein"), a_resident("Fatma")
        proposal = a_proposal(found, author, title="Meer bomen", text="Plant tien bomen.")
    return found, author, proposal


@shows("S15")
def test_what_is_fixed_stands_before_the_form_with_why_and_who_decides(site):
    with site.writing():
        found = a_round(slug="plein", state="draft")
        plan = PreconditionPlan(
            "R1", PreconditionKind.LEGAL, Negotiable.NO, "De dijk blijft", "De Waterwet vraagt dat."
        )
        set_preconditions(found, [plan], the_platform())
        director = person_of(a_director_of(found))
    page = site.browser(director).get("/rounds/plein/proposals/new").text
    assert page.index("De dijk blijft") < page.index("De Waterwet vraagt dat.")
    assert "De gemeenteraad" in page


def test_who_signs_out_in_another_window_while_writing_finds_the_text_back(site, people):
    _found, author, _proposal = people
    browser = site.browser(author)
    typed = {**TOLD, "csrf_token": browser.form_token()}
    sent = browser.as_(None).post("/rounds/plein/proposals/new", typed)
    assert sent.status_code == 303
    assert sent.location.startswith("/login?")
    kept = re.search(r"kept%3D([\w-]+)", sent.location).group(1)
    assert "Zet er **twee** bankjes." in browser.as_(author).get(f"/rounds/plein/proposals/new?kept={kept}").text
    assert len(all_of(site, Kind.PROPOSAL)) == 1


@shows("S15", "S48")
def test_a_visitor_may_write_first_and_finds_the_text_back_after_signing_in(site):
    with site.writing():
        a_round(slug="plein")
        author = a_resident()
    visitor = site.browser()
    page = visitor.get("/rounds/plein/proposals/new")
    assert page.status_code == 200
    assert page.text.index("Het budget") < page.text.index('name="title"')
    sent = visitor.post("/rounds/plein/proposals/new", TOLD)
    assert sent.status_code == 303
    assert "/login" in sent.headers["Location"]
    kept = re.search(r"kept%3D([\w-]+)", sent.headers["Location"]).group(1)
    again = visitor.as_(author).get(f"/rounds/plein/proposals/new?kept={kept}").text
    assert "Bankjes bij de vijver" in again
    assert not all_of(site, Kind.PROPOSAL)


@shows("S48", "R41")
def test_a_resident_sends_in_a_proposal_and_gets_a_receipt(site):
    with site.writing():
        found = a_round(slug="plein", holds_first=True)
        author = a_resident()
    browser = site.browser(author)
    sent = browser.post("/rounds/plein/proposals/new", TOLD | {"theme_id": str(found.themes[0].id), "area_code": ""})
    assert sent.status_code == 303
    [new] = all_of(site, Kind.PROPOSAL)
    assert new.html == "<p>Zet er <strong>twee</strong> bankjes.</p>"
    with site.reading() as unit:
        assert unit.scalars(select(Proposal.theme_id)).all() == [found.themes[0].id]
    receipt = browser.get(sent.headers["Location"])
    assert receipt.status_code == 200
    assert new.public_id in receipt.text
    assert re.search(r"<code>[0-9a-f]{64}</code>", receipt.text)
    assert site.browser().get(sent.headers["Location"]).status_code in (303, 404)
    with site.writing():
        stranger = a_resident()
    assert site.browser(stranger).get(sent.headers["Location"]).status_code == 404


@shows("R68")
def test_a_double_click_sends_in_one_proposal(site):
    with site.writing():
        a_round(slug="plein")
        author = a_resident()
    browser = site.browser(author)
    first, second = (browser.post("/rounds/plein/proposals/new", TOLD) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(all_of(site, Kind.PROPOSAL)) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": " "}, "Geef uw voorstel een titel."),
        ({"text": ""}, "Schrijf wat u voorstelt."),
        ({"title": "a" * 121}, "120"),
        ({"text": "a" * 5001}, "5000"),
        ({"theme_id": "groen"}, 'id="theme_id-error"'),
    ],
)
def test_a_bad_form_comes_back_with_what_was_typed(site, wrong, sentence):
    with site.writing():
        a_round(slug="plein")
        author = a_resident()
    answer = site.browser(author).post("/rounds/plein/proposals/new", TOLD | wrong)
    assert answer.status_code == 422
    kept = next(TOLD[name] for name in ("title", "text") if name not in wrong)
    assert kept in answer.text
    assert sentence in answer.text
    assert not all_of(site, Kind.PROPOSAL)


@shows("S03")
def test_outside_collecting_the_page_says_when_it_was_and_sending_gives_the_text_back(site):
    with site.writing():
        a_round(slug="plein", phases=PhaseKind.PRIORITISE)
        author = a_resident()
    browser = site.browser(author)
    page = browser.get("/rounds/plein/proposals/new")
    assert page.status_code == 200
    assert 'name="title"' not in page.text
    answer = browser.post("/rounds/plein/proposals/new", TOLD)
    assert answer.status_code == 403
    assert "Zet er **twee** bankjes." in answer.text
    assert re.search(r"\d{1,2} \w+ \d{4}", answer.text)


def test_whoever_works_on_the_round_gets_no_form(site):
    with site.writing():
        found = a_round(slug="plein")
        moderator = person_of(a_moderator_of(found))
    page = site.browser(moderator).get("/rounds/plein/proposals/new")
    assert 'name="title"' not in page.text
    assert site.browser(moderator).post("/rounds/plein/proposals/new", TOLD).status_code == 403


@shows("R69")
def test_two_windows_that_edit_one_proposal_meet_both_texts(site, people):
    _found, author, proposal = people
    browser = site.browser(author)
    path = f"/rounds/plein/proposals/{proposal.public_id}/edit"
    page = browser.get(path).text
    assert "Plant tien bomen." in page
    assert 'name="version"' in page
    first = browser.post(path, {"title": "Meer bomen", "text": "Plant elf bomen.", "version": "1"})
    assert first.status_code == 303
    second = browser.post(path, {"title": "Meer bomen", "text": "Plant twaalf bomen.", "version": "1"})
    assert second.status_code == 409
    assert "Plant elf bomen." in second.text
    assert "Plant twaalf bomen." in second.text


def test_a_version_that_is_no_number_is_a_bad_form(site, people):
    _found, author, proposal = people
    path = f"/rounds/plein/proposals/{proposal.public_id}/edit"
    for version in ("", "x", "1" * 30, "²"):
        told = {"title": "T", "text": "U", "version": version}
        assert site.browser(author).post(path, told).status_code == 422


def test_only_the_author_edits_and_withdraws(site, people):
    _found, _author, proposal = people
    with site.writing():
        stranger = a_resident()
    for step in ("edit", "withdraw"):
        path = f"/rounds/plein/proposals/{proposal.public_id}/{step}"
        assert site.browser(stranger).get(path).status_code == 403
        assert site.browser(stranger).post(path, {"title": "T", "text": "U", "version": "1"}).status_code == 403
        assert site.browser().get(path).status_code == 303


def test_withdrawing_asks_first_and_hides_the_proposal_for_others(site, people):
    _found, author, proposal = people
    browser = site.browser(author)
    path = f"/rounds/plein/proposals/{proposal.public_id}"
    assert "Meer bomen" in browser.get(f"{path}/withdraw").text
    assert all_of(site, Kind.PROPOSAL)[0].is_public
    assert browser.post(f"{path}/withdraw").status_code == 303
    assert site.browser().get(f"{path}/history").status_code == 404
    assert browser.get(f"{path}/history").status_code == 200


def test_the_history_shows_what_changed_in_words(site, people):
    _found, author, proposal = people
    path = f"/rounds/plein/proposals/{proposal.public_id}"
    told = {"title": "Meer bomen", "text": "Plant elf bomen.", "version": "1"}
    site.browser(author).post(f"{path}/edit", told)
    page = site.browser().get(f"{path}/history").text
    assert re.search(r"<del><span class=\"unseen\">[^<]+</span>tien<span", page)
    assert re.search(r"<ins><span class=\"unseen\">[^<]+</span>elf<span", page)


def test_of_very_many_versions_the_newest_are_shown(site, people):
    _found, author, proposal = people
    with site.writing() as unit:
        proposal = unit.get_one(Contribution, proposal.id)
        for version in range(1, 24):
            told = {"title": "Meer bomen", "text": f"Plant {version} bomen.", "html": ""}
            edit_proposal(proposal, acting(author), **told, version=version)
    page = site.browser().get(f"/rounds/plein/proposals/{proposal.public_id}/history").text
    assert re.findall(r'id="version-(\d+)"', page) == [str(number) for number in range(24, 4, -1)]
    assert "24 versies" in page
    assert "Hier staan de nieuwste 20." in page


def test_what_was_changed_before_a_moderator_published_it_stays_between_author_and_staff(site):
    with site.writing():
        found = a_round(slug="plein", holds_first=True)
        author, moderator = a_resident(), a_moderator_of(found)
        proposal = a_proposal(found, author, title="Hek", text="Mijn buurman Karel de Vries moet een hek zetten.")
        told = {"title": "Hek", "html": ""}
        edit_proposal(proposal, acting(author), **told, text="Er moet een hek komen.", version=1)
        publish(proposal, moderator)
        edit_proposal(proposal, acting(author), **told, text="Er moet een haag komen.", version=2)
    path = f"/rounds/plein/proposals/{proposal.public_id}/history"
    seen = {who: site.browser(who).get(path).text for who in (None, author, person_at(site, moderator))}
    assert "Karel" not in seen[None]
    assert "haag" in seen[None]
    assert "hek" in seen[None]
    assert all("Karel" in page for who, page in seen.items() if who is not None)


@shows("S48")
def test_an_argument_is_given_under_a_proposal(site, people):
    _found, author, proposal = people
    path = f"/rounds/plein/proposals/{proposal.public_id}/arguments"
    told = {"stance": "for", "text": "Schaduw <script>alert(1)</script>", "form_key": "a-1"}
    browser = site.browser(author)
    sent = browser.post(path, told)
    assert sent.status_code == 303
    [new] = all_of(site, Kind.ARGUMENT)
    assert "<script" not in new.html
    with site.reading() as unit:
        assert unit.scalars(select(Argument.stance)).all() == [Stance.FOR]
    page = browser.get(sent.headers["Location"])
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_an_argument_without_a_side_comes_back_on_the_page_of_the_proposal(site, people):
    _found, author, proposal = people
    path = f"/rounds/plein/proposals/{proposal.public_id}/arguments"
    answer = site.browser(author).post(path, {"text": "Schaduw", "form_key": "a-1"})
    assert answer.status_code == 422
    assert "Schaduw" in answer.text
    assert "Meer bomen" in answer.text
