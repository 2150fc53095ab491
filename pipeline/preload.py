"""What the server of further processes loads, once for all that it starts: shared, and never looked through for garbage."""

from __future__ import annotations

import gc

from pipeline.processes import collect_rarely

collect_rarely()  # before anything else is loaded

import pebble  # noqa: E402, F401

import pipeline.batch  # noqa: E402
import pipeline.confine  # noqa: E402, F401

gc.freeze()
