"""A second wall between schools, PostgreSQL's row-level security: a query that forgets its school finds nothing.

The first wall is that rights are asked together with the fact (models/people.py). This one knows nothing of rights:
once it is known to which school a turn belongs, `enclose` makes the rows of all others vanish until its end. What
belongs to no school, such as finding out who speaks, sending and ticking, runs without it.
https://www.postgresql.org/docs/current/ddl-rowsecurity.html (superusers pass every wall; `klasno check` tells.)
"""

from __future__ import annotations

from sqlalchemy import func, select

from models.database import Db

SETTING = "klasno.school"
WALL_LESS = frozenset({"seen", "parked", "tombstone"})
"""Tables that tell of nobody's school: keys of events, places in the code, bare ids. All others have the policy
`own_school` from a migration (0003 for the first ones).
"""


async def enclose(db: Db, school: int) -> None:
    """From here to the end of this transaction there is only this school. PostgreSQL only."""
    await db.first(select(func.set_config(SETTING, str(school), True)))
