"""Detects texts in a language that the bot does not speak, although its sentence encoder may know it.

Languages with their own script are detected by it. In Latin letters a language is detected by very frequent words that
are not English words. A short text without such a word is only detected by its letters (ñ, ß, ş ...).
"""

import re

from bot.i18n.languages import LANGUAGE_INFO
from bot.matching.normalize import fold

#: Scripts of other languages: Greek, Hebrew, Arabic, Devanagari, Thai, kana and Hangul.
_OTHER_SCRIPT = re.compile(
    "[\u0370-\u03ff\u0590-\u06ff\u0900-\u097f\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\uac00-\ud7af]"
)

_OWN_SCRIPT = re.compile("|".join(f"[{info.letters}]" for info in LANGUAGE_INFO.values()))

#: Frequent words that are not English, without accents.
_FREQUENT = {
    "es": "el los las del una unos por para que cuando donde como cual cuales quien cuanto cuesta cuantos cuantas esta "
    "estan hay sera seran abre abren con y es se le les mi su sobre ya nuevo nueva van construyen van tienen tiene",
    "fr": "le les des du une est sont pour que qui quand ou combien coute comment pourquoi quel quelle quels quelles "
    "avec sur dans au aux ce cette il elle je vous nous et la nouveau nouvelle sera ouvre y",
    "de": "der das und ist sind wann wo wie wer warum wieviel viele kostet eine einen einem einer ein den dem des fur "
    "mit auf von zu im wird werden wurde nicht gibt neue neuen neuer neues ich wir sie es fertig kommt",
    "it": "il lo gli della dello dei delle degli una quando dove come chi quanto quanti quante costa perche sara "
    "saranno per con che e sono nuovo nuova si nel nella di c'e",
    "pt": "o os um uma quando onde como quem quanto quantos quantas custa porque para por com que e sao sera serao do "
    "da dos das no na nos nas novo nova ja tem",
    "nl": "de het een en wanneer waar hoe wie waarom hoeveel kost kosten zijn wordt worden met van op voor er nieuwe "
    "niet ik wij naar gaat heeft",
    "pl": "i w z na do kiedy gdzie jak kto dlaczego ile kosztuje jest sa bedzie beda nie sie czy dla od nowy nowa nowe "
    "co to",
    "tr": "ve bir ne zaman nerede nasil kim neden kac kadar mi mu icin ile var yok olacak acilacak yeni bu ucret",
    "vi": "khi nao o dau bao nhieu ai tai sao cua va la mot cho duoc khong co nhung se",
    "id": "kapan di mana berapa siapa mengapa apa yang dan untuk dengan dari akan ada tidak baru ini itu",
}
_WORDS = {code: frozenset(words.split()) for code, words in _FREQUENT.items()}
_OTHERS = [words for code, words in _WORDS.items() if code not in LANGUAGE_INFO]
#: English words that are also frequent in other languages; they are ignored.
_SHARED = frozenset("a i no do to in on is as an or of la die me us so was am be by we he if for are the and".split())
_ENGLISH = frozenset(
    "the is are was will when where how what who why which much many does do did the a an of for to in on at by with "
    "and it its this that there be been my your our you i we they have has can could would should about from".split()
)
#: Words that speak against another language.
_OWN = _ENGLISH.union(*(words for code, words in _WORDS.items() if code in LANGUAGE_INFO))
_LETTERS = re.compile("[a-z']+")
#: Letters that folding does not change.
_WITHOUT_ACCENTS = str.maketrans("ıł", "il")
#: Letters that English uses only in loanwords.
_FOREIGN_LETTER = re.compile("[¿¡ñßğşıłąęćńśźżőűãõœæøåäöüçéèêëàâîïôûùáíóúìò]")
#: The number of frequent non-English words that identify another language.
_ENOUGH = 2


def is_other_language(text: str) -> bool:
    """Whether the text is in none of the bot's languages; False if that cannot be told."""
    lowered = text.lower()  # not composed: loose accents are noise; real keyboards of the language type ñ as one letter
    other_letters = sum(not _OWN_SCRIPT.match(letter) for letter in _OTHER_SCRIPT.findall(lowered))
    if 2 * other_letters > sum(map(str.isalpha, lowered)):
        return True
    words = _LETTERS.findall(fold(text).translate(_WITHOUT_ACCENTS))
    own = sum(word in _OWN for word in words)
    other = max(sum(word in frequent and word not in _SHARED for word in words) for frequent in _OTHERS)
    letters = sum(not _OWN_SCRIPT.match(letter) for letter in _FOREIGN_LETTER.findall(lowered))
    return other - own + letters >= _ENOUGH
