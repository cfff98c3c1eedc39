"""Boxes. Both processes cut pictures with these, so that menu and command line see the same pixels."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """Pixels x <= column < x+width, y <= row < y+height. May be empty (width or height 0)."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index an array with."""
        return slice(self.y, self.bottom), slice(self.x, self.right)

    def grow(self, margin: int) -> "Box":
        """Larger by `margin` on all four sides; smaller where that is negative."""
        return Box(self.x - margin, self.y - margin, self.width + 2 * margin, self.height + 2 * margin)

    def shift(self, dx: int, dy: int) -> "Box":
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def clip(self, other: "Box") -> "Box":
        """What both have in common; empty where that is nothing."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        return Box(x, y, max(0, min(self.right, other.right) - x), max(0, min(self.bottom, other.bottom) - y))

    def moved_into(self, other: "Box") -> "Box":
        """The same box moved to lie inside the other, and no larger than that."""
        width, height = min(self.width, other.width), min(self.height, other.height)
        x = min(max(self.x, other.x), other.right - width)
        return Box(x, min(max(self.y, other.y), other.bottom - height), width, height)

    def union(self, other: "Box") -> "Box":
        """The smallest box that holds both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Box(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def scale(self, factor: int) -> "Box":
        """The same box of a picture enlarged `factor` times."""
        return Box(self.x * factor, self.y * factor, self.width * factor, self.height * factor)


def context_box(selected: Box, bounds: Box, margin: float, least: int) -> Box:
    """What an action must see to work on `selected`: grown by `margin` of its longer side, at least `least` pixels."""
    grown = selected.grow(max(least, round(margin * max(selected.width, selected.height))))
    return grown.clip(bounds)
