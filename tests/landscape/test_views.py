import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from consult.contributions.models import Contribution, Kind, State
from consult.foundation import clock
from consult.foundation.db import session
from consult.landscape.matrix import votes_of
from consult.landscape.rules import about, drawn, guarded_in, result_of
from consult.moderation.verbs import publish
from consult.policy import Duty, Role
from consult.rounds.models import Phase
from consult.similarity.verbs import index
from consult.voting.models import Opinion, Option
from consult.voting.queries import get_option, own_marks
from consult.voting.results import results_of
from consult.voting.verbs import cast_opinion
from consult.working import work_once
from tests.builders import a_member_of_staff, a_resident, acting, an_authority, appoint, the_platform
from tests.landscape.builders import a_statement_in, a_statement_poll, enter, noise, others_answer, planted
from tests.voting.builders import a_voting_round, merged, options_of

ACTION = re.compile(r'action="/rounds/[^"/]+/statements/([0-9a-f-]{36})"')
VOTES, OF = planted(2, people=60, statements=12, density=0.95, flips=0.02, passes=0.05)


class Asking:
    """A site with a round that puts statements to people, and a resident."""

    def __init__(self, site, statements=5, **more):
        self.site = site
        with site.writing():
            an_authority()
            self.round = a_voting_round()
            self.poll = a_statement_poll(statements, found=self.round, **more)
            self.options = options_of(self.poll)
            self.person = a_resident()
        self.page = f"/rounds/{self.round.slug}/statements"
        self.landscape = f"/rounds/{self.round.slug}/landscape"

    def next_of(self, browser):
        found = ACTION.search(browser.get(self.page).text)
        return found[1] if found else None

    def marks(self):
        with self.site.reading():
            return own_marks(self.poll, acting(self.person))

    def close(self):
        with self.site.writing():
            session().get(Phase, self.poll.phase_id).closed_at = clock.now()

    def settles(self):
        """Let the worker compute what was answered, and show it once five more have answered."""
        work_once(self.site.database)
        with self.site.writing():
            others_answer(self.poll)
        work_once(self.site.database)

    def answers_as(self, mind, number=12):
        """Let the resident answer as the first person of a mind does."""
        person = list(OF).index(mind)
        row = slice(VOTES.matrix.indptr[person], VOTES.matrix.indptr[person + 1])
        told = zip(VOTES.matrix.indices[row], VOTES.matrix.data[row], strict=True)
        names = {1: Opinion.AGREE, 0: Opinion.PASS, -1: Opinion.DISAGREE}
        with self.site.writing():
            for place, value in list(told)[:number]:
                option = get_option(the_platform(), self.round.slug, self.options[place].id)
                cast_opinion(option, acting(self.person), names[int(value)])


@pytest.fixture
def asking(site):
    return Asking(site)


def test_one_statement_after_the_other_never_one_that_was_answered_and_without_javascript(asking):
    browser, seen = asking.site.browser(asking.person), []
    for opinion in ("agree", "pass", "disagree", "agree", "pass"):
        option_id = asking.next_of(browser)
        seen.append(option_id)
        assert asking.next_of(browser) == option_id  # the page is the same when it is read again
        answer = browser.post(f"{asking.page}/{option_id}", {"opinion": opinion})
        assert (answer.status_code, answer.location) == (303, f"{asking.page}#statements")
    assert len(set(seen)) == 5
    assert asking.next_of(browser) is None
    assert "U hebt alle stellingen beantwoord" in browser.get(asking.page).text
    assert {str(option) for option in asking.marks()} == set(seen)


def test_an_answer_is_changed_and_taken_back_and_then_asked_again(asking):
    browser = asking.site.browser(asking.person)
    option_id = asking.next_of(browser)
    browser.post(f"{asking.page}/{option_id}", {"opinion": "agree"})
    browser.post(f"{asking.page}/{option_id}?back=answers", {"opinion": "disagree"})
    assert list(asking.marks().values()) == [-1]
    assert 'value="disagree" class="mark against" aria-pressed="true"' in browser.get(f"{asking.page}/answers").text
    browser.post(f"{asking.page}/{option_id}?back=answers", {"opinion": "none"})
    assert list(asking.marks().values()) == [None]
    assert "U hebt nog geen stelling beantwoord" in browser.get(f"{asking.page}/answers").text


def test_what_is_no_answer_is_refused_with_a_sentence(asking):
    browser = asking.site.browser(asking.person)
    answer = browser.post(f"{asking.page}/{asking.options[0].id}", {"opinion": "perhaps"})
    assert answer.status_code == 422
    assert "eens, weet niet of oneens" in answer.text
    assert asking.marks() == {}


