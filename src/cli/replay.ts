/** `traffic-mirror replay`: a capture file through the pipeline into another, without privileges. */
import { existsSync, realpathSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import type { LaneCounts } from '../counters/snapshot.js';
import { CaptureFileError } from '../io/pcap/capture-file-error.js';
import { PcapFileSource } from '../io/pcap/pcap-source.js';
import { PcapFileWriter } from '../io/pcap/pcap-writer.js';
import { outputName, STANDARD_STREAM } from '../io/pcap/standard-stream.js';
import { Replay } from '../mirror/replay.js';
import { buildPlan } from '../resources/build-plan.js';
import {
  ETHERNET_HEADER_LENGTH,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  emitEthernet,
  macBytes,
} from '../wire/ethernet.js';
import { isIpv6Packet } from '../wire/ipv6.js';
import { CommandError, EXIT_BAD_INPUT, EXIT_DONE, EXIT_WRONG_USAGE } from './command-error.js';
import { requireConfiguration, requireSource } from './configuration.js';
import { refuseTerminal, requireOneStandardInput } from './standard-streams.js';
import { formatLaneCounts } from './status.js';

export interface ReplayOptions {
  readonly config: string;
  readonly source: string;
  readonly in: string;
  readonly out: string;
  readonly egressMac?: string;
  readonly json?: true;
}

/** Frames until signals are handled and the progress bar is updated. */
const BATCH_FRAMES = 4096;
/** Locally administered addresses: the packets of a replay have no real sender and no real receiver. */
const OUTER_SOURCE_MAC = Uint8Array.of(0x02, 0, 0, 0, 0, 0x01);
const OUTER_DESTINATION_MAC = Uint8Array.of(0x02, 0, 0, 0, 0, 0x02);

/** The result of a replay. */
interface Summary {
  readonly in: string;
  readonly out: string;
  /** Outer packets written. */
  readonly written: number;
  readonly lanes: readonly LaneCounts[];
}

export async function replay(options: ReplayOptions): Promise<void> {
  const egressMac = options.egressMac === undefined ? undefined : parseMac(options.egressMac);
  requireOneStandardInput([
    { option: '--config', file: options.config },
    { option: '--in', file: options.in },
  ]);
  refuseTerminal({ option: '--out', file: options.out });
  const plan = buildPlan(await requireConfiguration(options.config));
  const source = requireSource(plan, options.source);
  requireDifferentFiles(options);
  try {
    const input = new PcapFileSource(options.in);
    const writer = new PcapFileWriter(options.out);
    let written = 0;
    const pipeline = new Replay(source, plan.engine, egressMac, (bytes, offset, length) => {
      const start = offset - ETHERNET_HEADER_LENGTH;
      const type = isIpv6Packet(bytes, offset) ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
      emitEthernet(bytes, start, OUTER_DESTINATION_MAC, OUTER_SOURCE_MAC, type);
      writer.write(input.seconds, input.nanoseconds, bytes, start, ETHERNET_HEADER_LENGTH + length);
      written += 1;
    });
    await pump(input, writer, pipeline);
    print({ in: options.in, out: options.out, written, lanes: pipeline.counts() }, options.json === true);
  } catch (error) {
    throw asCommandError(error);
  }
}

/** A reader of standard output that ends early has what it wanted. */
function asCommandError(error: unknown): unknown {
  if (!(error instanceof CaptureFileError)) return error;
  const isPipeClosed = error.path === STANDARD_STREAM && (error.cause as { code?: string })?.code === 'EPIPE';
  return isPipeClosed ? new CommandError(EXIT_DONE) : new CommandError(EXIT_BAD_INPUT, error.message);
}

/** Replays all frames. When the file ends too early, its whole frames are written before the error is thrown. */
async function pump(input: PcapFileSource, writer: PcapFileWriter, pipeline: Replay): Promise<void> {
  const onSignal = (): never => {
    writer.abort();
    process.exit(EXIT_BAD_INPUT);
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {value} of {total} bytes',
    stream: process.stderr,
  });
  if (process.stderr.isTTY) bar.start(input.size, 0);
  try {
    while (input.pull(pipeline, BATCH_FRAMES) > 0) {
      bar.update(input.bytesRead);
      await nextTurn();
    }
  } finally {
    bar.stop();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    input.close();
    writer.close();
  }
}

function print(summary: Summary, asJson: boolean): void {
  const lines = asJson
    ? [JSON.stringify(summary)]
    : [
        ...summary.lanes.flatMap((lane) => [`${lane.sourceId} ${lane.direction}`, ...formatLaneCounts(lane)]),
        `${summary.written} packets in ${outputName(summary.out)}`,
      ];
  // Packets and text do not mix.
  const stream = summary.out === STANDARD_STREAM ? process.stderr : process.stdout;
  stream.write(`${lines.join('\n')}\n`);
}

/** @throws CommandError unless the text is six pairs of hexadecimal digits with colons or hyphens between them. */
export function parseMac(text: string): Uint8Array {
  const mac = macBytes(text);
  if (mac !== undefined) return mac;
  throw new CommandError(
    EXIT_WRONG_USAGE,
    `--egress-mac ${text}: not a MAC address such as 02:00:00:00:00:01`,
  );
}

function requireDifferentFiles({ in: input, out }: ReplayOptions): void {
  if (input === STANDARD_STREAM || out === STANDARD_STREAM) return;
  if (existsSync(input) && existsSync(out) && realpathSync(input) === realpathSync(out)) {
    throw new CommandError(EXIT_BAD_INPUT, `--out ${out}: is the file to read`);
  }
}
