from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sacrebleu.metrics.chrf import CHRF

from adsw.augment.vocabulary import builtin
from adsw.augment.words import words_of
from adsw.store.store import Store
from adsw.text_quality.likeness import SAME, likeness
from adsw.text_quality.report import examples_of
from adsw.text_quality.sample import QualitySample, groups_of, sample_of
from adsw.text_quality.values import COLUMNS, Values, stated, values_of

ASKED = "local:model@1"


@pytest.fixture
def sample(store: Store) -> QualitySample:
    return sample_of(store, ["train", "test"])


def measured(sample: QualitySample) -> Values:
    words = [words_of(text) for text in sample.texts]
    said = stated(sample, words, builtin())
    return values_of(sample, words, groups_of(sample, ASKED), said, likeness(sample))


def test_what_a_text_states_decides_how_many_tracks_it_fits(sample: QualitySample) -> None:
    told: list[int] = []
    words = [words_of(text) for text in sample.texts]
    said = stated(sample, words, builtin(), lambda done, _: told.append(done))
    of_first = said.fits[:6].tolist()
    assert of_first == pytest.approx([1.0, 1.0, 1 / 11, 1 / 11, 1 / 11, 1.0])
    assert said.added[3 * 6 + 3] == ("sitar",)
    assert said.added[0 * 6 + 3] == ()
    assert told == [len(sample)]


def test_listed_is_the_share_of_words_that_only_list_the_tags(sample: QualitySample) -> None:
    texts = list(sample.texts)
    texts[3] = "Jazz and calm; mood, genre."
    changed = replace(sample, texts=tuple(texts))
    said = stated(changed, [words_of(text) for text in texts], builtin())
    assert said.listed[3] == 1.0
    assert said.listed[1] == pytest.approx(1 / 3)
    assert np.isnan(said.listed[[0, 2, 4, 5]]).all()


def test_a_single_track_fits_no_other(sample: QualitySample) -> None:
    alone = np.flatnonzero(sample.track == 0)
    one = replace(
        sample,
        track_ids=sample.track_ids[:1],
        tags=sample.tags[:1],
        texts=sample.texts[: len(alone)],
        track=sample.track[alone],
        source=sample.source[alone],
        words_for=sample.words_for[: len(alone)],
    )
    assert np.isnan(stated(one, [words_of(text) for text in one.texts], builtin()).fits).all()


def test_likeness_is_what_a_plain_double_loop_gives(sample: QualitySample) -> None:
    found = likeness(sample)
    human = np.flatnonzero(sample.of("human"))
    vectors = sample.vectors.astype(np.float64)
    for place in range(len(sample)):
        own = [other for other in human if sample.track[other] == sample.track[place] and other != place]
        others = [other for other in human if sample.track[other] != sample.track[place]]
        near, far = vectors[own] @ vectors[place], vectors[others] @ vectors[place]
        assert found.own[place] == pytest.approx(near.mean(), abs=1e-6)
        assert found.others[place] == pytest.approx(far.mean(), abs=1e-6)
        tied = np.abs(far - near.mean()) <= SAME
        beaten = (far < near.mean()) & ~tied
        assert found.closer[place] == pytest.approx((beaten + 0.5 * tied).mean())


def test_chrf_is_sacrebleus_against_one_caption_of_its_track(sample: QualitySample) -> None:
    found = likeness(sample)
    metric = CHRF()
    for place in (1, 3, 20):
        own = [
            sample.texts[other]
            for other in np.flatnonzero(sample.of("human") & (sample.track == sample.track[place]))
            if other != place
        ]
        scores = [metric.sentence_score(sample.texts[place], [text]).score / 100 for text in own]
        assert min(abs(found.chrf_own[place] - score) for score in scores) < 1e-12
    assert np.isfinite(found.chrf_others).all()


def test_without_human_captions_of_other_tracks_nothing_is_compared(sample: QualitySample) -> None:
    keep = ~sample.of("human") | (sample.track == 2)
    fewer = replace(
        sample,
        texts=tuple(text for text, kept in zip(sample.texts, keep, strict=True) if kept),
        track=sample.track[keep],
        source=sample.source[keep],
        vectors=sample.vectors[keep],
    )
    found = likeness(fewer)
    for values in (found.own, found.others, found.closer, found.chrf_own, found.chrf_others):
        assert np.isnan(values).all()


def test_every_column_is_there_and_derived_ones_follow(sample: QualitySample) -> None:
    columns = measured(sample).columns
    assert columns.keys() == COLUMNS.keys()
    caption = sample.of("caption")
    assert columns["hallucinated"][3 * 6 + 3] == 1
    assert np.nansum(columns["hallucinated"]) == 1
    assert np.isnan(columns["coverage"][sample.of("tags")]).all()
    assert np.nansum(columns["retried"]) == 1
    assert columns["shared"][1] == 1
    assert columns["other_tracks"][1] == 11
    assert columns["words"][1] == 3
    assert columns["complete"][4] == 1
    assert columns["complete"][5] == 0
    assert np.isfinite(columns["typicality"]).sum() == len(sample) - 1  # The only stand-in has no other to be like.
    assert columns["human_margin"][caption] == pytest.approx((columns["human_own"] - columns["human_others"])[caption])


def test_examples_are_what_stands_out_each_string_once(sample: QualitySample) -> None:
    words = [words_of(text) for text in sample.texts]
    said = stated(sample, words, builtin())
    found = examples_of(sample, groups_of(sample, ASKED), measured(sample), said)
    assert {example.group for example in found} == {"caption by local:model@1", "stand-in by template@1"}
    added = [example for example in found if example.kind == "adds most"]
    assert [(example.text, example.added, example.figure) for example in added] == [
        ("Some jazz, dark and with a sitar.", ("sitar",), 1.0)
    ]
    shared = [example for example in found if example.kind == "on most tracks"]
    assert [(example.text, example.figure) for example in shared] == [("A jazz tune.", 11.0)]
    assert not [example for example in found if example.kind == "states least"]
    random = [example.text for example in found if example.kind == "random"]
    assert len(set(random)) == len(random)
