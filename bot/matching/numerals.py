"""Converts numbers in any notation to digits: 1,000, 一千, two thousand, 1,5 млн; No 6, 第六, sixth, twenty-first.

The patterns decide which words form one number; `_words_value` and `_chinese_value` compute its value. Values are
fractions, which are exact for "0.3万" and have no upper limit.
"""

import re
from fractions import Fraction

_ONES = "two three four five six seven eight nine".split()
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()

# The Russian words for each value in all cases, in ascending order of the values.
_RUSSIAN_ONES = (
    "два две двух двум двумя",
    "три трех трем тремя",
    "четыре четырех четырем четырьмя",
    "пять пяти пятью",
    "шесть шести шестью",
    "семь семи",
    "восемь восьми восемью восьмью",
    "девять девяти девятью",
)
_RUSSIAN_TEENS = tuple(
    f"{stem}ь {stem}и {stem}ью"
    for stem in (
        "десят одиннадцат двенадцат тринадцат четырнадцат пятнадцат шестнадцат семнадцат восемнадцат девятнадцат"
    ).split()
)
_RUSSIAN_TENS = (
    "двадцать двадцати двадцатью",
    "тридцать тридцати тридцатью",
    "сорок сорока",
    "пятьдесят пятидесяти пятьюдесятью",
    "шестьдесят шестидесяти шестьюдесятью",
    "семьдесят семидесяти семьюдесятью",
    "восемьдесят восьмидесяти восьмьюдесятью восемьюдесятью",
    "девяносто девяноста",
)
_RUSSIAN_HUNDREDS = (
    "сто ста",
    "двести двухсот двумстам двумястами двухстах",
    "триста трехсот тремстам тремястами трехстах",
    "четыреста четырехсот четыремстам четырьмястами четырехстах",
    "пятьсот пятисот пятистам пятьюстами пятистах полтысячи",
    "шестьсот шестисот шестистам шестьюстами шестистах",
    "семьсот семисот семистам семьюстами семистах",
    "восемьсот восьмисот восьмистам восьмьюстами восемьюстами восьмистах",
    "девятьсот девятисот девятистам девятьюстами девятистах",
)


def _values(words: tuple[str, ...] | list[str], first: int, step: int = 1) -> dict[str, Fraction]:
    """The value of each word; words separated by spaces have the same value."""
    return {word: Fraction(first + step * place) for place, same in enumerate(words) for word in same.split()}


def _any_of(words: dict[str, Fraction]) -> str:
    """A pattern that matches one of the words, longest first."""
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"


_ONE_WORDS = _values(_ONES, 2) | _values(_RUSSIAN_ONES, 2)
_TEEN_WORDS = _values(_TEENS, 10) | _values(_RUSSIAN_TEENS, 10)
_TEN_WORDS = _values(_TENS, 20, 10) | _values(_RUSSIAN_TENS, 20, 10)
_HUNDRED_WORDS = _values(_RUSSIAN_HUNDREDS, 100, 100) | {"полтораста": Fraction(150), "полсотни": Fraction(50)}
#: Words that are more frequent in other senses ("the new one", "семью": a family) count only within a longer number.
_INNER_WORDS = _values(["one один одна одно одну одного одной одному одним одном"], 1) | {"семью": Fraction(7)}
_HALF_WORDS = dict.fromkeys(("half", "половиной"), Fraction(1, 2))
_ONE_AND_A_HALF = dict.fromkeys(("полтора", "полторы", "полутора"), Fraction(3, 2))
_COUPLE = dict.fromkeys(("couple", "пара", "пару"), Fraction(2))
_VALUES = (
    _ONE_WORDS | _TEEN_WORDS | _TEN_WORDS | _HUNDRED_WORDS | _INNER_WORDS | _HALF_WORDS | _ONE_AND_A_HALF | _COUPLE
)

