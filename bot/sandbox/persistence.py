"""The state of the sandbox as JSON values, so that people and chats survive the process.

Not stored: calls, faults, past versions of messages, and buttons or inline queries that wait for an answer.
"""

from typing import Any

from bot.sandbox.state import Chat, File, Json, Person, SandboxState


def dump(state: SandboxState, most_messages: int) -> Json:
    """Everything except the contents of files, with the newest messages of each chat."""
    return {
        "people": [
            [person.user, person.seen, person.started, person.blocked, person.deactivated]
            for person in state.people.values()
        ],
        "chats": [_dump_chat(chat, most_messages) for chat in state.chats.values()],
        "files": [[file.id, file.unique_id, file.path, file.name] for file in state.files.values()],
        "commands": [[*key, commands] for key, commands in state.profile.commands.items()],
        "names": state.profile.names,
        "descriptions": state.profile.descriptions,
        "short_descriptions": state.profile.short_descriptions,
        "inline_messages": [[name, *place] for name, place in state.inline_messages.items()],
        "updates": state.updates.dump(),
        "next": list(state.next_numbers),
    }


def restore(state: SandboxState, saved: Json, contents: dict[str, bytes], *, gap: int = 0) -> None:
    """Load the output of `dump`, with the contents of files by id; a file without content is dropped.

    New ids, and numbers of updates and messages, begin `gap` after the stored ones.
    """
    for user, seen, started, blocked, deactivated in saved["people"]:
        state.people[user["id"]] = Person(user, seen, started, blocked, deactivated)
    for each in saved["chats"]:
        chat = _restore_chat(each, gap)
        state.chats[chat.id] = chat
    for file_id, unique_id, path, name in saved["files"]:
        if file_id in contents:
            state.files[file_id] = File(file_id, unique_id, path, contents[file_id], name)
    profile = state.profile
    profile.commands = {(scope, language): commands for scope, language, commands in saved["commands"]}
    profile.names, profile.descriptions = saved["names"], saved["descriptions"]
    profile.short_descriptions = saved["short_descriptions"]
    state.inline_messages = {name: (chat, message) for name, chat, message in saved["inline_messages"]}
    state.updates.restore(saved["updates"], gap)
    state.continue_from(*(number + gap for number in saved["next"]))


def _dump_chat(chat: Chat, most_messages: int) -> list[Any]:
    newest = list(chat.messages.values())[-most_messages:]
    return [chat.json, list(chat.members.items()), newest, chat.keyboard, chat.migrated_to, chat.last_id]


def _restore_chat(saved: list[Any], gap: int) -> Chat:
    json, members, messages, keyboard, migrated_to, last_id = saved
    return Chat(
        json,
        dict(members),
        {message["message_id"]: message for message in messages},
        keyboard=keyboard,
        migrated_to=migrated_to,
        last_id=last_id + gap,
    )
