"""The devices that click: who they are and how busy each is."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from clickledger.generator.model import DEVICE_TYPES, TrafficModel

TWO_TYPES_EVERY = 50  # each 50th device also reports as another type, as in the real click file
SECOND_TYPE_WEIGHT = 0.3
UNUSUAL_ID_EVERY = 40
UNUSUAL_IDS = ("gerät {}", "端末-{}", "{} kitchen", "d\u00a0{}", "😀{}", "D={}&x")


@dataclass(frozen=True)
class Population:
    """``sources`` are pairs of device and type; ``cumulative`` their weights, summed up, 0..1."""

    sources: list[tuple[str, str]]
    prefixes: list[bytes]  # "deviceId|deviceType|" of each source
    cumulative: NDArray[np.float64]

    def pick(self, random: Generator, count: int) -> NDArray[np.int64]:
        """``count`` sources, each by its weight."""
        return np.searchsorted(self.cumulative, random.random(count), side="right")


def make_population(model: TrafficModel, random: Generator) -> Population:
    """The devices of ``model``, with weights that fall by Zipf's law."""
    types = _types(model, random)
    weights = np.arange(1, model.devices + 1, dtype=np.float64) ** -model.zipf_exponent
    random.shuffle(weights)  # else the busiest devices would all be the first ones
    sources = [(_device_id(number), types[number]) for number in range(model.devices)]
    shares = list(weights)
    for number in range(0, model.devices, TWO_TYPES_EVERY):
        device_id, device_type = sources[number]
        sources.append((device_id, "tablet" if device_type == "mobile" else "mobile"))
        shares.append(weights[number] * SECOND_TYPE_WEIGHT)
    cumulative = np.cumsum(shares)
    cumulative /= cumulative[-1]
    prefixes = [f"{device_id}|{device_type}|".encode() for device_id, device_type in sources]
    return Population(sources, prefixes, cumulative)


def _types(model: TrafficModel, random: Generator) -> list[str]:
    names, shares = zip(*DEVICE_TYPES, strict=True)
    drawn = random.choice(len(names), size=model.devices, p=shares)
    return [names[index] for index in drawn]


def _device_id(number: int) -> str:
    # Multiplying by an odd number is one to one on 32 bits: ids look drawn and never meet.
    name = f"{number * 2654435761 % 2**32:08x}"
    if number % UNUSUAL_ID_EVERY == UNUSUAL_ID_EVERY - 1:
        return UNUSUAL_IDS[number // UNUSUAL_ID_EVERY % len(UNUSUAL_IDS)].format(name)
    return name
