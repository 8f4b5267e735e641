"""What every `Publisher` keeps: what was pushed can be fetched, twice is once, and no crash pays twice."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.publishers import PLACES, Place
from lookalike.errors import Cancelled, Unavailable
from lookalike.publish.base import Bytes, FileInfo, Json, Receipt
from lookalike.watch import Unwatched


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with PLACES[request.param](tmp_path) as found:
        yield found


def file_of(size: int, seed: int = 0) -> Bytes:
    data = random.Random(seed).randbytes(size)
    info = FileInfo(
        name="rows.csv",
        size_bytes=size,
        sha256=hashlib.sha256(data).hexdigest(),
        media_type="text/csv",
        tags={"Model": "0f" * 32},
    )
    return Bytes(info, data)


class Killed(BaseException):
    """As when the process ends there: nobody catches it."""


class States:
    """Keeps what was saved as a document does, as JSON; dies before or after the n-th time."""

    def __init__(self, *, before: int | None = None, after: int | None = None) -> None:
        self.saved: list[str] = []
        self._before = before
        self._after = after

    def save(self, state: Json) -> None:
        if len(self.saved) + 1 == self._before:
            raise Killed
        self.saved.append(json.dumps(state))
        if len(self.saved) == self._after:
            raise Killed

    @property
    def last(self) -> Json | None:
        return json.loads(self.saved[-1]) if self.saved else None


class Told(Unwatched):
    def __init__(self, *, stopped: bool = False) -> None:
        self.told: list[tuple[int, int]] = []
        self._stopped = stopped

    def progress(self, done: int, total: int) -> None:
        self.told.append((done, total))

    def stop(self) -> bool:
        return self._stopped


def push(place: Place, file: Bytes, states: States | None = None, watch: Told | None = None) -> Receipt:
    states = states or States()
    return place.publisher().push(file, states.last, states.save, watch=watch or Told())


def test_what_was_pushed_is_fetched_from_its_address_whatever_its_size(place: Place) -> None:
    for size in place.sizes:
        file = file_of(size, size)
        receipt = push(place, file)
        place.settle()
        assert place.fetch(receipt) == file.data, size
        assert receipt.where == place.publisher().where
        assert Receipt.of_dict(json.loads(json.dumps(receipt.to_dict()))) == receipt


def test_a_quote_sends_nothing_and_says_what_it_would_mean(place: Place) -> None:
    file = file_of(1000)
    quote = place.publisher().quote(file.info)
    assert quote.where == place.publisher().where
    assert quote.price.isdigit()
    assert place.things() == 0


def test_a_pushed_file_becomes_final(place: Place) -> None:
    receipt = push(place, file_of(70_000))
    assert place.publisher().status(receipt) in ("pending", "final")
    place.settle()
    assert place.publisher().status(receipt) == "final"


def test_publishing_twice_is_one_publication(place: Place) -> None:
    file, states = file_of(70_000), States()
    first = push(place, file, states)
    again = push(place, file, states)
    assert again.address == first.address
    place.settle()
    assert place.things() == 1


def test_progress_rises_to_the_whole_of_the_file(place: Place) -> None:
    file, watch = file_of(3_000_000), Told()
    push(place, file, watch=watch)
    done = [one for one, _ in watch.told]
    assert done == sorted(done)
    assert watch.told[-1] == (3_000_000, 3_000_000)


def test_stopped_before_the_point_of_no_return_leaves_nothing(place: Place) -> None:
    states = States()
    with pytest.raises(Cancelled):
        push(place, file_of(3_000_000), states, Told(stopped=True))
    assert states.saved == []
    assert place.things() == 0


@pytest.mark.parametrize("side", ["before", "after"])
def test_killed_at_any_save_it_goes_on_and_publishes_once(place: Place, side: str) -> None:
    """Every save in turn, with a file of its own: what comes out is as if nothing had happened."""
    whole = States()
    push(place, file_of(3_000_000, 1000), whole)
    for number in range(1, len(whole.saved) + 1):
        before = place.things()
        file = file_of(3_000_000, number)
        states = States(**{side: number})
        with pytest.raises(Killed):
            push(place, file, states)
        going_on = States()
        going_on.saved = states.saved
        receipt = push(place, file, going_on)
        place.settle()
        assert place.fetch(receipt) == file.data
        assert place.things() == before + 1, (side, number)


def test_a_server_that_is_down_is_unavailable_and_later_there_again(place: Place) -> None:
    if place.stop is None:
        pytest.skip("no server")
    file, states = file_of(70_000), States()
    place.stop()
    with pytest.raises(Unavailable):
        push(place, file, states)
    place.start()
    receipt = push(place, file, states)
    place.settle()
    assert place.fetch(receipt) == file.data
    assert place.things() == 1
