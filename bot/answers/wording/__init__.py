"""The pieces of a reply: cards, sources, dated sentences, and what the bot says about itself."""
