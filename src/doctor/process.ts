/** What the process that mirrors may do: capabilities, and memory that it may lock. */
import type { Facts } from './facts.js';
import { type Finding, finding } from './finding.js';

const MEBIBYTE = 2 ** 20;
/** AF_XDP locks as much again while sockets are replaced. */
const MOMENTS_OF_XDP = 2;

/** Reports `capability-missing` and `memlock-low`. */
export function checkProcess(facts: Facts): Finding[] {
  return [...checkCapabilities(facts), ...checkLockedMemory(facts)];
}

function checkCapabilities({ plan, process }: Facts): Finding[] {
  const { capabilities, daemon } = process;
  if (capabilities === undefined) return [];
  const subject = subjectOf(daemon);
  const missing: Finding[] = [];
  if (!capabilities.includes('CAP_NET_RAW')) {
    missing.push(
      finding(
        'error',
        'capability-missing',
        subject,
        'to capture and to send takes the capability CAP_NET_RAW, which it does not have',
        'start it as root, or with AmbientCapabilities=CAP_NET_RAW (systemd) or setpriv --ambient-caps +net_raw --inh-caps +net_raw',
      ),
    );
  }
  const elsewhere = plan.sources.find(({ netns }) => netns !== undefined);
  if (elsewhere !== undefined && !capabilities.includes('CAP_SYS_ADMIN')) {
    const text = `source ${elsewhere.id} is in ${elsewhere.netns}: to enter it takes the capability CAP_SYS_ADMIN, which it does not have`;
    const remedy =
      'start it as root, or with a drop-in (systemctl edit traffic-mirror): CapabilityBoundingSet= and AmbientCapabilities=CAP_NET_RAW CAP_SYS_ADMIN, RestrictNamespaces=net, SystemCallFilter=setns';
    missing.push(finding('error', 'capability-missing', subject, text, remedy));
  }
  return missing;
}

/** Without the memory copies leave by packet sockets, which costs more processor time. */
function checkLockedMemory({ plan, process, io }: Facts): Finding[] {
  const { xdpMegabytes, emit } = plan.engine;
  const { capabilities, lockableBytes, daemon } = process;
  const isUsed = emit !== 'routed' && xdpMegabytes > 0 && io !== 'libpcap' && plan.sources.length > 0;
  if (!isUsed || lockableBytes === undefined || capabilities?.includes('CAP_IPC_LOCK') !== false) return [];
  const wanted = MOMENTS_OF_XDP * xdpMegabytes;
  if (lockableBytes >= wanted * MEBIBYTE) return [];
  const has = Math.floor(lockableBytes / MEBIBYTE);
  const text = `it may lock ${has} MiB of memory (RLIMIT_MEMLOCK), and AF_XDP takes up to ${wanted}: packet sockets send instead`;
  const remedy = `LimitMEMLOCK=${wanted + 64}M in its unit (systemctl edit traffic-mirror), ulimit -l unlimited before it starts, or engine.xdpMegabytes: ${Math.floor(has / MOMENTS_OF_XDP)}`;
  return [finding('warning', 'memlock-low', subjectOf(daemon), text, remedy)];
}

function subjectOf(daemon: number | undefined): string {
  return daemon === undefined ? 'this process' : `daemon ${daemon}`;
}