#: The end of a word in letters; a Chinese character may follow.
_WORD_END = r"(?![^\W_一-鿿])"
_DIGITS = r"(?<!\d)(?<!\d[.,])\d+(?:[.,]\d+)?"
_THOUSAND = r"(?:thousands?|тысяч(?:ами|ам|ах|ей|ью|[аиуе])?|тыщ(?:ами|ам|ах|[аиуе])?|тыс)(?!\w)(?:(?<=тыс)\.)?"
_COUPLE_OF = r"(?:\b(?:a )?couple(?: of)?|\bпар[ау])"
_BELOW_20 = rf"(?:{_any_of(_TEEN_WORDS | _ONE_WORDS)}\b)"
_LAST = rf"(?:{_any_of(_TEEN_WORDS | _ONE_WORDS | _INNER_WORDS)}\b)"
_TENS_AND_ONES = rf"(?:{_any_of(_TEN_WORDS)}\b(?:[ -]{_any_of(_ONE_WORDS | _INNER_WORDS)}\b)?)"
_TIMES_100 = (
    rf"(?:\ba|one|{_any_of(_ONE_AND_A_HALF)}|{_COUPLE_OF}|(?<![\d.,])\d{{1,2}}"
    rf"|(?:{_TENS_AND_ONES}|{_BELOW_20})(?: and a half)?)"
)
_HUNDREDS = rf"(?:{_any_of(_HUNDRED_WORDS)}\b|(?:{_TIMES_100}[ -])?\bhundred\b|{_TIMES_100} сот(?:ни|ен)\b)"
_BELOW_1000 = rf"(?>{_HUNDREDS}(?: (?:and )?(?:{_TENS_AND_ONES}|{_LAST}))?|{_TENS_AND_ONES}|{_BELOW_20})"
_MULTIPLIER = (
    rf"(?:\bhalf an?|\ba half|(?:{_any_of(_INNER_WORDS)}|{_BELOW_1000}|{_DIGITS})(?: and a half| с половиной)?"
    rf"|{_any_of(_ONE_AND_A_HALF)}|{_COUPLE_OF}|\ba)"
)
_REST = rf"(?>(?: and)? (?:{_BELOW_1000}|{_LAST}|\d{{3}}(?!\w))| and a half\b| с половиной)(?! (?:hundred|{_THOUSAND}))"
#: "a few thousand" is not 1,000.
_NO_ESTIMATE = "".join(f"(?<!{word} )" for word in ("few", "several", "many", "some"))
_NUMBER = re.compile(
    rf"(?:(?<!\w)(?:{_MULTIPLIER}[ -]?|(?!thousands){_NO_ESTIMATE})|{_DIGITS}(?:-?(?:х|м|ти|ю|мя))?[ -]?)"
    rf"{_THOUSAND}(?:{_REST})?"
    rf"|{_DIGITS}(?: ?k|к){_WORD_END}|(?<!\w){_BELOW_1000}(?!\w)"
)
#: "2-3 thousand" and "две-три тысячи": both are thousands.
_FEW = rf"(?:\d{{1,3}}(?:[.,]\d+)?|{_any_of(_TEEN_WORDS | _ONE_WORDS | _INNER_WORDS)})"
_RANGE = re.compile(
    rf"(?<![\w.,])({_FEW})( ?[-–—] ?| to | or | до | или | )({_FEW})([ -]?)"
    rf"({_THOUSAND}|[kк]{_WORD_END}|(?:million|миллион|млн)\w*)"
)
#: Russian inverts number and noun to say "about": тысяч пять, тысячи три.
_ABOUT = re.compile("(?:тысяч|тыщ) [а-я]+|(?:тысячи|тыщи) (?:две|три|четыре)")
_ENGLISH_ONE = rf"\b(one|{'|'.join(_ONES)})"
_POINT = re.compile(rf"{_ENGLISH_ONE} point {_ENGLISH_ONE}(?= (?:thou|mill|bill))")
_DOZENS = re.compile(rf"(?:\b(half a|a|{_COUPLE_OF}|{_FEW}) )?\b(?:(пол)?(dozen|дюжин[аыу]?)|десят(?:ок|ка|ков))(?!\w)")
#: Other spoken forms, and the form that the patterns above match.
_SPOKEN = (
    (re.compile(r"(?<=\w)-and-a-half\b"), " and a half"),
    (re.compile(rf"(?<!\w)(\d)[kк](\d){_WORD_END}"), r"\1.\2k"),
    (re.compile(r"\b(?:3|three) quarters of an? (?=thou|mill|bill)"), "0.75 "),
    (re.compile(r"\b(?:(?:a )?quarter (?:of )?an? |четверть )(?=thou|mill|bill|тысяч|милл|млн)"), "0.25 "),
)
_PIECE = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d]+")

