"""The kinds of parameter an action can have. Each is written once; PDB, dialog, command line and checks follow.

`label` and `help` are English message ids: the client translates them. `_` in a label marks the mnemonic.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from gesso.contract.errors import BadSetting


@dataclass(frozen=True)
class Param:
    """Common part. `name` is a PDB argument name and, with `--` before it, a command-line flag."""

    name: str
    label: str
    help: str
    default: Any

    @property
    def key(self) -> str:
        """As argparse and Python name it."""
        return self.name.replace("-", "_")

    def check(self, value: Any) -> Any:
        """The value in its own type. Raises BadSetting with a sentence that names the allowed values."""
        raise BadSetting(f"{self.name}: this kind of parameter takes no value.")

    def refuse(self, value: Any, allowed: str) -> BadSetting:
        """The error for a value that is not one of the allowed; to be raised."""
        return BadSetting(f"--{self.name} is {value!r}.", f"Use {allowed}.")


@dataclass(frozen=True)
class Text(Param):
    """A line of text; blanks at its ends do not count."""

    default: str = ""

    def check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.refuse(value, "text")
        return value.strip()


@dataclass(frozen=True)
class Whole(Param):
    """A whole number, `low` <= value <= `high`. `unit` is shown beside the field."""

    default: int = 0
    low: int = 0
    high: int = 100
    unit: str = ""

    def check(self, value: Any) -> int:
        try:
            number = int(value)
            exact = number == float(value)
        except (TypeError, ValueError, OverflowError):
            raise self.refuse(value, f"a whole number from {self.low} to {self.high}") from None
        if not exact or not self.low <= number <= self.high:
            raise self.refuse(value, f"a whole number from {self.low} to {self.high}")
        return number


@dataclass(frozen=True)
class Seed(Whole):
    """What random numbers start from. -1 draws one, which is kept with the result so that it can be used again."""

    default: int = -1
    low: int = -1
    high: int = 2**31 - 1
    drawn: ClassVar[int] = 2**28  # what is drawn is below it


@dataclass(frozen=True)
class Number(Param):
    """A number, `low` <= value <= `high`, shown with `digits` decimals.

    `auto` names the Toggle that measures the value instead: giving the number on the command line turns it off.
    """

    default: float = 0.0
    low: float = 0.0
    high: float = 1.0
    digits: int = 1
    auto: str = ""

    def check(self, value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise self.refuse(value, f"a number from {self.low:g} to {self.high:g}") from None
        if not math.isfinite(number) or not self.low <= number <= self.high:
            raise self.refuse(value, f"a number from {self.low:g} to {self.high:g}")
        return number


@dataclass(frozen=True)
class Toggle(Param):
    """On or off."""

    default: bool = False

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self.refuse(value, "true or false")
        return value


@dataclass(frozen=True)
class Choice(Param):
    """One of `options`: (value, label) pairs."""

    default: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def check(self, value: Any) -> str:
        allowed = [name for name, _ in self.options]
        if value not in allowed:
            raise self.refuse(value, "one of: " + ", ".join(allowed))
        return str(value)


@dataclass(frozen=True)
class ModelName(Text):
    """The name of an installed model whose card's role begins with `role`; `auto` takes the action's own."""

    default: str = "auto"
    role: str = ""


@dataclass(frozen=True)
class OtherLayer(Text):
    """One further layer that the action looks at, of any size, in any open image; a file on the command line.

    As a setting it is that layer's (or file's) name; its pixels are `job.others[name]`. Where it is `optional` it may
    be left out: its name is then empty and it has no pixels. `over` the picture it is of that image, and only what of
    it lies on the picture counts.
    """

    optional: bool = False
    over: bool = False
