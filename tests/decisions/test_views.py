from dataclasses import replace
from datetime import timedelta

from consult.answers.verbs import publish_answers, sign_answers
from consult.decisions.frame import beside
from consult.decisions.models import Result
from consult.decisions.queries import Weight, list_decisions
from consult.decisions.verbs import DecisionTold, record_decision
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.language import local, speaking
from consult.mandates.models import GateKind, Side
from consult.mandates.queries import list_sign_offs
from consult.moderation.verbs import merge
from consult.policy import Role
from consult.rounds.models import PhaseKind
from consult.rounds.queries import get_round
from consult.synthesis.drafts import find_newest
from consult.synthesis.models import DraftState, OutcomeKind
from consult.synthesis.verbs import cite, edit_paragraph
from consult.voting.models import Method
from consult.voting.results import OptionResult, PollResult
from tests import builders
from tests.contributions.builders import a_contribution
from tests.decisions.builders import (
    a_draft,
    a_gated_round,
    a_table,
    an_answered,
    outcomes_of,
    paragraphs,
    pass_gate,
    sign,
)
from tests.decisions.test_verbs import Council
from tests.intake.builders import a_form
from tests.shows import shows

P0, P1, P2, P3 = GateKind.P0, GateKind.P1, GateKind.P2, GateKind.P3


def today():
    return local(clock.now()).date().isoformat()


def a_concept():
    """A round past P2 with a paragraph that rests on nothing, and an adopted input."""
    table = a_gated_round()
    pass_gate(table, P0, P1)
    one = an_answered(table, a_contribution(table.round, title="Bankjes"))
    pass_gate(table, P2)
    return table, one, a_draft(table)


def address(table, kind, *more):
    return "/".join([f"/staff/rounds/{table.round.slug}/gates", kind.value, *more])


def seen_on(page):
    return page.text.split('name="seen" value="')[1].split('"')[0]


@shows("S16")
def test_two_sign_offs_open_a_gate_and_an_edit_voids_them(site):
    with site.writing():
        table, one, draft = a_concept()
        first = paragraphs(draft)[0]
    here = address(table, P3)
    director, civil, board = (site.browser(one) for one in (table.director, table.official, table.board))
    page = director.get(here)
    assert "1 alinea" in page.text or "Eén alinea heeft geen bron." in page.text
    assert "Eén overgenomen bijdrage heeft geen plek in het ontwerp." in page.text
    assert 'name="seen"' not in civil.get(here).text, "nothing can be signed while something is lacking"
    with site.writing():
        cite(paragraphs(draft)[0], table(table.moderator), contribution=one)
    assert "Er ontbreekt niets" in director.get(here).text
    assert director.post(address(table, P3, "ask"), {"questions": "Is het betaalbaar?"}).status_code == 303
    assert "Is het betaalbaar?" in civil.get(here).text
    for browser, side in ((civil, "civil"), (board, "board")):
        answer = browser.post(address(table, P3, "sign"), {"side": side, "seen": seen_on(browser.get(here))})
        assert answer.status_code == 303, answer.text
    assert "Laat beginnen wat volgt" in director.get(here).text
    with site.writing():
        words = {"text": "Anders.", "html": "<p>Anders.</p>", "is_editorial": False, "version": 1}
        edit_paragraph(paragraphs(draft)[0], table(table.moderator), **words)
    page = director.get(here)
    assert "Laat beginnen wat volgt" not in page.text
    assert page.text.count("Tekende eerder; vervallen op") == 2
    assert director.post(address(table, P3, "start")).status_code == 403
    assert first.id


def test_somebody_who_read_an_earlier_text_is_told_and_signs_nothing(site):
    with site.writing():
        table, one, draft = a_concept()
        cite(paragraphs(draft)[0], table(table.moderator), contribution=one)
    civil = site.browser(table.official)
    seen = seen_on(civil.get(address(table, P3)))
    with site.writing():
        words = {"text": "Anders.", "html": "<p>Anders.</p>", "is_editorial": False, "version": 1}
        edit_paragraph(paragraphs(draft)[0], table(table.moderator), **words)
    answer = civil.post(address(table, P3, "sign"), {"side": "civil", "seen": seen})
    assert answer.status_code == 409
    with site.reading():
        assert list_sign_offs(table.gate(P3).id) == []


