"""The structure tree (ISO 32000-1, 14.7 and 14.8): what is on the pages, in reading order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from certify.pdf.syntax import Blueprint


@dataclass(slots=True, eq=False)
class Node:
    """A structure element.

    Attributes:
        tag: A standard structure type (14.8.4).
        attributes: Further entries of its dictionary, in PDF syntax.
        kids: Elements, and the marked content (MCID) of this node in reading order.
        page: Index of the page that its marked content is on.
        annotation: Object number of the annotation that this element encloses.
    """

    tag: str
    attributes: str = ""
    kids: list[Node | int] = field(default_factory=list)
    page: int = 0
    annotation: int | None = None

    def add(self, tag: str, attributes: str = "") -> Node:
        """Append an element and return it."""
        node = Node(tag, attributes)
        self.kids.append(node)
        return node

    def walk(self) -> Iterator[Node]:
        """Return this element and all below it, in reading order."""
        yield self
        for kid in self.kids:
            if isinstance(kid, Node):
                yield from kid.walk()


def write_structure(
    blueprint: Blueprint, document: Node, pages: Sequence[int], marked: Sequence[Sequence[Node]]
) -> int:
    """Write the tree and return the number of its root.

    Args:
        pages: Object numbers of the pages.
        marked: For each page, the element of each MCID.
    """
    root = blueprint.reserve()
    numbers = {node: blueprint.reserve() for node in document.walk()}
    parents = {kid: node for node in document.walk() for kid in node.kids if isinstance(kid, Node)}
    for node, number in numbers.items():
        page = pages[node.page]
        kids = [str(kid) if isinstance(kid, int) else f"{numbers[kid]} 0 R" for kid in node.kids]
        if node.annotation is not None:
            kids.append(f"<</Type/OBJR/Obj {node.annotation} 0 R/Pg {page} 0 R>>")
        parent = numbers[parents[node]] if node in parents else root
        holds = any(isinstance(kid, int) for kid in node.kids) or node.annotation is not None
        blueprint.put(
            f"<</Type/StructElem/S/{node.tag}/P {parent} 0 R{f'/Pg {page} 0 R' if holds else ''}"
            f"/K[{' '.join(kids)}]{node.attributes}>>",
            number,
        )
    entries = [
        f"{index} [{' '.join(f'{numbers[node]} 0 R' for node in nodes)}]"
        for index, nodes in enumerate(marked)
    ]
    links = [node for node in document.walk() if node.annotation is not None]
    entries += [f"{len(marked) + index} {numbers[node]} 0 R" for index, node in enumerate(links)]
    tree = blueprint.put(f"<</Nums[{' '.join(entries)}]>>")
    return blueprint.put(
        f"<</Type/StructTreeRoot/K[{numbers[document]} 0 R]/ParentTree {tree} 0 R/ParentTreeNextKey {len(entries)}>>",
        root,
    )
