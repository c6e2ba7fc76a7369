"""Captions per CPU second of one process of smollm2, by batch size, and whether answers depend on the batch.

    OMP_NUM_THREADS=1 python benchmarks/captions.py [VIEWS]

CPU seconds, since other work on the machine does not change them; processes share nothing, so two quiet cores caption
twice as many.
"""

from __future__ import annotations

import random
import sys
import time

import torch

from adsw.augment.captions.backend import Answer
from adsw.augment.captions.captioner import model_plan
from adsw.augment.captions.protocol import Asking, CaptionOptions, written
from adsw.augment.captions.registry import backend_of

TAGS = {
    "form": ("jig", "reel", "waltz", "folk song", "madrigal"),
    "instrument": ("violin", "flute", "harpsichord", "cello", "banjo"),
    "metre": ("2/4 time", "3/4 time", "6/8 time"),
    "mode": ("major", "minor", "dorian"),
    "region": ("Irish", "German", "Chinese", "Italian"),
    "register": ("low register", "middle register", "high register"),
    "tempo": ("slow", "moderate", "fast"),
}
BATCHES = (64, 32, 16)


def main(count: int) -> None:
    """Print a table."""
    torch.set_num_threads(1)
    draw = random.Random(0)
    views = [
        written({name: (draw.choice(TAGS[name]),) for name in draw.sample(sorted(TAGS), draw.randint(1, len(TAGS)))})
        for _ in range(count)
    ]
    options = CaptionOptions(prompt="small", temperature=0, max_tokens=56)
    print(f"{'batch':>6} {'captions per CPU s':>19} {'as with the first batch size':>30}")
    first: dict[int, Answer] = {}
    for batch in BATCHES:
        plan = model_plan("smollm2", options, Asking(batch_size=batch))
        assert plan is not None
        engine = backend_of(plan.model.kind).engine(plan.model, plan.asking)
        questions = [plan.question(view, 1) for view in views]
        engine.ask(questions[:2], {}.__setitem__)  # warm: the shared beginning is computed here
        answers: dict[int, Answer] = {}
        began = time.process_time()
        engine.ask(questions, answers.__setitem__)
        speed = count / (time.process_time() - began)
        first = first or answers
        same = sum(answers[number].text == first[number].text for number in answers)
        print(f"{batch:>6} {speed:>19.1f} {f'{same} of {count}':>30}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 128)
