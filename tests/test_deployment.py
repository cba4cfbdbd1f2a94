"""The container, the compose file and the systemd unit fit the program that they start."""

import asyncio
import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.sandbox import Sandbox
from bot.settings import NAMES
from tests.process.bot_process import TOKEN, Installation

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def last_stage() -> str:
    return DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def test_what_the_image_copies_exists_and_is_not_ignored() -> None:
    copied = re.findall(r"^COPY (?!--)(\S+) ", DOCKERFILE, re.MULTILINE)
    allowed = re.findall("^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert all((ROOT / path).exists() for path in copied)
    assert sorted(allowed) == sorted(copied)


def test_the_image_runs_without_root_and_without_build_tools() -> None:
    assert re.search("^USER minsheng$", last_stage(), re.MULTILINE)
    assert "pip" not in last_stage()
    assert "--require-hashes" in DOCKERFILE


@pytest.mark.parametrize(
    "names",
    [re.findall(r"^(?:ENV|   ) ([A-Z_]+)=", last_stage(), re.MULTILINE), COMPOSE["services"]["bot"]["environment"]],
    ids=["image", "compose"],
)
def test_what_is_set_for_the_bot_are_settings(names: list[str]) -> None:
    assert set(names) - {"PATH", "PYTHONDONTWRITEBYTECODE", "GLIBC_TUNABLES"} <= set(NAMES)


def test_the_bot_of_the_compose_file_can_write_only_its_data_and_the_knowledge() -> None:
    bot = COMPOSE["services"]["bot"]
    assert (bot["read_only"], bot["cap_drop"]) == (True, ["ALL"])
    assert [volume.split(":")[1] for volume in bot["volumes"]] == ["/data", "/knowledge"]


def test_files_that_are_mounted_exist() -> None:
    mounted = [
        volume.split(":")[0] for service in COMPOSE["services"].values() for volume in service.get("volumes", [])
    ]
    assert all((ROOT / path).exists() for path in mounted if path.startswith("."))


def systemd_unit() -> configparser.RawConfigParser:
    unit = configparser.RawConfigParser(strict=False)
    unit.read(ROOT / "deploy" / "minsheng.service")
    return unit


def test_the_bot_has_its_memory_in_large_pages_as_a_service_and_in_the_container() -> None:
    setting = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"
    assert systemd_unit()["Service"]["Environment"] == setting
    assert f" {setting} " in last_stage()


def test_the_systemd_unit_has_an_account_a_start_order_and_a_target() -> None:
    unit = systemd_unit()
    assert unit["Service"]["User"] == "minsheng"
    assert unit["Service"]["RestartPreventExitStatus"] == "78"
    assert "network-online.target" in unit["Unit"]["After"]
    assert unit["Install"]["WantedBy"] == "multi-user.target"
    assert unit["Service"]["ReadWritePaths"].split() == ["/srv/minsheng/data", "/srv/minsheng/knowledge"]


def may_mount() -> bool:
    """Whether the steps of a container can be done here: root, in a name space of its own."""
    needed = os.geteuid() == 0 and shutil.which("setpriv") and shutil.which("unshare")
    return bool(needed) and subprocess.run(["unshare", "-m", "true"], check=False).returncode == 0


@pytest.mark.skipif(not may_mount(), reason="only root may mount a file system read-only")
async def test_as_in_the_container_it_runs_without_rights_on_a_read_only_file_system(tmp_path: Path) -> None:
    """The steps of the image: a copy of `bot` that is read-only, no capabilities, no home, `python -m bot run`."""
    app = tmp_path / "app"
    shutil.copytree(ROOT / "bot", app / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "run").mkdir()
    async with Sandbox(TOKEN) as city:
        installation = Installation(city, tmp_path / "run")
        script = (
            f"mount --bind {app} {app} && mount -o remount,ro,bind {app} && cd {app} && ! touch {app}/x 2>/dev/null"
            f" && exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs {sys.executable} -m bot run"
        )
        environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nonexistent"}
        with (tmp_path / "output").open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                "unshare",
                "-m",
                "sh",
                "-c",
                script,
                stdout=output,
                stderr=output,
                env=environment | installation.settings,
            )
        try:
            ann = city.person("Ann")
            city.write(ann, "hospital")
            await city.wait_for_replies(ann, within=60)
        finally:
            process.terminate()
            assert await process.wait() == 0, (tmp_path / "output").read_text()
