import re
from datetime import datetime, timedelta

import pytest

from consult.coding import verbs as coding
from consult.contributions.models import Channel, State
from consult.contributions.queries import get_contribution
from consult.foundation import clock
from consult.intake.verbs import Idea, Told, enter_on_behalf
from consult.moderation import verbs as moderation
from consult.moderation.models import Ground
from consult.participants.queries import get_person
from consult.policy import Duty, Role
from consult.rounds import verbs as rounds
from consult.rounds.models import PhaseKind, RoundState
from consult.rounds.queries import get_round
from consult.similarity.verbs import index_many
from consult.synthesis import releasing
from consult.synthesis import verbs as synthesis
from consult.synthesis.drafts import get_draft
from consult.synthesis.models import OutcomeKind
from consult.voting import verbs as voting
from consult.voting.models import Choice, Method
from consult.voting.queries import list_options_of
from tests.answers.builders import a_public_answer
from tests.builders import (
    a_director_of,
    a_member_of_staff,
    a_moderator_of,
    a_phase,
    a_resident,
    a_round,
    acting,
    an_authority,
    appoint,
    phase_of,
    the_platform,
)
from tests.contributions.builders import a_contribution
from tests.pages.builders import counted, many_arguments, many_proposals
from tests.proposals.builders import a_proposal, an_argument
from tests.shows import shows
from tests.voting.builders import an_option

ROUND = "/rounds/plein"


def words_of(page):
    """What a person reads on a page, on one line."""
    main = page.split("<main", 1)[1].split("</main>", 1)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def person_of(actor):
    return get_person(actor.person_id)


def a_worked_round(site):
    """A round from proposal to published draft; returns it with two proposals, the second joined with the first."""
    now = clock.now()
    with site.writing():
        collect, vote = a_phase(PhaseKind.COLLECT, -30, -20), a_phase(PhaseKind.PRIORITISE, -19, -10)
        found = a_round(
            slug="plein", phases=[collect, vote, a_phase(PhaseKind.DRAFT, -9, 9), a_phase(PhaseKind.DECIDE, 10, 20)]
        )
        first, second = a_moderator_of(found), a_moderator_of(found)
        kept = a_contribution(found, a_resident("Fatma"), title="Bankjes bij de winkels")
        gone = a_contribution(found, title="Zitplekken", channel=Channel.LETTER)
        for one in (kept, gone):
            one.received_at = now - timedelta(days=25)
        voting.create_poll(
            found, phase_of(found, PhaseKind.PRIORITISE), the_platform(), title="Peiling", method=Method.SUPPORT
        )
    during = now - timedelta(days=15)
    with site.writing(), clock.set_to(during):
        moderation.merge(*reread(gone, kept), acting(person_of(first), during))
    with site.writing(), clock.set_to(during):
        for choice in (Choice.FOR, Choice.FOR, Choice.AGAINST):
            voting.cast_support(list_options_of(kept.id)[0], acting(a_resident(), during), choice)
    with site.writing():
        rounds.close_phase(phase_of(found, PhaseKind.PRIORITISE), the_platform())
        one = reread(kept)[0]
        coding.code(one, [one.round.themes[0]], first)
        a_public_answer(one, OutcomeKind.ADOPTED, "De winkels doen mee.", writer=first, publisher=first)
        draft = releasing.begin_draft(found, "Visie op het plein", first)
        section = synthesis.add_section(draft, "Zitten", first)
        html = "<p>Er komen vijf bankjes.</p>"
        paragraph = synthesis.add_paragraph(section, first, text="Er komen vijf bankjes.", html=html)
        synthesis.cite(paragraph, first, contribution=one)
        releasing.submit_draft(draft, first)
    with site.writing():
        releasing.publish_draft(get_draft(the_platform(), "plein", 1), second)
    return found, kept, gone


def reread(*contributions):
    return [get_contribution(the_platform(), "plein", one.public_id) for one in contributions]