#: Stems for 1 to 19, the tens from 20 on, and 100.
_RUSSIAN_ORDINAL_STEMS = (
    "перв втор трет четверт пят шест седьм восьм девят десят одиннадцат двенадцат тринадцат четырнадцат пятнадцат"
    " шестнадцат семнадцат восемнадцат девятнадцат двадцат тридцат сороков пятидесят шестидесят семидесят восьмидесят"
    " девяност сот"
).split()
_ENGLISH_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth"
    " ninetieth hundredth"
).split()
_ORDINAL_VALUES = (*range(1, 20), *range(20, 101, 10))
_ORDINALS = dict(zip(_RUSSIAN_ORDINAL_STEMS, _ORDINAL_VALUES, strict=True)) | dict(
    zip(_ENGLISH_ORDINALS, _ORDINAL_VALUES, strict=True)
)
_ORDINAL = re.compile(
    rf"\b(?:({'|'.join(_ENGLISH_ORDINALS)})"
    rf"|({'|'.join(_RUSSIAN_ORDINAL_STEMS)})(?:ый|ой|ий|ая|ое|ье|ые|ья|ого|его|ьего|ому|ьему|ей|ьей|ую|ью|ых|ьих|ым|ьим"
    r"|ыми|ьими|ом|ьем))\b"
)
#: "twenty-first", "сто пятая": the last word of a longer number is the ordinal one, and becomes an English cardinal.
_COMPOUND_ORDINAL = re.compile(
    rf"\b({_any_of(_TEN_WORDS | _HUNDRED_WORDS)}|hundred)([ -](?:and )?){_ORDINAL.pattern.removeprefix(chr(92) + 'b')}"
)
_CARDINALS = dict(enumerate(["one", *_ONES, *_TEENS], 1)) | dict(zip(range(20, 100, 10), _TENS, strict=True))
_ORDINAL_DIGITS = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")
_HALF = re.compile(r"\b(\d+)[ -]1/2\b")
_SCALES = {"м": 10**6, "m": 10**6, "млрд": 10**9, "миллиард": 10**9, "b": 10**9, "亿": 10**8}
#: Counts of millions that are not in digits.
_FEW_MILLIONS = (
    {"a": Fraction(1)} | dict.fromkeys(("half a", "half", "пол"), Fraction(1, 2)) | _INNER_WORDS | _ONE_AND_A_HALF
)
#: A number of millions; thousands may follow it.
_MILLIONS = re.compile(
    rf"(?<![\w.,])(?:({_any_of(_FEW_MILLIONS)})|(\d+(?:[.,]\d+)?))( and a half| с половиной)? ?"
    r"(?:(млрд|миллиард)|(м)(?:лн|иллион)|(m)(?:illions?|ln)|(b)(?:illions?|n))[а-я]*(?!\w)\.?(?: (\d{4,6})(?!\d))?"
    r"|(\d+(?:[.,]\d+)?|[一二两三四五六七八九]) ?(亿)"
)
_NAMED_ONE = re.compile(r"\b(number|no|номер) (?:one|один)\b")
_SEPARATOR = re.compile(r"(?<=\d)[, '’_](?=\d{3}(?!\d))")
_STOPS_AS_SEPARATORS = re.compile(r"(?<!\d)(?<!\d[.,])[1-9]\d{0,2}(?:\.\d{3})+(?!\d|[.,]\d)")
_NUMBER_SIGN = re.compile(r"(?:\bno\.?|\bnumber|\bномер|#|第) ?(?=\d)")

