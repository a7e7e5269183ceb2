"""Which design, in which version, a new certificate has: the shipped one, or what the installation chose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from certify.errors import SettingInvalid

DesignVersion = tuple[str, int]
"""A design's id and its version."""

SHIPPED: Mapping[str, DesignVersion] = {"role": ("role", 1), "unit": ("unit", 1)}
"""By kind of award."""

ALL = "*"
"""Stands for all frameworks."""

_VARIABLE = "CERTIFY_DESIGNS"


class ChosenDesigns:
    """The designs of new certificates. What is issued or prepared keeps its own: an award names it.

    Args:
        names: As in ``CERTIFY_DESIGNS``: ``town-2`` for all frameworks, ``skills4cities:town-2`` for one of them.
        kind_of: Returns for which kind of award a version of a design is, or raises DesignInvalid.

    Raises:
        SettingInvalid: Two are named for the same certificates.
        DesignInvalid: One is not there, or cannot be used.
    """

    def __init__(
        self,
        names: Iterable[str] = (),
        kind_of: Callable[[str, int], str] = lambda design_id, _version: design_id,
    ) -> None:
        self._chosen: dict[tuple[str, str], DesignVersion] = {}
        """By framework and kind."""
        for name in names:
            framework_id, _, design = name.rpartition(":")
            design_id, _, version = design.rpartition("-")
            of = framework_id or ALL, kind_of(design_id, int(version))
            if of in self._chosen:
                other = "-".join(map(str, self._chosen[of]))
                raise SettingInvalid(
                    f"names {other} and {design_id}-{version} for the same certificates: both are for a {of[1]}.",
                    where=_VARIABLE,
                    fix="name one of them, or put a framework's id and a colon before it",
                )
            self._chosen[of] = design_id, int(version)

        for kind, shipped in SHIPPED.items():
            self._chosen.setdefault((ALL, kind), shipped)

    def of(self, framework_id: str, kind: str) -> DesignVersion:
        """Return the design of new certificates of a kind under a framework."""
        return self._chosen.get((framework_id, kind)) or self._chosen[ALL, kind]

    def frameworks(self, design_id: str, version: int) -> list[str]:
        """Return under which frameworks new certificates have a design: their ids, `ALL` for those not named elsewhere."""
        return sorted(
            framework_id
            for (framework_id, _), design in self._chosen.items()
            if design == (design_id, version)
        )
