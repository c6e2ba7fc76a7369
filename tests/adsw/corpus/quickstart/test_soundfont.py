"""SoundFont files: a tiny one written by hand, so that every rule of the format that is read has its number."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from adsw.corpus.quickstart.synth import SoundFont

Zones = list[list[tuple[int, int]]]
ROOT, KEYS, VELOCITIES, SAMPLE, INSTRUMENT = 58, 43, 44, 53, 41


def span(low: int, high: int) -> int:
    """Two bytes of a range, as the signed number they are stored as."""
    return int.from_bytes(bytes([low, high]), "little", signed=True)


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def bags(zones: Zones) -> tuple[bytes, bytes]:
    starts = np.cumsum([0, *(len(zone) for zone in zones)])
    generators = [generator for zone in zones for generator in zone] + [(0, 0)]
    return b"".join(struct.pack("<HH", start, 0) for start in starts), b"".join(
        struct.pack("<Hh", *generator) for generator in generators
    )


def soundfont(path: Path, instrument: Zones, preset: Zones) -> SoundFont:
    """One preset (program 5) of one instrument, with two samples: 1,000 samples at 22,050 Hz, key 60, 10 cents flat."""
    ibag, igen = bags(instrument)
    pbag, pgen = bags(preset)
    samples = np.arange(2000, dtype="<i2").tobytes()
    header = [
        struct.pack("<20sIIIIIBbHH", b"one", 0, 1000, 200, 900, 22050, 60, 10, 0, 1),
        struct.pack("<20sIIIIIBbHH", b"two", 1000, 2000, 1200, 1900, 44100, 72, 0, 0, 1),
        struct.pack("<20sIIIIIBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0),
    ]
    pieces = b"".join(
        [
            chunk(
                b"phdr", struct.pack("<20sHHH12x", b"p", 5, 0, 0) + struct.pack("<20sHHH12x", b"EOP", 0, 0, len(preset))
            ),
            chunk(b"pbag", pbag),
            chunk(b"pgen", pgen),
            chunk(b"inst", struct.pack("<20sH", b"i", 0) + struct.pack("<20sH", b"EOI", len(instrument))),
            chunk(b"ibag", ibag),
            chunk(b"igen", igen),
            chunk(b"shdr", b"".join(header)),
        ]
    )
    body = b"sfbk" + chunk(b"LIST", b"sdta" + chunk(b"smpl", samples)) + chunk(b"LIST", b"pdta" + pieces)
    path.write_bytes(chunk(b"RIFF", body))
    return SoundFont(path)


def test_a_zone_at_its_root_plays_as_recorded(tmp_path: Path) -> None:
    font = soundfont(tmp_path / "a.sf2", [[(SAMPLE, 0)]], [[(INSTRUMENT, 0)]])
    (zone,) = font.zones(5, 60, 90)
    assert (zone.start, zone.end, zone.rate, zone.loop) == (0, 1000, 22050, None)
    assert zone.step == pytest.approx(2 ** (10 / 1200))  # the recording's own correction
    assert zone.gain == 1.0
    assert zone.cutoff_hz is None
    assert (zone.sustain, zone.delay_s) == (1.0, pytest.approx(2**-10))
    assert font.samples.shape == (2000,)
    assert font.samples[1000] == pytest.approx(1000 / 32768)


def test_pitch_follows_root_tuning_and_scale(tmp_path: Path) -> None:
    zones = [[(ROOT, 48), (51, -1), (52, 25), (SAMPLE, 1)]]
    font = soundfont(tmp_path / "a.sf2", zones, [[(51, 2), (52, -5), (INSTRUMENT, 0)]])
    assert font.zones(5, 60, 90)[0].step == pytest.approx(2 ** ((1200 + 100 + 20) / 1200))
    drum = soundfont(tmp_path / "b.sf2", [[(56, 0), (SAMPLE, 1)]], [[(INSTRUMENT, 0)]])
    assert drum.zones(5, 30, 90)[0].step == drum.zones(5, 90, 90)[0].step == 1.0


def test_zones_answer_to_keys_and_velocities(tmp_path: Path) -> None:
    zones = [
        [(KEYS, span(0, 59)), (SAMPLE, 0)],
        [(KEYS, span(60, 127)), (VELOCITIES, span(0, 80)), (SAMPLE, 0)],
        [(KEYS, span(60, 127)), (VELOCITIES, span(81, 127)), (SAMPLE, 1)],
    ]
    font = soundfont(tmp_path / "a.sf2", zones, [[(KEYS, span(0, 100)), (INSTRUMENT, 0)]])
    assert [len(font.zones(5, key, 90)) for key in (59, 60, 100, 101)] == [1, 1, 1, 0]
    assert [font.zones(5, 60, velocity)[0].start for velocity in (80, 81)] == [0, 1000]


def test_a_global_zone_holds_for_all_and_presets_add(tmp_path: Path) -> None:
    zones = [[(48, 100), (38, 0)], [(SAMPLE, 0)], [(48, 50), (SAMPLE, 1)]]
    font = soundfont(tmp_path / "a.sf2", zones, [[(48, 25)], [(INSTRUMENT, 0)]])
    first, second = font.zones(5, 60, 90)
    assert first.gain == pytest.approx(10 ** (-0.4 * 125 / 200))
    assert second.gain == pytest.approx(10 ** (-0.4 * 75 / 200))
    assert (first.release_s, second.release_s) == (1.0, 1.0)


def test_loops_envelopes_and_filters(tmp_path: Path) -> None:
    zones = [[(54, 1), (2, 5), (3, -10), (8, 6900), (34, -1200), (36, 1200), (37, 200), (SAMPLE, 0)]]
    (zone,) = soundfont(tmp_path / "a.sf2", zones, [[(INSTRUMENT, 0)]]).zones(5, 60, 90)
    assert zone.loop == (205, 890)
    assert zone.cutoff_hz == pytest.approx(440, rel=1e-3)
    assert (zone.attack_s, zone.decay_s, zone.sustain) == (0.5, 2.0, pytest.approx(0.1))
    opened = [[(8, 6900), (11, 1200), (SAMPLE, 0)]]
    (zone,) = soundfont(tmp_path / "b.sf2", opened, [[(INSTRUMENT, 0)]]).zones(5, 60, 90)
    assert zone.cutoff_hz == pytest.approx(880, rel=1e-3)


def test_decay_shortens_with_the_key(tmp_path: Path) -> None:
    zones = [[(36, 0), (40, 100), (SAMPLE, 0)]]
    font = soundfont(tmp_path / "a.sf2", zones, [[(INSTRUMENT, 0)]])
    assert font.zones(5, 72, 90)[0].decay_s == pytest.approx(0.5)


def test_unknown_programs_and_other_files_are_refused(tmp_path: Path) -> None:
    font = soundfont(tmp_path / "a.sf2", [[(SAMPLE, 0)]], [[(INSTRUMENT, 0)]])
    with pytest.raises(KeyError):
        font.zones(6, 60, 90)
    (tmp_path / "b.sf2").write_bytes(b"RIFF\x10\0\0\0WAVEfmt nothing")
    with pytest.raises(ValueError, match="no SoundFont 2 file: it lacks ibag"):
        SoundFont(tmp_path / "b.sf2")