_CHINESE = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_DIGIT = "[一二两三四五六七八九]"
#: "1.5w" stands for 1.5万.
_TEN_THOUSANDS = re.compile(rf"({_DIGITS}) ?w{_WORD_END}")
#: Formal Chinese digits; alone they have other meanings (大陆, 队伍), so they need a unit, 市 or 第.
_CHEQUE = str.maketrans("壹贰叁参肆伍陆柒捌玖拾佰仟", "一二三三四五六七八九十百千")
_CHEQUE_DIGIT = "[壹贰叁参肆伍陆柒捌玖]"
_CHEQUE_NUMBER = re.compile(
    rf"(?:\d ?|{_DIGIT}|{_CHEQUE_DIGIT})[拾佰仟十百千万](?:\d|{_DIGIT}|{_CHEQUE_DIGIT}|[零〇十百千万拾佰仟])*"
    rf"|(?<=[市第]){_CHEQUE_DIGIT}(?=[号院厂医水])"
)
_CHINESE_POINT = re.compile("([零一二两三四五六七八九])点([一二三四五六七八九])(?=[千万])")
#: Numbers read digit by digit, such as years: 二〇二一, 三零零零.
_CHINESE_DIGITS = re.compile("(?<![十百千万])[一二三四五六七八九][零〇一二三四五六七八九]{3,}(?![十百千万])")
#: 一千半 is 1500; 半年 is half a year.
_CHINESE_HALF = "(?:(?<=[百千万])半(?![个年月天日夜路价小点]))?"
# "三四千" is an estimate, so a digit before the first digit ends the match.
_CHINESE_COUNT = re.compile(
    rf"(?:(?<!{_DIGIT}){_DIGIT}|{_DIGITS} ?)[十百千万](?:[一二两三四五六七八九十百千万零〇]|\d{{1,3}}(?!\d))*"
    rf"{_CHINESE_HALF}"
    rf"|(?<!{_DIGIT})(?:[十百]|千(?=[把余]|{_DIGIT}))[一二两三四五六七八九十百千万零〇]*|第[一二三四五六七八九](?![十百千万])"
)
#: 两千五六, 一千二三百: 2500 to 2600, 1200 to 1300.
_CHINESE_ESTIMATE = re.compile(f"(.+)({_DIGIT})({_DIGIT})([十百千]?)")
_CHINESE_PIECE = re.compile(r"\d+(?:[.,]\d+)?|\S")
#: Nouns that are numbered without a sign in Chinese: 六院, 二水厂, 三中学.
_INSTITUTION = "(?:号|(?:[净污供]?水|热?电|供热)?厂|(?:人民|中)?医?院|[中小]学|幼儿园)"
_CHINESE_LABEL = re.compile(f"[一二三四五六七八九](?=(?:[、和跟][一二三四五六七八九])*{_INSTITUTION})")

#: Most texts contain no number; this check finds that out in a tenth of the time.
_MAY_COUNT = re.compile(
    rf"\d|[一二三四五六七八九十百千万两壹贰叁参肆伍陆柒捌玖]|{'|'.join([*_ONES, *_TEENS, *_TENS, *_ORDINALS])}"
    "|thousand|hundred|number|тыс|номер|dozen|дюжин|перв|втор|дв[аеу]|тр[ие]|четв?[еы]р|пят|шест|сем|восьм|восем|девят|девян"
    "|десят|дцат|сорок|ст[ао]|сот|полт|полу|пол |millio|billio|милли|亿|twelfth|ieth"
)


def in_digits(folded: str) -> str:
    """A folded text with numbers in digits, and without the sign or word for "number"."""
    if not _MAY_COUNT.search(folded):
        return folded
    text = _STOPS_AS_SEPARATORS.sub(lambda number: number[0].replace(".", ""), _SEPARATOR.sub("", folded))
    text = _from_speech(_HALF.sub(r"\1.5", text))
    text = _COMPOUND_ORDINAL.sub(lambda words: f"{words[1]}{words[2]}{_cardinal(words[3] or words[4])}", text)
    text = _ORDINAL.sub(lambda word: str(_ORDINALS[word[1] or word[2]]), _chinese_in_digits(text))
    text = _NUMBER.sub(lambda number: _spoken_value(number[0]), _ORDINAL_DIGITS.sub(r"\1", text))
    text = _MILLIONS.sub(lambda number: str(round(_millions_value(number))), text)
    return _NUMBER_SIGN.sub("", _NAMED_ONE.sub(r"\1 1", text))


def _from_speech(text: str) -> str:
    """The text with spoken forms rewritten to the form that the patterns match."""
    for pattern, written in _SPOKEN:
        text = pattern.sub(written, text)
    text = _POINT.sub(lambda words: f"{_VALUES[words[1]]}.{_VALUES[words[2]]}", text)
    text = _DOZENS.sub(lambda words: str(round(_dozens_value(words))), text)
    return _RANGE.sub(r"\1\4\5\2\3\4\5", text)


