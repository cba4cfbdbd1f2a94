"""Settings are read, and an invalid one gives a sentence without secrets."""

import re
import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.settings import NAMES, Settings, SettingsError, load

TOKEN = "123456789:" + "AAfakefakefakefakefakefakefakefakef"
EXAMPLE = Path(__file__).parents[1] / ".env.example"


@pytest.fixture(autouse=True)
def an_empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's machine, and a folder without `.env`."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def faults(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """Load the settings from this environment; return the message that the operator reads."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load()
    return str(refused.value)


def test_without_any_setting_the_defaults_of_the_example_file_hold() -> None:
    settings = load()

    assert settings.knowledge_path == Path("knowledge/projects.yaml")
    assert settings.telegram_bot_token is None
    assert settings.database.get_secret_value() == "sqlite+aiosqlite:///data/minsheng.db"
    assert settings.address is None


def test_the_example_file_shows_each_setting_with_its_default() -> None:
    shown = dict(re.findall(r"^#([A-Z_]+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))
    defaults = {name.upper(): field.default for name, field in Settings.model_fields.items()}

    assert shown == {name: str(default or "") if default != frozenset() else "" for name, default in defaults.items()}


def test_each_setting_has_a_docstring() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_the_example_file_with_every_line_taken_in_is_a_valid_file(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    (tmp_path / ".env").write_text(re.sub(r"^#(?=[A-Z_]+=)", "", text, flags=re.MULTILINE), encoding="utf-8")

    assert load() == Settings(_env_file=None)


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=debug\nDATA_DIR=/srv/file\n", encoding="utf-8")
    monkeypatch.setenv("DATA_DIR", "/srv/environment")

    settings = load()

    assert (settings.log_level, settings.data_dir) == ("DEBUG", Path("/srv/environment"))


def test_a_file_saved_on_windows_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(f'\ufeffTELEGRAM_BOT_TOKEN="{TOKEN}"\r\nADMIN_IDS=1, 2\r\n'.encode())

    settings = load()

    assert settings.telegram_bot_token == SecretStr(TOKEN)
    assert settings.admin_ids == {1, 2}


@pytest.mark.parametrize("written", ["11,22", "11 22", " 11 ; 22, "])
def test_ids_are_read_as_people_write_them(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("STAFF_IDS", written)

    assert load().staff_ids == {11, 22}


def test_settings_do_not_change_while_the_bot_runs() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().log_level = "DEBUG"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("sqlite:////srv/m.db", "sqlite+aiosqlite:////srv/m.db"),
        ("postgres://u:p@db/m", "postgresql+psycopg://u:p@db/m"),
        ("postgresql://u:p@db/m", "postgresql+psycopg://u:p@db/m"),
    ],
)
def test_a_database_is_named_without_its_driver(monkeypatch: pytest.MonkeyPatch, url: str, address: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    assert load().database.get_secret_value() == address


def test_the_line_for_the_container_of_postgresql_may_stand_in_the_same_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("POSTGRES_PASSWORD=word\nLOG_LEVEL=DEBUG\n", encoding="utf-8")
    assert load(file).log_level == "DEBUG"


def test_a_webhook_needs_a_web_server_and_gets_one_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_URL", "https://bot.example.org/telegram")
    monkeypatch.setenv("WEBHOOK_SECRET", "secret")
    assert load().address == ("127.0.0.1", 8080)


def test_an_ipv6_host_may_be_listened_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN", "[::1]:8080")

    assert load().address == ("::1", 8080)


@pytest.mark.parametrize("number", [1, 1000])
def test_messages_per_second_are_read_up_to_a_thousand(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    assert load().messages_per_second == 30
    monkeypatch.setenv("MESSAGES_PER_SECOND", f" {number} ")

    assert load().messages_per_second == number


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("TELEGRAM_BOT_TOKEN", f"'{TOKEN}'", "quotes"),
        ("TELEGRAM_BOT_TOKEN", "hunter2", "@BotFather"),
        ("TELEGRAM_BOT_TOKEN", f"bot{TOKEN}", "@BotFather"),
        ("TELEGRAM_API_BASE_URL", f"https://api.telegram.org/bot{TOKEN}", "root"),
        ("TELEGRAM_API_BASE_URL", "api.telegram.org", "https://"),
        ("TELEGRAM_API_BASE_URL", "https://host:port", "https://"),
        ("TELEGRAM_API_BASE_URL", "https://[half", "https://"),
        ("TELEGRAM_PROXY", "proxy:3128", "http:// or socks5://"),
        ("DATABASE_URL", "mysql://root:hunter2@db/m", "postgresql://"),
        ("DATABASE_URL", "postgresql://ann:hunter2@db", "has no database name"),
        ("DATABASE_URL", "postgresql://ann:hun@ter2@db/m", "%40 for @"),
        ("DATABASE_URL", "postgresql://ann:hun/ter2@db/m", "%2F for /"),
        ("DATABASE_URL", "postgres://ann:hun#ter2@db/m", "%23 for #"),
        ("DATABASE_URL", "postgresql://ann:hunter2@db:port/m", "cannot be read"),
        ("ADMIN_IDS", "@cleo", "“@cleo”"),
        ("ADMIN_IDS", "[1, 2]", "“[1”"),
        ("ADMIN_IDS", "1, 777000", "Telegram's own account"),
        ("STAFF_IDS", "1087968824", "anonymous group admin"),
        ("STAFF_IDS", "-100123", "group"),
        ("STAFF_CHAT_ID", "@staff", "starts with -"),
        ("WEBHOOK_URL", "https://bot.example.org", "path"),
        ("MESSAGES_PER_SECOND", "0", "from 1 to 1000"),
        ("MESSAGES_PER_SECOND", "1001", "from 1 to 1000"),
        ("MESSAGES_PER_SECOND", "29.5", "not a whole number"),
        ("MESSAGES_PER_SECOND", "many", "unless you pay for more"),
        ("LISTEN", "8080", "host:port"),
        ("LISTEN", "localhost:99999", "host:port"),
        ("LISTEN", "http://localhost:80", "host:port"),
        ("WEBHOOK_SECRET", "with space", "letters"),
        ("LOG_LEVEL", "loud", "DEBUG, INFO, WARNING or ERROR"),
    ],
)
def test_a_fault_names_the_setting_and_what_to_correct(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    sentences = faults(monkeypatch, **{name: value})

    assert sentences.startswith(f"{name} ")
    assert sentence in sentences
    assert sentences.endswith(".")
    assert "\n" not in sentences


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"WEBHOOK_URL": "https://bot.example.org/t"}, "WEBHOOK_SECRET is missing"),
        (
            {"WEBHOOK_URL": "http://bot.example.org/t", "WEBHOOK_SECRET": "s"},
            "WEBHOOK_URL must start with https://",
        ),
        ({"WEBHOOK_URL": "https://bot.example.org:9000/t", "WEBHOOK_SECRET": "s"}, "has port 9000"),
    ],
)
def test_a_webhook_that_cannot_work_is_refused(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], sentence: str
) -> None:
    assert sentence in faults(monkeypatch, **environment)