def test_a_statement_that_is_held_or_refused_is_never_asked(asking):
    with asking.site.writing():
        for option, state in zip(asking.options, (State.HELD, State.REFUSED, State.WITHDRAWN), strict=False):
            session().get_one(Contribution, option.contribution_id).state = state
    browser, asked = asking.site.browser(asking.person), set()
    while option_id := asking.next_of(browser):
        asked.add(option_id)
        browser.post(f"{asking.page}/{option_id}", {"opinion": "pass"})
    assert asked == {str(option.id) for option in asking.options[3:]}
    assert browser.post(f"{asking.page}/{asking.options[0].id}", {"opinion": "agree"}).status_code == 404


def test_a_visitor_reads_a_statement_and_is_sent_to_sign_in(asking):
    browser = asking.site.browser()
    assert "Log in en antwoord" in browser.get(asking.page).text
    answer = browser.post(f"{asking.page}/{asking.options[0].id}", {"opinion": "agree"})
    assert answer.location.startswith("/login?next=")


def test_what_is_drawn_follows_the_priorities():
    weights = {"a": 1.0, "b": 2.0, "c": 5.0, "d": 0.25}
    number, total = 8000, sum(weights.values())
    counted = dict.fromkeys(weights, 0)
    for seed in range(number):
        counted[drawn(str(seed), list(weights.items()))] += 1
    wanted = {key: number * weight / total for key, weight in weights.items()}
    chi_square = sum((counted[key] - wanted[key]) ** 2 / wanted[key] for key in weights)
    assert chi_square < 16.27  # three degrees of freedom, one in a thousand
    assert drawn("x", []) is None


def test_a_resident_adds_a_statement_that_others_get_once_a_moderator_has_read_it(site):
    asking = Asking(site, adds=True)
    browser = site.browser(asking.person)
    sent = {"text": "De  fiets krijgt\nvoorrang.", "form_key": "een-sleutel"}
    assert browser.post(f"{asking.page}/new", sent).location == f"{asking.page}/answers#own"
    assert "De fiets krijgt voorrang." in browser.get(f"{asking.page}/answers").text
    with site.reading():
        new = session().scalars(select(Contribution).where(Contribution.author_id == asking.person.id)).one()
        assert (new.kind, new.state, new.title) == (Kind.STATEMENT, State.HELD, "De fiets krijgt voorrang.")
        assert session().scalars(select(Option.id).where(Option.contribution_id == new.id)).all() == []
    with site.writing():
        moderator = a_member_of_staff(Role.MODERATOR)
        appoint(asking.round, moderator, Duty.MODERATOR)
        publish(session().get_one(Contribution, new.id), acting(moderator))
    with site.reading():
        assert session().scalars(select(Option.poll_id).where(Option.contribution_id == new.id)).all() == [
            asking.poll.id
        ]


def test_whoever_adds_a_statement_is_asked_once_whether_it_was_said_already(site):
    asking = Asking(site, 2, adds=True)
    with site.writing():
        index(a_statement_in(asking.round, "De fietsers krijgen voorrang op het plein."))
    browser = site.browser(asking.person)
    sent = {"text": "Fietsers krijgen op het plein voorrang.", "form_key": "een-sleutel"}
    asked = browser.post(f"{asking.page}/new", sent)
    assert asked.status_code == 422
    assert "Is dit al gezegd?" in asked.text
    assert "De fietsers krijgen voorrang op het plein." in asked.text
    assert "Fietsers krijgen op het plein voorrang.</textarea>" in asked.text
    assert 'name="seen" type="hidden" value="yes"' in asked.text
    assert browser.post(f"{asking.page}/new", sent | {"seen": "yes"}).status_code == 303
    with site.reading():
        assert session().scalar(select(Contribution.state).where(Contribution.author_id == asking.person.id))


def test_where_statements_are_fixed_none_is_added_and_what_was_typed_is_told_why(asking):
    answer = asking.site.browser(asking.person).post(f"{asking.page}/new", {"text": "De fiets krijgt voorrang."})
    assert answer.status_code == 403
    assert "staan de stellingen vast" in answer.text


