import re
from html import unescape

import pytest
from sqlalchemy import event

from consult.contributions.models import Channel, Contribution, Signal, SignalKind, State
from consult.contributions.verbs import rewrite
from consult.foundation import clock
from consult.foundation.db import add
from consult.moderation.queries import find_undecided
from consult.participants.queries import get_person
from tests.builders import a_moderator_of, a_resident, a_round
from tests.contributions.builders import a_contribution, an_attachment
from tests.proposals.builders import a_proposal, an_argument
from tests.shows import shows

QUEUE = "/staff/rounds/plein/queue"


@pytest.fixture
def desk(site):
    """A round with two moderators and one held proposal."""
    with site.writing():
        found = a_round(slug="plein")
        first, second = (get_person(a_moderator_of(found).person_id) for _ in range(2))
        held = a_contribution(found, a_resident("Fatma"), title="Meer bomen", state=State.HELD)
    return found, first, second, held


WHY = {"ground": "unlawful", "reason": "Wij kijken er nog eens naar."}


def now(site, contribution):
    with site.reading() as unit:
        return unit.get_one(Contribution, contribution.id)


def path_of(contribution, step=""):
    return f"{QUEUE}/{contribution.public_id}" + (f"/{step}" if step else "")


def refusal_in(page):
    return re.search(r'name="refusal" value="([0-9a-f-]{36})"', page).group(1)


def test_the_queue_shows_what_waits_oldest_first_with_counts(site, desk):
    found, first, _second, held = desk
    with site.writing():
        later = a_contribution(found, title="Minder bomen", state=State.HELD)
        a_contribution(found, title="Al openbaar")
    page = site.browser(first).get(QUEUE).text
    assert page.index(held.title) < page.index(later.title)
    assert "Al openbaar" not in page
    assert "Al openbaar" in site.browser(first).get(f"{QUEUE}?state=all").text
    assert "2 bijdragen wachten op u" in page
    assert re.search(r'<span class="count">2</span>\s*<span class="label">wacht op een moderator', page)
    assert '<option value="held" selected>wacht op een moderator (2)' in page
    assert '<option value="argument">argument' in page
    assert '<option value="letter">per brief' in page


@shows("R49")
def test_each_filter_narrows_the_queue(site, desk):
    found, first, _second, _held = desk
    with site.writing():
        letter = a_contribution(found, title="Uit een brief", state=State.HELD, channel=Channel.LETTER, reference="B-7")
        themed = a_proposal(found, title="Over verkeer")
        reason = an_argument(themed, text="Veel te druk daar.")
    browser = site.browser(first)
    for query, shown, hidden in [
        ("channel=letter", letter.title, "Meer bomen"),
        ("q=b-7", letter.title, "Meer bomen"),
        ("q=BOMEN+meer", "Meer bomen", letter.title),
        ("state=published&kind=argument", reason.text, "Over verkeer"),
        ("state=published&kind=proposal", "Over verkeer", "Meer bomen"),
        ("state=nonsense&kind=x&channel=y&theme=1&page=-1&waits=no", "Over verkeer", "nothing"),
    ]:
        answer = browser.get(f"{QUEUE}?{query}")
        assert answer.status_code == 200
        assert shown in answer.text
        assert hidden not in answer.text
    for words in ("%00", "'", "%25", "a" * 5000, "%F0%9F%8C%B3", "%5C"):
        assert browser.get(f"{QUEUE}?q={words}").status_code in (200, 400)


def test_a_theme_narrows_the_queue(site, desk):
    found, first, _second, _held = desk
    with site.writing():
        author = a_resident()
    told = {"title": "Zebrapad", "text": "Graag.", "theme_id": str(found.themes[1].id), "form_key": "x"}
    site.browser(author).post("/rounds/plein/proposals/new", told)
    browser = site.browser(first)
    assert "Zebrapad" in browser.get(f"{QUEUE}?state=all&theme={found.themes[1].id}").text
    assert "Zebrapad" not in browser.get(f"{QUEUE}?state=all&theme={found.themes[0].id}").text


def test_the_queue_is_paged_and_keeps_its_filters(site, desk):
    found, first, _second, _held = desk
    with site.writing():
        for _ in range(30):
            a_contribution(found, state=State.HELD, channel=Channel.PAPER)
    page = site.browser(first).get(f"{QUEUE}?channel=paper").text
    forth = unescape(re.search(r'rel="next" href="([^"]+)"', page).group(1))
    assert "channel=paper" in forth
    assert "page=2" in forth
    assert "26 tot en met 30 van 30" in site.browser(first).get(forth).text