def test_a_bot_api_of_ones_own_may_call_any_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_API_BASE_URL", "http://127.0.0.1:8081/")
    monkeypatch.setenv("WEBHOOK_URL", "http://127.0.0.1:9000/t")
    monkeypatch.setenv("WEBHOOK_SECRET", "s")

    assert load().telegram_api_base_url == "http://127.0.0.1:8081"


def test_all_faults_are_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = faults(monkeypatch, LISTEN="8080", LOG_LEVEL="loud", ADMIN_ID="1")

    assert [line.split()[0] for line in sentences.splitlines()] == ["ADMIN_ID", "LISTEN", "LOG_LEVEL"]


def test_a_misspelled_name_in_the_file_is_refused_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("ADMINIDS=1\n", encoding="utf-8")

    assert faults(monkeypatch) == "ADMINIDS is not a setting; did you mean ADMIN_IDS?"


def test_a_misspelled_name_in_the_environment_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults(monkeypatch, ADMIN_ID="1") == "ADMIN_ID is not a setting; did you mean ADMIN_IDS?"


def test_variables_of_other_programs_are_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGLEVEL", "ADMIN_EMAIL", "TELEGRAM_DESKTOP", "XDG_DATA_DIRS"):
        monkeypatch.setenv(name, "x")

    assert load() == Settings(_env_file=None)


def test_a_file_that_cannot_be_read_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("# Город".encode("cp1251"))

    assert "UTF-8" in faults(monkeypatch)


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith(("_DIR", "_PATH"))])
@pytest.mark.parametrize(
    "value", [f"#{TOKEN}", f"x,{TOKEN}", f"(:{TOKEN.partition(':')[2]}", f"ftp://ann:{TOKEN}@host"]
)
def test_no_fault_shows_a_token_in_whichever_setting_it_was_put(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as refused:
        load()

    assert TOKEN.partition(":")[2] not in "".join(traceback.format_exception(refused.value))
    assert refused.value.__context__ is None


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_a_blank_value_means_the_default(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, blank)

    blank_settings = load()
    for name in NAMES:
        monkeypatch.delenv(name)

    assert blank_settings == load()


def test_printing_the_settings_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("TELEGRAM_PROXY", "http://ann:hunter2@proxy:3128")
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann:hunter2@db/m")
    monkeypatch.setenv("WEBHOOK_SECRET", "hunter2")

    settings = load()

    for shown in (repr(settings), settings.model_dump_json(), repr(settings.database)):
        assert TOKEN not in shown
        assert "hunter2" not in shown
