import re
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from consult.contributions.models import Attachment, State
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.language import local
from consult.foundation.mail import Mail
from consult.positions.models import PositionDraft
from consult.positions.queries import get_position
from consult.synthesis.models import Outcome
from tests.builders import a_member_of_staff, a_moderator_of, a_resident, appoint, the_platform
from tests.contributions.builders import a_picture
from tests.moderation.builders import taken_away
from tests.participants.builders import an_organisation, join, somebody
from tests.positions.builders import a_position, a_round_with_statements, a_text, draft, on, signed
from tests.shows import shows


@pytest.fixture
def house(site):
    with site.writing():
        found = a_round_with_statements(slug="wijk")
        chair, member, signer = somebody("M. de Wit"), somebody("K. Lid"), somebody("B. Vos")
        body, other = an_organisation("Groen", chair), an_organisation("Buurtkracht", signer)
        join(body, member)
        moderator = a_member_of_staff()
        appoint(found, moderator)
        return {"round": found, "chair": chair, "member": member, "signer": signer, "body": body, "other": other,
                "resident": a_resident(), "moderator": moderator}  # fmt: skip


def typed(found, version=0, **changed):
    """What a member fills in."""
    day = (local(clock.now()).date() - timedelta(days=2)).isoformat()
    first, second = found.themes
    return {
        "version": str(version),
        "text": "Geef **groen** de ruimte.",
        "mandate_body": "ledenraad",
        "mandate_date": day,
        "signatory_name": "M. de Wit",
        "signatory_function": "voorzitter",
        "has_none": "y",
        "on_themes-0-theme_id": str(first.id),
        "on_themes-0-stance": "2",
        "on_themes-0-weight": "3",
        "on_themes-0-text": "Plant bomen.",
        "on_themes-1-theme_id": str(second.id),
        "on_themes-1-stance": "",
        "on_themes-1-weight": "",
        "on_themes-1-text": "",
        **changed,
    }


WRITE, REVIEW = "/rounds/wijk/positions/write/groen", "/rounds/wijk/positions/write/groen/review"


def sent_in(site, house, **changed):
    """The address of a position that the chair sent in."""
    chair = site.browser(house["chair"])
    with site.reading() as unit:
        version = unit.scalar(select(PositionDraft.version)) or 0
    chair.post(WRITE, typed(house["round"], version, **changed))
    answer = chair.post(REVIEW, {"version": str(version + 1), "form_key": f"k{version}"})
    assert answer.status_code == 303, answer.text
    return answer.location.split("?")[0]


# --- writing, looking, sending in ---


def test_members_write_the_representative_looks_and_sends_in_once(site, house):
    member, chair, visitor = (site.browser(house.get(name)) for name in ("member", "chair", "nobody"))
    assert member.post(WRITE, typed(house["round"])).location == f"{WRITE}?saved=yes"
    preview = member.get(REVIEW).text
    assert "Stuur dit standpunt in" not in preview
    assert member.post(REVIEW, {"version": "1", "form_key": "k"}).status_code == 403
    assert "Geef groen" not in visitor.get("/rounds/wijk/positions").text
    preview = chair.get(REVIEW).text
    assert "Stuur dit standpunt in" in preview
    answers = {chair.post(REVIEW, {"version": "1", "form_key": "k"}).location for _ in range(2)}
    assert len(answers) == 1
    page = visitor.get(answers.pop().split("?")[0]).text
    for said in (
        "<strong>groen</strong>",
        "ledenraad",
        "M. de Wit, voorzitter",
        "helemaal eens",
        "(3 van 3)",
        "Plant bomen.",
    ):
        assert said in preview, said
        assert said in page, said
    assert "geen belang" in page
    assert "1 standpunt" in visitor.get("/rounds/wijk").text
    assert re.search(r"Groen</a>.*helemaal eens", visitor.get("/rounds/wijk/positions").text, re.DOTALL)


def words_of(page):
    """The words of a position as a page shows them, from its text to its interests."""
    main = re.search(r'<div class="column">(.*)', page, re.DOTALL).group(1)
    held = re.search(
        r'<div class="reading">.*?(?=<section aria-labelledby="(?:send|files)"|<div class="actions">)', main, re.DOTALL
    )
    return " ".join(re.sub(r"<[^>]+>", " ", held.group()).split())


def test_the_preview_shows_exactly_what_will_be_public(site, house):
    chair = site.browser(house["chair"])
    chair.post(WRITE, typed(house["round"]))
    before = words_of(chair.get(REVIEW).text)
    address = chair.post(REVIEW, {"version": "1", "form_key": "k"}).location.split("?")[0]
    assert words_of(site.browser().get(address).text) == before


