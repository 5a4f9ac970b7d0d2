import io
from pathlib import Path
from time import process_time

import docx
import pytest

from consult.foundation.errors import Conflict
from consult.foundation.text import plain, sanitize
from consult.opendata.documents import read
from consult.synthesis import releasing, verbs
from consult.synthesis.comparing import ChangeKind, compared
from consult.synthesis.drafts import find_newest, get_newest, get_paragraph, get_versions
from consult.synthesis.models import Draft, Paragraph
from consult.synthesis.outlines import enter_text, parts_of, written
from consult.synthesis.rewriting import Plan, planned, replace_text
from tests.builders import the_platform
from tests.synthesis.builders import Desk, a_contribution, a_desk, afresh, published

LICENCES = Path("/usr/share/common-licenses")
FIRST = """# 1. Groen en water

1.1 De gemeente zet bankjes bij de winkels en bij de vijver.

1.2 Langs elke straat komen bomen die schaduw geven in de zomer.

# 2. Verkeer

2.1 Woonstraten worden 30-zones, behalve de Dorpsstraat.

2.2 In de haven blijft plaats voor kleine boten.
"""
# the numbers shift by one, one paragraph moved, one changed, one is new and one went
SECOND = """# 1. Inleiding

1.1 Dit is de tweede versie van deze visie, na alle reacties.

# 2. Groen en water

2.1 De gemeente zet tien bankjes bij de winkels en bij de vijver.

# 3. Verkeer

3.1 Langs elke straat komen bomen die schaduw geven in de zomer.

3.2 Woonstraten worden 30-zones, behalve de Dorpsstraat.
"""


def entered(desk: Desk, text: str) -> Draft:
    enter_text(desk.round, "Visie", written(parts_of(text), sanitize), desk.writer)
    return newest(desk)


def newest(desk: Desk) -> Draft:
    afresh()
    found = find_newest(desk.round.id)
    assert found is not None
    return found


def replaced(desk: Desk, text: str) -> Plan:
    plan = planned(newest(desk), written(parts_of(text), sanitize))
    afresh()
    replace_text(get_newest(desk.writer, desk.round.slug), plan, desk.writer, seen=plan.seen)
    return plan


def said(draft: Draft) -> dict[str, Paragraph]:
    return {plain(one.html): one for section in draft.sections for one in section.paragraphs}


@pytest.mark.usefixtures("unit")
def test_paragraphs_that_are_nearly_the_same_keep_their_ids_and_their_sources():
    desk = a_desk()
    before = said(entered(desk, FIRST))
    by = {text[:3]: one for text, one in before.items()}
    source = a_contribution(desk.round)
    for name in ("1.1", "2.2"):
        verbs.cite(get_paragraph(desk.writer, desk.round.slug, by[name].id), desk.writer, contribution=source)
    plan = replaced(desk, SECOND)
    assert [len(row) for row in (plan.kept, plan.changed, plan.new, plan.gone)] == [0, 3, 1, 1]
    assert plan.sources_lost == 1
    after = {text[:3]: one for text, one in said(newest(desk)).items()}
    assert {name: one.stable_id for name, one in after.items() if name != "1.1"} == {
        "2.1": by["1.1"].stable_id,
        "3.1": by["1.2"].stable_id,
        "3.2": by["2.1"].stable_id,
    }
    assert after["1.1"].stable_id not in {one.stable_id for one in by.values()}
    assert [link.contribution_id for link in after["2.1"].sources] == [source.id]
    assert after["2.1"].version == by["1.1"].version + 1


@pytest.mark.usefixtures("unit")
def test_sections_come_in_the_order_of_the_text_and_empty_ones_go():
    desk = a_desk()
    entered(desk, "# Wonen\n\nEr komen woningen bij.\n\n# Dijk\n\nNiet bouwen bij de dijk.\n\n# Groen\n\nMeer bomen.\n")
    plan = replaced(desk, "# Groen\n\nMeer bomen.\n\nEr komen woningen bij.\n\n# Wonen\n\nNiet bouwen bij de dijk.\n")
    assert (len(plan.kept), len(plan.changed)) == (3, 0)
    found = newest(desk)
    assert [(s.position, s.title, [plain(p.html) for p in s.paragraphs]) for s in found.sections] == [
        (1, "Groen", ["Meer bomen.", "Er komen woningen bij."]),
        (2, "Wonen", ["Niet bouwen bij de dijk."]),
    ]
    assert {p.version for s in found.sections for p in s.paragraphs} == {1}


