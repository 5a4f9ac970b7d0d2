import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.audit.merkle import EMPTY, Growing, leaf_hash, pair_hash, parts, proof, root_of
from tests.shows import shows

# The vectors of the reference implementation of RFC 6962 (google/certificate-transparency, merkle_tree_test.cc).
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def by_the_letter(data):
    """MTH of RFC 6962, section 2.1, word for word."""
    if not data:
        return hashlib.sha256().digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = 1
    while 2 * k < len(data):
        k *= 2
    return hashlib.sha256(b"\x01" + by_the_letter(data[:k]) + by_the_letter(data[k:])).digest()


def grown(data):
    tree, known = Growing(), {}
    for place, one in enumerate(data):
        known[0, place] = leaf_hash(one)
        known |= dict(tree.add(known[0, place]))
    return tree, known


@shows("R91")
def test_the_roots_are_those_of_the_reference_implementation():
    data = [bytes.fromhex(one) for one in INPUTS]
    assert [grown(data[:size])[0].root.hex() for size in range(1, 9)] == ROOTS
    assert Growing().root == EMPTY == hashlib.sha256().digest()


@settings(deadline=None)
@given(st.integers(1, 130), st.data())
def test_a_proof_leads_to_the_root_and_to_no_other_one(size, data):
    leaves = [bytes([one]) for one in range(size)]
    tree, known = grown(leaves)
    assert tree.root == by_the_letter(leaves)
    position = data.draw(st.integers(0, size - 1))
    path = proof(position, size, known.__getitem__)
    assert root_of(known[0, position], position, size, path) == tree.root
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != position) if size > 1 else st.just(1))
    assert root_of(known[0, position], other, size, path) != tree.root
    assert root_of(leaf_hash(b"other"), position, size, path) != tree.root
    assert root_of(known[0, position], position, size, [*path, tree.root]) != tree.root
    if path:
        assert root_of(known[0, position], position, size, path[1:]) != tree.root


@given(st.integers(0, 300), st.integers(0, 300))
def test_parts_lie_side_by_side_over_just_these_leaves(start, end):
    covered = [leaf for level, place in parts(start, end) for leaf in range(place << level, (place + 1) << level)]
    assert covered == list(range(start, end))


@settings(deadline=None)
@given(st.integers(1, 60), st.sets(st.integers(0, 59)))
def test_a_tree_can_be_built_from_some_leaves_and_the_parts_between_them(size, chosen):
    tree, known = grown([bytes([one]) for one in range(size)])
    again, at = Growing(), 0
    for place in sorted(one for one in chosen if one < size):
        for part in parts(at, place):
            again.add(known[part], part[0])
        again.add(known[0, place])
        at = place + 1
    for part in parts(at, size):
        again.add(known[part], part[0])
    assert (again.size, again.root) == (size, tree.root)


def test_a_tree_grows_on_from_where_it_was():
    tree, known = grown([bytes([one]) for one in range(11)])
    half = Growing(6, [known[part] for part in parts(0, 6)])
    for place in range(6, 11):
        half.add(known[0, place])
    assert half.root == tree.root
    assert pair_hash(known[0, 0], known[0, 1]) == known[1, 0]
    with pytest.raises(ValueError, match="begins at leaf 11"):
        tree.add(known[1, 0], 1)