def test_what_lacks_stands_on_the_preview_with_a_way_to_mend_it(site, house):
    chair = site.browser(house["chair"])
    chair.post(WRITE, typed(house["round"], mandate_body="", **{"on_themes-0-weight": "", "has_none": ""}))
    page = chair.get(REVIEW).text
    assert f'href="{WRITE}#mandate_body"' in page
    assert f'href="{WRITE}#on_themes-0-weight"' in page
    assert 'id="on_themes-0-weight"' in chair.get(WRITE).text
    assert "Stuur dit standpunt in" not in page
    assert chair.post(REVIEW, {"version": "1", "form_key": "k"}).status_code == 409


def test_two_members_who_save_at_once_both_keep_their_words(site, house):
    member, chair = site.browser(house["member"]), site.browser(house["chair"])
    assert chair.post(WRITE, typed(house["round"], text="Tekst van de voorzitter.")).status_code == 303
    answer = member.post(WRITE, typed(house["round"], text="Tekst van het lid.", **{"on_themes-0-text": "En dit."}))
    assert answer.status_code == 409
    for words in ("Tekst van de voorzitter.", "Tekst van het lid.", "En dit."):
        assert words in answer.text


def test_going_back_and_saving_again_keeps_the_later_words(site, house):
    chair = site.browser(house["chair"])
    chair.post(WRITE, typed(house["round"], 0))
    assert chair.post(WRITE, typed(house["round"], 1, text="Later.")).status_code == 303
    assert "Later." in chair.get(WRITE).text


def test_a_session_that_ends_while_writing_loses_nothing(site, house):
    chair = site.browser(house["chair"])
    chair.get(WRITE)
    chair.as_(None)
    answer = chair.post(WRITE, typed(house["round"]))
    assert answer.location.startswith("/login?next=")
    kept = re.search(r"kept(?:%3D|=)([\w-]+)", answer.location).group(1)
    page = chair.as_(house["chair"]).get(f"{WRITE}?kept={kept}").text
    assert "Geef **groen** de ruimte." in page
    assert "Plant bomen." in page
    assert re.search(r'id="on_themes-0-stance".*?<option selected value="2"', page, re.DOTALL)


def test_a_mistake_in_a_draft_keeps_what_was_typed(site, house):
    tomorrow = (local(clock.now()).date() + timedelta(days=1)).isoformat()
    for changed in ({"mandate_date": tomorrow}, {"on_themes-0-stance": "3"}, {"text": "x" * 5001}):
        answer = site.browser(house["chair"]).post(WRITE, typed(house["round"], **changed))
        assert answer.status_code == 422
        assert "Plant bomen." in answer.text
        assert "Groen gaat voor." in answer.text


def test_html_that_somebody_types_is_text(site, house):
    address = sent_in(site, house, text="<script>x</script> [k](javascript:x)", **{"on_themes-0-text": "<img src=x>"})
    page = site.browser().get(address).text
    assert "<script>x" not in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page


def test_files_go_in_with_the_position(site, house):
    chair = site.browser(house["chair"])
    chair.post(WRITE, typed(house["round"]))
    picture = {"files": (BytesIO(a_picture()), "kaart.png"), "files-alt": "Een kaart", "version": "1", "form_key": "k"}
    answer = chair.post(REVIEW, picture)
    assert answer.status_code == 303, answer.text
    page = site.browser().get(answer.location.split("?")[0]).text
    assert 'alt="Een kaart"' in page
    with site.reading() as unit:
        assert unit.scalar(select(Attachment.added_by_id)) == house["chair"].id


def test_a_draft_is_not_there_for_others(site, house):
    with site.writing():
        draft(house["round"], house["body"], house["chair"])
    for name in ("resident", "signer", "moderator"):
        browser = site.browser(house[name])
        assert [browser.get(path).status_code for path in (WRITE, REVIEW)] == [404, 404]
        assert browser.post(WRITE, typed(house["round"])).status_code == 404
    assert site.browser().get(WRITE).location.startswith("/login")


# --- changing, taking back ---


def test_a_change_shows_its_old_stances_and_words(site, house):
    sent_in(site, house)
    changed = {"on_themes-0-stance": "-1", "on_themes-0-text": "Plant struiken.", "mandate_body": "bestuur"}
    address = sent_in(site, house, **changed)
    page = site.browser().get(f"{address}/history").text
    for said in ("helemaal eens", "oneens", "bomen.", "struiken.", "ledenraad", "bestuur"):
        assert said in page
    assert f'href="{address}/history"' in site.browser().get(address).text


