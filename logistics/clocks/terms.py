"""What a province has agreed with its operators, and how soon it wants to be told: configuration."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from logistics.clocks.law_files import Band, Span
from logistics.clocks.working_time import Limit


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class BandBetween(_Strict):
    """The postal band between two groups, in either direction."""

    between: tuple[str, str]
    band: Band


class Contract(_Strict):
    """The legs of an operator that its own contract binds, instead of TT 17/2017."""

    operator: str
    send: Span
    return_: Span = Field(alias="return")

    def limit(self, purpose: str) -> Limit:
        return self.send if purpose == "send" else self.return_


class AlarmTerms(_Strict):
    """How long nothing may happen before somebody is told."""

    no_movement: Span
    handover_unconfirmed: Span
    delivered_unsigned: Span
    originals_kept: Span


class Terms(_Strict):
    """One version of what was agreed."""

    version: str
    default_band: Band
    groups: Mapping[str, str] = Field(default_factory=dict)
    bands: tuple[BandBetween, ...] = Field((), alias="band")
    contracts: tuple[Contract, ...] = Field((), alias="contract")
    alarms: AlarmTerms

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        operators = [contract.operator for contract in self.contracts]
        pairs = [frozenset(each.between) for each in self.bands]
        if len(set(operators)) < len(operators) or len(set(pairs)) < len(pairs):
            raise ValueError("an operator, or a pair of groups, is named twice")
        return self

    def contract(self, operator: str) -> Contract | None:
        """The contract of an operator; without one, TT 17/2017 binds it."""
        return next((each for each in self.contracts if each.operator == operator), None)

    def band(self, sender: str, receiver: str) -> Band:
        """The band between two parties; the default where nothing is configured for them."""
        pair = {self.groups.get(sender), self.groups.get(receiver)}
        found = (each.band for each in self.bands if set(each.between) == pair)
        return next(found, self.default_band)


def read_terms(text: str) -> Terms:
    """Read a file of terms; raises `ValueError` that names the field."""
    return Terms.model_validate(tomllib.loads(text))


@cache
def terms_in(path: Path | None = None) -> Terms:
    """The terms of a file; those that come with the service when there is none."""
    if path is None:
        return read_terms((files("logistics.clocks") / "data" / "terms.toml").read_text("utf-8"))
    return read_terms(path.read_text("utf-8"))
