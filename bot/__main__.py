"""`python -m bot` and the command `minsheng`."""

from bot.cli import main

if __name__ == "__main__":
    main()
