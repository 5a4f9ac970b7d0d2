"""What web processes compute of a landscape, in plain Python: the next statement, and where one person stands."""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from consult.foundation.language import N_, Worded, ngettext
from consult.foundation.language import gettext as _
from consult.rounds.models import Theme
from consult.voting.models import Poll
from consult.voting.rules import FEWEST

Key = TypeVar("Key")

NEW = ((1 - 1 / 2) * (1 / 2) * (1 + 8)) ** 2  # the priority of a statement on which nobody voted yet
ROUGHLY = 20  # people of a group, of whom can be told roughly what they answered
ADDED_A_DAY = 10  # statements by one person
LONGEST = 160  # characters of a statement
LEAST_HELD = 3  # statements of which an organisation holds something, before it is put on the map
MOST_AT_ONCE = 200  # statements that are put to people in one go


def drawn(seed: str, weights: Sequence[tuple[Key, float]]) -> Key | None:
    """Draw one by weight; the same seed over the same weights draws the same, so a page looks alike when read again."""
    total = math.fsum(weight for _key, weight in weights)
    if not weights:
        return None
    reach = random.Random(seed).random() * total  # noqa: S311  an order, no secret
    for key, weight in weights:
        reach -= weight
        if reach < 0:
            return key
    return weights[-1][0]


def shows_now(poll: Poll) -> bool:
    """Say whether opinions may be shown: once the poll was closed for good, or before where the round says so."""
    if not poll.round.is_public:
        return False
    return poll.phase.closed_at is not None or shows_interim(poll)


def shows_interim(poll: Poll) -> bool:
    """Say whether opinions are shown while people still answer."""
    return bool(poll.parameters.get("shows_interim"))


def guarded_in(groups: Sequence[int], whole: int) -> tuple[frozenset[int], frozenset[int]]:
    """Return the places of the groups of which nothing, and of which only about what, is told of one statement.

    Given is how many of each group, and of all, answered it. Nothing of fewer than five people. Where those together
    with who is in no group are fewer than five, the rest would tell what they think by subtraction: then the smallest
    other group is told roughly, or, where fewer than twenty of it answered, not at all and the next one is looked at.
    """
    order = sorted(range(len(groups)), key=lambda place: (groups[place], place))
    hidden = [place for place in order if groups[place] < FEWEST]
    kept_back = whole - sum(groups) + sum(groups[place] for place in hidden)
    for place in order[len(hidden) :]:
        if kept_back == 0 or kept_back >= FEWEST:
            break
        if groups[place] >= ROUGHLY:
            return frozenset(hidden), frozenset([place])
        hidden.append(place)
        kept_back += groups[place]
    return frozenset(hidden), frozenset()


def answers_in(told: Mapping[str, Any]) -> int:
    """Count the answers to statements of which the number is told; those of the others would follow from the sum."""
    return sum(seen for of in told["statements"].values() if (seen := sum(of["counts"])) >= FEWEST)


def about(counts: Sequence[int]) -> list[int]:
    """Return the shares that agree, pass and disagree in hundredths, and the number, so roughly that none is known."""
    seen = sum(counts)
    step = 10 if seen < 100 else 5
    agree, disagree = (step * round(100 * count / seen / step) for count in (counts[0], counts[2]))
    return [agree, max(0, 100 - agree - disagree), disagree, 10 * round(seen / 10)]


