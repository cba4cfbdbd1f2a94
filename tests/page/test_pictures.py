"""The pictures of README and of the guides show the page as it is now."""

from tests.console import PROJECT
from tests.page.pictures import LOCALES, PICTURES, RECIPE, names, recipe


def test_the_pictures_were_taken_from_the_present_page() -> None:
    assert RECIPE.read_text(encoding="utf-8").strip() == recipe(), "the page has changed: make pictures"
    assert sorted(path.name for path in PICTURES.glob("*.webp")) == sorted(names())


def test_each_readme_and_each_guide_shows_its_pictures() -> None:
    for language in LOCALES:
        readme = PROJECT / ("README.md" if language == "en" else f"README.{language}.md")
        guide = PROJECT / "docs" / f"staff-guide.{language}.md"
        assert f"docs/pictures/teaching-{language}.webp" in readme.read_text(encoding="utf-8")
        assert all(name in guide.read_text(encoding="utf-8") for name in names() if language in name)
