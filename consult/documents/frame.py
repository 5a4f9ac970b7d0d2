"""How documents and their files are shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from consult.documents import rules
from consult.documents.models import Ending, PaperFile, PaperKind, Step
from consult.documents.queries import Made, Paper
from consult.foundation.language import file_size, ngettext, short_day
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor, allows

WHAT = {
    PaperKind.SYNTHESIS: lambda: _("What people said per theme, and how that was weighed."),
    PaperKind.DRAFT: lambda: _("What we propose, and under each paragraph where it comes from."),
    PaperKind.NOTE: lambda: _("Our answer to every formal view on the draft."),
    PaperKind.PARTICIPATION: lambda: _("Who took part and how, and what was done with it."),
    PaperKind.COUNCIL: lambda: _("What the council is asked, with every document that belongs to it."),
}


def listing(
    papers: Sequence[Paper], files: Mapping[tuple[PaperKind, Ending], PaperFile], revision: int
) -> list[dict[str, Any]]:
    """Return the documents of a round, each with the formats in which it can be taken along."""
    return [
        {
            "paper": paper,
            "title": paper.kind.words,
            "what": WHAT[paper.kind](),
            "url": url_for("documents.one", slug=paper.round.slug, paper=paper.kind.value),
            "files": ways(paper, files, revision),
        }
        for paper in papers
    ]


def ways(paper: Paper, files: Mapping[tuple[PaperKind, Ending], PaperFile], revision: int) -> list[dict[str, Any]]:
    """Return the formats of one document: a file that is ready, or the way to one; nothing of what is not public."""
    if not paper.is_public and paper.kind is not PaperKind.COUNCIL:
        return []
    return [way(Made(paper, ending, files.get((paper.kind, ending)), revision)) for ending in Ending]


def way(made: Made) -> dict[str, Any]:
    """Return one format of a document."""
    here: dict[str, Any] = {"slug": made.paper.round.slug, "paper": made.paper.kind.value, "ending": made.ending.value}
    found = made.file
    told = {
        "ending": made.ending.words,
        "is_ready": made.is_ready,
        "url": url_for("documents.download" if made.is_ready else "documents.file_page", **here),
        "about": "",
    }
    if made.is_ready and found is not None and found.made_at is not None:
        told["about"] = f"{file_size(found.size)}, {short_day(found.made_at)}"
    return told


def making(made: Made, actor: Actor) -> dict[str, Any]:
    """Return how far the making of a file is; it is followed while a worker has it or it waits."""
    found = made.file
    # a file that is ready but of an older round is made anew first
    is_making = found is not None and not made.is_ready and found.step not in {Step.DONE, Step.FAILED}
    is_late = found is not None and found.step is Step.DONE and not made.is_ready
    return {
        "made": made,
        "file": found,
        "is_making": is_making or is_late,
        "has_failed": found is not None and found.step is Step.FAILED,
        "percent": rules.percent(found, actor.arrived_at) if found is not None else 0,
        "size": ngettext("%(num)s part", "%(num)s parts", found.size_told) if found and found.size_told else "",
        "may_make": allows(Act.MAKE_DOCUMENT, actor, made),
    }
