/** Groups by name. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { groupId } from '../../src/daemon/group-id.js';

t.test('those of /etc/group, and no others', async (t) => {
  const groups = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('+'));
  for (const [name, , number] of groups.map((line) => line.split(':'))) {
    t.equal(await groupId(name ?? ''), Number(number), name);
  }
  await t.rejects(groupId('no-such-group'), { message: 'there is no group no-such-group' });
  await t.rejects(groupId('--help'), { message: 'there is no group --help' });
});