@pytest.mark.usefixtures("unit")
def test_the_same_text_again_changes_nothing():
    desk = a_desk()
    before = said(entered(desk, FIRST))
    plan = replaced(desk, FIRST)
    assert (len(plan.kept), plan.changed, plan.new, plan.gone) == (4, [], [], ())
    after = said(newest(desk))
    assert {t: (p.id, p.version) for t, p in after.items()} == {t: (p.id, p.version) for t, p in before.items()}


@pytest.mark.usefixtures("unit")
def test_nothing_is_replaced_that_somebody_changed_after_it_was_looked_at():
    desk = a_desk()
    draft = entered(desk, FIRST)
    plan = planned(draft, written(parts_of(SECOND), sanitize))
    one = get_paragraph(desk.writer, desk.round.slug, next(iter(said(draft).values())).id)
    verbs.edit_paragraph(one, desk.second, text="Anders.", html="<p>Anders.</p>", is_editorial=False, version=1)
    with pytest.raises(Conflict):
        replace_text(get_newest(desk.writer, desk.round.slug), plan, desk.writer, seen=plan.seen)
    fresh = planned(newest(desk), written(parts_of(SECOND), sanitize))
    with pytest.raises(Conflict):
        replace_text(get_newest(desk.writer, desk.round.slug), fresh, desk.writer, seen=plan.seen)


@pytest.mark.usefixtures("unit")
def test_a_published_version_is_never_replaced():
    desk = a_desk()
    draft = releasing.begin_draft(desk.round, "Visie", desk.writer)
    section = verbs.add_section(draft, "Groen", desk.writer)
    verbs.add_paragraph(section, desk.writer, text="Bomen.", html="<p>Bomen.</p>", is_editorial=True)
    published(desk, draft)
    plan = planned(newest(desk), written(parts_of(FIRST), sanitize))
    with pytest.raises(Conflict):
        replace_text(get_newest(desk.writer, desk.round.slug), plan, desk.writer, seen=plan.seen)


@pytest.mark.usefixtures("unit")
def test_a_word_document_is_matched_as_its_text_is():
    desk = a_desk()
    before = said(entered(desk, FIRST))
    document = docx.Document()
    document.add_heading("1. Groen en water", 1)
    document.add_paragraph("1.1 De gemeente zet bankjes bij alle winkels en bij de vijver.")
    made = io.BytesIO()
    document.save(made)
    plan = planned(newest(desk), written(parts_of(read("visie.docx", made.getvalue()).text), sanitize))
    [one] = plan.changed
    assert one.was is not None
    assert one.was.stable_id == next(p for text, p in before.items() if text.startswith("1.1")).stable_id
    assert len(plan.gone) == 3


def licence(name: str) -> str:
    return read(f"{name}.txt", (LICENCES / name).read_bytes()).text


@pytest.mark.skipif(not (LICENCES / "GPL-3").exists(), reason="only Debian installs the texts of licences here")
@pytest.mark.usefixtures("unit")
def test_two_versions_of_a_real_licence_follow_each_other_and_are_compared():
    desk = a_desk()
    first = entered(desk, licence("GPL-2"))
    for one in said(first).values():
        one.is_editorial = True
    published(desk, first)
    was = {one.stable_id for one in said(newest(desk)).values()}
    releasing.begin_next_version(newest(desk), desk.writer)
    plan = replaced(desk, licence("GPL-3"))
    assert len(plan.kept) + len(plan.changed) >= 15
    assert len(plan.new) > len(plan.changed)
    told = " ".join(" ".join(said(newest(desk))).split())
    wanted = " ".join(plain(sanitize(p)) for part in parts_of(licence("GPL-3")) for p in part.paragraphs)
    assert "".join(told.split()) == "".join(wanted.split())
    began = process_time()
    pair = get_versions(the_platform(), desk.round.slug, 1, 2)
    changes = compared(pair.older, pair.newer)
    assert process_time() - began < 5
    kinds = {kind: [one for one in changes if one.kind is kind] for kind in ChangeKind}
    assert len(kinds[ChangeKind.SAME]) == len(plan.kept)
    assert len(kinds[ChangeKind.CHANGED]) == len(plan.changed)
    assert {one.stable_id for one in kinds[ChangeKind.CHANGED]} <= was
    copies = next(
        one for one in kinds[ChangeKind.CHANGED] if "Everyone is permitted" in "".join(w for _k, w in one.now)
    )
    assert "51 Franklin Street" in "".join(words for _kind, words in copies.was)
    assert "51 Franklin Street" not in "".join(words for _kind, words in copies.now)
