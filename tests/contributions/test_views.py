import re
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import func, select

from consult.contributions.attaching import note_check
from consult.contributions.models import Attachment, Contribution, State
from consult.contributions.queries import list_files_of
from consult.foundation import clock, files
from consult.foundation.db import session
from consult.foundation.files import LARGEST, TEXTS, Store, Upload
from consult.participants.models import Person
from consult.policy import Duty
from tests.builders import a_member_of_staff, a_resident, a_round, an_authority, appoint, the_platform
from tests.contributions.builders import a_contribution, an_attachment, the_store
from tests.foundation.papers import PDF, docx, photo, picture
from tests.shows import shows
from tests.site import Browser, Site

HANDLE = re.compile(r'name="files" value="([0-9a-f-]{36})" checked')


class Place:
    """A round, somebody who wrote a proposal in it, and where their files are."""

    def __init__(self, site: Site, *, state: State = State.PUBLISHED) -> None:
        self.site = site
        with site.writing():
            an_authority()
            self.round, self.author = a_round(), a_resident()
            self.proposal = a_contribution(self.round, self.author, state=state)
        self.slug, self.new = self.round.slug, f"/rounds/{self.round.slug}/proposals/new"
        self.files = f"/rounds/{self.slug}/contributions/{self.proposal.public_id}/files"

    def attached(self, *arguments: object, **more: object) -> str:
        with self.site.writing():
            self.one = an_attachment(self.again(), *arguments, **more)  # type: ignore[arg-type]
        return f"{self.files}/{self.one.id}"

    def again(self) -> Contribution:
        """The proposal as it is in the open unit."""
        return session().get_one(Contribution, self.proposal.id)

    def moderator(self) -> Person:
        with self.site.writing():
            person = a_member_of_staff()
            appoint(self.round, person, Duty.MODERATOR)
        return person

    def kept(self) -> list[Attachment]:
        with self.site.reading():
            return list_files_of(self.proposal.id)

    def count(self, table: type = Attachment) -> int:
        with self.site.reading():
            return session().scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def place(site: Site) -> Place:
    return Place(site)


def sent(*named: tuple[bytes, str], **typed: object) -> dict[str, object]:
    return {"files": [(BytesIO(content), name) for content, name in named], **typed}


def a_form(key: str = "k1", **more: object) -> dict[str, object]:
    return {"title": "Bankjes", "text": "Zet een bankje bij de vijver.", "form_key": key, **more}


def test_a_proposal_comes_in_with_its_files(place):
    browser = place.site.browser(place.author)
    told = sent((PDF, "plan.pdf"), (photo(6), "vijver.jpg"), **a_form(), **{"files-alt": "De vijver"})
    answer = browser.post(place.new, told)
    assert answer.status_code == 303, answer.text
    with place.site.reading():
        found = session().scalars(select(Attachment).order_by(Attachment.position)).all()
    assert [(one.name, one.alt, one.media_type) for one in found] == [
        ("plan.pdf", "", "application/pdf"),
        ("vijver.jpg", "De vijver", "image/jpeg"),
    ]
    assert place.count(Upload) == 0


def test_a_form_that_comes_back_still_has_its_files_and_asks_for_words_for_each_picture(place):
    browser = place.site.browser(place.author)
    told = sent((PDF, "plan.pdf"), (picture(), "a.png"), (photo(), "b.jpg"), **a_form(title=""))
    again = browser.post(place.new, told)
    assert again.status_code == 422
    handles = HANDLE.findall(again.text)
    assert len(handles) == 3
    assert again.text.count("a.png") > 1
    typed = {f"files-alt-{handles[1]}": "Een plattegrond", f"files-alt-{handles[2]}": ""}
    once_more = browser.post(place.new, a_form(files=handles, **typed))
    assert once_more.status_code == 422
    assert HANDLE.findall(once_more.text) == handles, "in the same order"
    assert 'value="Een plattegrond"' in once_more.text
    assert f'<a href="#files-alt-{handles[2]}">' in once_more.text
    assert f'<a href="#files-alt-{handles[1]}">' not in once_more.text
    typed[f"files-alt-{handles[2]}"] = "Een bankje"
    assert browser.post(place.new, a_form(files=handles[1:], **typed)).status_code == 303
    with place.site.reading():
        found = session().scalars(select(Attachment).order_by(Attachment.position)).all()
    assert [(one.name, one.alt) for one in found] == [("a.png", "Een plattegrond"), ("b.jpg", "Een bankje")]
    assert place.count(Upload) == 1, "what was not ticked any more waits to be swept"