def test_home_puts_rounds_where_they_belong(site):
    with site.writing():
        an_authority()
        a_round(title="Loopt nu")
        a_round(title="Komt nog", phases=[a_phase(PhaseKind.COLLECT, 5, 9)])
        a_round(title="Is voorbij", state=RoundState.CLOSED)
        hidden = a_round(title="In de maak", state=RoundState.DRAFT)
        director = person_of(a_director_of(hidden))
    page = words_of(site.browser().get("/").text)
    order = ["Nu bezig", "Loopt nu", "Stuur een voorstel in", "Komt eraan", "Komt nog", "Afgelopen", "Is voorbij"]
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    assert "In de maak" not in page
    assert "In de maak" in site.browser(director).get("/").text


@shows("S47")
def test_an_empty_site_says_so_in_both_languages_and_sets_no_cookie(site):
    browser = site.browser()
    answer = browser.get("/")
    assert "Nog geen ronde" in answer.text
    assert "Set-Cookie" not in answer.headers
    assert "No round yet" in browser.get("/en/").text


def test_a_round_page_answers_what_is_asked_and_what_to_do(site):
    with site.writing():
        an_authority()
        found = a_round(slug="plein")
        a_contribution(found)
    page = site.browser().get(ROUND).text
    told = words_of(page)
    for words in (found.question, "De inrichting van het plein", "Het budget", "De gemeenteraad", "1 voorstel"):
        assert words in told
    assert 'href="/rounds/plein/proposals/new"' in page
    assert "tot en met" in told


@shows("S46")
def test_whom_to_ask_stands_on_every_page_at_the_same_place(site):
    with site.writing():
        an_authority()
        one = a_proposal(a_round(slug="plein"))
    browser = site.browser()
    ends = set()
    for path in ("/", ROUND, f"{ROUND}/proposals", f"{ROUND}/proposals/{one.public_id}", "/privacy", "/accessibility"):
        ends.add(browser.get(path).text.split("<footer", 1)[1])
    assert len(ends) == 1
    assert "mailto:info@gemeente.test" in ends.pop()


def test_a_round_in_preparation_is_there_for_those_who_serve_it_alone(site):
    with site.writing():
        found = a_round(slug="plein", state=RoundState.DRAFT)
        director = person_of(a_director_of(found))
        other = a_member_of_staff(Role.DIRECTOR)
    assert "Nog niet openbaar" in site.browser(director).get(ROUND).text
    for person in (None, other):
        for path in (ROUND, f"{ROUND}/proposals", f"{ROUND}/results"):
            assert site.browser(person).get(path).status_code == 404


def test_the_one_thing_to_do_follows_the_phase(site):
    with site.writing():
        a_round(slug="collect", phases=PhaseKind.COLLECT)
        a_round(slug="vote", phases=PhaseKind.PRIORITISE)
        sorted_out = a_round(slug="sort", phases=PhaseKind.SYNTHESISE)
        moderator = person_of(a_moderator_of(sorted_out))
    browser = site.browser()
    for slug, action in (("collect", "proposals/new"), ("vote", "vote"), ("sort", "results")):
        assert f'<a class="button primary" href="/rounds/{slug}/{action}"' in browser.get(f"/rounds/{slug}").text
    assert 'href="/staff/rounds/sort/queue"' in browser.as_(moderator).get("/rounds/sort").text


@shows("R25", "R60")
def test_what_the_list_does_not_offer_is_a_bad_request_with_a_sentence(site):
    with site.writing():
        a_round(slug="plein")
    browser = site.browser()
    for query in ("theme=x", "area=x", "outcome=x", "order=x", "page=-1", "page=1e9", "page=NaN", "seed=x", "after=x"):
        answer = browser.get(f"{ROUND}/proposals?{query}")
        assert answer.status_code == 400, query
        assert "kies uit de lijst" in answer.text
    assert browser.get(f"{ROUND}/proposals?order=newest&order=mixed").status_code == 400


