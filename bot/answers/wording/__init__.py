"""The pieces of a reply: cards, refusals, sources, dated sentences, small talk, and what the bot says about itself."""
