"""A question becomes an Answer, and the Answer a Reply. The modules in the order in which a message passes them:

1. `service`: a message of a chat comes in, its Reply goes out. `inline` does the same for cards that people share.
2. `requests`: what is asked of the bot itself (a source, a language, a number), and whether it is asked yes or no.
3. `emergencies/`: danger and distress, before anything else; whom to call.
4. `understanding/`: what the message may be about (`interpretation`), which fact it asks for (`candidates`, `facts`,
   `beside`, `findings`, `details`), what it leaves to the conversation (`follow_ups`), and whether the file says it
   (`stated`).
5. `decision`: one of the cases of `answer`. Start here to learn why the bot answers what it answers.
6. `render`: the Answer becomes a `reply`, of the pieces in `wording/`.

`learning/` prepares this for a version of the knowledge: a trained `engine` and the `vocabulary`. `snapshot` holds both
beside the knowledge base. `signs/` reads the expressions of `requests.yaml`, `polar.yaml` and `emergencies/signs.yaml`.
`explain` shows everything that a decision rested on.

Where the numbers come from:

- Classifiers, vocabulary and spelling are learned from the knowledge file.
- The weights of `learning.confidence`, `learning.entries` and `understanding.beside` were fitted once, to questions
  asked of many files, and hold for every city (decision 18; the scripts of the first and the last are
  `confidence_weights.py` and `fact_weights.py` in tests/evaluation_data/).
- What a wrong answer costs, the city says in the head of its file (`costs`).
- All other thresholds were chosen by hand, with the development questions of the shipped file and of the second to the
  sixth city in view; those for emergencies with the messages of tests/cases/care in view. The words for aspects and the
  rules beside them (decision 18, "A fact beside the card") were written with all cities up to the eighth in view; the
  ninth was asked afterwards. A change of one is measured with `minsheng evaluate` on all of them.
"""