@shows("R49")
def test_any_search_is_answered(site):
    with site.writing():
        many_proposals(a_round(slug="plein"), 3)
    browser = site.browser()
    for words in ("%25", "_", "'", "%22%27)--", "a" * 3000, "%F0%9F%8C%B3", "%5C", "x%0d%0ay", "+" * 50):
        assert browser.get(f"{ROUND}/proposals?q={words}").status_code == 200, words
    assert browser.get(f"{ROUND}/proposals?q=%00").status_code == 400


def test_filters_stand_as_words_that_can_be_removed(site):
    with site.writing():
        many_proposals(a_round(slug="plein"), 3)
    page = site.browser().get(f"{ROUND}/proposals?q=voorstel&theme=t1&order=newest").text
    assert 'href="/rounds/plein/proposals?theme=t1&amp;order=newest"' in page
    assert 'href="/rounds/plein/proposals?q=voorstel&amp;order=newest"' in page
    assert "2 voorstellen" in words_of(page)
    empty = words_of(site.browser().get(f"{ROUND}/proposals?q=zwembad").text)
    assert "Niets past bij wat u koos" in empty


def test_the_list_goes_on_by_its_links(site):
    with site.writing():
        many_proposals(a_round(slug="plein"), 60)
    browser, seen, path = site.browser(), [], f"{ROUND}/proposals"
    while path:
        page = browser.get(path).text
        seen += re.findall(r">(Voorstel \d{5})</a>", page)
        after = re.search(r'rel="next" href="([^"]+)"', page)
        path = after.group(1).replace("&amp;", "&") if after else None
    assert len(seen) == 60
    assert len(set(seen)) == 60
    before = re.search(r'rel="prev" href="([^"]+)"', page).group(1).replace("&amp;", "&")
    assert re.findall(r">(Voorstel \d{5})</a>", browser.get(before).text) == seen[25:50]


@shows("R61")
@pytest.mark.parametrize("path", ["", "/proposals", "/proposals?order=newest", "/proposals?q=bankje", "/results"])
def test_a_page_asks_as_much_of_fifty_as_of_two_thousand(site, path):
    with site.writing():
        an_authority()
        for slug, count in (("few", 10), ("many", 2000)):
            found = a_round(slug=slug)
            many_arguments(found, many_proposals(found, count)[:50])
        resident = a_resident()
    for person in (None, resident):
        sent = []
        for slug in ("few", "many"):
            browser = site.browser(person)
            browser.get(f"/rounds/{slug}{path}")
            with counted(site.database) as statements:
                assert browser.get(f"/rounds/{slug}{path}").status_code == 200
            sent.append(len(statements))
        assert sent[0] == sent[1]
        assert sent[0] <= (8 if person is None else 9)  # somebody signed in is told whether they follow it


def test_an_unchanged_page_is_not_sent_again_and_a_new_proposal_changes_it(site):
    with site.writing():
        found = a_round(slug="plein")
    browser = site.browser()
    known = browser.get(f"{ROUND}/proposals").headers["ETag"]
    assert browser.get(f"{ROUND}/proposals", headers={"If-None-Match": known}).status_code == 304
    with site.writing():
        many_proposals(found, 1)
    assert browser.get(f"{ROUND}/proposals", headers={"If-None-Match": known}).status_code == 200


def test_a_proposal_shows_text_arguments_and_what_to_do(site):
    with site.writing():
        found = a_round(slug="plein")
        author = a_resident("Fatma")
        one = a_proposal(found, author, title="Meer bomen", text="Plant **twintig** bomen.")
        an_argument(one, text="Fijn in de zomer.")
    path = f"{ROUND}/proposals/{one.public_id}"
    page = site.browser().get(path).text
    for words in (
        "Meer bomen",
        "Plant twintig bomen.",
        "Fijn in de zomer.",
        "Fatma",
        "Argumenten voor",
        "Geef een argument",
    ):
        assert words in words_of(page)
    assert "<strong>twintig</strong>" in page
    assert "Trek uw voorstel in" not in page
    assert "Trek uw voorstel in" in site.browser(author).get(path).text