def test_a_bad_file_is_told_by_name_beside_the_good_one_that_was_kept(place):
    browser = place.site.browser(place.author)
    again = browser.post(place.files, sent((PDF, "plan.pdf"), (b"MZ", "<b>virus.exe"), (b"", "leeg.pdf"), form_key="k"))
    assert again.status_code == 422
    assert len(HANDLE.findall(again.text)) == 1
    assert "&lt;b&gt;virus.exe: " in again.text
    assert "leeg.pdf: " in again.text
    assert "<b>virus" not in again.text


@shows("R68")
def test_a_form_that_is_sent_twice_adds_its_files_once(place):
    browser = place.site.browser(place.author)
    for _ in range(2):
        assert browser.post(place.files, sent((PDF, "plan.pdf"), form_key="same")).status_code == 303
    for _ in range(2):  # another form, the same file: it is there already
        assert browser.post(place.files, sent((PDF, "plan.pdf"), form_key="other")).status_code == 303
    edit = f"/rounds/{place.slug}/proposals/{place.proposal.public_id}/edit"
    for _ in range(2):
        told = sent((docx(), "brief.docx"), title="Nieuw", text="Nieuwe tekst.", version="1")
        browser.post(edit, told)
    assert [one.name for one in place.kept()] == ["plan.pdf", "brief.docx"]


@shows("R52")
def test_more_than_five_files_are_refused_and_the_five_are_kept(place):
    browser = place.site.browser(place.author)
    again = browser.post(place.files, sent(*[(PDF, f"{n}.pdf") for n in range(6)], form_key="k"))
    assert again.status_code == 422
    assert len(HANDLE.findall(again.text)) == 5
    more = browser.post(place.files, sent((PDF + b"\n", "6.pdf"), form_key="k") | {"files": HANDLE.findall(again.text)})
    assert more.status_code == 303
    assert len(place.kept()) == 1, "six times the same file is one file"


def test_somebody_elses_file_cannot_be_claimed_with_its_handle(place):
    first = place.site.browser(place.author)
    handles = HANDLE.findall(first.post(place.new, sent((PDF, "plan.pdf"), **a_form(title=""))).text)
    with place.site.writing():
        other = a_resident()
    answer = place.site.browser(other).post(place.new, a_form(files=handles))
    assert answer.status_code == 422
    assert "plan.pdf" not in answer.text
    assert place.count() == 0


def test_a_file_whose_hour_is_over_is_asked_for_again(place):
    browser = place.site.browser(place.author)
    handles = HANDLE.findall(browser.post(place.new, sent((PDF, "plan.pdf"), **a_form(title=""))).text)
    with place.site.writing():
        waiting = session().scalars(select(Upload)).one()
        waiting.taken_at = clock.now() - 2 * files.WAITS
    answer = browser.post(place.new, a_form(files=handles))
    assert answer.status_code == 422
    assert HANDLE.findall(answer.text) == []
    assert "Bankjes" in answer.text


def test_a_visitor_keeps_the_text_and_is_told_which_files_to_choose_again(place):
    visitor = place.site.browser()
    answer = visitor.post(place.new, sent((PDF, "plan & één.pdf"), **a_form()))
    assert answer.status_code == 303
    assert answer.location.startswith("/login")
    assert place.count(Upload) == 0
    assert not any(path.is_file() for path in Path(place.site.settings.files_dir).glob("coming/*"))
    target = re.search(r"kept%3D([\w-]+)", answer.location)
    assert target
    page = visitor.as_(place.author).get(f"{place.new}?kept={target.group(1)}")
    assert "Zet een bankje bij de vijver." in page.text
    assert "plan &amp; één.pdf" in page.text