@shows("S16")
def test_everybody_reads_who_signed_by_role_and_why_something_was_passed_over(site):
    with site.writing():
        table = a_gated_round()
        pass_gate(table, P0, P1)
        a_contribution(table.round)
    director = site.browser(table.director)
    reason = "De raad vergadert maar één keer voor de zomer."
    assert director.post(address(table, P2, "override"), {"reason": reason}).status_code == 303
    with site.writing():
        pass_gate(table, P2)
    page = site.browser().get(f"/rounds/{table.round.slug}/decisions")
    assert page.status_code == 200
    assert reason in page.text
    assert "Eén bijdrage heeft nog geen uitkomst." in page.text
    assert "bestuurlijk opdrachtgever" in page.text
    assert table.board.name not in page.text, "the public reads roles"
    assert table.board.name in director.get(address(table, P2)).text


def test_beside_what_most_people_want_stands_what_many_do_not_want(site):
    with site.writing():
        found = builders.a_round()
    votes = [
        {"for": 90, "neutral": 5, "against": 10},
        {"for": 40, "neutral": 0, "against": 60},
        {"for": 9, "against": 0},
    ]
    options = [OptionResult(found.id, str(n), f"Optie {n}", None, None, one) for n, one in enumerate(votes)]
    poll = PollResult(found.id, found.id, {}, "Peiling", Method.SUPPORT, True, 1_000, 214, options, ())
    hidden = replace(poll, final=False, ballots=None, title="Nog open")
    with site.app.test_request_context(), site.reading(), speaking("nl"):
        told = beside(Weight(30, 8, {OutcomeKind.ADOPTED: 2}), [poll, hidden], found)
    assert told["reach"] == ["30 bijdragen", "8 standpunten van organisaties", "214 stembiljetten van 1000 mensen"]
    [shown] = told["polls"]
    assert [one["title"] for one in shown["support"]] == ["Optie 0", "Optie 1", "Optie 2"]
    assert [one["title"] for one in shown["dissent"]] == ["Optie 1", "Optie 0"], "by the share that is against"


def test_the_gates_are_switched_on_once_and_a_round_without_them_says_so(site):
    with site.writing():
        table = a_table(builders.a_round(state="draft"))
    director, page = site.browser(table.director), f"/staff/rounds/{table.round.slug}/gates"
    assert "Zet de besluitmomenten aan" in director.get(page).text
    assert director.post(page).status_code == 303
    assert "Zet de besluitmomenten aan" not in director.get(page).text
    assert director.post(page).status_code == 409
    assert director.post(f"/staff/rounds/{table.round.slug}/open").status_code == 403


def test_the_mandate_note_takes_an_amount_as_people_write_it(site):
    with site.writing():
        table = a_table(builders.a_round(state="draft"))
    director, page = site.browser(table.director), f"/staff/rounds/{table.round.slug}/mandate"
    told = {"why_now": "De visie is oud.", "budget": "€ 96.000", "budget_words": "Uit de begroting.", "planning": ""}
    assert director.post(f"{page}/edit", told).status_code == 303
    assert "€ 96.000" in director.get(page).text
    wrong = director.post(f"{page}/edit", told | {"budget": "veel"})
    assert wrong.status_code == 422
    assert "De visie is oud." in wrong.text
    assert "Schrijf een bedrag in hele euro’s" in wrong.text


@shows("S39")
def test_the_report_says_how_long_each_gate_took(site):
    with site.writing():
        table = a_gated_round()
        sign(table, P0, Side.CIVIL)
    page = site.browser(table.director).get(f"/staff/rounds/{table.round.slug}/alignment")
    assert page.status_code == 200
    assert "P0: de startnotitie" in page.text


