/** Opens all that `receive` works with, or says what keeps it from that. */
import { randomBytes } from 'node:crypto';
import { release } from 'node:os';
import { LinuxError } from '../linux/errors.js';
import { type Libc, openFlock, openLibc } from '../linux/libc.js';
import { ReceiveBatch } from '../linux/receive-batch.js';
import { openReceiveCalls, type ReceiveCalls } from '../linux/receive-calls.js';
import { TapDevice } from '../linux/tap-device.js';
import { type CaptureOutput, OutputError } from '../receive/capture-output.js';
import { CaptureStream, STREAM_BYTES } from '../receive/capture-stream.js';
import { openOutput } from '../receive/open-output.js';
import { type OpenSocket, openSockets, SocketError } from '../receive/open-sockets.js';
import { BATCH_MESSAGES, Receiver } from '../receive/receiver.js';
import { MAXIMUM_VNIS, Tally } from '../receive/tally.js';
import { CommandError, EXIT_BAD_INPUT, EXIT_NOT_PERMITTED } from './command-error.js';
import type { ReceiveSettings } from './receive-options.js';

/** All that is open. */
export interface Opened {
  readonly receiver: Receiver;
  readonly tally: Tally;
  readonly sockets: readonly OpenSocket[];
  readonly output?: CaptureOutput;
  readonly stream?: CaptureStream;
  readonly device?: TapDevice;
}

/** @returns undefined when it was stopped before everything was open. @throws CommandError (rejects) */
export async function openReceiver(
  settings: ReceiveSettings,
  sessions: ReadonlyMap<number, readonly string[]>,
  version: string,
  signal: AbortSignal,
): Promise<Opened | undefined> {
  try {
    const libc = await openLibc();
    const calls = await openReceiveCalls();
    const sockets = openSockets(libc, settings.listen, settings.bufferBytes);
    const device = settings.tap === undefined ? undefined : openDevice(libc, calls, settings.tap);
    const output = await openCapture(libc, settings, signal);
    const tally = new Tally(sessions, randomBytes(4).readInt32LE());
    const batch = new ReceiveBatch(libc, BATCH_MESSAGES, output === undefined ? 0 : STREAM_BYTES);
    const stream = output && openStream(output, batch, tally, settings, version);
    const receiver = new Receiver({
      libc,
      calls,
      batch,
      sockets,
      tally,
      ...(settings.vnis && { wanted: settings.vnis }),
      ...(stream && { stream }),
      ...(device && { device }),
      ...(settings.limit !== undefined && { limit: settings.limit }),
    });
    return {
      receiver,
      tally,
      sockets,
      ...(output && { output }),
      ...(stream && { stream }),
      ...(device && { device }),
    };
  } catch (error) {
    if (signal.aborted) return undefined;
    throw asCommandError(error);
  }
}

async function openCapture(
  libc: Libc,
  { path, rotation }: ReceiveSettings,
  signal: AbortSignal,
): Promise<CaptureOutput | undefined> {
  if (path === undefined) return undefined;
  return openOutput({
    path,
    ...(rotation && { keep: rotation.keep }),
    duplicate: (descriptor) => libc.duplicate(descriptor),
    lock: await openFlock(),
    signal,
  });
}

function openStream(
  output: CaptureOutput,
  batch: ReceiveBatch,
  tally: Tally,
  { rotation }: ReceiveSettings,
  version: string,
): CaptureStream {
  return new CaptureStream({
    bytes: batch.bytes,
    words: batch.words,
    start: batch.rest,
    output,
    application: `traffic-mirror ${version}`,
    os: `Linux ${release()}`,
    rows: tally.vnis.capacity + 1,
    describe: (row) => describe(tally, row),
    ...(rotation?.bytes !== undefined && { fileBytes: rotation.bytes }),
    ...(rotation?.ms !== undefined && { fileMs: rotation.ms }),
    now: () => performance.now(),
  });
}

/** The interface of a VNI: it has the name of its session, where that is known. */
function describe(tally: Tally, row: number): { name: string; description: string } {
  if (row === tally.vnis.capacity) {
    return { name: 'others', description: `VNIs beyond the first ${MAXIMUM_VNIS}` };
  }
  const vni = tally.vnis.key(row, 0);
  const sessions = tally.sessionsOf(vni).join(', ');
  return { name: sessions || `vni-${vni}`, description: `VNI ${vni}` };
}

/** @throws CommandError */
function openDevice(libc: Libc, calls: ReceiveCalls, name: string): TapDevice {
  try {
    return new TapDevice(libc, calls, name);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EPERM' || code === 'EACCES') {
      const needs = `--tap ${name} needs the capability CAP_NET_ADMIN, and to open /dev/net/tun`;
      throw new CommandError(EXIT_NOT_PERMITTED, `not permitted: ${needs}; run as root`);
    }
    throw new CommandError(EXIT_BAD_INPUT, `--tap ${name}: ${DEVICE_REASONS[code ?? ''] ?? message}`);
  }
}

const DEVICE_REASONS: Readonly<Record<string, string>> = {
  EBUSY: 'another process has it',
  EINVAL: 'there is such a device, and it is no TAP device',
  ENOENT: 'there is no /dev/net/tun: modprobe tun',
  EROFS:
    'it would have IPv6, since /proc/sys cannot be written to; make it before, without IPv6: ip tuntap add NAME mode tap',
  ENODEV: 'the kernel has no TAP devices: modprobe tun',
};

function asCommandError(error: unknown): unknown {
  if (error instanceof SocketError) {
    return new CommandError(error.isNotPermitted ? EXIT_NOT_PERMITTED : EXIT_BAD_INPUT, error.message);
  }
  if (error instanceof OutputError || error instanceof LinuxError) {
    return new CommandError(EXIT_BAD_INPUT, error.message);
  }
  return isExpected(error) ? new CommandError(EXIT_BAD_INPUT, error.message) : error;
}

/** Of this platform, or a package that is missing. */
function isExpected(error: unknown): error is Error {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'unsupported-platform' || error.code === 'missing-package')
  );
}
