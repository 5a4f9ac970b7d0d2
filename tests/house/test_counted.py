"""How many statements each page sends: never more with more rows, and never more than its limit."""

import pytest

from consult.contributions.queries import get_contribution
from consult.rounds.queries import get_round
from tests.builders import the_platform
from tests.house import who
from tests.house.test_seen_static import path_of
from tests.house.test_who import Doors
from tests.pages.builders import counted, many_arguments, many_proposals
from tests.shows import shows
from tests.site import Browser, Site

FEW, MANY = 10, 5_000
MOST = 8  # statements of a page, naming the actor included; opening and ending the transaction are not counted
# Pages that show much at once may send more; the pages that everybody comes to may not.
MORE = {
    "pages.contribution": 15,  # its trace asks every room that it went through
    "synthesis.weigh_page": 19,  # one input with all that staff know, wrote and drafted about it
    "synthesis.paragraph_page": 14,  # what people brought in, thought of statements, and how votes came out
    "workbench.preview_page": 9,  # what would change, read from all that holds now
    "coding.double": 9,  # the sample, who has what to do, how well coders agree, and what differs
    "synthesis.draft_desk": 9,  # the whole draft and all that it still lacks
    "remarks.desk": 9,  # the list, its versions, and where each remark would stand in the version being written
    "remarks.work_page": 10,  # one remark with all about it, and the paragraph where it would stand
    "moderation.item": 13,  # one input with its versions, decisions, appeals, reports, signals and files
    "review.note": 9,  # a whole document: its term, formal views with points, and what changes
    "decisions.gate_page": 13,  # what is signed, what it lacks, who took part, who disagrees, all signatures, the map
    "pages.process_board": 11,  # what waits in every room, what is due, and whom it does not reach
    "field.map": 10,  # parties with what was thought of them now and before, relations, and how old it is
    "field.connections": 9,  # positions, offers and introductions
    "review.note_desk": 10,  # all that the note still lacks, and what changes by our own motion
    "documents.one": 12,  # a whole document, and the files that were made of it
    "documents.download": 12,  # whether the file still says what everybody may read
    "documents.file_page": 12,  # the same
    # an agreement comes with its versions and signatures, its reports with figures and measurements
    "accountability.agreement": 10,  # beside those its quality, goals, origin and what was told of its years
    "accountability.goal": 12,  # with parties, signatures and measurements, and the account of its agreements
    "accountability.round_account": 12,  # within the frame of the round, with the money of the round itself
    "accountability.round_account_csv": 10,
    "accountability.round_account_ods": 10,
    "accountability.role_page": 9,  # the same, to go on from
    "steering.report": 10,  # and evidence and comments
    "steering.file_page": 10,
    "steering.check_page": 10,
    "steering.reopen_page": 10,
    "goals.edit_page": 9,  # with all its versions and who takes part in each
    "actions.plan_page": 9,  # one input, what is done with it, and the agreements of its round
    "steering.step_page": 9,
    "polling.doubts": 11,  # of each poll where its ballots came from, what was decided, and whether it is final
    "notifications.outbox_item": 9,  # a message is written anew from what it tells of
}
ORDER = (
    "visitor",
    "resident",
    "author",
    "moderator",
    "director",
    "admin",
    "member",
    "representative",
    "contracts",
    "sponsor",
    "board",
    "coach",
)  # the first who may come in does


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


def counts(site: Site, world: who.World, doors: Doors) -> dict[str, int]:
    sent = {}
    for rule, method in doors.ways():
        if method != "GET":
            continue
        role = next(name for name in ORDER if doors.cell(rule, "open", name) == "ok")
        browser = Browser(site).as_(world.people[role])
        path = path_of(site, world, rule)
        browser.get(path)  # what is read once for good
        with counted(site.database) as statements:
            answer = browser.get(path)
        assert answer.status_code == 200, (rule.endpoint, role, answer.status_code)
        sent[rule.endpoint] = len(statements)
    return sent


@shows("R61")
def test_no_page_sends_more_with_more_rows(site: Site):
    with site.writing():
        world = who.a_world("open")
        fill(world, FEW)
    doors = Doors(site, world, {})
    few = counts(site, world, doors)
    with site.writing():
        fill(world, MANY)
    many = counts(site, world, doors)
    grown = [f"{name}: {few[name]} at {FEW}, {many[name]} at {MANY}" for name in few if many[name] > few[name]]
    assert not grown, "\n".join(grown)
    large = [f"{name}: {sent}" for name, sent in many.items() if sent > MORE.get(name, MOST)]
    assert not large, "\n".join(large)
    idle = [f"{name}: {many.get(name)}" for name in MORE if name not in many or many[name] < MORE[name]]
    assert not idle, f"these need less than MORE says: {', '.join(idle)}"


def fill(world: who.World, number: int) -> None:
    """So many more proposals in the round, and arguments under the one that is looked at."""
    found = get_round(the_platform(), world.url["slug"])
    many_proposals(found, number)
    proposal = get_contribution(the_platform(), found.slug, world.url["public_id"])
    many_arguments(found, [proposal], number // 10)