def test_what_stood_before_a_moderator_looked_again_is_for_members_and_staff(site, house):
    address = sent_in(site, house, text="Bel mevrouw Jansen thuis.")
    public_id = address.rsplit("/", 1)[1]
    with site.writing():
        held = a_moderator_of(house["round"])
        position = get_position(the_platform(), house["round"].slug, public_id)
        taken_away(position.contribution, held)
    sent_in(site, house, text="Iets anders.")
    desk = site.browser(house["moderator"])
    assert desk.post(f"/staff/rounds/wijk/queue/{public_id}/publish").status_code == 303
    assert "Jansen" not in site.browser().get(f"{address}/history").text
    assert "Jansen" in site.browser(house["member"]).get(f"{address}/history").text


def test_taking_back_is_seen_with_its_day_and_reason(site, house):
    address, chair = sent_in(site, house), site.browser(house["chair"])
    assert chair.post(f"{address}/withdraw", {"reason": ""}).status_code == 422
    assert site.browser(house["member"]).post(f"{address}/withdraw", {"reason": "x"}).status_code == 403
    assert chair.post(f"{address}/withdraw", {"reason": "Het bestuur denkt er anders over."}).status_code == 303
    visitor = site.browser()
    for page in (visitor.get(address).text, visitor.get("/rounds/wijk/positions").text):
        assert "Het bestuur denkt er anders over." in page
        assert "Ingetrokken op" in page
        assert "Plant bomen" not in page
    assert visitor.get(f"{address}/history").status_code == 404
    assert "Plant bomen" in site.browser(house["member"]).get(address).text
    assert "standpunt" not in re.sub(r"<nav.*?</nav>", "", visitor.get("/rounds/wijk").text, flags=re.DOTALL)


# --- signing ---


def signing(house, version=1, **changed):
    day = (local(clock.now()).date() - timedelta(days=1)).isoformat()
    return {
        "version": str(version),
        "signer": "buurtkracht",
        "themes": [str(house["round"].themes[0].id)],
        "mandate_body": "directie",
        "mandate_date": day,
        "signatory_name": "B. Vos",
        "signatory_function": "directeur",
        "form_key": f"s{version}",
        **changed,
    }


@shows("S32")
def test_another_organisation_signs_for_a_theme_under_its_own_mandate_and_takes_that_back(site, house):
    address, signer = sent_in(site, house), site.browser(house["signer"])
    assert "Onderteken mee" in signer.get(address).text
    assert signer.post(f"{address}/sign", signing(house, mandate_body="", themes=[])).status_code == 422
    assert signer.post(f"{address}/sign", signing(house)).status_code == 303
    page = site.browser().get(address).text
    assert "ledenraad" in page
    assert "directie" in page
    assert "B. Vos, directeur" in page
    sent_in(site, house, **{"on_themes-0-text": "Plant struiken."})
    assert "ondertekende een eerdere versie" in site.browser().get(address).text
    with site.reading() as unit:
        assert unit.scalars(select(Mail.recipient_id).where(Mail.kind == "co_sign_asked")).all() == [house["signer"].id]
    way = re.search(r'href="([^"]+/signatures/[^"]+)"', signer.get(address).text).group(1)
    assert site.browser(house["chair"]).post(way).status_code == 403
    assert signer.post(way).status_code == 303
    page = site.browser().get(address).text
    assert re.search(r"Buurtkracht</strong>.*?ingetrokken op", page, re.DOTALL)


def test_nobody_signs_with_a_version_that_they_did_not_read(site, house):
    address = sent_in(site, house)
    sent_in(site, house, text="Anders.")
    assert site.browser(house["signer"]).post(f"{address}/sign", signing(house, 1)).status_code == 409


def test_who_represents_nobody_else_is_told_so(site, house):
    address = sent_in(site, house)
    assert "geen andere organisatie" in site.browser(house["chair"]).get(f"{address}/sign").text
    assert site.browser(house["resident"]).get(f"{address}/sign").status_code == 403


# --- lists ---


def order_of(page):
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page)


