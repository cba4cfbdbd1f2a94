"""From any text to scores over a list of entries and their phrasings; nothing here knows about cities.

`normalize` turns a text into a Query, with `numerals`, `spelling` and `transliterate`. `features` extracts what is
compared. `index` compares a query with all phrasings by words, letters and the meaning from an `encoder`. `classifier`
learns from phrasings, and `calibration` turns scores into probabilities. `matcher` combines all of this for any list;
for a city, `bot.answers` does.
"""