def test_nothing_is_shown_while_people_answer_unless_the_round_says_so(site):
    hidden = Asking(site, 12)
    with site.writing():
        enter(hidden.poll, VOTES)
    work_once(site.database)
    assert "groep" not in site.browser().get(hidden.landscape).text.lower().split("<main")[1].split("<aside")[0]
    hidden.close()
    assert "De laatste antwoorden worden geteld" in site.browser().get(hidden.landscape).text
    work_once(site.database)
    assert "Wat groep A vindt" in site.browser().get(hidden.landscape).text


def test_where_am_i_is_told_to_the_person_alone(site):
    asking = Asking(site, 12, shows_interim=True)
    with site.writing():
        enter(asking.poll, VOTES)
    asking.answers_as(0)
    asking.settles()
    own = site.browser(asking.person).get(asking.landscape)
    near = re.search(r"U staat het dichtst bij groep ([AB])", own.text)[1]
    assert 'class="own"' in own.text
    assert "no-store" in own.headers["Cache-Control"]
    visitor = site.browser().get(asking.landscape).text
    assert "dichtst bij groep" not in visitor
    assert 'class="own"' not in visitor
    asking.answers_as(1)
    again = site.browser(asking.person).get(asking.landscape).text
    assert re.search(r"U staat het dichtst bij groep ([AB])", again)[1] != near


def test_words_in_another_language_say_so_wherever_they_stand(site):
    asking = Asking(site, 3)
    with site.writing():
        one = session().get_one(Contribution, asking.options[0].contribution_id)
        one.language = "en"
        enter(asking.poll, votes_of([(f"p{i}", f"s{j}", 1) for i in range(20) for j in range(3)]))
    asking.close()
    work_once(site.database)
    for page in (asking.landscape, f"{asking.landscape}/statements"):
        shown = site.browser().get(page).text
        assert re.findall(r'lang="en">“?(Uitspraak \d+)', shown) == ["Uitspraak 00"], shown[3000:]


def test_votes_of_one_mind_make_no_groups_on_the_page(site):
    asking = Asking(site, 40, shows_interim=True)
    with site.writing():
        enter(asking.poll, noise(3, people=80))
    asking.settles()
    shown = site.browser().get(asking.landscape).text
    assert "Er zijn geen vaste groepen" in shown
    assert "<polygon" not in shown


@pytest.fixture
def few(site):
    """A poll that was closed, with two statements that four people answered and one that ten answered."""
    asking = Asking(site, 3)
    marks = [(f"p{i}", f"s{j}", 1) for i in range(4) for j in range(3)] + [(f"q{i}", "s0", -1) for i in range(6)]
    with site.writing():
        enter(asking.poll, votes_of(marks))
    asking.close()
    work_once(site.database)
    return asking


def test_a_figure_of_fewer_than_five_people_is_hidden(few):
    shown = few.site.browser().get(f"{few.landscape}/statements").text
    assert shown.count("te weinig") == 4  # two statements with four votes: their number and their shares
    assert "40 · 0 · 60" in shown


@pytest.mark.parametrize("page", ["0", "x", "-1", "000001" + "1" * 5000, "²"])
def test_a_page_of_statements_that_there_is_not_is_refused(few, page):
    assert few.site.browser().get(f"{few.landscape}/statements?page={page}").status_code == 400


def test_the_sum_of_all_answers_does_not_tell_what_is_hidden(few):
    shown = few.site.browser().get(few.landscape).text
    assert re.search(r"<dt>Antwoorden</dt>\s*<dd>10</dd>", shown)  # eighteen were given


def test_what_is_told_of_joined_statements_together_tells_nothing_beside_the_landscape_of_one(site):
    asking = Asking(site, 3)
    said = [(f"p{i}", f"s{j}", 1) for i in range(20) for j in (0, 2)] + [(f"p{i}", "s1", 1) for i in range(17, 23)]
    with site.writing():
        enter(asking.poll, votes_of(said))
        merged(session().get_one(Option, asking.options[1].id), session().get_one(Option, asking.options[0].id))
    asking.close()
    work_once(site.database)
    browser = site.browser()
    assert "20" in browser.get(f"{asking.landscape}/statements").text  # of the one that stands, alone
    shown = browser.get(f"/rounds/{asking.round.slug}/results").text
    table = shown.split("<tbody>")[1].split("</tbody>")[0]
    assert table.count("te weinig") == 4  # 23 people chose one of both: the three more would be told
    assert 'figure">23<' not in table
    with site.reading():
        joined, _gone, plain = [session().get_one(Contribution, one.contribution_id) for one in asking.options]
        results = {one.option_id: one.is_small for one in results_of(asking.round)[0].options}
        assert results == {asking.options[0].id: True, asking.options[2].id: False}
    trace = browser.get(f"/rounds/{asking.round.slug}/contributions/{joined.public_id}").text
    assert "Te weinig mensen gaven antwoord om te tonen" in trace
    assert "20 eens" in browser.get(f"/rounds/{asking.round.slug}/contributions/{plain.public_id}").text