@shows("R25")
def test_positions_are_ordered_by_name_day_or_theme_and_by_nothing_else(site, house):
    with site.writing():
        found = house["round"]
        for name, stance, weight in (("Anna", -2, 3), ("Bert", 2, 1), ("Carla", 2, 3)):
            a_position(found, an_organisation(name), told=a_text(found, {0: on(stance, weight)}))
        a_position(found, an_organisation("Dirk"), told=a_text(found, {1: on(1, 1)}))
    visitor = site.browser()
    for query, expected in (
        ("", ["Anna", "Bert", "Carla", "Dirk"]),
        ("?sort=name", ["Anna", "Bert", "Carla", "Dirk"]),
        ("?sort=newest", ["Dirk", "Carla", "Bert", "Anna"]),
        ("?sort=t1", ["Carla", "Bert", "Anna", "Dirk"]),
        ("?sort=t2", ["Dirk", "Anna", "Bert", "Carla"]),
    ):
        assert order_of(visitor.get(f"/rounds/wijk/positions{query}").text) == expected, query
    for query in ("?sort=id", "?sort=received_at", "?sort=t9", "?page=x", "?page=0"):
        assert visitor.get(f"/rounds/wijk/positions{query}").status_code == 400, query
    assert order_of(visitor.get("/rounds/wijk/positions?page=7").text) == ["Anna", "Bert", "Carla", "Dirk"]


def test_more_positions_than_a_page_holds_are_turned(site, house):
    with site.writing():
        found = house["round"]
        for n in range(27):
            a_position(found, an_organisation(f"Vereniging {n:02}"))
    visitor = site.browser()
    assert len(order_of(visitor.get("/rounds/wijk/positions").text)) == 25
    assert order_of(visitor.get("/rounds/wijk/positions?page=2").text) == ["Vereniging 25", "Vereniging 26"]


def test_a_member_comes_from_the_list_to_what_they_write(site, house):
    page = site.browser(house["member"]).get("/rounds/wijk/positions").text
    assert f'href="{WRITE}"' in page
    assert "nog niets geschreven" in page
    assert WRITE not in site.browser(house["resident"]).get("/rounds/wijk/positions").text


def test_the_page_of_an_organisation_tells_what_it_holds_and_with_whom_it_signs(site, house):
    with site.writing():
        new = a_position(house["round"], house["body"], house["chair"])
        signed(new, house["round"], house["other"], house["signer"])
    visitor = site.browser()
    assert new.public_id in visitor.get("/organisations/groen").text
    assert new.public_id in visitor.get("/organisations/buurtkracht").text


# --- with moderators and those who sort ---


def test_moderators_meet_a_position_in_the_queue_at_coding_and_in_the_trace(site, house):
    address = sent_in(site, house)
    public_id, desk = address.rsplit("/", 1)[1], site.browser(house["moderator"])
    assert "Groen" in desk.get("/staff/rounds/wijk/queue?state=published&kind=position").text
    item = desk.get(f"/staff/rounds/wijk/queue/{public_id}").text
    assert f'href="{address}"' in item
    assert "/merge" not in item
    assert public_id in desk.get("/staff/rounds/wijk/coding").text
    coded = desk.post(f"/staff/rounds/wijk/coding/{public_id}/themes", {"themes": ["t1"]})
    assert coded.status_code == 303, coded.text
    weighed = desk.post(
        f"/staff/rounds/wijk/coding/{public_id}/outcome", {"kind": "partly", "reason": "Er komen bomen."}
    )
    assert weighed.status_code == 303, weighed.text
    with site.writing():
        outcome = session().scalars(select(Outcome)).one()
        outcome.signed_at = outcome.published_at = clock.now()  # as a second person does
    trace = site.browser().get(f"/rounds/wijk/contributions/{public_id}").text
    for said in ("standpunt", "Groen", "Er komen bomen.", address):
        assert said in trace
    why = {"ground": "unlawful", "reason": "Wij kijken er nog eens naar."}
    assert desk.post(f"/staff/rounds/wijk/queue/{public_id}/hold", why).status_code == 303
    assert site.browser().get(address).status_code == 404
    assert site.browser(house["member"]).get(address).status_code == 200
    with site.reading():
        assert get_position(the_platform(), house["round"].slug, public_id).contribution.state is State.HELD


def test_anyone_but_its_members_can_report_a_position(site, house):
    address = sent_in(site, house)
    public_id, resident = address.rsplit("/", 1)[1], site.browser(house["resident"])
    way = f"/rounds/wijk/contributions/{public_id}/report"
    assert f'href="{way}"' in resident.get(address).text
    assert way not in site.browser(house["member"]).get(address).text
    assert resident.get(way).status_code == 200
    typed = {"ground": "advertising", "words": "Dit is reclame voor een winkel.", "form_key": "r"}
    assert resident.post(way, typed).status_code == 303
    assert "reclame" in site.browser(house["moderator"]).get(f"/staff/rounds/wijk/queue/{public_id}").text
    assert site.browser().get(address).status_code == 200
