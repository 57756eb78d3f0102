/** What a round of the bench sends, and what of it the mirror is asked to copy. */

/** The name of the contender that mirrors nothing: the others are compared with it. */
export const NO_MIRROR_NAME = 'no mirror';

/** The port of the frames that are wanted; all others carry another. */
const WANTED_PORT = 80;
const UNWANTED_PORT = 81;
/** A multiple of 100, so that one percent of the frames is a whole number. */
const FRAME_COUNT = 200;
const RULES_PER_SESSION = 10;

export interface Scenario {
  readonly name: string;
  /** Length of a frame without its check sequence, in bytes. */
  readonly frameBytes: number;
  /** Sessions on the source; with three, ten rules each, of which only the very last accepts. */
  readonly sessions: 1 | 3;
  /** Share of the frames that a rule accepts. */
  readonly wanted: 0 | 0.01 | 1;
  readonly packetLength?: number;
  /** Protocol of the rules; the generator's frames are UDP. */
  readonly protocol: 6 | 17;
}

const BASE = { frameBytes: 64, sessions: 1, wanted: 1, protocol: 17 } as const;

export const SCENARIOS: readonly Scenario[] = [
  { ...BASE, name: '64 bytes' },
  { ...BASE, name: '512 bytes', frameBytes: 512 },
  { ...BASE, name: '1400 bytes', frameBytes: 1400 },
  { ...BASE, name: '64 bytes, 3 × 10 rules', sessions: 3 },
  { ...BASE, name: '64 bytes, 1 % wanted', wanted: 0.01 },
  { ...BASE, name: '64 bytes, nothing wanted', wanted: 0 },
  { ...BASE, name: '1400 bytes, PacketLength 128', frameBytes: 1400, packetLength: 128 },
];

/** For a workload that moves data in bulk over TCP, in GSO frames. */
export const BULK_SCENARIOS: readonly Scenario[] = [
  { ...BASE, name: 'PacketLength 128', protocol: 6, packetLength: 128 },
  { ...BASE, name: 'whole', protocol: 6 },
];

/** The generator's frames: UDP over IPv4, many flows, in hex. */
export function framesOf({ frameBytes, wanted }: Scenario): string[] {
  const wantedCount = Math.round(FRAME_COUNT * wanted);
  return Array.from({ length: FRAME_COUNT }, (_, index) => {
    const isWanted = (index * wantedCount) % FRAME_COUNT < wantedCount;
    return udpFrame(frameBytes, 1024 + index, isWanted ? WANTED_PORT : UNWANTED_PORT).toString('hex');
  });
}

/** To no host's MAC address: the source's own stack drops the frame at once, the mirror sees it all the same. */
function udpFrame(length: number, sourcePort: number, destinationPort: number): Buffer {
  const frame = Buffer.alloc(length);
  frame.set([0x02, 0, 0, 0, 0, 0x0b, 0x02, 0, 0, 0, 0, 0x0a, 0x08, 0x00]);
  frame.set([0x45, 0], 14);
  frame.writeUInt16BE(length - 14, 16);
  frame.set([64, 17], 22);
  frame.set([10, 1, 0, 2, 10, 1, 0, 1], 26);
  frame.writeUInt16BE(sourcePort, 34);
  frame.writeUInt16BE(destinationPort, 36);
  frame.writeUInt16BE(length - 34, 38);
  return frame;
}

/** How the daemon moves frames in a round. */
export interface Io {
  readonly io: 'ring' | 'libpcap';
  readonly emit: 'routed' | 'direct';
  readonly xdpMegabytes?: number;
}

/** The daemon's configuration, as JSON. */
export function configurationOf(scenario: Scenario, engine: Io, stateDirectory: string): string {
  const sessions = Array.from({ length: scenario.sessions }, (_, index) => index + 1);
  return JSON.stringify({
    networkInterfaces: [
      { networkInterfaceId: 'eni-source', device: 'veth0' },
      { networkInterfaceId: 'eni-target', address: '10.9.0.2' },
    ],
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt', networkInterfaceId: 'eni-target' }],
    trafficMirrorFilters: sessions.map((number) => ({
      trafficMirrorFilterId: `tmf-${number}`,
      ingressFilterRules: rulesOf(scenario, number),
    })),
    trafficMirrorSessions: sessions.map((number) => ({
      trafficMirrorSessionId: `tms-${number}`,
      networkInterfaceId: 'eni-source',
      trafficMirrorTargetId: 'tmt',
      trafficMirrorFilterId: `tmf-${number}`,
      sessionNumber: number,
      virtualNetworkId: number,
      ...(scenario.packetLength !== undefined && { packetLength: scenario.packetLength }),
    })),
    engine,
    state: { directory: stateDirectory },
    log: { level: 'warn' },
  });
}

function rulesOf(scenario: Scenario, session: number): object[] {
  const count = scenario.sessions === 1 ? 1 : RULES_PER_SESSION;
  const isLast = session === scenario.sessions;
  return Array.from({ length: count }, (_, index) => {
    const port = isLast && index === count - 1 ? WANTED_PORT : 2000 + session * 100 + index;
    return {
      ruleNumber: index + 1,
      ruleAction: 'accept',
      protocol: scenario.protocol,
      destinationPortRange: { fromPort: port, toPort: port },
      sourceCidrBlock: '10.1.0.0/16',
      destinationCidrBlock: '0.0.0.0/0',
    };
  });
}
