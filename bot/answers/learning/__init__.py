"""What is learned from a version of the knowledge before it is asked: phrasings indexed, classifiers trained, words."""
