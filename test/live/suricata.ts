/** Every command of docs/suricata.md does what the page says, with Suricata or, where there is none, with tshark. */
import t from 'tap';
import { skipWithoutSuricata } from '../fixtures/live/oracle/suricata.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { checkStatus, walkThrough } from '../fixtures/live/walk-through.js';

const PAGE = 'suricata.md';

const skip = skipUnless('python3', 'tshark');

t.test('with tshark', { skip }, async (t) => {
  const printed = walkThrough(t, PAGE, 'tshark');
  t.match(printed, /10\.1\.0\.2 \S+ 10\.1\.0\.1 .*80 \[SYN\]/, 'the first packet of the connection');
  checkStatus(t, printed);
});

t.test('with Suricata', { skip: skip || skipWithoutSuricata }, async (t) => {
  const printed = walkThrough(t, PAGE, 'suricata');
  t.match(printed, /connection to port 80.*\{TCP\} 10\.1\.0\.2:\d+ -> 10\.1\.0\.1:80/, 'the alert');
  const counter = (name: string): number =>
    Number(new RegExp(`^decoder\\.${name} .*\\| (\\d+)$`, 'm').exec(printed)?.[1]);
  t.equal(counter('vxlan'), checkStatus(t, printed), 'as many VXLAN packets as copies');
  // Counters of zero are left out.
  t.notMatch(printed, /^decoder\.invalid .*\| [1-9]/m, 'none invalid');
});

/** The rule for all UDP, unchecked checksums, a daemon, fast.log: the commands of the cloud's own walk-through. */
t.test('as the guide starts it', { skip: skip || skipWithoutSuricata }, async (t) => {
  const printed = walkThrough(t, PAGE, 'guide');
  t.match(printed, /UDP traffic.*\{UDP\} 10\.9\.0\.1:\d+ -> 10\.9\.0\.2:4789/, 'copies are UDP');
  checkStatus(t, printed);
});
