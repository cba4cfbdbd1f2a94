"""Numbers in all writings become digits: 1,000, 一千, two thousand, тысяча; No 6, 第六, sixth, шестая."""

import re

# "One" and "один" are left out: as pronouns ("the new one") they are far more frequent than as numbers.
_ENGLISH = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
_ENGLISH_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_RUSSIAN = {
    "два": 2, "две": 2, "двух": 2, "двум": 2, "три": 3, "трех": 3, "трем": 3, "четыре": 4, "четырех": 4,
    "пять": 5, "пяти": 5, "шесть": 6, "шести": 6, "семь": 7, "семи": 7, "восемь": 8, "восьми": 8,
    "девять": 9, "девяти": 9, "десять": 10, "десяти": 10, "двадцать": 20, "двадцати": 20, "тридцать": 30,
    "пятьдесят": 50, "сто": 100, "двести": 200, "триста": 300, "четыреста": 400, "пятьсот": 500,
    "шестьсот": 600, "семьсот": 700, "восемьсот": 800, "девятьсот": 900,
}  # fmt: skip
_RUSSIAN_ORDINALS = re.compile(
    r"\b(?:(перв)|(втор)|(трет)|(четверт)|(пят)|(шест)|(седьм)|(восьм)|(девят)|(десят))"
    r"(?:ый|ой|ий|ая|ое|ье|ые|ья|ого|его|ьего|ому|ей|ую|ью|ых|ым|ыми|ом)\b"
)
_CARDINALS = {word: value for value, word in enumerate(_ENGLISH, 2)} | _RUSSIAN
_ORDINALS = {word: value for value, word in enumerate(_ENGLISH_ORDINALS, 1)}
_CARDINAL = re.compile(rf"\b({'|'.join(sorted(_CARDINALS, key=len, reverse=True))})\b( hundred\b)?")
_NAMED_ONE = re.compile(r"\b(number|no|plant|hospital|номер) (?:one|один)\b")
_THOUSANDS = re.compile(r"\b(?:(\d+) ?)?(?:thousand|тысяч[аиу]?|тыс)(?: (\d{3})\b)?(?!\w)")
_SEPARATOR = re.compile(r"(?<=\d)[, ](?=\d{3}(?!\d))")
_ENGLISH_ORDINAL = re.compile(rf"\b(?:{'|'.join(_ORDINALS)})\b|\b(\d+)(?:st|nd|rd|th)\b")
_NUMBER_SIGN = re.compile(r"(?:\bno\.?|\bnumber|\bномер|#|第) ?(?=\d)")

_CHINESE = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_CHINESE_COUNT = re.compile(
    "(?:[一二两三四五六七八九]+[十百千万]|[十百])[一二两三四五六七八九十百千万零]*|第[一二三四五六七八九]"
)
_CHINESE_LABEL = re.compile(
    "[一二三四五六七八九](?=号|院|医院|厂|水厂|净水厂|人民医院|[、和跟][一二三四五六七八九](?:号|院|医院|厂|水厂))"
)

#: Most texts have no number in them, and this finds that out in a tenth of the time.
_MAY_COUNT = re.compile(
    rf"\d|[一二三四五六七八九十百千万两]|тыс|{'|'.join([*_CARDINALS, *_ORDINALS, 'thousand', 'hundred', 'number'])}"
    r"|номер|перв|втор|трет|четверт|пят|шест|седьм|восьм|девят|десят"
)


def in_digits(folded: str) -> str:
    """A folded text with its numbers in digits, and without the sign or word for "number" before them."""
    if not _MAY_COUNT.search(folded):
        return folded
    text = _CHINESE_COUNT.sub(lambda number: str(_chinese_value(number[0].removeprefix("第"))), folded)
    text = _CHINESE_LABEL.sub(lambda digit: str(_CHINESE[digit[0]]), text)
    text = _RUSSIAN_ORDINALS.sub(lambda word: str(word.lastindex), text)
    text = text.replace("полторы тысячи", "1500").replace("полутора тысяч", "1500")
    text = _ENGLISH_ORDINAL.sub(lambda word: word[1] or str(_ORDINALS[word[0]]), text)
    text = _CARDINAL.sub(lambda word: str(_CARDINALS[word[1]] * (100 if word[2] else 1)), text)
    text = _NAMED_ONE.sub(r"\1 1", _SEPARATOR.sub("", text))
    text = _THOUSANDS.sub(lambda found: str(int(found[1] or 1) * 1000 + int(found[2] or 0)), text)
    return _NUMBER_SIGN.sub("", text)


def _chinese_value(characters: str) -> int:
    """The value of a Chinese number; a digit after a unit counts in the next lower unit (一千五 is 1500)."""
    value, digit, unit = 0, 0, 1
    for character in characters:
        if character in _CHINESE_UNITS:
            unit = _CHINESE_UNITS[character]
            value, digit = (value + (digit or 1) * unit, 0) if unit < 10000 else ((value + digit) * unit, 0)
        else:
            digit = _CHINESE[character]
            unit = 10 if character in "零〇" else unit
    return value + digit * (unit // 10 if unit >= 100 else 1)
