"""Where the bot touches the world: adapters read and act, and decide nothing."""
