"""Recipients of the broadcasts in these tests."""

from datetime import timedelta

ANN, BEN, CAT, DAN, GROUP, NEW = 11, 12, 13, 14, -100, -1_001_000
SECOND = timedelta(seconds=1)