@shows("R61")
def test_the_queue_takes_as_many_statements_for_one_as_for_many(site, desk):
    found, first, _second, _held = desk
    seen = []
    event.listen(site.database.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    browser = site.browser(first)

    def statements():
        seen.clear()
        assert browser.get(f"{QUEUE}?state=all").status_code == 200
        return len([s for s in seen if s.startswith("SELECT")])

    few = statements()
    with site.writing():
        proposal = a_proposal(found)
        for _ in range(24):
            an_argument(proposal)
    assert statements() == few
    assert few <= 8


def test_publishing_goes_back_to_the_queue_as_it_was_filtered(site, desk):
    _found, first, _second, held = desk
    browser = site.browser(first)
    back = f"{QUEUE}?kind=proposal&q=bomen"
    page = browser.get(f"{path_of(held)}?back={QUEUE}%3Fkind%3Dproposal%26q%3Dbomen").text
    assert unescape(re.search(r'name="back" value="([^"]+)"', page).group(1)) == back
    sent = browser.post(path_of(held, "publish"), {"back": back})
    assert sent.status_code == 303
    assert sent.headers["Location"] == f"{back}&done={held.public_id}"
    assert now(site, held).is_public
    assert "Meer bomen" in browser.get(sent.headers["Location"]).text


def test_several_are_read_below_each_other_and_published_at_once(site, desk):
    found, first, _second, held = desk
    with site.writing():
        texts = ("Een boom erbij.", "Een bank erbij.", "Bel mij: 06 12345678, dan praten we.")
        more = [a_contribution(found, a_resident(), title=text[:8], text=text, state=State.HELD) for text in texts]
        add(Signal(contribution_id=more[2].id, kind=SignalKind.PHONE, found_at=clock.now()))
    browser, back = site.browser(first), f"{QUEUE}?q=erbij"
    assert "Lees deze onder elkaar" in browser.get(back).text
    assert browser.post(f"{QUEUE}/picked", {"back": back}).status_code == 422
    sent = browser.post(f"{QUEUE}/picked", {"pick": [one.public_id for one in more], "back": back})
    page = browser.get(sent.headers["Location"]).text
    assert all(text in page for text in texts)
    assert ticked(page) == [one.public_id for one in more[:2]]
    empty = browser.post(f"{QUEUE}/publish", {"shown": [one.public_id for one in more], "back": back})
    assert empty.status_code == 422
    assert all(text in empty.text for text in texts), "the list is still there"
    picked = {"pick": re.findall(PICK, page), "back": back}
    assert browser.post(f"{QUEUE}/publish", picked).headers["Location"] == back
    assert [now(site, one).state for one in (*more, held)] == [State.PUBLISHED] * 2 + [State.HELD] * 2
    both = {"pick": [more[1].public_id, held.public_id]}
    assert browser.post(f"{QUEUE}/publish", both).status_code == 409
    assert now(site, held).state is State.HELD, "all of them or none"


PICK = r'name="pick" value="([^"]+)" checked'


def ticked(page):
    return [one.partition(":")[0] for one in re.findall(PICK, page)]


def test_what_comes_with_a_text_is_shown_before_several_are_published(site, desk):
    found, first, _second, held = desk
    with site.writing():
        an_attachment(held, "plan.pdf")
        reason = an_argument(a_proposal(found, title="Een fontein"), text="Te duur.")
        reason.state = State.HELD
    browser = site.browser(first)
    page = browser.get(f"{QUEUE}/publish?pick={held.public_id}&pick={reason.public_id}").text
    assert "plan.pdf" in page
    assert "Over: Een fontein" in page
    assert "argument (tegen)" in page or "argument (voor)" in page
    assert ticked(page) == [reason.public_id], "somebody opens the file first"


@pytest.mark.parametrize("change", ["text", "file", "signal"])
@pytest.mark.parametrize("one_by_one", [True, False])
def test_what_changed_after_somebody_read_it_is_not_published(site, desk, change, one_by_one):
    _found, first, _second, held = desk
    browser = site.browser(first)
    if one_by_one:
        path, page = path_of(held, "publish"), browser.get(path_of(held)).text
        sent = {"read": re.search(r'name="read" value="(\w+)"', page).group(1)}
    else:
        path, page = f"{QUEUE}/publish", browser.get(f"{QUEUE}/publish?pick={held.public_id}").text
        sent = {"pick": re.findall(PICK, page)}
    with site.writing() as unit:
        one = unit.get_one(Contribution, held.id)
        if change == "text":
            rewrite(one, title=one.title, text="Iets heel anders.", html="", at=clock.now())
        elif change == "file":
            an_attachment(one)
        else:
            add(Signal(contribution_id=one.id, kind=SignalKind.PHONE, found_at=clock.now()))
    refused = browser.post(path, sent)
    assert refused.status_code == 409
    assert "Meer bomen" in refused.text
    assert now(site, held).state is State.HELD


@shows("R37")
@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "/logout", "x", ""])
def test_nobody_is_sent_elsewhere_after_a_step(site, desk, back):
    _found, first, _second, held = desk
    sent = site.browser(first).post(path_of(held, "publish"), {"back": back})
    assert sent.headers["Location"] == f"{QUEUE}?done={held.public_id}"


