import { readFileSync } from 'node:fs';
import t from 'tap';
import {
  capabilitiesIn,
  effectiveCapabilities,
  lockableBytes,
  lockableBytesIn,
  mayRead,
  readerIn,
} from '../../src/linux/process-limits.js';

t.test('capabilities', async (t) => {
  t.same(capabilitiesIn('Name:\tx\nCapEff:\t0000000000002000\nCapBnd:\t000001ffffffffff\n'), ['CAP_NET_RAW']);
  t.same(capabilitiesIn('CapEff:\t000001ffffffffff\n').length, 4);
  t.same(capabilitiesIn('CapEff:\t0000000000000000\n'), []);
  t.same(capabilitiesIn(''), [], 'a text that has none');
  t.same(effectiveCapabilities('self'), effectiveCapabilities(process.pid));
});

t.test('memory that may be locked', async (t) => {
  const line = (soft: string) =>
    `Max open files  1024  4096  files\nMax locked memory         ${soft}   unlimited   bytes\n`;
  t.equal(lockableBytesIn(line('65536')), 65536);
  t.equal(lockableBytesIn(line('unlimited')), Number.POSITIVE_INFINITY);
  t.equal(lockableBytes('self'), lockableBytesIn(readFileSync('/proc/self/limits', 'utf8')));
  t.throws(() => lockableBytes(2 ** 30), { code: 'ENOENT' });
});

t.test('whose files a process may read', async (t) => {
  const status = (capabilities: string, groups: string) =>
    `Name:\tnode\nUid:\t996\t996\t996\t997\nGid:\t995\t995\t995\t994\nFDSize:\t64\nGroups:${groups}\nNStgid:\t7\nCapEff:\t${capabilities}\n`;
  const reader = readerIn(status('0000000000002000', '\t4 27 '));
  t.same(reader, { userId: 997, groupIds: [994, 4, 27], readsAll: false });
  t.same(readerIn(status('0000000000002000', '\t ')).groupIds, [994], 'no other groups');
  t.equal(readerIn(status('0000000000000002', '')).readsAll, true, 'CAP_DAC_OVERRIDE');
  t.equal(readerIn(status('0000000000000004', '')).readsAll, true, 'CAP_DAC_READ_SEARCH');
  const may = (uid: number, gid: number, mode: number) => mayRead(reader, { uid, gid, mode });
  t.equal(may(997, 0, 0o400), true, 'its own');
  t.equal(may(997, 994, 0o044), false, 'its own, which only others may read');
  t.equal(may(0, 27, 0o040), true, 'of its group');
  t.equal(may(0, 27, 0o604), false, 'of its group, which only others may read');
  t.equal(may(0, 0, 0o640), false);
  t.equal(may(0, 0, 0o644), true);
  t.equal(mayRead({ ...reader, readsAll: true }, { uid: 0, gid: 0, mode: 0 }), true);
});
