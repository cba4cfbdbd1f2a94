"""The settings, read from the environment and `.env`; no other module reads them."""

import difflib
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.i18n.languages import LANGUAGES, Language
from bot.people.roles import SERVICE_ACCOUNTS

TELEGRAM = "https://api.telegram.org"

#: The schemes of DATABASE_URL, and SQLAlchemy's driver for each.
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_WEBHOOK_LISTEN = "127.0.0.1:8080"
_WEBHOOK_PORTS = (443, 80, 88, 8443)
_TOKEN = re.compile(r"\d{6,}:[A-Za-z0-9_-]{30,}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
#: Anything that may be a token, a password or a part of one, in any setting into which it was put by mistake.
_CONFIDENTIAL = re.compile(r"\d{5,}:[\w-]{8,}|[\w-]{30,}|(?<=://)[^/\s]+(?=@)")
#: Lines in `.env` for `compose.yaml`.
_OF_OTHERS = {"POSTGRES_PASSWORD"}
#: Prefixes of names that can only be meant for this bot: a name similar to a setting is a typo.
_OUR_PREFIXES = ("TELEGRAM_", "ENCODER_", "ADMIN_", "STAFF_", "WEBHOOK_", "KNOWLEDGE_", "MESSAGES_")


class SettingsError(Exception):
    """The bot cannot start with these settings; the message has one sentence for the operator for each error."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("\n".join(self.sentences))


def _ids(value: Any) -> Any:
    """The numbers in a list: `123, 456` or `123 456`."""
    if not isinstance(value, str):
        return value
    items = value.replace(",", " ").replace(";", " ").split()
    strange = next((item for item in items if not re.fullmatch(r"-?[0-9]{1,18}", item)), None)
    if strange is not None:
        raise ValueError(f"contains “{strange}”, which is not a number; write numeric ids separated by commas")
    return frozenset(map(int, items))


def _people(ids: frozenset[int]) -> frozenset[int]:
    for number in sorted(ids):
        if number in SERVICE_ACCOUNTS:
            raise ValueError(f"contains {number}, which stands for {SERVICE_ACCOUNTS[number]}; write the ids of people")
        if number <= 0:
            raise ValueError(f"contains {number}, which is a group or channel; write the ids of people")
    return ids


def _split(value: str, schemes: tuple[str, ...]) -> SplitResult:
    """The parts of a URL; raises ValueError without a scheme and a host, or with spaces."""
    shape = f"is not a URL; write it in full, starting with {' or '.join(f'{scheme}://' for scheme in schemes)}"
    try:
        parts = urlsplit(value)
        port_is_a_number = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError(shape) from None
    if parts.scheme not in schemes or not parts.hostname or not port_is_a_number or re.search(r"\s", value):
        raise ValueError(shape)
    return parts


def _check_server(url: str) -> None:
    """Require a database name; reserved characters in the password must be percent-encoded."""
    shape = "write postgresql://user:password@host:5432/database"
    try:
        parts = urlsplit(url)
        cut_off = parts.netloc.count("@") > 1 or parts.fragment or parts.port == 0
    except ValueError:
        cut_off = True
    if cut_off:
        raise ValueError(f"cannot be read; {shape}, and in a password %40 for @, %2F for / and %23 for #")
    if not parts.path.strip("/"):
        raise ValueError(f"has no database name; {shape}")


def _expanded(path: Path) -> Path:
    """The path with `~` expanded, because no shell does that in `.env`."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError("starts with ~, but there is no home directory; write the full path") from None


def _whole_number(least: int, most: int, sentence: str) -> BeforeValidator:
    """A setting that is a whole number from `least` to `most`; `sentence` is the error message."""

    def check(value: Any) -> Any:
        if not re.fullmatch(rf"[0-9]{{1,{len(str(most))}}}", str(value)) or not least <= int(value) <= most:
            raise ValueError(sentence)
        return int(value)

    return BeforeValidator(check)


People = Annotated[frozenset[int], NoDecode, BeforeValidator(_ids), AfterValidator(_people)]
Rate = Annotated[
    int, _whole_number(1, 1000, "is not a whole number from 1 to 1000; Telegram allows 30 unless you pay for more")
]
HeadCount = Annotated[
    int,
    _whole_number(
        0,
        999_999_999,
        "is not a number of people; write for example 10000, or 0 if every broadcast needs two admins",
    ),
]
Recall = Annotated[int, _whole_number(1, 3600, "is not a number of seconds from 1 to 3600")]
Location = Annotated[Path, AfterValidator(_expanded)]


class Settings(BaseSettings):
    """Everything that differs between installations; an empty value means the default."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_file_encoding="utf-8-sig",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    telegram_bot_token: SecretStr | None = None
    """The token from @BotFather; only `minsheng run` needs it."""

    telegram_api_base_url: str = TELEGRAM
    """The root of the Bot API, without `/bot` and token."""

    telegram_proxy: SecretStr | None = None
    """The proxy through which Telegram is reached; it may contain a password."""

    messages_per_second: Rate = 30
    """The most messages that the bot may send per second, answers and broadcasts together."""

    data_dir: Location = Path("data")
    """The folder for the bot's data, such as its database."""

    database_url: SecretStr | None = None
    """A database to use instead of the SQLite file in `DATA_DIR`; it may contain a password."""

    knowledge_path: Location = Path("knowledge/projects.yaml")
    """The knowledge file or folder."""

    encoder_path: Location | None = None
    """The folder of a model2vec model to use instead of the built-in encoder."""

    admin_ids: People = frozenset()
    """The first admins; they grant and revoke roles in chat."""

    staff_ids: People = frozenset()
    """Staff who change what the bot answers; an admin can revoke this in chat."""

    two_admins_above: HeadCount = 10_000
    """A broadcast to more people needs the approval of a second admin."""

    recall_seconds: Recall = 60
    """The least time between a broadcast's confirmation and its start; until then it can be recalled."""

    staff_chat_id: int | None = None
    """The group or person to notify of changes of the knowledge files, and of failures of the program."""

    webhook_url: str | None = None
    """The full public address that Telegram calls; without it the bot polls for updates."""

    listen: str | None = None
    """Host and port of the bot's web server; without it there is none, except for `WEBHOOK_URL`."""

    webhook_secret: SecretStr | None = None
    """The secret that Telegram must send with each call of `WEBHOOK_URL`."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The lowest severity that is logged."""

    @property
    def database(self) -> SecretStr:
        """The database's address for SQLAlchemy, with the driver; by default a file in `DATA_DIR`."""
        if self.database_url is None:
            return SecretStr(f"sqlite+aiosqlite:///{self.data_dir / 'minsheng.db'}")
        scheme, _, rest = self.database_url.get_secret_value().partition("://")
        return SecretStr(f"{_DRIVERS[scheme]}://{rest}")

    @property
    def webhook(self) -> tuple[str, str] | None:
        """The address that Telegram calls and its secret; None without `WEBHOOK_URL`."""
        if self.webhook_url is None or self.webhook_secret is None:
            return None
        return self.webhook_url, self.webhook_secret.get_secret_value()

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port of the web server, an IPv6 host without brackets; None if there is none."""
        listen = self.listen or (_WEBHOOK_LISTEN if self.webhook_url else None)
        if listen is None:
            return None
        host, _, port = listen.rpartition(":")
        return host.strip("[]"), int(port)

    @model_validator(mode="before")
    @classmethod
    def _blank_is_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        bare = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in bare.items() if value != "" and name.upper() not in _OF_OTHERS}

    @field_validator("telegram_bot_token")
    @classmethod
    def _token_shape(cls, token: SecretStr | None) -> SecretStr | None:
        text = token.get_secret_value() if token else ""
        if set(text) & set("\"'“”‘’"):
            raise ValueError("contains quotes; write the token without them")
        if token and not _TOKEN.fullmatch(text):
            raise ValueError("does not look like a token; copy the whole line from @BotFather, digits:letters")
        return token

    @field_validator("telegram_api_base_url")
    @classmethod
    def _root(cls, url: str) -> str:
        parts = _split(url, ("https", "http"))
        if re.search(r"/bot\d", parts.path) or parts.query or parts.fragment:
            raise ValueError("is more than the root; leave out /bot and the token, the bot adds them")
        return url.rstrip("/")

    @field_validator("telegram_proxy")
    @classmethod
    def _proxy(cls, url: SecretStr | None) -> SecretStr | None:
        if url:
            _split(url.get_secret_value(), ("http", "socks5"))
        return url

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: SecretStr | None) -> SecretStr | None:
        text = url.get_secret_value() if url else ""
        scheme = text.partition("://")[0]
        if url and scheme not in _DRIVERS:
            raise ValueError("is not a supported database; start it with sqlite:/// or postgresql://")
        if url and _DRIVERS[scheme].startswith("postgresql"):
            _check_server(text)
        return url

    @field_validator("staff_chat_id", mode="before")
    @classmethod
    def _one_id(cls, value: Any) -> Any:
        if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise ValueError("is not a number; write the id of the group, which starts with -, or of the person")
        return value

    @field_validator("webhook_url")
    @classmethod
    def _full_url(cls, url: str | None) -> str | None:
        if url is not None and _split(url, ("https", "http")).path in ("", "/"):
            raise ValueError("has no path; add one that is hard to guess, for example /telegram-7f3k9")
        return url

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str | None) -> str | None:
        if value is None:
            return None
        host, _, port = value.rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        well_formed = host and (bracketed or not set(host) & set(":/ ")) and re.fullmatch("[0-9]{1,5}", port)
        if not well_formed or not 0 < int(port) < 65536:
            raise ValueError("is not host:port; write for example 127.0.0.1:8080, or 0.0.0.0:8080 for all networks")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _secret_shape(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and not _SECRET.fullmatch(secret.get_secret_value()):
            raise ValueError("may contain only letters A-Z a-z, digits, _ and -, at most 256 characters")
        return secret

    @field_validator("log_level", mode="before")
    @classmethod
    def _level(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _webhook_is_whole(self) -> Self:
        if self.webhook_url is None:
            return self
        if self.webhook_secret is None:
            raise ValueError("WEBHOOK_SECRET is missing; without it, anyone could send updates in Telegram's name")
        parts = urlsplit(self.webhook_url)
        if self.telegram_api_base_url == TELEGRAM and parts.scheme != "https":
            raise ValueError("WEBHOOK_URL must start with https://; Telegram calls no other address")
        if self.telegram_api_base_url == TELEGRAM and (parts.port or 443) not in _WEBHOOK_PORTS:
            raise ValueError(f"WEBHOOK_URL has port {parts.port}; Telegram calls only 443, 80, 88 and 8443")
        return self


NAMES = tuple(field.upper() for field in Settings.model_fields)


def load(env_file: Path | None = Path(".env")) -> Settings:
    """The settings of this process (environment before file before defaults); raises SettingsError."""
    errors = _misspelled_names(os.environ)
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as error:
        errors += explain(error)
    except UnicodeDecodeError:
        errors.append(f"{env_file} is not UTF-8; save it in that encoding.")
    except OSError as error:
        errors.append(f"{env_file} cannot be read: {error.strerror}.")
    # Raised outside `except`: a chained validation error would show the values.
    if errors:
        raise SettingsError(errors)
    return settings


def environment_with(**changed: str) -> dict[str, str]:
    """A copy of this process's environment with some settings changed, for another process."""
    return os.environ | changed


def use_environment(changed: Mapping[str, str]) -> None:
    """Change settings of this process, as if it had been started with them."""
    os.environ.update(changed)


def has_display() -> bool:
    """Whether a window can be opened; on Linux only if the environment names a display or a browser."""
    return sys.platform != "linux" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")))


def terminal_language() -> Language:
    """The language of this terminal if the bot has it, otherwise English."""
    named = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "").lower()
    return next((language for language in LANGUAGES if named.startswith(language)), "en")


def explain(error: ValidationError) -> list[str]:
    """A sentence for each error, with the setting and the remedy; never a token or a password."""
    return [_CONFIDENTIAL.sub("***", sentence) for sentence in map(_sentence, error.errors(include_url=False))]


def _sentence(fault: Any) -> str:
    name = ".".join(map(str, fault["loc"])).upper()
    match fault["type"]:
        case "extra_forbidden":
            return _unknown(name)
        case "value_error":
            return f"{name} {fault['ctx']['error']}.".lstrip()
        case "literal_error":
            return f"{name} must be one of {fault['ctx']['expected'].replace(chr(39), '')}."
        case _:
            return f"{name} cannot be used: {fault['msg']}."


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.6)
    return f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else "; see .env.example.")


def _misspelled_names(environment: Iterable[str]) -> list[str]:
    """Names in the environment that resemble settings: a typo in ADMIN_IDS must not mean "no admins"."""
    names = sorted(name.upper() for name in environment)
    ours = [name for name in names if name.startswith(_OUR_PREFIXES) and name not in NAMES]
    return [_unknown(name) for name in ours if difflib.get_close_matches(name, NAMES, n=1, cutoff=0.85)]
