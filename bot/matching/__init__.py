"""Any text to scores, without knowing of cities: it knows lists of entries and their phrasings.

`normalize` makes a Query of a text, with `numerals`, `spelling` and `transliterate`. `features` are what of it is
compared, `index` compares it with all phrasings, by words, letters and the meaning of an `encoder`. `classifier`
learns from phrasings, `calibration` makes probabilities of scores. `matcher` is all of this for any list; a city has
`bot.answers`.
"""
