"""What WeasyPrint leaves undone for PDF/UA-1 (ISO 14289-1): page numbers as artifacts, scopes, and links in words."""

from collections.abc import Iterator
from typing import Any, Final

_POINTS_PER_PIXEL: Final = 0.75


def complete_tags(document: Any, pdf: Any) -> None:
    """Complete the tags of a PDF that WeasyPrint is about to write (its ``finisher``).

    - Text in the margins of a page is an artifact (7.8): it is marked, but in no structure element.
    - Header cells say whether they are about a column or a row (7.5).
    - The place of a picture is in points from the lower left corner of its page (ISO 32000-1, 14.8.5.4.3).
    - The description of a link is its text, not its address (7.18.5).
    """
    _describe_links(document)
    root = _object(pdf, pdf.catalog["StructTreeRoot"])
    reached = dict(_elements(pdf, root["K"]))
    _set_scopes(pdf, reached)
    _place_figures(pdf, reached)
    _mark_artifacts(pdf, _object(pdf, root["ParentTree"])["Nums"], reached)


def _object(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[_number(reference)]


def _number(reference: bytes) -> int:
    return int(reference.split()[0])


def _describe_links(document: Any) -> None:
    from pydyf import String

    for page in document.pages:
        for _kind, _target, _rectangle, box in page.links:
            # What the page only refers to has no annotation.
            if getattr(box, "link_annotation", None) and box.element is not None:
                text = " ".join("".join(box.element.itertext()).split())
                box.link_annotation["Contents"] = String(text)


def _elements(pdf: Any, kids: Any) -> Iterator[tuple[int, Any]]:
    """Yield each structure element below these, by its number."""
    pending = list(kids)
    while pending:
        kid = pending.pop()
        # Integers are marked content; the rest are references to objects.
        if isinstance(kid, bytes):
            element = _object(pdf, kid)
            yield _number(kid), element
            pending += element.get("K", ())


def _set_scopes(pdf: Any, reached: dict[int, Any]) -> None:
    for element in reached.values():
        if element.get("S") == "/TH":
            section = _object(pdf, _object(pdf, element["P"])["P"])
            element["A"]["Scope"] = "/Column" if section["S"] == "/THead" else "/Row"


def _place_figures(pdf: Any, reached: dict[int, Any]) -> None:
    for element in reached.values():
        if element.get("S") == "/Figure":
            height = _object(pdf, element["Pg"])["MediaBox"][3]
            left, upper, right, lower = (_POINTS_PER_PIXEL * length for length in element["A"]["BBox"])
            element["A"]["BBox"][:] = (left, height - lower, right, height - upper)


def _mark_artifacts(pdf: Any, nums: Any, reached: dict[int, Any]) -> None:
    from pydyf import Dictionary

    parents = dict(zip(nums[::2], nums[1::2], strict=True))
    pages = [one for one in pdf.objects if isinstance(one, Dictionary) and one.get("Type") == "/Page"]
    for page in pages:
        elements = parents[page["StructParents"]]
        outside = {index for index, element in enumerate(elements) if _number(element) not in reached}
        stream = _object(pdf, page["Contents"]).stream
        for index, operand in enumerate(stream):
            if isinstance(operand, Dictionary) and operand.get("MCID") in outside:
                stream[index - 1 : index + 1] = ["/Artifact", Dictionary({"Type": "/Pagination"})]
        for index in outside:
            elements[index] = "null"
