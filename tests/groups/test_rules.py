import csv
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from consult.foundation.db import new_id
from consult.groups.rules import correlation, differences, pairs_among, shared_words
from tests.shows import shows

IDEAS = Path(__file__).parents[1] / "similarity" / "fixtures" / "ideas.csv"

# Each pair shares nearly all its words and asks for opposite things.
OPPOSED = [
    ("Sluit de Dorpsstraat af voor auto's", "Houd de Dorpsstraat open voor auto's"),
    ("Verhoog het parkeertarief in het centrum", "Verlaag het parkeertarief in het centrum"),
    ("Meer hondenuitlaatplekken in Oost", "Minder hondenuitlaatplekken in Oost"),
    ("Kap de bomen langs de singel", "Plant bomen langs de singel"),
    ("Sta barbecueën toe in het park, dat moet mogen", "Barbecueën in het park moet verboden worden"),
    ("Bouw woningen op het sportveld", "Bouw geen woningen op het sportveld"),
    ("Maximaal 30 kilometer per uur in de wijk", "Maximaal 50 kilometer per uur in de wijk"),
    ("Het zwembad moet blijven", "Het zwembad moet niet blijven"),
    ("Sloop het oude postkantoor", "Behoud het oude postkantoor, geen sloop"),
    ("Twee prullenbakken bij het station", "Vijf prullenbakken bij het station"),
    ("Een fietspad in het noorden", "Een fietspad in het zuiden"),
    ("Gratis openbaar vervoer voor iedereen", "Betaald openbaar vervoer voor iedereen"),
    ("Maak het trottoir breder", "Maak het trottoir smaller"),
    ("Een speeltuin voor jongeren", "Een speeltuin voor ouderen"),
    ("Zet de lantaarns overdag aan", "Zet de lantaarns 's nachts aan"),
    ("Een plein met auto's", "Een plein zonder auto's"),
    ("Voer betaald parkeren in: invoeren graag", "Betaald parkeren afschaffen graag"),
    ("Raise the speed limit on the ring road", "Lower the speed limit on the ring road"),
    ("We should not build here", "We should build here"),
    ("Allow dogs on the beach", "Ban dogs on the beach"),
]


@shows("S50")
@pytest.mark.parametrize(("one", "other"), OPPOSED)
def test_what_says_the_opposite_is_marked(one, other):
    assert differences(one, other)
    assert [told["kind"] for told in differences(one, other)] == [told["kind"] for told in differences(other, one)]


def test_few_of_those_that_say_the_same_are_marked():
    ideas = defaultdict(list)
    with IDEAS.open(encoding="utf-8") as source:
        for row in csv.DictReader(source):
            ideas[row["idea"]].append(f"{row['title']}. {row['text']}")
    pairs = [pair for texts in ideas.values() for pair in combinations(texts, 2)]
    marked = [pair for pair in pairs if differences(*pair)]
    assert len(pairs) > 50
    assert len(marked) <= len(pairs) / 5, marked


def test_the_words_that_differ_are_told():
    assert differences("Maximaal 30 hier", "Maximaal vijftig hier") == [{"kind": "numbers", "words": "30 / 50"}]
    assert differences("Dit wil ik", "Dit wil ik niet") == [{"kind": "negation", "words": "niet"}]
    assert differences("Breder pad", "Smaller pad") == [{"kind": "opposites", "words": "breder / smaller"}]
    assert differences("Twee bankjes", "2 bankjes") == []


def test_the_reason_is_the_words_that_both_have_in_any_form_those_of_the_title_first():
    one = ("Bankjes bij de winkels", "Ouderen kunnen zitten op een bankje.")
    other = ("Een bankje", "Zet het neer bij de winkel, zodat oudere mensen kunnen zitten.")
    assert shared_words(one, other, "nl")[:2] == ["bankjes", "winkels"]
    assert "zitten" in shared_words(one, other, "nl")


def test_every_pair_is_told_once_in_one_order():
    ids = [new_id() for _ in range(4)]
    there, back = set(pairs_among(ids)), set(pairs_among(ids[::-1]))
    assert there == back
    assert len(there) == 6


def test_votes_on_two_things_are_compared_from_twenty_people_on():
    votes = [(1, 1), (1, 1), (-1, -1), (0, 1), (-1, -1)] * 5
    sums = (
        len(votes),
        sum(a for a, _b in votes),
        sum(b for _a, b in votes),
        sum(a * a for a, _b in votes),
        sum(b * b for _a, b in votes),
        sum(a * b for a, b in votes),
    )
    assert correlation(sums) == pytest.approx(np.corrcoef(np.array(votes).T)[0, 1], abs=1e-12)
    assert correlation((19, 3, 4, 10, 11, 2)) is None
    assert correlation((30, 30, 4, 30, 11, 4)) is None  # all said the same of one
