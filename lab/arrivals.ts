/** What arrives at the target, told line by line by tshark, an observer that knows nothing of the mirror. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Namespace } from './namespaces.js';

const FIELDS = [
  'udp.length',
  'vxlan.vni',
  'eth.src',
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'ip.len',
  'ipv6.plen',
  '_ws.col.Protocol',
  '_ws.col.Info',
] as const;

const UDP_AND_VXLAN_BYTES = 16;
const ETHERNET_BYTES = 14;
const IPV6_BYTES = 40;

/** One mirrored frame, as it arrived. */
export interface Arrival {
  readonly vni: number;
  readonly sourceMac: string;
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly info: string;
  /** Bytes of the frame that came. */
  readonly length: number;
  /** Bytes that the frame's IP header says it had. */
  readonly originalLength: number;
}

export interface Observer {
  readonly process: ChildProcess;
  readonly count: () => number;
}

/** Starts tshark on a device; resolves when it captures. */
export async function observe(
  namespace: Namespace,
  device: string,
  onArrival: (arrival: Arrival) => void,
): Promise<Observer> {
  const fields = FIELDS.flatMap((field) => ['-e', field]);
  const child = namespace.spawn(
    'tshark',
    ['-l', '-n', '-i', device, '-f', 'udp dst port 4789', '-T', 'fields', '-E', 'occurrence=a', ...fields],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let count = 0;
  if (child.stdout === null || child.stderr === null) throw new Error('tshark has no output');
  createInterface({ input: child.stdout }).on('line', (line) => {
    count += 1;
    onArrival(parseArrival(line));
  });
  const errors = createInterface({ input: child.stderr });
  for await (const line of errors) if (line.startsWith('Capturing on')) break;
  child.stderr.resume();
  return { process: child, count: () => count };
}

/** Ends the observer after it has told everything. */
export async function endObserver(observer: Observer): Promise<void> {
  const closed = once(observer.process, 'close');
  observer.process.kill('SIGINT');
  await closed;
}

/** Outer headers come first in each field, inner ones last. */
function parseArrival(line: string): Arrival {
  const values = line.split('\t');
  const all = (field: (typeof FIELDS)[number]): string[] => (values[FIELDS.indexOf(field)] ?? '').split(',');
  const last = (field: (typeof FIELDS)[number]): string => all(field).at(-1) ?? '';
  const overIpv6 = last('ipv6.src') !== '';
  return {
    vni: Number(last('vxlan.vni')),
    sourceMac: last('eth.src'),
    from: overIpv6 ? last('ipv6.src') : last('ip.src'),
    to: overIpv6 ? last('ipv6.dst') : last('ip.dst'),
    protocol: values[FIELDS.indexOf('_ws.col.Protocol')] ?? '',
    info: values[FIELDS.indexOf('_ws.col.Info')] ?? '',
    length: Number(all('udp.length')[0]) - UDP_AND_VXLAN_BYTES,
    originalLength: overIpv6
      ? Number(last('ipv6.plen')) + IPV6_BYTES + ETHERNET_BYTES
      : Number(last('ip.len')) + ETHERNET_BYTES,
  };
}
