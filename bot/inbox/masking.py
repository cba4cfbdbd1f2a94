"""Masks personal data in a question before it is stored.

Masked are numbers of identity cards, bank cards and telephones, number plates, e-mail addresses, names of Telegram
accounts, links, and the name after "my name is", 我叫 or «меня зовут»; `masking.yaml` has the words of each language.

Digits are recognised in every script, in full width, as Chinese numerals, and with spaces, dashes, dots, brackets and
invisible characters in between. A run of 7 or more digits is masked whatever it means, because no question about a
city's projects needs one. Shorter numbers, years, dates, prices and house numbers stay.
"""

import re
import unicodedata
from pathlib import Path

from bot.i18n.word_patterns import read_word_patterns

#: The replacements of masked parts.
NUMBER, PLATE, EMAIL, ACCOUNT, LINK, NAME = "[number]", "[plate]", "[e-mail]", "[account]", "[link]", "[name]"
#: Matches each of them.
MASKED = re.compile("|".join(map(re.escape, (NUMBER, PLATE, EMAIL, ACCOUNT, LINK, NAME))))

_PATTERNS = read_word_patterns(Path(__file__).with_name("masking.yaml"))

_CHINESE_DIGITS = dict(zip("〇零一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖", "0012345678912123456789", strict=True))
#: Characters that people put between the digits of a number.
_BETWEEN = r"[\s\-‐-―.·•/\\()\[\]（）+_,，、~*#:]{0,3}"
#: A run of this many digits is masked.
_MIN_DIGITS = 7
#: Longer texts are cut.
_MAX_LENGTH = 1000

_DATE = re.compile(r"(?:19|20)\d\d[-./年]\d{1,2}(?:[-./月]\d{1,2}日?)?|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d")
_YEARS = re.compile(r"(?:19|20)\d\d(?:\s?[-–—/,、至到]\s?(?:19|20)\d\d)*")
_LOCAL = re.compile(r"(?<!\d)(?:\d\d-\d\d-\d\d|\d{3}-\d{3})(?![\d-])")
_RUN = re.compile(rf"\d(?:{_BETWEEN}\d){{{_MIN_DIGITS - 1},}}{_BETWEEN}[xх]?(?![a-zа-я])", re.IGNORECASE)

_LINK = re.compile(
    r"(?:https?|tg|ftp)\s?:\s?//\S+|\bwww\.\S+|\b(?:t\.me|telegram\.me|telegram\.dog)/\S+"
    r"|\b[a-z0-9-]{2,}(?:\.[a-z0-9-]{2,})*\.(?:com|ru|cn|org|net|info|io|me|su|рф)(?:/\S*)?(?![\w@])",
    re.IGNORECASE,
)
_AT, _DOT = (rf"\s(?:{_PATTERNS.any_of(name).pattern})\s" for name in ("at", "dot"))
_EMAIL = re.compile(
    rf"[\w.+%-]+\s?(?:@|{_PATTERNS.any_of('at_sign').pattern})\s?"
    rf"[\w-]+(?:\s?(?:\.|{_PATTERNS.any_of('dot_sign').pattern})\s?[\w-]+)+"
    rf"|[\w.+%-]+(?:{_DOT}[\w-]+){{0,3}}{_AT}[\w-]+(?:{_DOT}[\w-]+){{0,2}}"
    rf"{_DOT}(?:com|ru|cn|org|net|ру|рф|ком)\b",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"@\s?\w{3,}")

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_PLATE = re.compile(
    # China: 黑A12345, new energy vehicles 黑AD12345; with a dot or space after the letter.
    rf"[{_PROVINCES}]\s?[a-z]\s?[·•.\-]?\s?(?=[a-z0-9]*\d)[a-z0-9]{{4,5}}[a-z0-9挂学警港澳](?![a-z0-9])"
    # Russia: А123ВС77, also in Latin letters.
    r"|(?<![a-zа-я0-9])[авекмнорстухabekmhopctyx]\s?\d{3}\s?[авекмнорстухabekmhopctyx]{2}\s?\d{2,3}(?!\d)"
    # Kazakhstan: 123ABC02.
    r"|(?<![a-z0-9])\d{3}[a-z]{3}\d{2}(?![a-z0-9])"
    # Latin: letters and digits adjacent or with dashes; with spaces only in capitals, so that "bus 104" stays.
    r"|(?<![a-z0-9])[a-z]{1,3}(?:-[a-z]{1,2})?-?\d{3,4}-?[a-z]{1,3}(?![a-z0-9])"
    r"|(?<![a-z0-9])(?:[a-z]{1,3}-[a-z]{1,2}-?\d{1,4}|[a-z]{3}-?\d{3,4})(?![a-z0-9])"
    r"|(?<![A-Za-z0-9])(?-i:[A-Z]{1,3}(?:[ -][A-Z]{1,2})? \d{1,4}(?: [A-Z]{1,3}|(?<=\d{4})|(?<=\d{3})))(?![A-Za-z0-9])",
    re.IGNORECASE,
)

