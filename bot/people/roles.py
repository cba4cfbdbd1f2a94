"""Who is staff or an admin.

Admins are named in the settings (`ADMIN_IDS`) and keep their role whatever the database says. They grant and revoke
roles in chat; a grant overrides `STAFF_IDS`. Every action reads the grants from the database, so a revoked role ends at
once. `cached_role` needs no database and may be out of date: it decides what staff are shown, which handler gets their
files, and that they have no rate limit, but never what they may change.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from bot.i18n.message import LazyMessage, lazy_gettext
from bot.people.ports import AuditEntry, Grant, Role, Roles

#: Telegram's own accounts that act for many users: a role for one of them would be a role for all these users.
SERVICE_ACCOUNTS = {
    777000: "Telegram's own account",
    1087968824: "every anonymous group admin",
    136817688: "every channel",
}


@dataclass(frozen=True, slots=True)
class Member:
    """A person with a role."""

    person: int
    role: Role
    by_settings: bool  #: named in the settings, and not changed by an admin since


class RoleService:
    """Who is staff or an admin: from the settings, and from the stored grants of admins."""

    def __init__(self, roles: Roles, *, admins: AbstractSet[int], staff: AbstractSet[int]) -> None:
        self._roles = roles
        self._admins = frozenset(admins)
        self._staff = frozenset(staff)
        self._cached: dict[int, Role] = {person: "admin" if person in admins else "staff" for person in admins | staff}

    async def role_of(self, person: int) -> Role | None:
        """The role of a person at this moment; raises StorageError if the database cannot be read."""
        if person in self._admins:
            return "admin"
        return {member.person: member.role for member in await self.members()}.get(person)

    async def members(self) -> list[Member]:
        """Everyone with a role, admins first; raises StorageError."""
        grants = await self._roles.grants()
        members = [Member(person, "admin", by_settings=True) for person in sorted(self._admins)]
        named = sorted(self._staff - self._admins - grants.keys())
        members += [Member(person, "staff", by_settings=True) for person in named]
        members += [
            Member(person, grant.role, by_settings=False)
            for person, grant in sorted(grants.items())
            if grant.role and person not in self._admins
        ]
        self._cached = {member.person: member.role for member in members}
        return sorted(members, key=lambda member: member.role)

    async def member_ids(self) -> frozenset[int]:
        """The ids of everyone with a role; raises StorageError."""
        return frozenset(member.person for member in await self.members())

    async def admin_ids(self) -> list[int]:
        """The ids of the current admins; raises StorageError."""
        return [member.person for member in await self.members() if member.role == "admin"]

    def has_members(self) -> bool:
        """Whether anyone had a role at the last look-up."""
        return bool(self._cached)

    def cached_role(self, person: int) -> Role | None:
        """The role at the last look-up of any role; never waits or fails.

        The role may have changed since, in another replica too. Whether an action is allowed, `role_of` decides.
        """
        return self._cached.get(person)

    def rejection_reason(self, person: int, role: Role | None) -> LazyMessage | None:
        """Why a person cannot be given this role, or lose every role (None); None if it is possible."""
        if person in self._admins:
            return lazy_gettext(
                "{number} is an admin by ADMIN_IDS, a setting on the server; only the operator can change that.",
                number=person,
            )
        return account_problem(person) if role else None

    async def set_role(self, person: int, role: Role | None, *, by: int, now: datetime) -> None:
        """Grant a role or revoke every role, with an audit entry; raises StorageError.

        The caller has checked `rejection_reason`.
        """
        before = await self.role_of(person)
        entry = AuditEntry(now, by, "grant" if role else "revoke", str(person), before or "", role or "")
        await self._roles.grant(Grant(person, role, by, now), entry)
        # Not read again: if that failed, the change would seem not to have been made.
        if role:
            self._cached[person] = role
        else:
            self._cached.pop(person, None)


def account_problem(number: int) -> LazyMessage | None:
    """Why a Telegram id cannot have a role; None if it can be a person's."""
    if number in SERVICE_ACCOUNTS:
        return lazy_gettext("{number} is an account of Telegram itself; anyone could be behind it.", number=number)
    if number <= 0:
        return lazy_gettext("{number} is a group or a channel; rights are for persons only.", number=number)
    return None


def has_role(role: Role | None, needed: Role) -> bool:
    """Whether a role is sufficient; admins may do everything that staff may."""
    return role in ("admin", needed)
