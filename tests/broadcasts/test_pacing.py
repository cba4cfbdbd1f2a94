"""The throughput of a broadcast is that of the last seconds; there is none before it was measured."""

from bot.broadcasts.pacing import ThroughputMeter


def test_in_the_first_second_the_speed_is_unknown() -> None:
    """Three messages in a tenth of a second are not yet thirty a second."""
    assert ThroughputMeter(100.0, 0).per_second(100.1, 3) == 0.0


def test_the_speed_follows_the_last_ten_seconds() -> None:
    """A stop makes it look slow for ten seconds and no longer; what was sent before the start does not count."""
    speed = ThroughputMeter(100.0, 500)

    assert speed.per_second(102.0, 560) == 30.0
    assert speed.per_second(130.0, 560) == 0.0
    assert [speed.per_second(130.0 + second, 560 + 20 * second) for second in range(1, 12)][-1] == 20.0


def test_it_does_not_grow_however_often_it_is_looked_at() -> None:
    """Looks that lie closer than half a second are not remembered, nor those of more than ten seconds ago."""
    speed = ThroughputMeter(0.0, 0)
    for look in range(10_000):
        speed.per_second(look * 0.01, look)

    assert speed.per_second(100.0, 10_000) == 100.0
