"""What the page's address says about its state: the query of a link that somebody shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contract.twins import TWINS
from serve.page.parts import temperatures

# No test picture has a longer number, and Python refuses to read a very long one.
_MOST_DIGITS = 9


class Address:
    """The query of the page's address. What is missing or wrong in it reads as None."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._query = query

    def among(self, name: str, known: Sequence[str]) -> str | None:
        """The value of `name` if it is one of the `known` ones."""
        value = self._query.get(name)
        return value if value in known else None

    def number(self, name: str) -> int | None:
        """The value of `name` if it is a whole number that is not negative."""
        value = self._query.get(name, "")
        return int(value) if value.isdecimal() and len(value) <= _MOST_DIGITS else None

    def temperatures(self) -> dict[str, float] | None:
        """Both models' temperatures, if the address names at least one of them."""
        said = {name: self._query.get(f"t_{name}") for name in TWINS}
        return temperatures.read(said) if any(said.values()) else None
