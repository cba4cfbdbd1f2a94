"""Who may do what: the first admins come with the settings, and they appoint others in chat."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from bot.i18n.message import LazyMessage, lazy_gettext
from bot.people.ports import AuditEntry, Grant, Role, Roles
from bot.people.service_accounts import account_problem


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with rights."""

    person: int
    role: Role
    by_settings: bool  #: named by the operator, and no admin has said anything since


class RoleService:
    """The people with rights. Each act asks anew; only what is merely shown goes by what was known last."""

    def __init__(self, rights: Roles, *, admins: AbstractSet[int], staff: AbstractSet[int]) -> None:
        self._rights = rights
        self._admins = frozenset(admins)
        self._staff = frozenset(staff)
        self._known: dict[int, Role] = {person: "admin" if person in admins else "staff" for person in admins | staff}

    async def role_of(self, person: int) -> Role | None:
        """The rights of a person at this moment; StorageError when that cannot be known."""
        if person in self._admins:
            return "admin"  # the operator's word holds, whatever stands in the database
        return {member.person: member.role for member in await self.members()}.get(person)

    async def members(self) -> list[Member]:
        """Everybody with rights, admins first; StorageError."""
        grants = await self._rights.grants()
        members = [Member(person, "admin", by_settings=True) for person in sorted(self._admins)]
        named = sorted(self._staff - self._admins - grants.keys())
        members += [Member(person, "staff", by_settings=True) for person in named]
        members += [
            Member(person, grant.role, by_settings=False)
            for person, grant in sorted(grants.items())
            if grant.role and person not in self._admins
        ]
        self._known = {member.person: member.role for member in members}
        return sorted(members, key=lambda member: member.role)

    def seems(self, person: int) -> Role | None:
        """The rights that a person had when anybody's were looked up last: for what is shown, never for an act."""
        return self._known.get(person)

    def why_not(self, person: int, role: Role | None) -> LazyMessage | None:
        """Why nobody can give a person this role, or take all rights away (None)."""
        if person in self._admins:
            return lazy_gettext(
                "{number} is an admin by ADMIN_IDS, a setting on the server; only the operator can change that.",
                number=person,
            )
        return account_problem(person) if role else None

    async def appoint(self, person: int, role: Role | None, *, by: int, now: datetime) -> None:
        """Give a role or take all rights away, with a line in the audit; at once. StorageError.

        Whoever calls has asked `why_not`.
        """
        before = await self.role_of(person)
        line = AuditEntry(now, by, "grant" if role else "revoke", str(person), before or "", role or "")
        await self._rights.grant(Grant(person, role, by, now), line)
        # Not looked up anew: that may fail, and then it would seem that nothing was done.
        if role:
            self._known[person] = role
        else:
            self._known.pop(person, None)
