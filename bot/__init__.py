"""Minsheng: a city answers its citizens in Telegram from one reviewed file."""

import gc
import os

# Imports and the knowledge are a million objects that stay. With Python's default thresholds the garbage collector
# scans them again and again: 10 to 16 % of the time of `import bot.app`.
gc.set_threshold(50_000, 20, 100)

# A question is too small for several threads of linear algebra: on two busy processors they waited for each other a
# hundred times longer than they computed. numpy's OpenBLAS reads this once, when it is loaded.
os.putenv("OPENBLAS_NUM_THREADS", "1")

# The phrase table takes 40 MB; `bot/answers/signs/sounds.yaml` contains the part that is needed.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")

__version__ = "0.1.0"
