"""What a sandbox stores, and what another one loads from it."""

import json

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.persistence import dump, restore
from tests.sandbox.conftest import Raw


def stored(sandbox: Sandbox, gap: int = 0) -> Sandbox:
    """Another sandbox with everything that this one stores, through JSON."""
    other = Sandbox()
    contents = {file.id: file.content for file in sandbox.state.files.values()}
    restore(other.state, json.loads(json.dumps(dump(sandbox.state, 100))), contents, gap=gap)
    return other


async def test_people_chats_messages_and_files_come_back(sandbox: Sandbox, raw: Raw, ann: int) -> None:
    group = sandbox.group("Staff", [ann])
    sandbox.attach(ann, "document", content=b"a letter", name="letter.txt", caption="look")
    await raw("sendMessage", chat_id=group, text="hello")
    await raw("setMyCommands", commands=[{"command": "help", "description": "what I can do"}])

    other = stored(sandbox)

    assert [other.messages(chat) for chat in (ann, group)] == [sandbox.messages(chat) for chat in (ann, group)]
    assert other.content(other.messages(ann)[-1]) == b"a letter"
    assert other.menu(ann) == sandbox.menu(ann)
    assert other.state.person(ann) == sandbox.state.person(ann)


async def test_what_the_bot_did_not_confirm_waits_again(sandbox: Sandbox, ann: int) -> None:
    sandbox.write(ann, "unanswered")

    assert stored(sandbox).pending() == sandbox.pending()


@pytest.mark.parametrize("gap", [0, 1000])
async def test_numbers_go_on_so_many_after_the_stored_ones(sandbox: Sandbox, ann: int, gap: int) -> None:
    """After a crash the bot may have handled updates that were not stored; it ignores numbers that it knows."""
    other = stored(sandbox, gap)
    old_message, old_update = sandbox.messages(ann)[-1]["message_id"], max(sandbox.update_ids())

    assert other.write(ann, "again") == old_message + 1 + gap
    assert max(other.update_ids()) == old_update + 1 + gap
    assert other.person("Ben") not in sandbox.state.people


async def test_only_the_newest_messages_are_stored(sandbox: Sandbox, ann: int) -> None:
    for number in range(5):
        sandbox.write(ann, str(number))
    chat = next(chat for chat in dump(sandbox.state, 2)["chats"] if chat[0]["id"] == ann)

    assert [message["text"] for message in chat[2]] == ["3", "4"]
