"""The table of languages, messages that are translated later, gettext catalogues, and dates as people write them."""