@shows("R21")
def test_what_is_not_public_is_there_for_its_author_and_the_round_alone(site):
    with site.writing():
        found = a_round(slug="plein")
        author, other, moderator = a_resident(), a_resident(), person_of(a_moderator_of(found))
        held = a_contribution(found, author, state=State.HELD, title="Wacht nog")
    for part in ("proposals", "contributions"):
        path = f"{ROUND}/{part}/{held.public_id}"
        absent = site.browser(other).get(f"{ROUND}/{part}/2222222222")
        for person in (None, other):
            hidden = site.browser(person).get(path)
            assert hidden.status_code == 404
            assert held.title not in hidden.text
        assert words_of(site.browser(other).get(path).text) == words_of(absent.text)
        for person in (author, moderator):
            assert held.title in site.browser(person).get(path).text
    assert "Een moderator leest het eerst" in site.browser(author).get(f"{ROUND}/proposals/{held.public_id}").text


@shows("S50")
def test_the_whole_way_of_a_contribution_stands_on_its_page(site):
    _found, kept, gone = a_worked_round(site)
    told = words_of(site.browser().get(f"{ROUND}/contributions/{kept.public_id}").text)
    steps = [
        "Ontvangen: online",
        "Gestemd: 2 voor, 0 neutraal, 1 tegen",
        "Geordend onder: Groen",
        "Voorlopig antwoord gepubliceerd: overgenomen",
        "De winkels doen mee.",
        "Gebruikt in ontwerp 1, hoofdstuk 1: Zitten",
        "Er komen vijf bankjes.",
        "Hierna: de gemeenteraad beslist",
    ]
    places = [told.index(step) for step in steps]
    assert places == sorted(places)
    assert "Eén is hiermee samengevoegd" in told
    assert gone.title in told
    joined = words_of(site.browser().get(f"{ROUND}/contributions/{gone.public_id}").text)
    for words in (
        "Ontvangen: per brief",
        "Dit is samengevoegd met Bankjes bij de winkels",
        "Samengevoegd met",
        "overgenomen",
    ):
        assert words in joined
    assert "via “Bankjes bij de winkels”" in joined


def test_no_page_of_a_contribution_names_who_moderated_it(site):
    with site.writing():
        found = a_round(slug="plein")
        moderator = a_member_of_staff(name="Mevrouw Strikt")
        second = a_member_of_staff(name="Meneer Ook")
        for person in (moderator, second):
            appoint(found, person, Duty.MODERATOR)
        author = a_resident()
        one = a_contribution(found, author, state=State.HELD)
        moderation.publish(one, acting(moderator))
        moderation.hold(one, Ground.UNLAWFUL, "Even kijken.", acting(moderator))
        why = "Het is reclame voor een winkel."
        refusal = moderation.propose_refusal(one, Ground.ADVERTISING, why, acting(moderator))
        moderation.confirm_refusal(refusal, acting(second))
    page = site.browser(author).get(f"{ROUND}/contributions/{one.public_id}").text
    assert "Geweigerd door twee mensen" in page
    assert why in page
    assert "Mevrouw Strikt" not in page
    assert "Meneer Ook" not in page


def test_the_name_of_somebody_who_wrote_a_letter_is_shown_to_nobody(site):
    with site.writing():
        found = a_round(slug="plein")
        moderator = a_moderator_of(found)
        idea = Idea("Meer licht", "Het is donker.", "<p>Het is donker.</p>")
        one = enter_on_behalf(found, moderator, Told(Channel.LETTER, writer="Jo Zonderaccount"), [idea]).first
        person = person_of(moderator)
    for part in ("proposals", "contributions"):
        for who in (None, person):
            page = site.browser(who).get(f"{ROUND}/{part}/{one.public_id}").text
            assert "Meer licht" in page
            assert "een inwoner" in page
            assert "Zonderaccount" not in page


