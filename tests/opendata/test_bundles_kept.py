"""The bundle of a poll as the worker makes it and the page hands it over."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

from sqlalchemy import delete, func, select, update

from consult.audit.models import Entry
from consult.audit.queries import count_leaves, find_checkpoint
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.files import Store
from consult.opendata.checking import check
from consult.opendata.errands import write_whole
from consult.opendata.models import Bundle
from consult.opendata.queries import find_bundles
from consult.policy import Act
from consult.rounds.queries import get_round
from consult.rounds.verbs import bump
from consult.voting.closing import find_closing
from consult.voting.methods import decide
from consult.voting.models import (
    ComputedOutcome,
    Mark,
    Method,
    Poll,
)
from consult.working import work_once
from tests.builders import the_platform
from tests.opendata.bundled import MANY, voted


def test_the_worker_makes_the_file_of_a_poll_that_ended_and_the_page_hands_it_over(site, tmp_path):
    with site.writing():
        poll = voted(Method.RANKING)
        slug, ends = poll.round.slug, poll.phase.closes_at + timedelta(minutes=2)
    changed = replace(site.settings, files_dir=str(tmp_path / "files"))
    browser = site.browser()
    address = f"/rounds/{slug}/polls/{poll.id}/bundle.zip"
    with clock.set_to(ends):
        assert browser.get(address).status_code == 404
        work_once(site.database, changed)
        work_once(site.database, changed)
        page = browser.get(f"/rounds/{slug}/results").text
        assert address in page
        with site.reading():
            (made,) = find_bundles([poll.id]).values()
            assert find_checkpoint().size == count_leaves()
        known = site.app.extensions["consult"]
        site.app.extensions["consult"] = replace(known, files=Store(tmp_path / "files"))
        answer = browser.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "application/zip")
        assert answer.headers["ETag"].strip('"') == made.sha256
        assert browser.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
        (tmp_path / "bundle.zip").write_bytes(answer.data)
        report = check(tmp_path / "bundle.zip")
        assert f"{MANY - 1} ballots count to this outcome" in " ".join(report.checked)
        assert list(Store(tmp_path / "files").verify({made.stored_name: made.sha256})) == []
        with site.writing():
            bump(poll.round_id)
        work_once(site.database, changed)
        assert made_of(site, poll) == (made.stored_name, 1)  # something else changed, so it still holds
        with site.writing():
            session().execute(update(Mark).where(Mark.counter == 2).values(value=None))
            session().execute(delete(ComputedOutcome))
            bump(poll.round_id)
        work_once(site.database, changed)
        assert made_of(site, poll)[0] != made.stored_name
        assert made_of(site, poll)[1] == 2  # another outcome is written down, and has a file of its own


def worked(site, tmp_path, *polls):
    """Let the worker close polls and make what files it can, and return the address of each."""
    with clock.set_to(polls[0].phase.closes_at + timedelta(minutes=2)):
        work_once(site.database, replace(site.settings, files_dir=str(tmp_path / "files")))
        work_once(site.database, replace(site.settings, files_dir=str(tmp_path / "files")))
    return [f"/rounds/{poll.round.slug}/polls/{poll.id}/bundle.zip" for poll in polls]


def test_no_file_of_answers_to_statements_goes_out_for_the_pages_hide_small_numbers(site, tmp_path):
    with site.writing():
        poll = voted(Method.STATEMENTS)
        other = voted(Method.APPROVAL, found=poll.round)
    hidden, _offered = worked(site, tmp_path, poll, other)
    assert site.browser().get(hidden).status_code == 404
    with site.reading():
        assert find_bundles([poll.id, other.id]).keys() == {other.id}
        assert write_whole(get_round(the_platform(), poll.round.slug), BytesIO()) == 1
        assert find_closing(poll.id) is not None  # what came of it stands in the journal all the same
    with site.writing():
        told = {"stored_name": "x", "size": 1, "sha256": "x", "made_at": clock.now(), "revision": 0}
        session().add(Bundle(poll_id=poll.id, entry_position=find_closing(poll.id)[0].position, **told))
    assert hidden not in site.browser().get(f"/rounds/{poll.round.slug}/results").text  # nor one that was made before
    assert site.browser().get(hidden).status_code == 404


def test_rules_that_were_sealed_are_not_sealed_again_as_others(site, tmp_path, caplog):
    with site.writing():
        poll = voted(Method.APPROVAL)
    worked(site, tmp_path, poll)
    before = made_of(site, poll)
    with site.writing():
        changed = session().get_one(Poll, poll.id)
        changed.parameters = {**changed.parameters, "seats": 3}
        bump(poll.round_id)
    worked(site, tmp_path, poll)
    assert made_of(site, poll) == before
    assert f"the rules of poll {poll.id} are not those that were sealed" in caplog.text


def test_a_poll_that_cannot_be_computed_keeps_no_other_one_without_its_file(site, tmp_path, monkeypatch):
    with site.writing():
        poll = voted(Method.APPROVAL)
        bad = voted(Method.RANKING, found=poll.round)

    def decided(method, *told):
        if method is Method.RANKING:
            raise ValueError("no rule")
        return decide(method, *told)

    monkeypatch.setattr("consult.working.decide", decided)
    monkeypatch.setattr("consult.voting.results.decide", decided)
    worked(site, tmp_path, poll, bad)
    with site.reading():
        assert find_bundles([poll.id, bad.id]).keys() == {poll.id}


def made_of(site, poll):
    with site.reading():
        closings = select(func.count(Entry.position)).where(Entry.act == Act.CLOSE_POLL.value)
        return find_bundles([poll.id])[poll.id].stored_name, session().scalar(closings)