def _dozens_value(words: re.Match[str]) -> Fraction:
    number, half, dozen = words.groups()
    return (12 if dozen else 10) * (_words_value(number or "") or Fraction(1)) / (2 if half else 1)


def _spoken_value(words: str) -> str:
    """The digits of number words; "тысяч" alone is not a number and stays a word."""
    if words == "тысяч":
        return words
    if _ABOUT.fullmatch(words):
        words = " ".join(reversed(words.split()))
    return str(round(_words_value(words)))


def _words_value(words: str) -> Fraction:
    """The value of an English or Russian number; words such as "and" are ignored."""
    value, below_1000 = Fraction(0), Fraction(0)
    for piece in _PIECE.findall(words):
        if piece in ("k", "к") or piece.startswith(("thousand", "тыс", "тыщ")):
            value, below_1000 = value + (below_1000 or 1) * 1000, Fraction(0)
        elif piece in ("hundred", "сотни", "сотен"):
            below_1000 = (below_1000 or Fraction(1)) * 100
        else:
            below_1000 += _fraction(piece) if piece[0].isdigit() else _VALUES.get(piece, 0)
    return value + below_1000 * (1000 if value and below_1000 == Fraction(1, 2) else 1)


def _cardinal(ordinal: str) -> str:
    return _CARDINALS.get(_ORDINALS[ordinal], ordinal)


def _millions_value(number: re.Match[str]) -> Fraction:
    """The value of a number of millions, billions or 亿."""
    word, digits, half, *scales, thousands, chinese, hundred_million = number.groups()
    scale = _SCALES[next(filter(None, [*scales, hundred_million]))]
    if chinese:
        return scale * (Fraction(_CHINESE[chinese]) if chinese in _CHINESE else _fraction(chinese))
    value = _FEW_MILLIONS[word] if word else _fraction(digits)
    return scale * (value + (Fraction(1, 2) if half else 0)) + int(thousands or 0)


def _chinese_in_digits(text: str) -> str:
    text = _CHEQUE_NUMBER.sub(lambda number: number[0].translate(_CHEQUE), _TEN_THOUSANDS.sub(r"\1万", text))
    text = _CHINESE_DIGITS.sub(lambda digits: "".join(str(_CHINESE[digit]) for digit in digits[0]), text)
    text = _CHINESE_POINT.sub(lambda number: f"{_CHINESE[number[1]]}.{_CHINESE[number[2]]}", text)
    text = _CHINESE_COUNT.sub(_chinese_count, text)
    return _CHINESE_LABEL.sub(lambda digit: str(_CHINESE[digit[0]]), text)


def _chinese_count(number: re.Match[str]) -> str:
    """The digits of a Chinese number; both ends of an estimate."""
    if estimate := _CHINESE_ESTIMATE.fullmatch(number[0]):
        start, low, high, unit = estimate.groups()
        return " ".join(str(round(_chinese_value(f"{start}{digit}{unit}"))) for digit in (low, high))
    return str(round(_chinese_value(number[0].removeprefix("第"))))


def _chinese_value(characters: str) -> Fraction:
    """The value of a Chinese number; a digit after a unit counts in the next lower unit (一千五 is 1500).

    A unit after a smaller one multiplies everything before it: 十五百 is 1500.
    """
    value, digit, unit = Fraction(0), Fraction(0), 1
    for piece in _CHINESE_PIECE.findall(characters):
        if piece in _CHINESE_UNITS:
            unit = _CHINESE_UNITS[piece]
            value = (value + digit) * unit if unit > (value or unit) or unit == 10000 else value + (digit or 1) * unit
            digit = Fraction(0)
        elif piece == "半":
            value += Fraction(unit, 2)
        else:
            digit = Fraction(_CHINESE[piece]) if piece in _CHINESE else _fraction(piece)
            unit = 10 if piece in "零〇" or digit >= 10 else unit
    return value + digit * (unit // 10 if unit >= 100 else 1)


def _fraction(digits: str) -> Fraction:
    """Parse digits with a decimal point or comma."""
    return Fraction(digits.replace(",", "."))
