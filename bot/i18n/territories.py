"""Countries by time zone."""

from babel.core import get_global


def country_of(time_zone: str) -> str | None:
    """The ISO 3166-1 code of a time zone's country (Unicode CLDR), or None."""
    country: str | None = get_global("zone_territories").get(time_zone)
    return country
