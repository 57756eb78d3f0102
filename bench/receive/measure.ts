/** One round: `receive` in the namespace of the target, a load of VXLAN from the host, and what came of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Namespace } from '../../lab/namespaces.js';
import { startReceiver } from '../../lab/receiver.js';
import type { Topology } from '../../lab/topology.js';
import { internetChecksum } from '../../src/wire/checksum.js';
import { generate } from '../generate.js';
import { cpuSeconds } from '../processes.js';

const RECEIVER_PROCESSOR = 0;
const GENERATOR_PROCESSOR = 1;
/** For what waits at the socket. */
const SETTLE_MS = 500;
const FLOWS = 64;
const FIRST_SOURCE_PORT = 49_152;
const VNI = 42;

export interface ReceiveScenario {
  readonly name: string;
  /** Frames a second; 0: as many as go. */
  readonly rate: number;
  readonly frameBytes: number;
  /** Arguments of `receive`; FOLDER is replaced by the temporary folder of the round. */
  readonly args: readonly string[];
  readonly isGoal?: boolean;
}

export interface ReceiveFigures {
  readonly sentPps: number;
  readonly receivedPps: number;
  /** Datagrams: at the socket, or on the way to it. */
  readonly dropped: number;
  /** CPU seconds of `receive` for each second. */
  readonly processors: number;
}

/** @throws Error when `receive` or the generator fails (rejects) */
export async function measureReceive(
  { host, ids }: Topology,
  { rate, frameBytes, args }: ReceiveScenario,
  seconds: number,
): Promise<ReceiveFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'traffic-mirror-receive-'));
  const pinned = ['taskset', '--cpu-list', `${RECEIVER_PROCESSOR}`];
  const told = args.map((text) => text.replace('FOLDER', folder));
  const receiver = await startReceiver(ids, told, pinned);
  try {
    // ip and taskset execute what they start: the process stays the same.
    const pid = receiver.process.pid ?? 0;
    const before = cpuSeconds(pid);
    const generated = await generate(host, {
      device: 'mir0',
      seconds,
      rate,
      frames: framesOf(host, ids, frameBytes),
      processor: GENERATOR_PROCESSOR,
    });
    const used = cpuSeconds(pid) - before;
    await sleep(SETTLE_MS);
    const report = await receiver.end();
    return {
      sentPps: generated.sent / generated.seconds,
      receivedPps: report.received.packets / generated.seconds,
      dropped: generated.sent - report.received.packets,
      processors: used / generated.seconds,
    };
  } finally {
    receiver.process.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

/** Outer packets of several flows, in hexadecimal. */
function framesOf(host: Namespace, ids: Namespace, frameBytes: number): string[] {
  const [source, destination] = [macOf(host, 'mir0'), macOf(ids, 'ids0')];
  return Array.from({ length: FLOWS }, (_, flow) => {
    const packet = Buffer.alloc(50 + frameBytes);
    packet.set([...destination, ...source, 0x08, 0x00, 0x45, 0]);
    packet.writeUInt16BE(packet.length - 14, 16);
    packet.set([64, 17], 22);
    packet.set([10, 9, 0, 1, 10, 9, 0, 2], 26);
    packet.writeUInt16BE(internetChecksum(packet, 14, 20, 0), 24);
    packet.writeUInt16BE(FIRST_SOURCE_PORT + flow, 34);
    packet.writeUInt16BE(4789, 36);
    packet.writeUInt16BE(packet.length - 34, 38);
    packet.set([8, 0, 0, 0, 0, 0, VNI, 0], 42);
    packet.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5], 50);
    return packet.toString('hex');
  });
}

function macOf(namespace: Namespace, device: string): number[] {
  const [{ address }] = JSON.parse(namespace.ip('-j', 'link', 'show', device)) as [{ address: string }];
  return address.split(':').map((part) => Number.parseInt(part, 16));
}
