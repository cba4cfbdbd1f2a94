"""The table of languages, lazily translated messages, gettext catalogues, and dates as people write them."""