_NAMES = (
    *_PATTERNS.each("names", re.IGNORECASE | re.VERBOSE),
    *_PATTERNS.each("capitalised_names", re.VERBOSE),
)

_HAN = "[㐀-䶿一-鿿]"
#: Half-width punctuation after a Chinese character, and parentheses, with their Chinese forms.
_CHINESE_MARKS = re.compile(rf"(?<={_HAN})[,?!;:]+")
_CHINESE_BRACKETS = re.compile(rf"(?<={_HAN})\(([^()]*)\)")
_FULL_WIDTH = str.maketrans(",?!;:", "，？！；：")


def mask(text: str) -> str:
    """A question on one line without personal data and control characters; at most 1,000 characters.

    Chinese gets Chinese punctuation, because staff publish it as a way of asking.
    """
    shown = "".join(_visible(character) for character in text[: 4 * _MAX_LENGTH])
    folded = unicodedata.normalize("NFKC", shown)
    line = " ".join(folded.split())[:_MAX_LENGTH]
    for pattern, put in (
        (_EMAIL, EMAIL),
        (_LINK, LINK),
        (_ACCOUNT, ACCOUNT),
        (_PLATE, PLATE),
    ):
        line = pattern.sub(put, line)
    for names in _NAMES:
        line = names.sub(_without_name, line)
    return _with_chinese_marks(_without_numbers(line))


def _with_chinese_marks(line: str) -> str:
    marked = _CHINESE_MARKS.sub(lambda found: found[0].translate(_FULL_WIDTH), line)
    return _CHINESE_BRACKETS.sub(r"（\1）", marked)


def _without_name(found: re.Match[str]) -> str:
    return f"{next(filter(None, found.groups()))}{NAME}"


def _without_numbers(line: str) -> str:
    """Mask each long run of digits in a line; they are found in a copy in which every digit is ASCII."""
    digits = "".join(_digit(character) for character in line)
    parts, end = [], 0
    for found in _RUN.finditer(digits):
        if _is_harmless(found[0]):
            continue
        stop = found.end() - (len(found[0]) - len(found[0].rstrip(" .,，、:/-")))
        parts += [line[end : found.start()], NUMBER]
        end = stop
    return _LOCAL.sub(NUMBER, "".join([*parts, line[end:]]))


def _is_harmless(run: str) -> bool:
    """Whether a run of digits is a date or a range of years."""
    bare = run.strip(" .,，、:/-")
    return bool(_DATE.fullmatch(bare) or _YEARS.fullmatch(bare))


def _digit(character: str) -> str:
    """The ASCII form of a digit, or the character itself; always one character."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return _CHINESE_DIGITS.get(character, character)


def _visible(character: str) -> str:
    """A character as stored: control characters and line breaks become spaces, invisible ones are removed."""
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    return "" if category in ("Cf", "Cs", "Co", "Cn") else character
