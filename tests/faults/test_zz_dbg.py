import tests.faults.test_killed as t
from tests.faults.test_killed import town, sql, Town
orig=t._drained
async def d(town):
    left = await orig(town)
    print("LEFT", left)
    for r in sql(town.file, "SELECT platform, letter.kind, trouble, not_before, attempts, count(*), min(letter.id), max(letter.id) FROM letter JOIN chat ON chat.id=chat_id WHERE state='queued' GROUP BY 1,2,3,5 LIMIT 20"): print(r)
    print(open(town.log).read()[-2500:])
    print(sql(town.file,"select state,count(*) from letter group by 1"))
    return left
t._drained=d
test_it = t.test_killed_anywhere_nothing_is_lost.__wrapped__ if hasattr(t.test_killed_anywhere_nothing_is_lost,'__wrapped__') else None
import pytest
async def test_forty(town: Town):
    await t.test_killed_anywhere_nothing_is_lost(town, 40)