def test_the_page_of_results_and_the_trace_keep_the_same_limit(few):
    shown = few.site.browser().get(f"/rounds/{few.round.slug}/results").text
    table = shown.split("<tbody>")[1].split("</tbody>")[0]
    rows = re.findall(r'<th scope="row">(?:<a[^>]*>)?(.*?)<.*?</tr>', table, re.S)
    assert len(rows) == 3
    assert table.count("te weinig") == 2 * 4
    assert not re.search(r'figure">4<', table.split("te weinig", 1)[1])
    with few.site.reading():
        contribution = session().get_one(Contribution, few.options[1].contribution_id)
    trace = few.site.browser().get(f"/rounds/{few.round.slug}/contributions/{contribution.public_id}").text
    assert "Te weinig mensen gaven antwoord om te tonen" in trace
    assert "4 eens" not in trace


@given(st.lists(st.integers(0, 40), min_size=1, max_size=5), st.integers(0, 12))
def test_what_is_hidden_cannot_be_had_by_subtracting(groups, apart):
    whole = sum(groups) + apart
    hidden, roughly = guarded_in(groups, whole)
    assert all(place in hidden for place, people in enumerate(groups) if people < 5)
    assert not hidden & roughly
    assert all(groups[place] >= 20 for place in roughly)
    kept_back = apart + sum(groups[place] for place in hidden)
    assert whole < 5 or kept_back == 0 or kept_back >= 5 or len(roughly) == 1


@given(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)).filter(lambda c: sum(c) >= 20))
def test_what_is_told_roughly_fits_several_answers(counts):
    agree, passed, disagree, seen = about(counts)
    assert abs(seen - sum(counts)) <= 5
    assert agree + passed + disagree >= 100
    others = [(counts[0] + a, counts[1] + p, counts[2] + d) for a in (-1, 0, 1) for p in (-1, 0, 1) for d in (-1, 0, 1)]
    alike = [one for one in others if min(one) >= 0 and sum(one) >= 20 and about(one) == about(counts)]
    assert len(alike) > 3


def test_of_what_groups_answered_nothing_can_be_had_by_subtracting():
    """Of two groups one has three answers to a statement: of the other nothing is told, or only roughly."""

    def told(agree):
        statement = {"counts": [agree, 0, 3], "groups": [[agree, 0, 0], [0, 0, 3]], "shared": None, "gap": 0.5}
        groups, least = [{"label": 0}, {"label": 1}], {"needed_votes": 20, "shared": 0.6, "gap": 0.3}
        return result_of({"groups": groups, "statements": {"s": statement}, "parameters": least}, "s")["groups"]

    assert [(one["counts"], one["about"]) for one in told(19)] == [(None, None), (None, None)]
    assert [(one["counts"], one["about"]) for one in told(23)] == [(None, [100, 0, 0, 20]), (None, None)]


def test_who_directs_a_round_puts_statements_to_people_and_adds_some(site):
    with site.writing():
        an_authority()
        found, director = a_voting_round(), a_member_of_staff(Role.DIRECTOR)
        appoint(found, director, Duty.DIRECTOR)
        phase = next(phase for phase in found.phases if phase.kind.value == "prioritise")
    browser, page = site.browser(director), f"/staff/rounds/{found.slug}/statements"
    typed = {"title": "Bent u het eens?", "phase": str(phase.id), "statements": "Eén.\n\n  Twee. \n", "form_key": "k1"}
    twice = browser.post(page, typed | {"statements": "Eén.\nEén."})
    assert twice.status_code == 422
    assert "staat hier twee keer" in twice.text
    assert browser.post(page, typed).location == f"{page}/more"
    assert browser.post(f"{page}/more", {"statements": "Drie.", "form_key": "k2"}).status_code == 303
    shown = browser.get(f"{page}/more").text
    assert all(words in shown for words in ("Eén.", "Twee.", "Drie."))
    assert browser.post(page, typed | {"form_key": "k3"}).status_code == 409


def test_a_statement_of_another_round_stays_there(asking):
    with asking.site.writing():
        a_statement_in(a_voting_round(), "Elders.")
    assert "Elders." not in asking.site.browser().get(asking.landscape).text