@shows("S48")
def test_counts_are_hidden_until_the_end_and_told_with_their_base_after_it(site):
    with site.writing():
        an_authority()
        found = a_round(slug="plein", phases=PhaseKind.PRIORITISE)
        one = a_contribution(found, title="Meer bomen")
        phase = phase_of(found, PhaseKind.PRIORITISE)
        voting.create_poll(found, phase, the_platform(), title="Peiling", method=Method.SUPPORT)
        for choice in (Choice.FOR, Choice.AGAINST):
            voting.cast_support(list_options_of(one.id)[0], acting(a_resident()), choice)
    before = words_of(site.browser().get(f"{ROUND}/results").text)
    assert "blijven ze verborgen" in before
    assert "Meer bomen" not in before
    with site.writing():
        phase = phase_of(get_round(the_platform(), "plein"), PhaseKind.PRIORITISE)
        rounds.begin_closing(phase, the_platform())
        rounds.close_phase(phase, the_platform())
    after = words_of(site.browser().get(f"{ROUND}/results").text)
    for words in (
        "Meer bomen",
        "2 mensen deden mee",
        "controle: ",
        "Een steunpeiling is een advies",
        "de gemeenteraad",
    ):
        assert words in after


def test_joined_proposals_show_how_their_sum_was_made(site):
    a_worked_round(site)
    told = words_of(site.browser().get(f"{ROUND}/results").text)
    assert "Keuzes: 3 op dit voorstel, en op wat ermee is samengevoegd: “Zitplekken” (0). Samen 3." in told


def test_the_title_of_what_was_joined_and_is_not_public_any_more_is_not_told(site):
    _found, _kept, gone = a_worked_round(site)
    with site.writing():
        reread(gone)[0].state = State.REFUSED
    told = words_of(site.browser().get(f"{ROUND}/results").text)
    assert "Zitplekken" not in told
    assert "“Deze tekst is niet openbaar.” (0)" in told


@shows("R21")
def test_an_argument_is_no_more_public_than_the_proposal_that_it_was_said_of(site):
    with site.writing():
        found = a_round(slug="plein")
        writer, moderator = a_resident(), person_of(a_moderator_of(found))
        one = a_proposal(found, title="Geheim plan")
        said = an_argument(one, writer, text="Fijn in de zomer.")
    path = f"{ROUND}/contributions/{said.public_id}"
    assert "Geheim plan" in site.browser().get(path).text
    with site.writing():
        reread(one)[0].state = State.WITHDRAWN
    assert site.browser().get(path).status_code == 404
    own = site.browser(writer)
    for page in (own.get(path), own.get(f"{path}/received")):
        assert page.status_code == 200
        assert "Fijn in de zomer." in page.text
        assert "Geheim plan" not in page.text
    assert "Geheim plan" in site.browser(moderator).get(path).text


def test_my_page_tells_where_each_contribution_stands(site):
    _found, kept, _gone = a_worked_round(site)
    with site.writing():
        author = get_person(reread(kept)[0].author_id)
    page = words_of(site.browser(author).get("/me").text)
    for words in ("Fatma", kept.title, "Gebruikt in één alinea van het ontwerp", "De winkels doen mee."):
        assert words in page
    assert site.browser().get("/me").status_code == 303


