"""The cases of `faults.yaml`, with the values that the reader of files refuses already, such as NaN."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from adsw.yaml_file import PlainLoader

FILE: Any = yaml.load(Path(__file__).with_name("faults.yaml").read_text(encoding="utf-8"), PlainLoader)
