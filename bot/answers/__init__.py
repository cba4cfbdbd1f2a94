"""From a question to an Answer, and from the Answer to a Reply.

The modules in the order in which a message passes them:

1. `service` takes a message of a chat and returns its Reply. `inline` does the same for cards that people share.
2. `requests` recognises requests to the bot itself (a source, a language, a number) and yes-or-no questions.
3. `emergencies/` recognises danger and distress before anything else, and knows whom to call.
4. `understanding/` finds what the message may be about (`interpretation`), which fact it asks for (`candidates`,
   `facts`, `extra_fact`, `findings`, `details`), what it takes from the conversation (`follow_ups`), and whether the
   file says what is asked (`stated`). The words of each language for this are in `patterns.yaml`.
5. `decision` chooses one case of `answer`. Start here to learn why the bot answers what it answers.
6. `render` turns the Answer into a `reply`, with the texts in `wording/`.

`learning/` prepares a version of the knowledge: a trained `engine` and the `vocabulary`. `snapshot` holds both with the
knowledge base. `signs/` reads the expressions of `requests.yaml`, `overviews.yaml`, `polar.yaml` and
`emergencies/signs.yaml`. `explain` shows everything that a decision is based on.

Where the numbers come from:

- Classifiers, vocabulary and spelling are learned from the knowledge file.
- The weights of `learning.confidence`, `learning.entries` and `understanding.extra_fact` were fitted once, to questions
  about many files, and are the same for every city (docs/experiments.md; the first and the last are fitted
  by `confidence_weights.py` and `fact_weights.py` in tests/evaluation_data/).
- The city sets the cost of a wrong answer at the top of its file (`costs`).
- All other thresholds were chosen by hand, on the development questions of the shipped file and of the second to the
  sixth city; those for emergencies on the messages of tests/cases/care. The words for aspects and the rules for them
  (docs/experiments.md, "A fact beside the card") were written with all cities up to the eighth in view; the questions
  of the ninth were asked afterwards. Measure a change of any of them with `minsheng evaluate` on all cities.
"""