def decided():
    phases = [builders.a_phase(PhaseKind.COLLECT, -40, -20), builders.a_phase(PhaseKind.DECIDE, -5, 5)]
    table = a_table(builders.a_round(phases=phases))
    one = an_answered(table, a_contribution(table.round, title="Bankjes"))
    two = an_answered(table, a_contribution(table.round, title="Bomen"), OutcomeKind.PARTLY)
    return table, one, two, a_draft(table, one, two, state=DraftState.PUBLISHED)


def test_before_a_decision_is_recorded_the_clerk_reads_that_answers_still_wait(site):
    with site.writing():
        table, *_rest = decided()
        clerk = builders.a_member_of_staff(Role.CLERK)
    page = f"/staff/rounds/{table.round.slug}/decision"
    assert "nog niet openbaar" not in site.browser(clerk).get(page).text
    with site.writing():
        an_answered(table, a_contribution(table.round, title="Vijver"), is_public=False)
    told, way = site.browser(clerk).get(page).text, f'href="/staff/rounds/{table.round.slug}/answers"'
    assert "Eén antwoord is nog niet openbaar" in told
    assert "De procesregisseur en de moderatoren van de ronde doen dit." in told
    assert way not in told, "it would be refused"
    assert way in site.browser(table.director).get(page).text


def test_the_clerk_records_an_amended_decision_and_everybody_reads_what_changed(site):
    with site.writing():
        table, one, two, draft = decided()
        clerk = builders.a_member_of_staff(Role.CLERK)
        stable_id = paragraphs(draft)[0].stable_id
    told = {
        "draft": str(draft.id),
        "result": "amended",
        "decided_on": today(),
        "number": "2027-014",
        "votes": "21 voor, 8 tegen",
        "amendments-0-number": "A1",
        "amendments-0-words": "Ook bomen bij de bankjes.",
        "amendments-0-paragraph": str(stable_id),
        "amendments-0-text": "Er komen bankjes en bomen.",
        "deviations-0-number": two.public_id,
        "deviations-0-kind": "not_adopted",
        "deviations-0-reason": "De raad koos anders.",
    }
    browser, page = site.browser(clerk), f"/staff/rounds/{table.round.slug}/decision"
    assert browser.get(page).status_code == 200
    half = browser.post(page, told | {"amendments-0-text": "", "number": ""})
    assert half.status_code == 422
    assert "Ook bomen bij de bankjes." in half.text, "what was typed is still there"
    assert "Schrijf op wat er nu in de alinea staat." in half.text
    answer = browser.post(page, told)
    assert answer.status_code == 303, answer.text
    public = site.browser().get(f"/rounds/{table.round.slug}/decisions").text
    for words in ("gewijzigd vastgesteld", "2027-014", "21 voor, 8 tegen", "De raad koos anders.", "en bomen."):
        assert words in public
    with site.reading():
        assert [found.result for found in list_decisions(table.round.id)] == [Result.AMENDED]
    trace = site.browser().get(f"/rounds/{table.round.slug}/contributions/{one.public_id}").text
    assert "Definitief sinds het besluit van de gemeenteraad" in trace
    assert "Voorlopig" not in trace
    other = site.browser().get(f"/rounds/{table.round.slug}/contributions/{two.public_id}").text
    assert "Eerder antwoord" in other
    assert "De raad koos anders." in other
    again = browser.post(page, told)
    assert again.status_code == 409


def test_an_input_that_is_not_known_is_named_in_the_refusal(site):
    with site.writing():
        table, _one, _two, draft = decided()
    told = {"draft": str(draft.id), "result": "adopted", "decided_on": today(), "number": "1"}
    rows = {"deviations-0-number": "V99", "deviations-0-kind": "partly", "deviations-0-reason": "Omdat."}
    answer = site.browser(table.director).post(f"/staff/rounds/{table.round.slug}/decision", told | rows)
    assert answer.status_code == 409
    assert "V99" in answer.text


@shows("S16")
def test_what_comes_to_lack_after_the_reason_is_named_and_nothing_can_be_signed(site):
    with site.writing():
        table = a_gated_round()
        pass_gate(table, P0, P1)
        a_contribution(table.round)
    director, civil = site.browser(table.director), site.browser(table.official)
    assert director.post(address(table, P2, "override"), {"reason": "De raad vergadert al."}).status_code == 303
    page = director.get(address(table, P2)).text
    assert "Wat ontbreekt, is aanvaard" in page
    assert 'name="reason"' not in page
    assert 'name="seen"' in civil.get(address(table, P2)).text
    with site.writing():
        a_contribution(table.round)
    page = director.get(address(table, P2)).text
    assert "2 dingen houden het dicht" in page
    assert "De reden om toch door te gaan gaat over minder dan wat er nu ontbreekt." in page
    assert 'name="reason"' in page, "the director accepts this too, or waits"
    assert 'name="seen"' not in civil.get(address(table, P2)).text
    assert director.post(address(table, P2, "override"), {"reason": "Ook dit."}).status_code == 303
    assert 'name="seen"' in civil.get(address(table, P2)).text


def test_after_the_decision_no_page_offers_what_is_refused_and_none_says_that_it_is_provisional(site):
    with site.writing():
        table, one, two, draft = decided()
        merge(two, one, table(table.moderator))
        told = DecisionTold(draft, Result.ADOPTED, local(clock.now()).date(), "1")
        record_decision(table.round, told, table(table.director))
        late = an_answered(table, a_contribution(table.round, title="Licht"), OutcomeKind.FORWARDED, is_public=False)
        [outcome] = outcomes_of(late)
        sign_answers([(outcome, late)], builders.a_moderator_of(table.round))
    desk, public = f"/staff/rounds/{table.round.slug}", f"/rounds/{table.round.slug}"
    moderator, director = site.browser(table.moderator), site.browser(table.director)
    assert "Voeg het samen met een andere" not in moderator.get(f"{desk}/queue/{one.public_id}").text
    assert "Maak weer los" not in moderator.get(f"{desk}/queue/{two.public_id}").text
    assert "Zoek" not in moderator.get(f"{desk}/groups").text.split("<main")[1]
    assert "het ontwerp blijft zoals het is" in moderator.get(f"{desk}/draft").text
    refused = moderator.post(f"{desk}/queue/{two.public_id}/split", {"back": ""})
    assert refused.status_code == 403
    assert "Het besluit is genomen op" in refused.text
    assert "Ze zijn definitief" in director.get(f"{desk}/answers/publish?pick={outcome.id}").text
    with site.writing():
        publish_answers([(session().get_one(type(outcome), outcome.id), late)], table(table.director))
    for path in (f"proposals/{late.public_id}", f"contributions/{late.public_id}", "proposals", "drafts/1"):
        page = site.browser().get(f"{public}/{path}")
        assert page.status_code == 200, path
        assert "oorlopig" not in page.text, path


def test_an_answer_is_told_as_provisional_to_its_writer_and_on_paper_until_the_council_decides(site):
    with site.writing():
        council = Council()
        clerk = council.table.moderator
        told = {"writer": "Jo de Wit", "address": "Dorpsstraat 1\n1234 AB Hier"}
        form = a_form(council.round, received_at=clock.now() - timedelta(days=30), **told)
        an_answered(council.table, form.first, OutcomeKind.FORWARDED)
        author = builders.a_resident()
        an_answered(council.table, a_contribution(council.round, author), OutcomeKind.NOT_ADOPTED)
    pages = ((site.browser(author), "/me"), (site.browser(clerk), f"/staff/rounds/{council.round.slug}/replies"))
    before = [browser.get(path).text for browser, path in pages]
    with site.writing():
        council.round = get_round(builders.the_platform(), council.round.slug)
        council.draft = find_newest(council.round.id)
        council.decide()
    after = [browser.get(path).text for browser, path in pages]
    assert ["Voorlopig antwoord:" in text for text in (*before, *after)] == [True, True, False, False]
    assert ["Antwoord:" in text for text in after] == [True, True]