def test_what_is_held_again_is_gone_for_everybody_but_its_author_and_the_team(site, desk):
    found, first, _second, _held = desk
    with site.writing():
        author = a_resident()
        proposal = a_proposal(found, author, title="Zichtbaar")
    history = f"/rounds/plein/proposals/{proposal.public_id}/history"
    assert site.browser().get(history).status_code == 200
    without = site.browser(first).post(path_of(proposal, "hold"), {"ground": "unlawful"})
    assert without.status_code == 422
    assert now(site, proposal).is_public
    assert site.browser(first).post(path_of(proposal, "hold"), WHY).status_code == 303
    assert site.browser().get(history).status_code == 404
    assert site.browser(author).get(history).status_code == 200
    way = f"/rounds/plein/contributions/{proposal.public_id}"
    assert WHY["reason"] in unescape(site.browser(author).get(way).text)
    assert site.browser(first).get(history).status_code == 200
    site.browser(first).post(path_of(proposal, "publish"))
    assert WHY["reason"] not in unescape(site.browser().get(way).text)


@shows("R26")
def test_a_refusal_needs_a_second_person(site, desk):
    _found, first, second, held = desk
    browser = site.browser(first)
    sent = browser.post(path_of(held, "refusal"), {"ground": "advertising", "reason": "Reclame voor een winkel."})
    assert sent.status_code == 303
    assert now(site, held).state is State.HELD
    own = browser.get(path_of(held)).text
    assert "Reclame voor een winkel." in own
    assert 'name="refusal"' not in own
    page = site.browser(second).get(path_of(held)).text
    told = {"refusal": refusal_in(page)}
    assert browser.post(path_of(held, "refusal/confirm"), told).status_code == 403
    assert now(site, held).state is State.HELD
    assert site.browser(second).post(path_of(held, "refusal/confirm"), told).status_code == 303
    assert now(site, held).state is State.REFUSED
    assert site.browser(second).post(path_of(held, "refusal/confirm"), told).status_code == 409
    assert "Reclame voor een winkel." in browser.get(path_of(held)).text


def test_an_overruled_refusal_can_be_followed_by_publishing(site, desk):
    _found, first, second, held = desk
    site.browser(first).post(path_of(held, "refusal"), {"ground": "unlawful", "reason": "Dit mag niet."})
    browser = site.browser(second)
    told = {"refusal": refusal_in(browser.get(path_of(held)).text)}
    assert browser.post(path_of(held, "publish")).status_code == 409
    assert browser.post(path_of(held, "refusal/overrule"), told).status_code == 303
    assert browser.post(path_of(held, "publish")).status_code == 303
    with site.reading():
        assert find_undecided(held.id) is None


@pytest.mark.parametrize(
    "told", [{"ground": "opinion", "reason": "x"}, {"ground": "", "reason": "x"}, {"ground": "unlawful"}]
)
def test_a_refusal_without_ground_or_reason_comes_back_with_what_was_typed(site, desk, told):
    _found, first, _second, held = desk
    answer = site.browser(first).post(path_of(held, "refusal"), {"back": f"{QUEUE}?q=bomen"} | told)
    assert answer.status_code == 422
    assert "Meer bomen" in answer.text
    assert f'value="{QUEUE}?q=bomen"' in answer.text


