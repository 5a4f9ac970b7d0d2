from tests.house import who
from tests.house.test_who import a_house
def test_ways(homes, tmp_path):
    state="draft"
    world, doors = a_house(homes.empty("sqlite", tmp_path), state)
    bad=[]
    for role in ("visitor","member","moderator","director","contracts","board"):
        for rule, method in doors.ways():
            if rule.endpoint.split('.')[0] in ("goals","agreements","steering","accountability") or method!="GET": continue
            got, cell = doors.tries(doors.as_(world.people[role]), rule, method), doors.cell(rule, state, role)
            if got != cell: bad.append(f"{method} {rule.endpoint} {role}: expected {cell}, got {got}")
    assert not bad, "\n".join(bad)
