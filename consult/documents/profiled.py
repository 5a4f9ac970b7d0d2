"""What is taken along of role profiles: the text for a vacancy, and what a profile asks beside another one."""

from collections.abc import Sequence
from datetime import date

from consult.director.people.profiles.models import RoleProfile
from consult.director.people.profiles.rules import Change, Difference, Item, difference, read_competences, read_profile
from consult.documents.paper import Bullets, Document, Heading, Paragraph, Part, Table, cells, plain, said
from consult.foundation.language import gettext as _
from consult.foundation.language import local, locale
from consult.rounds.queries import find_authority


def vacancy(profile: RoleProfile) -> Document:
    """Return a text with which somebody is sought: every task and every level that is needed, and nobody's data."""
    told = read_profile(profile.content)
    known = {one.code: one for one in read_competences(profile.frame.competences)}
    levels = [
        cells(f"{code} {known[code].name}", str(level), known[code].at(level))
        for code, level in told.levels.items()
        if code in known
    ]
    head = (_("Competence"), _("Level"), _("What we see you do"))
    asked = Table(_("What you can do"), head, tuple(levels), figures=(1,), widths=(5, 2, 9))
    parts = [
        Part(_("Why we look for you"), tuple(said(told.purpose))),
        Part(_("What you do"), (Bullets(tuple(plain(task.text) for task in told.tasks)),)),
        Part(_("What you can do"), (Paragraph(plain(_("We look for these levels, from 1 to 4."))), asked)),
        Part(_("What you answer for"), (Bullets(tuple(plain(text) for text in told.answers_for.values())),)),
        Part(_("What you may decide"), tuple(said(told.mandate))),
    ]
    return _document(profile, _("Vacancy: %(title)s", title=profile.title), "", parts)


def compared(profile: RoleProfile, beside: RoleProfile) -> Document:
    """Return what a profile asks beside another: what is added, raised and unchanged."""
    names = {one.code: one.name for one in read_competences(profile.frame.competences)}
    found = difference(read_profile(beside.content), read_profile(profile.content), names)
    counted = [
        (_("Added"), str(found.count(Change.ADDED))),
        (_("Raised"), str(found.count(Change.RAISED))),
        (_("Unchanged"), str(found.count(Change.UNCHANGED))),
    ]
    title = _("What “%(title)s” asks more", title=profile.title)
    return _document(profile, title, _("Beside “%(title)s”", title=beside.title), _lists(found), counted)


def _lists(found: Difference) -> list[Part]:
    words = {Change.ADDED: _("Added"), Change.RAISED: _("Raised"), Change.UNCHANGED: _("Unchanged")}
    parts = []
    for name, items in found.groups:
        blocks: list[Heading | Bullets] = []
        for change, called in words.items():
            if of := [one for one in items if one.change is change]:
                blocks += [Heading(2, called), Bullets(tuple(plain(_item(one)) for one in of))]
        parts.append(Part(name, tuple(blocks)))
    return parts


def _item(item: Item) -> str:
    if item.change is Change.RAISED:
        return _("%(text)s: from level %(before)s to level %(level)s", **vars(item))
    return _("%(text)s: level %(level)s", **vars(item)) if item.level else item.text


def _document(
    profile: RoleProfile,
    title: str,
    subtitle: str,
    parts: Sequence[Part],
    facts: Sequence[tuple[str, str]] = (),
) -> Document:
    authority = find_authority()
    day = local(profile.published_at).date() if profile.published_at is not None else date.min
    return Document(
        title=title,
        subtitle=subtitle,
        authority=authority.name if authority is not None else "consult",
        language=locale(),
        day=day,
        version=str(profile.number),
        facts=((_("Version of the profile"), str(profile.number)), *facts),
        parts=tuple(parts),
        words={"contents": _("Contents"), "page": _("page {page} of {pages}")},
    )
