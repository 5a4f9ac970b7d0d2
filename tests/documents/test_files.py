"""The files of documents: made at once or by the worker, and given while they say what everybody may read."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from consult.contributions.models import Contribution
from consult.documents import errands, rules
from consult.documents.models import Ending, PaperFile, PaperKind, Step
from consult.documents.queries import list_due, list_stored
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.files import Store
from consult.rounds.verbs import bump
from tests.builders import a_resident, an_authority, the_platform
from tests.documents.builders import inside
from tests.moderation.builders import taken_away
from tests.shows import shows
from tests.site import Site
from tests.synthesis.builders import a_contribution, a_desk, a_draft, published

MUST = "Zet hier een bankje neer"


@pytest.fixture
def house(site: Site, tmp_path):
    """A site of its own folder with a published draft that rests on one proposal."""
    site = Site(site.database, files_dir=str(tmp_path / "files"))
    with site.writing():
        an_authority()
        desk = a_desk()
        source = a_contribution(desk.round, MUST)
        published(desk, a_draft(desk, source))
        session().flush()
        return site, desk.round.slug, source.id, desk.round.id


def present(site: Site, ending: str = "pdf") -> PaperFile:
    with site.reading():
        wanted = select(PaperFile).where(PaperFile.ending == ending, PaperFile.outdated_at.is_(None))
        found = session().scalars(wanted).one()
        session().expunge(found)
        return found


def work(site: Site) -> int:
    store = Store(Path(site.settings.files_dir))
    return errands.keep_up(site.database, store, site.settings)


@shows("L28")
@pytest.mark.parametrize("ending", ["pdf", "odt"])
def test_a_short_document_is_there_at_once(house, ending):
    site, slug, _source, _round = house
    browser = site.browser()
    asked = browser.post(f"/rounds/{slug}/documents/draft/{ending}")
    assert asked.status_code == 303
    page = browser.get(asked.location)
    assert "Refresh" not in page.headers
    got = browser.get(f"/rounds/{slug}/documents/draft.{ending}")
    assert got.status_code == 200
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.data.startswith(b"%PDF" if ending == "pdf" else b"PK")
    assert present(site, ending).sha256 in page.text


def test_asking_twice_makes_one_file_of_the_same_bytes(house):
    site, slug, _source, _round = house
    browser = site.browser()
    browser.post(f"/rounds/{slug}/documents/draft/pdf")
    first = present(site)
    browser.post(f"/rounds/{slug}/documents/draft/pdf")
    assert (present(site).id, present(site).sha256) == (first.id, first.sha256)


def test_a_long_document_is_made_by_the_worker_and_its_page_follows_that(house, monkeypatch):
    site, slug, _source, _round = house
    monkeypatch.setattr(rules, "SMALL", 0)
    browser = site.browser()
    page = browser.get(browser.post(f"/rounds/{slug}/documents/draft/pdf").location)
    assert page.headers["Refresh"] == "3"
    assert browser.get(f"/rounds/{slug}/documents/draft.pdf").status_code == 303
    assert work(site) == 1
    ready = browser.get(f"/rounds/{slug}/documents/draft/pdf")
    assert "Refresh" not in ready.headers
    assert browser.get(f"/rounds/{slug}/documents/draft.pdf").data.startswith(b"%PDF")
    assert work(site) == 0


@shows("L28")
def test_what_became_hidden_is_in_no_file_any_more(house):
    site, slug, source_id, _round = house
    browser = site.browser()
    browser.post(f"/rounds/{slug}/documents/draft/odt")
    before = present(site, "odt")
    with site.writing():
        found = session().get_one(Contribution, source_id)
        taken_away(found, the_platform())
    assert browser.get(f"/rounds/{slug}/documents/draft.odt").status_code == 303  # from the moment itself
    assert MUST not in browser.get(f"/rounds/{slug}/documents/draft").text
    work(site)
    after = present(site, "odt")
    assert after.content_hash != before.content_hash
    with site.reading():
        assert set(list_stored()) == {after.stored_name}
        old = session().get_one(PaperFile, before.id)
        assert (old.stored_name, old.content_hash, old.sha256) == (None, before.content_hash, before.sha256)
    got = browser.get(f"/rounds/{slug}/documents/draft.odt").data
    assert MUST not in ZipFile(BytesIO(got)).read("content.xml").decode()


def test_a_change_that_does_not_touch_a_document_leaves_its_file(house):
    site, slug, _source, round_id = house
    browser = site.browser()
    browser.post(f"/rounds/{slug}/documents/draft/pdf")
    before = present(site)
    with site.writing():
        bump(round_id)
    assert browser.get(f"/rounds/{slug}/documents/draft.pdf").status_code == 200
    work(site)
    after = present(site)
    assert (after.id, after.made_at, after.stored_name) == (before.id, before.made_at, before.stored_name)
    assert browser.get(f"/rounds/{slug}/documents/draft.pdf").status_code == 200


def test_a_worker_that_died_is_not_waited_for_longer_than_its_lease(house, monkeypatch):
    site, slug, _source, _round = house
    monkeypatch.setattr(rules, "SMALL", 0)
    site.browser().post(f"/rounds/{slug}/documents/draft/pdf")
    with site.writing():
        found = session().scalars(select(PaperFile)).one()
        found.leased_until, found.step = clock.now() + rules.LEASE, Step.LAYING_OUT
    assert work(site) == 0
    with site.reading():
        assert list_due(clock.now() + rules.LEASE + timedelta(seconds=1)) == [found.id]


def test_a_document_that_cannot_be_laid_out_fails_alone_and_can_be_asked_for_again(house, monkeypatch):
    site, slug, _source, _round = house
    monkeypatch.setattr(rules, "SMALL", 0)
    browser = site.browser()
    browser.post(f"/rounds/{slug}/documents/draft/pdf")
    with monkeypatch.context() as broken:
        broken.setattr("consult.documents.pdf.TRIES", 0)
        assert work(site) == 1
    assert present(site).step is Step.FAILED
    assert work(site) == 0
    page = browser.get(f"/rounds/{slug}/documents/draft/pdf")
    assert "Refresh" not in page.headers
    browser.post(f"/rounds/{slug}/documents/draft/pdf")
    assert work(site) == 1
    assert present(site).step is Step.DONE


@pytest.mark.parametrize("path", ["synthesis-report", "response-note", "council-file", "nothing"])
def test_what_is_not_published_is_not_there(house, path):
    site, slug, _source, _round = house
    browser = site.browser()
    for address in (path, f"{path}/pdf", f"{path}.pdf"):
        assert browser.get(f"/rounds/{slug}/documents/{address}").status_code == 404
    assert browser.post(f"/rounds/{slug}/documents/{path}/pdf").status_code in {303, 404, 405}
    with site.reading():
        assert session().scalars(select(PaperFile)).all() == []


def test_no_format_but_these_two_is_there(house):
    site, slug, _source, _round = house
    assert site.browser().get(f"/rounds/{slug}/documents/draft.docx").status_code == 404
    assert {one.value for one in Ending} == {"pdf", "odt"}


def test_each_language_has_its_own_file(house):
    site, slug, _source, _round = house
    browser = site.browser()
    browser.post(f"/en/rounds/{slug}/documents/draft/pdf")
    assert present(site).language == "en"
    assert browser.get(f"/rounds/{slug}/documents/draft.pdf").status_code == 303
    assert "/Lang(en)" in inside(browser.get(f"/en/rounds/{slug}/documents/draft.pdf").data).replace(
        "/Lang (", "/Lang("
    )


def test_the_list_names_what_is_public_and_leads_there(house):
    site, slug, _source, _round = house
    page = site.browser().get(f"/rounds/{slug}/documents")
    assert f"/rounds/{slug}/documents/draft" in page.text
    assert "council-file" not in page.text
    assert PaperKind.NOTE.value not in page.text


def test_a_resident_of_a_round_in_preparation_sees_nothing(site: Site):
    with site.writing():
        desk = a_desk()
        published(desk, a_draft(desk, a_contribution(desk.round)))
        desk.round.state = "draft"
        slug, person = desk.round.slug, a_resident()
    assert site.browser(person).get(f"/rounds/{slug}/documents/draft").status_code == 404