def result_of(told: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return what is told of one statement: [agree, pass, disagree] of everybody and of each group, None where hidden.

    `about` stands in the place of counts that are only told roughly. `shared` and `gap` are those of
    `statements.shared` and `statements.gap`; without groups there are none. `agreed` is how groups stand to it.
    """
    of = told["statements"][key]
    whole = sum(of["counts"])
    hidden, roughly = guarded_in([sum(counts) for counts in of["groups"]], whole)
    return {
        "all": of["counts"] if whole >= FEWEST else None,
        "groups": [
            {
                "label": group["label"],
                "counts": None if place in hidden | roughly else counts,
                "about": about(counts) if place in roughly else None,
            }
            for place, (group, counts) in enumerate(zip(told["groups"], of["groups"], strict=True))
        ],
        "shared": of["shared"],
        "gap": of["gap"],
        "agreed": agreed(told, key).value,
    }


class Agreed(Worded):
    """How groups stand to one statement; what is shared first."""

    WANTED = "wanted", N_("most people in every group agree")
    UNWANTED = "unwanted", N_("most people in every group disagree")
    DIVIDES = "divides", N_("groups differ")
    MIXED = "mixed", N_("neither shared nor dividing")
    FEW = "few", N_("too few answers to say")
    MOST_AGREE = "most_agree", N_("most people agree; there are no stable groups")
    MOST_DISAGREE = "most_disagree", N_("most people disagree; there are no stable groups")
    NO_MOST = "no_most", N_("no majority; there are no stable groups")


def agreed(told: Mapping[str, Any], key: str) -> Agreed:
    """Say how groups stand to one statement, by the thresholds of the landscape (Jigsaw, sensemaking-tools).

    Shares are (n + 1) / (votes + 2). It takes twenty votes, and five in each group before all groups are told of.
    """
    of, least = told["statements"][key], told["parameters"]
    counts, groups = of["counts"], of["groups"]
    if sum(counts) < least["needed_votes"] or any(sum(group) < FEWEST for group in groups):
        return Agreed.FEW
    if not groups:
        most = [(counts[at] + 1) / (sum(counts) + 2) > 1 / 2 for at in (0, 2)]
        return Agreed.MOST_AGREE if most[0] else Agreed.MOST_DISAGREE if most[1] else Agreed.NO_MOST
    agree, disagree = ([(group[at] + 1) / (sum(group) + 2) for group in groups] for at in (0, 2))
    if min(agree) >= least["shared"]:
        return Agreed.WANTED
    if min(disagree) >= least["shared"]:
        return Agreed.UNWANTED
    return Agreed.DIVIDES if max(agree) - min(agree) >= least["gap"] else Agreed.MIXED


def words_of(result: Mapping[str, Any]) -> str:
    """Say in a line what came of a statement: how groups stand to it, and who agrees."""
    told = [Agreed(result["agreed"]).words]
    told += [_of_group(one) for one in result["groups"]]
    whole = result["all"]
    if whole is not None:
        words = ngettext(
            "all together %(share)s%% of %(num)s answer",
            "all together %(share)s%% of %(num)s answers",
            sum(whole),
            share=_share(whole),
        )
        told.append(words)
    return "; ".join(told)


def _of_group(one: Mapping[str, Any]) -> str:
    name = letter(one["label"])
    if one["counts"] is not None:
        return _("%(letter)s %(share)s%% agree", letter=name, share=_share(one["counts"]))
    if one["about"] is not None:
        return _("%(letter)s about %(share)s%% agree", letter=name, share=one["about"][0])
    return _("%(letter)s too few", letter=name)


def _share(counts: Sequence[int]) -> int:
    return round(100 * counts[0] / max(sum(counts), 1))


def place_of(told: Mapping[str, Any], marks: Mapping[str, int]) -> tuple[list[float], int | None] | None:
    """Return where somebody with these votes stands on the axes, and the label of the nearest group.

    p = √(S / n) · Σ (x_j - m_j) c_j, as for all others (`axes.project`). None before they voted on a statement that
    counts; no label before they voted on as much as whoever is grouped.
    """
    axes = told["axes"]
    own = {key: value for key, value in marks.items() if key in axes}
    if not own:
        return None
    refused = told["refused"]
    reach = math.sqrt((len(axes) + refused) / (len(own) + refused))
    depth = max(2, told["depth"])
    where = [reach * math.fsum((v - axes[key][0]) * axes[key][1 + d] for key, v in own.items()) for d in range(depth)]
    if not told["groups"] or len(marks) < min(told["least_votes"], len(axes) + refused):
        return where, None
    return where, nearest(told, where)


def nearest(told: Mapping[str, Any], where: Sequence[float]) -> int:
    """Return the label of the group whose middle is nearest to a place."""
    found = min(told["groups"], key=lambda group: math.dist(where[: len(group["centre"])], group["centre"]))
    return int(found["label"])


def stances_on(statements: Mapping[str, str], stances: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Return what an organisation holds of statements that people answered: agree 1, neutral 0, disagree -1.

    `statements` are their words by option, `stances` those of themes with what it holds of each, -2 to 2. The two
    meet where the words are the same; how strongly somebody holds something people could not say either.
    """
    known = {_bare(words): key for key, words in statements.items()}
    held = [(known.get(_bare(words)), stance) for words, stance in stances]
    return {key: (stance > 0) - (stance < 0) for key, stance in held if key is not None}


def statements_of(themes: Iterable[Theme]) -> list[str]:
    """Return the statements of themes in use: what organisations hold of them can be laid over what people answer."""
    return [theme.statement for theme in themes if theme.statement and theme.retired_at is None]


def _bare(words: str) -> str:
    return " ".join(words.casefold().split()).rstrip(".")


def letter(label: int) -> str:
    """Return the letter of a group."""
    return chr(ord("A") + label)
