"""Texts for Hypothesis: any at all, and questions with noise that no reader would notice."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.console import questions

few = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

#: Characters that are not shown, or that turn the direction of writing.
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
#: Accents and strokes that no letter of the three languages is made with (й is и and one of the others).
MARKS = "\u0301\u0300\u0323\u0332\u0336\u0338\u20dd\u0489"
#: Any text, and what grows, joins, turns or counts in unexpected ways.
ANY_TEXT = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from([*"\ufdfa十千万第ёßŉİǄ", "一千", "тыс", "1,000 ", "2 000", "No ", "\ud800", *INVISIBLE])
    ).map("".join),
    st.tuples(st.characters(), st.integers(1, 5000)).map(lambda grown: grown[0] * grown[1]),
)


def clean_questions() -> st.SearchStrategy[str]:
    """A question of the development set."""
    return st.sampled_from([row["text"] for row in questions("citizens")])


@st.composite
def with_noise(draw: st.DrawFn, text: str) -> str:
    """The text with invisible characters, accents, full-width letters and capitals in places."""
    letters = list(text)
    for place, kind in draw(st.lists(st.tuples(st.integers(0, len(text) - 1), st.sampled_from("imwc")), max_size=30)):
        if kind == "i":
            letters[place] += draw(st.sampled_from(INVISIBLE))
        elif kind == "m" and text[place].isalpha():
            letters[place] += draw(st.text(MARKS, min_size=1, max_size=5))
        elif kind == "w":
            letters[place] = _wide(text[place])
        elif kind == "c":
            letters[place] = text[place].upper() if len(text[place].upper()) == 1 else text[place]
    return "".join(letters)


@st.composite
def noisy_questions(draw: st.DrawFn) -> tuple[str, str]:
    """A question of the development set, and the same with noise."""
    question = draw(clean_questions())
    return question, draw(with_noise(question))


def _wide(letter: str) -> str:
    """The full-width form of an ASCII character, as Chinese keyboards write it."""
    return chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter
