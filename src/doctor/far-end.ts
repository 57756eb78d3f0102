/** What cannot be seen from here: whether the far end takes what arrives. */
import { encapsulationOf } from '../encapsulate/encapsulations.js';
import { type Facts, runningDaemon } from './facts.js';
import { type Finding, finding } from './finding.js';
import { type Delivery, deliveriesOf, targetsByAddress } from './plan-view.js';

/** Addresses that a finding names. */
const MOST_NAMED = 4;

/** Reports `far-end`: once, for all targets that copies leave for. @param explained ids of targets that have a finding */
export function checkFarEnd(facts: Facts, explained: ReadonlySet<string>): Finding[] {
  const mirrored = runningDaemon(facts)?.status.lanes.some(({ sessions }) =>
    sessions.some((session) => session.mirrored.packets > 0),
  );
  if (mirrored !== true) return [];
  const reached = [...targetsByAddress(facts.plan).values()].filter(
    ({ address, targetId }) => !explained.has(targetId) && facts.ways.get(address)?.device !== undefined,
  );
  const [first] = reached;
  if (first === undefined) return [];
  const addresses = new Set(reached.map(({ address }) => address));
  const copies = deliveriesOf(facts.plan).filter(({ address }) => addresses.has(address));
  const ports = [...new Set(copies.map(({ encapsulation }) => encapsulationOf(encapsulation).port))];
  const port = ports.map((one) => `udp port ${one}`).join(' or ');
  const named = reached.slice(0, MOST_NAMED).map(({ address }) => address);
  const more = reached.length > MOST_NAMED ? ` and ${reached.length - MOST_NAMED} more` : '';
  const text = `copies leave for ${named.join(', ')}${more}, and nothing speaks against it here; should they not be seen there, the far end drops them`;
  const remedy = `at the target: tcpdump -ni any ${port} # do they arrive, with ${networksOf(facts, reached)}? then nft list ruleset and sysctl net.ipv4.conf.all.rp_filter (2 or 0, if its way back is another), nstat -az TcpExtIPReversePathFilter UdpRcvbufErrors; notrack for them, if conntrack -S shows drops`;
  return [finding('hint', 'far-end', first.targetId, text, remedy)];
}

/** What receivers have to be set to. @param reached targets that copies leave for */
function networksOf({ plan }: Facts, reached: readonly Delivery[]): string {
  const addresses = new Set(reached.map(({ address }) => address));
  const found = deliveriesOf(plan).filter(({ address }) => addresses.has(address));
  const networks = [...new Set(found.map(({ session }) => session.vni))];
  const more = networks.length > MOST_NAMED ? ' and others' : '';
  return `the VNI that the receiver has (${networks.slice(0, MOST_NAMED).join(', ')}${more})`;
}