def test_a_refusal_of_another_contribution_is_not_decided_here(site, desk):
    found, first, second, held = desk
    with site.writing():
        other = a_contribution(found, state=State.HELD)
    site.browser(first).post(path_of(held, "refusal"), {"ground": "unlawful", "reason": "Dit mag niet."})
    told = {"refusal": refusal_in(site.browser(second).get(path_of(held)).text)}
    assert site.browser(second).post(path_of(other, "refusal/confirm"), told).status_code == 404
    assert site.browser(second).post(path_of(held, "refusal/confirm"), {"refusal": "x"}).status_code == 400


@shows("R70")
def test_a_moderator_searches_a_target_sees_what_will_happen_and_merges(site, desk):
    found, first, _second, _held = desk
    with site.writing():
        one, into = a_proposal(found, title="Bankje bij vijver"), a_proposal(found, title="Bankjes bij het water")
        a_proposal(found, title="Fietsenrek", text="Voor bij de school.")
    browser = site.browser(first)
    page = browser.get(f"{path_of(one, 'merge')}?q=bankjes&back={QUEUE}%3Fstate%3Dall").text
    assert "Bankjes bij het water" in page
    assert "Fietsenrek" not in page
    link = unescape(re.search(rf'href="([^"]*into={into.public_id}[^"]*)"', page).group(1))
    shown = browser.get(link).text
    assert "telt één keer" in shown
    sent = browser.post(path_of(one, "merge"), {"into": into.public_id, "back": f"{QUEUE}?state=all"})
    assert sent.headers["Location"] == f"{QUEUE}?state=all&done={one.public_id}"
    assert now(site, one).merged_into_id == into.id
    assert browser.post(path_of(one, "merge"), {"into": into.public_id}).status_code == 409
    assert "al met een andere" in browser.get(f"{path_of(one, 'merge')}?into={into.public_id}").text
    assert "Bankje bij vijver" in browser.get(path_of(into)).text
    assert browser.post(path_of(one, "split")).status_code == 303
    assert now(site, one).merged_into_id is None
    assert browser.post(path_of(one, "split")).status_code == 409


def test_a_target_that_is_unknown_or_of_another_round_is_a_conflict(site, desk):
    found, first, _second, _held = desk
    with site.writing():
        one, elsewhere = a_proposal(found), a_proposal(a_round())
    browser = site.browser(first)
    for target in ("nothing", elsewhere.public_id):
        assert browser.post(path_of(one, "merge"), {"into": target}).status_code == 409
        assert browser.get(f"{path_of(one, 'merge')}?into={target}").status_code == 409
    assert browser.post(path_of(one, "merge"), {"into": ""}).status_code == 422


def test_only_the_team_of_the_round_sees_the_queue(site, desk):
    found, _first, _second, held = desk
    with site.writing():
        elsewhere = get_person(a_moderator_of(a_round()).person_id)
        public, author = a_contribution(found), a_resident()
    assert site.browser().get(QUEUE).status_code == 303
    for person in (elsewhere, author):
        browser = site.browser(person)
        assert browser.get(QUEUE).status_code == 403
        assert browser.get(path_of(held)).status_code == 404
        assert browser.get(path_of(public)).status_code == 403
        for step in ("hold", "split", "merge", "refusal"):
            told = {"into": held.public_id, "ground": "unlawful", "reason": "x"}
            assert browser.post(path_of(public, step), told).status_code == 403
    assert now(site, public).is_public


@pytest.mark.parametrize("language", ["", "/en"])
def test_every_page_of_the_queue_has_one_heading_and_unique_ids(site, desk, language):
    found, first, second, held = desk
    with site.writing():
        one, into = a_proposal(found), a_proposal(found)
        reason = an_argument(one)
    site.browser(first).post(path_of(held, "refusal"), {"ground": "unlawful", "reason": "Dit mag niet."})
    site.browser(first).post(path_of(one, "merge"), {"into": into.public_id})
    with site.writing():
        third = a_proposal(found)
    pages = [
        QUEUE,
        f"{QUEUE}?waits=yes",
        f"{QUEUE}?state=all&q=zzz",
        *(path_of(c) for c in (held, one, into, reason)),
        path_of(third, "merge"),
        f"{path_of(third, 'merge')}?into={into.public_id}",
    ]
    browser = site.browser(second)
    for path in pages:
        page = browser.get(language + path)
        assert page.status_code == 200, path
        assert page.text.count("<h1") == 1
        ids = re.findall(r'\bid="([^"]+)"', page.text)
        assert len(ids) == len(set(ids)), path
        assert "style=" not in page.text
        assert "<script" not in page.text
