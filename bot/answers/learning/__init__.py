"""What is computed from a version of the knowledge in advance: indexed phrasings, trained classifiers, vocabulary."""