def test_who_may_not_do_it_leaves_no_file_behind(place):
    moderator = place.site.browser(place.moderator())
    before = sum(1 for _ in the_store().standing())
    assert moderator.post(place.new, sent((PDF, "plan.pdf"), **a_form())).status_code == 403
    assert moderator.post(place.files, sent((PDF, "plan.pdf"), form_key="k")).status_code == 403
    assert sum(1 for _ in the_store().standing()) == before
    assert place.count(Upload) == 0


def test_a_forged_form_leaves_no_file_behind(place):
    browser = place.site.browser(place.author)
    told = sent((PDF, "plan.pdf"), csrf_token="0.0", form_key="k")
    assert browser.post(place.files, told).status_code == 403
    assert place.count(Upload) == 0


@shows("R54")
def test_what_is_given_back_can_do_nothing_in_a_browser(place):
    url = place.attached('een "plan".pdf', PDF)
    answer = place.site.browser().get(url)
    assert answer.status_code == 200
    assert answer.data == PDF
    told = answer.headers
    assert told["Content-Type"] == "application/pdf"
    assert (
        told["Content-Disposition"] == "attachment; filename=\"een _plan_.pdf\"; filename*=UTF-8''een%20%22plan%22.pdf"
    )
    assert told["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in told


@shows("R54")
def test_a_picture_may_be_drawn_in_a_page_and_is_just_as_harmless(place):
    answer = place.site.browser().get(place.attached("foto.png", picture(), alt="De vijver"))
    assert answer.headers["Content-Disposition"].startswith("inline; ")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    page = place.site.browser().get(place.files)
    assert f'<img src="{place.files}/{place.one.id}" alt="De vijver"' in page.text


@shows("R54")
def test_a_copy_is_kept_only_of_what_anybody_may_have(place):
    url = place.attached()
    public = place.site.browser().get(url)
    assert public.headers["Cache-Control"] == "public, no-cache"
    same = place.site.browser().get(url, headers={"If-None-Match": public.headers["ETag"]})
    assert same.status_code == 304
    assert place.site.browser(place.author).get(url).headers["Cache-Control"] == "private, no-store"


@shows("R54")
@pytest.mark.parametrize("state", [State.HELD, State.REFUSED, State.WITHDRAWN])
def test_a_link_to_the_file_of_what_is_not_public_is_worth_nothing_without_a_session(site, state):
    place = Place(site, state=state)
    url = place.attached()
    absent = site.browser().get(url[:-12] + "0" * 12)
    with site.writing():
        stranger = a_resident()
    for browser in (site.browser(), site.browser(stranger)):
        answer = browser.get(url)
        assert answer.status_code == 404
        assert re.sub(r"\s|<link[^>]*>|href=\S*", "", answer.text).count("plan.pdf") == 0
    assert absent.status_code == 404
    own = site.browser(place.author).get(url)
    assert (own.status_code, own.headers["Cache-Control"]) == (200, "private, no-store")


@shows("R54")
def test_a_scan_is_served_to_those_who_serve_the_round_alone(place):
    url = place.attached(is_public=False)
    assert place.site.browser(place.moderator()).get(url).status_code == 200
    for browser in (place.site.browser(), place.site.browser(place.author)):
        assert browser.get(url).status_code == 404
        assert browser.get(f"{url}/about").status_code == 404


def test_a_moderator_takes_a_file_off_with_a_reason_and_its_author_reads_it(place):
    url = place.attached()
    moderator, author = place.site.browser(place.moderator()), place.site.browser(place.author)
    again = moderator.post(f"{url}/hide", {"why": " "})
    assert again.status_code == 422
    assert moderator.post(f"{url}/hide", {"why": "Er staat een kenteken op."}).status_code == 303
    assert place.site.browser().get(url).status_code == 404
    assert "kenteken" not in place.site.browser().get(place.files).text
    assert "Er staat een kenteken op." in author.get(place.files).text
    assert author.get(url).status_code == 200
    assert moderator.post(f"{url}/show").status_code == 303
    assert place.site.browser().get(url).status_code == 200


def test_an_author_mends_the_words_for_a_picture_and_removes_a_file(place):
    url = place.attached("foto.png", picture(), alt="Een vijver")
    author = place.site.browser(place.author)
    assert author.post(f"{url}/describe", {"alt": ""}).status_code == 422
    assert author.post(f"{url}/describe", {"alt": "De vijver van noord"}).status_code == 303
    assert 'alt="De vijver van noord"' in author.get(place.files).text
    assert author.post(f"{url}/remove").status_code == 303
    assert author.get(url).status_code == 404
    assert place.kept() == []


@shows("R55")
def test_a_file_that_waits_for_the_scanner_is_given_to_nobody_yet(place):
    with place.site.writing():
        store = Store(the_store().folder, "tcp://127.0.0.1:1")
        incoming = store.take("plan.pdf", BytesIO(PDF))
        place.one = one = an_attachment(place.again(), incoming=incoming)
    url = f"{place.files}/{one.id}"
    author = place.site.browser(place.author)
    for browser in (place.site.browser(), author):
        assert browser.get(url).status_code == 404
    assert "plan.pdf" in author.get(place.files).text
    assert "plan.pdf" not in place.site.browser().get(place.files).text
    with place.site.writing():
        found = session().get_one(Attachment, one.id)
        found.contribution = place.again()
        note_check(found, the_platform(), is_clean=False)
    assert author.get(url).status_code == 404
    assert "virus" in author.get(place.files).text


@shows("R56")
@pytest.mark.parametrize(
    "name",
    ["../../plan.pdf", "a\r\nSet-Cookie: x=y.pdf", '"><script>alert(1)</script>.pdf', "\u202eplan.pdf", "CON.pdf"],
)
def test_no_name_breaks_out_of_the_header_or_the_page(place, name):
    url = place.attached(name, PDF)
    for browser in (place.site.browser(), place.site.browser(place.author)):
        answer, page = browser.get(url), browser.get(place.files)
        assert answer.status_code == page.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Content-Disposition"].isprintable()
        assert "<script>alert" not in page.text
        assert "\u202e" not in page.text


@shows("R58")
def test_a_body_may_be_64_kb_where_no_files_come_and_12_mb_where_they_do(place):
    browser = place.site.browser(place.author)
    argue = f"/rounds/{place.slug}/proposals/{place.proposal.public_id}/arguments"
    large = browser.post(argue, {"stance": "for", "text": "a" * 70_000})
    assert large.status_code == 413
    assert "64 kB" in large.text
    fitting = browser.post(place.new, sent((PDF[:-6] + b" " * (LARGEST - len(PDF)) + b"%%EOF\n", "a.pdf"), **a_form()))
    assert fitting.status_code == 303
    too_much = browser.post(place.new, sent((PDF, "a.pdf"), (b"x" * 12 * 1024 * 1024, "b.pdf"), **a_form("k2")))
    assert too_much.status_code == 413
    assert "12 MB" in too_much.text
    words = browser.post(place.new, sent((PDF, "a.pdf"), **a_form("k3", text="a" * (TEXTS + 1))))
    assert words.status_code == 413
    parts = browser.post(place.new, sent(*[(PDF, f"{n}.pdf") for n in range(201)], **a_form("k4")))
    assert parts.status_code == 413


@shows("R58")
def test_the_page_for_what_is_too_large_speaks_the_readers_language(place):
    browser = place.site.browser(place.author)
    answer = browser.post(f"/en{place.new}", sent((b"x" * 13_000_000, "b.pdf"), **a_form()))
    assert answer.status_code == 413
    assert "Each file may be 10 MB" in answer.text


def test_a_round_that_is_over_takes_no_files_and_keeps_nothing_waiting_for_ever(place):
    with place.site.writing():
        place.again().state = State.WITHDRAWN
    browser: Browser = place.site.browser(place.author)
    assert browser.post(place.files, sent((PDF, "plan.pdf"), form_key="k")).status_code == 403
    assert place.count() == 0
