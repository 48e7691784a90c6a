"""Reads the laws: which duty, from when to when, how long, who owes it; and refuses what is unclear.

A file is checked as a whole: an unknown field, a version that overlaps another or leaves days
without any between them is refused with its file and line, because a clock that silently goes by
the wrong law is worse than a service that does not start.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from hashlib import sha256
from importlib.resources import files
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from logistics.clocks.events import RuleUsed
from logistics.clocks.working_time import Limit
from logistics.dossier.events import Channel

Start = Literal[
    "received",
    "papers-received",
    "taken-over",
    "handover-signed",
    "processing",
    "carrier-accepted",
    "first-attempt-failed",
    "complained",
]
Stop = Literal[
    "forwarded",
    "papers-left-desk",
    "decided",
    "apologised",
    "delivered",
    "first-attempt",
    "next-attempt",
    "complaint-answered",
]
PauseKind = Literal["supplement", "payment", "suspension"]
Obligor = Literal["desk", "agency", "operator", "complained-of"]
Band = Literal["within-district", "within-province", "between-cities", "inter-province"]

_RULE_LINE: Final = re.compile(r"\s*\[\[rule\]\]")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class LawRefused(ValueError):  # noqa: N818  # Named as it reads: the law was refused.
    """A law file is unclear; the message names the file, the line and what to do about it."""


def _span(value: object) -> object:
    return Limit.parse(value) if isinstance(value, str) else value


Span = Annotated[Limit, BeforeValidator(_span)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class When(_Strict):
    """Which dossiers a rule is for; what is not said does not matter."""

    non_territorial: bool | None = None
    channel: tuple[Channel, ...] | None = None


class LimitOf(_Strict):
    """How long: one of these."""

    span: Span | None = None
    inter_province: Span | None = Field(None, description="Instead of `span`, across provinces.")
    of_procedure: bool = False
    same_day_before: str | None = Field(None, description="Later: by the next day's opening.")
    days_before_due: int | None = Field(None, description="So long before another limit ends.")
    bands: Mapping[Band, tuple[Span, Span]] | None = Field(
        None, description="By band: without and with the receipt."
    )

    @model_validator(mode="after")
    def _one(self) -> "LimitOf":
        said = [
            self.span is not None,
            self.of_procedure,
            self.same_day_before is not None,
            self.days_before_due is not None,
            self.bands is not None,
        ]
        if sum(said) != 1:
            raise ValueError("a limit says exactly one of span, of_procedure, same_day_before, …")
        if self.same_day_before is not None and not _CLOCK.fullmatch(self.same_day_before):
            raise ValueError("same_day_before is a time, as in 15:00")
        return self

    @property
    def cut_off_second(self) -> int:
        """`same_day_before` as a second of the day."""
        match = _CLOCK.fullmatch(self.same_day_before or "")
        return int(match[1]) * 3600 + int(match[2]) * 60 if match else 0


class Rule(_Strict):
    """One duty in one version of the law."""

    id: str
    kind: str = ""
    version: int = Field(ge=1)
    article: str
    effective_from: date
    effective_to: date | None = None
    when: When = When()
    start: Start
    limit: LimitOf
    stop: Stop
    pause: tuple[PauseKind, ...] = ()
    obligor: Obligor
    law: str = Field("", exclude=True)

    def in_force(self, day: date) -> bool:
        return self.effective_from <= day and (
            self.effective_to is None or day <= self.effective_to
        )

    def is_for(self, channel: str, *, non_territorial: bool) -> bool:
        """Whether the rule is for dossiers like this one."""
        when = self.when
        return (when.channel is None or channel in when.channel) and (
            when.non_territorial is None or when.non_territorial == non_territorial
        )

    @property
    def source(self) -> str:
        """The law and article, as an officer cites it."""
        return self.article if self.article.startswith("NĐ") else f"{self.law}, {self.article}"

    @cached_property
    def used(self) -> RuleUsed:
        """How an event names it."""
        return RuleUsed(id=self.id, version=self.version, source=self.source)


@dataclass(frozen=True, slots=True)
class Laws:
    """Every rule there is, by kind; the version is a digest of the files they stand in."""

    by_kind: Mapping[str, tuple[Rule, ...]]
    version: str

    def rule(self, kind: str, day: date, channel: str, *, non_territorial: bool) -> Rule | None:
        """The rule for such dossiers on a day; None where the law says nothing."""
        for rule in self.by_kind.get(kind, ()):
            if rule.in_force(day) and rule.is_for(channel, non_territorial=non_territorial):
                return rule
        return None


@cache
def packaged_laws() -> Laws:
    """The laws that come with the service."""
    folder = files("logistics.clocks") / "laws"
    texts = {
        file.name: file.read_text("utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    }
    return read_laws(texts)


@dataclass(frozen=True, slots=True)
class _Placed:
    rule: Rule
    place: str


def read_laws(texts: Mapping[str, str]) -> Laws:
    """Read law files, by name; raises `LawRefused`."""
    placed = [each for name, text in texts.items() for each in _read(name, text)]
    _check_versions(placed)
    by_kind: dict[str, list[Rule]] = defaultdict(list)
    for each in placed:
        by_kind[each.rule.kind].append(each.rule)
    version = sha256("\0".join(text for _, text in sorted(texts.items())).encode()).hexdigest()[:8]
    return Laws({kind: tuple(rules) for kind, rules in by_kind.items()}, version)


def _read(name: str, text: str) -> Iterable[_Placed]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LawRefused(f"{name}: {error}") from error
    _check_head(name, text, document)
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _RULE_LINE.match(line)]
    for line, said in zip(lines, document.get("rule", ()), strict=True):
        try:
            rule = Rule.model_validate({"kind": said.get("id", ""), **said})
        except ValidationError as error:
            raise LawRefused(_told(name, text, line, error)) from None
        yield _Placed(rule.model_copy(update={"law": document["law"]["title"]}), f"{name}:{line}")


def _check_head(name: str, text: str, document: Mapping[str, Any]) -> None:
    for key in document.keys() - {"law", "rule"}:
        raise LawRefused(f"{name}:{_line_of(text, key, 1)}: there is no field {key}")
    law = document.get("law", {})
    for key in law.keys() - {"id", "title", "amended_by"}:
        raise LawRefused(f"{name}:{_line_of(text, key, 1)}: there is no field law.{key}")
    if "title" not in law:
        raise LawRefused(f"{name}:1: the law has no title")


def _told(name: str, text: str, line: int, error: ValidationError) -> str:
    """Each fault with the line of its field, or of its rule when the field is not there."""
    told = []
    for fault in error.errors(include_url=False):
        field = ".".join(str(part) for part in fault["loc"] if isinstance(part, str))
        at = _line_of(text, field.rpartition(".")[2], line) if field else line
        told.append(f"{name}:{at}: {field}: {fault['msg']}")
    return "\n".join(told)


def _line_of(text: str, key: str, start: int) -> int:
    """The first line from `start` on that names a key, within the same rule."""
    named = re.compile(rf"[\[\s{{,.]?\b{re.escape(key)}\b\s*[=\]]")
    for number, line in enumerate(text.splitlines()[start - 1 :], start):
        if number > start and _RULE_LINE.match(line):
            break
        if named.search(line.partition("#")[0]):
            return number
    return start


def _check_versions(placed: Sequence[_Placed]) -> None:
    """The versions of a rule follow one another, day by day."""
    by_id: dict[str, list[_Placed]] = defaultdict(list)
    for each in placed:
        by_id[each.rule.id].append(each)
    for versions in by_id.values():
        versions.sort(key=lambda each: each.rule.effective_from)
        for earlier, later in pairwise(versions):
            _check_succession(earlier, later)
        for each in versions:
            if each.rule.effective_to and each.rule.effective_to < each.rule.effective_from:
                raise LawRefused(f"{each.place}: {each.rule.id} ends before it begins")


def _check_succession(earlier: _Placed, later: _Placed) -> None:
    rule, ends = later.rule, earlier.rule.effective_to
    if rule.version <= earlier.rule.version:
        raise LawRefused(f"{later.place}: {rule.id}: version {rule.version} is not a later one")
    if ends is None or ends >= rule.effective_from:
        raise LawRefused(
            f"{later.place}: {rule.id} from {rule.effective_from} overlaps {earlier.place}"
        )
    if ends + timedelta(days=1) < rule.effective_from:
        raise LawRefused(
            f"{later.place}: {rule.id}: no rule from {ends + timedelta(days=1)} on, see {earlier.place}"
        )
