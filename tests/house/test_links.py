from tests.house.links import broken


def test_all_links_of_the_papers_lead_somewhere():
    assert broken() == []


def test_a_link_to_nowhere_is_told(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text(
        "# A title\n[one](#a-title) [two](none.md) [three](#other) `[four](no.md)`"
    )
    assert broken(tmp_path) == ["docs/page.md: none.md is not there", "docs/page.md: #other has no such heading"]
