/** docs/semantics.md, "amazon-dns". */
import t from 'tap';
import { address } from '../fixtures/plans/addresses.js';
import { type SessionWords, sourcePlan } from '../fixtures/plans/builders.js';
import type { FrameWords } from '../fixtures/plans/decoded.js';
import { checkRows } from '../fixtures/plans/rows.js';

const TCP = 6;
const UDP = 17;
const SERVER = '169.254.169.253';
const QUERY: FrameWords = { to: SERVER, protocol: UDP, ports: [5000, 53] };
const DNS = 'session 0: amazon-dns';

const plan = (...sessions: readonly SessionWords[]) =>
  sourcePlan(sessions, { amazonDnsAddresses: [address(SERVER), address('fd00:ec2::253')] });
const listed = plan({ amazonDns: true });
const acceptAll: SessionWords = { rules: [{}] };

t.test('which frames', async (t) => {
  const row = (name: string, frame: FrameWords, want: string) => ({ name, plan: listed, frame, want });
  checkRows(t, [
    row('query', QUERY, DNS),
    row('answer', { from: SERVER, protocol: UDP, ports: [53, 5000] }, DNS),
    row('over TCP', { ...QUERY, protocol: TCP }, DNS),
    row('over IPv6', { from: 'fd00::1', to: 'fd00:ec2::253', protocol: UDP, ports: [5000, 53] }, DNS),
    row('port on the other side', { to: SERVER, protocol: UDP, ports: [53, 5000] }, 'unmatched'),
    row('another server', { ...QUERY, to: '8.8.8.8' }, 'unmatched'),
    row('another service of the server', { ...QUERY, ports: [5000, 443] }, 'unmatched'),
    row('ping', { to: SERVER, protocol: 1 }, 'unmatched'),
    row('later fragment', { to: SERVER, protocol: UDP, fragment: 'later' }, 'unmatched'),
  ]);
});

t.test('which session', async (t) => {
  const rejectAll: SessionWords = { amazonDns: true, rules: [{ reject: true }] };
  const serviceUnmirrored = { ...plan({ amazonDns: true }), unmirrored: ['dhcp' as const] };
  checkRows(t, [
    { name: 'nobody lists it: rules do not count', plan: plan(acceptAll), frame: QUERY, want: 'unmatched' },
    {
      name: 'the first that lists it',
      plan: plan(acceptAll, { amazonDns: true }, { amazonDns: true }),
      frame: QUERY,
      want: 'session 1: amazon-dns',
    },
    { name: 'rules cannot refuse it', plan: plan(rejectAll), frame: QUERY, want: DNS },
    {
      name: 'no address is the service',
      plan: sourcePlan([{ ...acceptAll, amazonDns: true }]),
      frame: QUERY,
      want: 'session 0: rule s1r10',
    },
    {
      name: 'a later fragment is left to the rules',
      plan: plan(acceptAll),
      frame: { to: SERVER, protocol: UDP, fragment: 'later' },
      want: 'session 0: rule s1r10',
    },
    {
      name: 'unmirrored traffic comes first',
      plan: serviceUnmirrored,
      frame: { ...QUERY, ports: [68, 53] },
      want: 'dhcp',
    },
  ]);
});
