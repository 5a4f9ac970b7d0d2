import pytest
from tests.house import test_counted as tc, who
from tests.house.test_who import Doors


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


def test_mine(site):
    with site.writing():
        world = who.a_world("open")
        tc.fill(world, 10)
    doors = Doors(site, world, {})
    real = doors.ways()
    doors.ways = lambda: [
        (r, m)
        for r, m in real
        if r.endpoint.startswith(("field.", "tasks."))
        or r.endpoint in {"pages.process_board", "decisions.gate_page", "pages.me", "pages.desk"}
    ]
    found = tc.counts(site, world, doors)
    for name, n in sorted(found.items(), key=lambda x: -x[1]):
        print(name, n)
    assert 0
