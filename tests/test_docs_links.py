"""Links in the documents lead somewhere: files, headings and pictures are there."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
import re
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]

_FENCE = re.compile(r"^ *(`{3,}|~{3,}).*?^ *\1", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_LINK = re.compile(
    r"""\]\([ ]*<?([^\s)>]+)                 # [words](target) and ![words](target)
    | ^[ ]{0,3}\[[^\]^]+\]:[ ]*<?([^\s>]+)  # [words]: target
    | <(?:a|img|source)\b[^>]*?\b(?:href|src|srcset)=["']([^"']+)""",
    re.MULTILINE | re.VERBOSE,
)


def _documents() -> Iterator[Path]:
    """Yield all documents of the repository, and none of what is installed beside it."""
    for folder, folders, files in ROOT.walk():
        folders[:] = [name for name in folders if name == ".github" or name[0] != "."]
        yield from (folder / name for name in files if name.endswith(".md"))


DOCUMENTS = sorted(_documents())


def _links(document: Path) -> list[str]:
    """Return the targets of all links that are not code."""
    text = _CODE.sub("", _FENCE.sub("", document.read_text()))
    return [next(filter(None, found.groups())) for found in _LINK.finditer(text)]


def _local(document: Path, link: str) -> tuple[Path, str] | None:
    """Return the file and the anchor that a link means; None for one to elsewhere."""
    if re.match(r"[a-z][a-z0-9+.-]*:|//", link, re.IGNORECASE):
        return None
    path, _, anchor = unquote(link).partition("#")
    return (document.parent / path if path else document).resolve(), anchor


def _anchors(document: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings."""
    anchors: set[str] = set()
    text = _FENCE.sub("", document.read_text())
    for heading in re.findall(r"^ {0,3}#{1,6} +(.+?)[ #]*$", text, re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        again = 1
        unique = anchor
        while unique in anchors:
            unique = f"{anchor}-{again}"
            again += 1
        anchors.add(unique)
    return anchors | set(re.findall(r"""<a (?:id|name)=["']([^"']+)""", text))


@pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT))
)
def test_links(document: Path) -> None:
    """Each link leads to a file of the repository, and to a heading in it."""
    for link in _links(document):
        if (local := _local(document, link)) is None:
            continue
        file, anchor = local
        assert file.is_relative_to(ROOT.resolve()), link
        assert file.exists(), link
        if anchor:
            assert file.suffix == ".md" and anchor in _anchors(file), link


def test_pictures_are_used() -> None:
    """No picture stays behind when the last document that showed it does not any more."""
    shown = {
        local[0]
        for document in DOCUMENTS
        for link in _links(document)
        if (local := _local(document, link)) is not None
    }
    pictures = {file.resolve() for file in (ROOT / "docs" / "images").iterdir()}
    assert pictures <= shown, pictures - shown


def test_repairs_lead_to_documents() -> None:
    """What the integration points to for help is there."""
    modules = (ROOT / "custom_components").rglob("*.py")
    code = "".join(module.read_text() for module in modules)
    links = re.findall(r'"(\w+\.md)(?:#([\w-]+))?"', code)
    assert links
    for name, anchor in links:
        document = ROOT / "docs" / name
        assert document.exists(), name
        assert not anchor or anchor in _anchors(document), anchor


def test_map() -> None:
    """The map of the code names each module, and none that is not there."""
    text = (ROOT / "docs" / "development.md").read_text()
    tree = text.partition("custom_components/whatsminer/")[2].partition("\ntests/")[0]
    named = Counter(re.findall(r"[\w/]+\.py\b", tree))
    # Two folders may have modules of one name.
    there = Counter(
        path.name
        for path in (ROOT / "custom_components" / "whatsminer").rglob("*.py")
        if path.name != "__init__.py"
        # A dialect's own module is named with its folder.
        and path.stem not in ("v2", "v3", "dual")
    )
    del named["__init__.py"]
    assert named == there