@shows("S28")
def test_each_count_on_the_desk_opens_a_list_of_that_length(site):
    with site.writing():
        found = a_round(slug="plein")
        moderator = a_moderator_of(found)
        for _ in range(3):
            a_contribution(found, state=State.HELD)
        public = [a_contribution(found) for _ in range(2)]
        moderation.propose_refusal(public[0], Ground.UNLAWFUL, "Dit mag niet.", moderator)
        coding.code(public[1], [found.themes[0]], moderator)
        person = person_of(moderator)
    browser = site.browser(person)
    desk = browser.get("/staff").text
    tiles = re.findall(r'<a class="tile[^"]*" href="([^"]+)">\s*<span class="count">(\d+)', desk)
    assert [int(count) for _url, count in tiles][:4] == [3, 1, 1, 2]
    for url, count in tiles[:4]:
        rows = browser.get(url.replace("&amp;", "&")).text.count('<li id="row-')
        assert rows == int(count), url
    assert site.browser().get("/staff").status_code == 303


def test_the_journal_shows_what_was_done_and_goes_on_to_what_is_older(site):
    with site.writing():
        found = a_round(slug="plein")
        director = a_director_of(found)
        name = person_of(director).name
        moderator = a_moderator_of(found)
        one = a_contribution(found, title="Meer bomen", state=State.HELD)
        moderation.publish(one, moderator)
        for _ in range(30):
            moderation.hold(one, Ground.UNLAWFUL, "Even kijken.", moderator)
            moderation.publish(one, moderator)
        people = person_of(director), person_of(moderator)
    browser = site.browser(people[0])
    path = "/staff/rounds/plein/journal"
    page = browser.get(path).text
    assert "zette een bijdrage op de site" in page
    assert people[1].name in page
    assert page.count("Meer bomen") == 50
    older = re.search(r'rel="next" href="([^"]+)"', page).group(1)
    assert "opende de ronde" in browser.get(older).text
    assert name not in page or people[1].name != name
    assert site.browser(people[1]).get(path).status_code == 403
    assert browser.get(f"{path}?before=x").status_code == 400


def test_the_journal_page_lists_no_votes(site):
    with site.writing():
        option = an_option()
        slug = option.poll.round.slug
        director = person_of(a_director_of(option.poll.round))
        tag = voting.cast_support(option, acting(a_resident()), Choice.FOR).facts["tag"]
    page = site.browser(director).get(f"/staff/rounds/{slug}/journal").text
    assert "maakte een steunpeiling" in page
    assert "Stemmen staan zonder naam in het logboek" in page
    assert tag[:8] not in page
    assert "er is gestemd" not in page


@shows("L27")
def test_security_txt_is_plain_text_with_a_contact_and_an_end(site):
    with site.writing():
        an_authority()
    answer = site.browser().get("/.well-known/security.txt")
    assert answer.mimetype == "text/plain"
    told = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert told["Contact"] == "mailto:info@gemeente.test"
    assert clock.now() < datetime.fromisoformat(told["Expires"]) < clock.now() + timedelta(days=365)


def test_the_platform_says_that_it_lives_and_is_ready(site):
    browser = site.browser()
    with counted(site.database) as none:
        assert browser.get("/health/live").status_code == 200
    assert not none
    with counted(site.database) as one:
        assert browser.get("/health/ready").text == "ready\n"
    assert len(one) == 1


def test_the_statements_say_what_holds(site):
    with site.writing():
        an_authority()
    for path, words in (("/privacy", "Voor het inloggen: geen"), ("/accessibility", "EN 301 549")):
        page = site.browser().get(path).text
        assert words in page
        assert "info@gemeente.test" in page
        assert site.browser().get(f"/en{path}").status_code == 200


def test_the_parts_can_be_looked_at_by_staff(site):
    with site.writing():
        staff, resident = a_member_of_staff(), a_resident()
    assert site.browser(staff).get("/staff/components").status_code == 200
    assert site.browser(resident).get("/staff/components").status_code == 403


def test_a_search_finds_the_plural_of_a_word_too(site):
    with site.writing():
        found = a_round(slug="plein")
        [plan, *_others] = new = many_proposals(found, 3)
        plan.title = plan.text = "Een nieuw plan"
        index_many(new)
    page = site.browser().get(f"{ROUND}/proposals?q=plannen").text
    assert "Een nieuw plan" in page
    assert "1 voorstel" in words_of(page)
