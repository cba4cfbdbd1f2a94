"""The running bot: `app.py` joins these modules, and only they know all shells.

- `startup`: opens what the bot needs before it can serve: the database, the knowledge, a client of Telegram.
- `components`: builds every component.
- `process`, `replication`: signals, exit codes and background tasks; what a replica does besides answering.
- `gauges`, `system_checks`: what the metrics and `minsheng doctor` read from the whole bot.
"""
