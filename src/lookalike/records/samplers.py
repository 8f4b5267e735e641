"""Values drawn by chance, each a pure function of (seed, column, slot, try): no state, in any order, twice.

A draw takes numbers from a counter-based stream (`lookalike.randomness`). Distributions are drawn by
inverting their cumulative distribution functions.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Any

from lookalike import randomness
from lookalike.errors import BadSpec

Json = Any
_LARGEST_MEAN = 10_000


@dataclass(slots=True)
class Draws:
    """The numbers of one stream, one after the other."""

    stream: int
    counter: int = 0

    def bits(self) -> int:
        """64 uniform bits."""
        self.counter += 1
        return randomness.draw(self.stream, self.counter - 1)

    def uniform(self) -> float:
        """Between 0 and 1, neither of them."""
        return ((self.bits() >> 12) + 0.5) / 2**52

    def below(self, n: int) -> int:
        return randomness.below(self.bits(), n)


Draw = Callable[[Draws, Json], Json]
"""(numbers, the value of the column it hangs on) → a value."""


@dataclass(frozen=True, slots=True)
class _Settings:
    """What a sampler was given, read field by field; `finish` refuses what no one asked for."""

    column: str
    given: dict[str, Json]

    def number(self, name: str, default: float | None = None) -> float:
        value = self.given.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise BadSpec(f"{name!r} must be a number.", column=self.column)
        return value

    def optional(self, name: str) -> float | None:
        return self.number(name) if name in self.given else None

    def whole(self, name: str) -> int:
        value = self.number(name)
        if value != int(value):
            raise BadSpec(f"{name!r} must be a whole number.", column=self.column)
        return int(value)

    def text(self, name: str, default: str) -> str:
        value = self.given.pop(name, default)
        if not isinstance(value, str):
            raise BadSpec(f"{name!r} must be a text.", column=self.column)
        return value

    def finish(self) -> None:
        if self.given:
            raise BadSpec(f"This sampler takes no {min(self.given)!r}.", column=self.column)


def sampler(name: str, settings: Mapping[str, Json], column: str) -> Draw:
    """What draws the values of ``column``; `BadSpec` for an unknown sampler, or settings that are off."""
    make = _MAKERS.get(name)
    if make is None:
        raise BadSpec(
            f"There is no sampler {name!r}.", hint=f"Known: {', '.join(sorted(_MAKERS))}.", column=column
        )
    read = _Settings(column, dict(settings))
    draw = make(read)
    read.finish()
    return draw


def names() -> tuple[str, ...]:
    return tuple(sorted(_MAKERS))


def weighted(values: Json, column: str) -> Callable[[Draws], Json]:
    """A draw from ``[a, b]``, or from ``{a: weight, b: weight}``."""
    if isinstance(values, Mapping):
        choices, weights = list(values), list(values.values())
        if not all(type(w) in (int, float) and w >= 0 and math.isfinite(w) for w in weights):
            raise BadSpec("Weights are numbers, and none is below 0.", column=column)
    elif isinstance(values, Sequence) and not isinstance(values, str):
        choices, weights = list(values), [1] * len(values)
    else:
        raise BadSpec("Values are a list, or an object of value and weight.", column=column)
    total = sum(weights)
    if not choices or total <= 0:
        raise BadSpec("There is nothing to choose from.", column=column)

    def draw(draws: Draws) -> Json:
        left = draws.uniform() * total
        for choice, weight in zip(choices, weights, strict=True):
            left -= weight
            if left < 0:
                return choice
        return choices[-1]

    return draw


def _category(read: _Settings) -> Draw:
    draw = weighted(read.given.pop("values", None), read.column)
    return lambda draws, _: draw(draws)


def _subcategory(read: _Settings) -> Draw:
    lists = read.given.pop("values", None)
    if not isinstance(lists, Mapping) or not lists:
        raise BadSpec("A subcategory has lists by the value of the column it hangs on.", column=read.column)
    draws_of = {str(value): weighted(values, read.column) for value, values in lists.items()}

    def draw(draws: Draws, parent: Json) -> Json:
        chosen = draws_of.get(str(parent))
        if chosen is None:
            raise BadSpec(f"There is no list for {parent!r}.", column=read.column)
        return chosen(draws)

    return draw


def _rounded(read: _Settings) -> Callable[[float], float | int]:
    """Bounds by clamping, and decimals, as the settings have them."""
    low, high, decimals = read.optional("low"), read.optional("high"), read.optional("decimals")
    if low is not None and high is not None and low > high:
        raise BadSpec("'low' is above 'high'.", column=read.column)

    def rounded(value: float) -> float | int:
        value = value if low is None else max(low, value)
        value = value if high is None else min(high, value)
        if decimals is None:
            return value
        return round(value) if decimals == 0 else round(value, int(decimals))

    return rounded


def _uniform(read: _Settings) -> Draw:
    low, high = read.number("low", 0.0), read.number("high", 1.0)
    rounded = _rounded(read)
    return lambda draws, _: rounded(low + (high - low) * draws.uniform())


def _integer(read: _Settings) -> Draw:
    low, high = read.whole("low"), read.whole("high")
    if low > high:
        raise BadSpec("'low' is above 'high'.", column=read.column)
    return lambda draws, _: low + draws.below(high - low + 1)


def _normal(read: _Settings) -> Draw:
    mean, sd = read.number("mean", 0.0), read.number("sd", 1.0)
    rounded = _rounded(read)
    return lambda draws, _: rounded(mean + sd * NormalDist().inv_cdf(draws.uniform()))


def _lognormal(read: _Settings) -> Draw:
    mean, sd = read.number("mean", 0.0), read.number("sd", 1.0)
    rounded = _rounded(read)
    return lambda draws, _: rounded(math.exp(min(700.0, mean + sd * NormalDist().inv_cdf(draws.uniform()))))


def _exponential(read: _Settings) -> Draw:
    mean = read.number("mean", 1.0)
    rounded = _rounded(read)
    return lambda draws, _: rounded(-mean * math.log(draws.uniform()))


def _poisson(read: _Settings) -> Draw:
    mean = read.number("mean", 1.0)
    if not 0 < mean <= _LARGEST_MEAN:
        raise BadSpec(f"'mean' must be above 0 and at most {_LARGEST_MEAN:,}.", column=read.column)

    def draw(draws: Draws, _: Json) -> int:
        # counts the arrivals of a Poisson process within ``mean``; their gaps are exponential
        count, at = 0, -math.log(draws.uniform())
        while at < mean:
            count += 1
            at -= math.log(draws.uniform())
        return count

    return draw


def _boolean(read: _Settings) -> Draw:
    share = read.number("true", 0.5)
    return lambda draws, _: draws.uniform() < share


def _date(read: _Settings) -> Draw:
    unit = read.text("unit", "day")
    seconds = {"day": 86_400, "hour": 3600, "minute": 60, "second": 1}.get(unit)
    if seconds is None:
        raise BadSpec("'unit' is day, hour, minute or second.", column=read.column)
    try:
        low, high = (
            dt.datetime.fromisoformat(str(read.given.pop(name, default)))
            for name, default in (("low", "2020-01-01"), ("high", "2029-12-31"))
        )
        steps = int((high - low).total_seconds()) // seconds
    except (ValueError, TypeError) as error:
        raise BadSpec("'low' and 'high' are dates such as 2026-01-31.", column=read.column) from error
    if steps < 0:
        raise BadSpec("'low' is after 'high'.", column=read.column)

    def draw(draws: Draws, _: Json) -> str:
        at = low + dt.timedelta(seconds=seconds * draws.below(steps + 1))
        return at.date().isoformat() if unit == "day" else at.isoformat()

    return draw


def _uuid(_: _Settings) -> Draw:
    return lambda draws, _: str(uuid.UUID(int=draws.bits() << 64 | draws.bits(), version=4))


def _person(read: _Settings) -> Draw:
    """A made-up person: an object. The names are those of the installed Faker's lists."""
    locale = read.text("locale", "en_US")
    try:
        _faker(locale)
    except (AttributeError, ImportError) as error:
        raise BadSpec(f"Faker knows no locale {locale!r}.", column=read.column) from error

    def draw(draws: Draws, _: Json) -> dict[str, Json]:
        fake = _faker(locale)
        fake.seed_instance(draws.bits())
        female = draws.below(2) == 0
        first = fake.first_name_female() if female else fake.first_name_male()
        last = fake.last_name()
        return {
            "name": f"{first} {last}",
            "first_name": first,
            "last_name": last,
            "sex": "female" if female else "male",
            "birth_date": (dt.date(1936, 1, 1) + dt.timedelta(days=draws.below(70 * 365))).isoformat(),
            "email": fake.ascii_safe_email(),
            "phone": fake.phone_number(),
            "street": fake.street_address(),
            "city": fake.city(),
            "postal_code": fake.postcode(),
        }

    return draw


@cache
def _faker(locale: str) -> Any:
    from faker import Faker

    return Faker(locale)


_MAKERS: dict[str, Callable[[_Settings], Draw]] = {
    "category": _category,
    "subcategory": _subcategory,
    "uniform": _uniform,
    "integer": _integer,
    "normal": _normal,
    "lognormal": _lognormal,
    "exponential": _exponential,
    "poisson": _poisson,
    "boolean": _boolean,
    "date": _date,
    "uuid": _uuid,
    "person": _person,
}
