import { readFileSync } from 'node:fs';
import t from 'tap';
import {
  capabilitiesIn,
  effectiveCapabilities,
  lockableBytes,
  lockableBytesIn,
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
