/** `traffic-mirror receive`: the other end. Copies in, their frames out, until SIGINT, SIGTERM or SIGHUP. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LinuxError } from '../linux/errors.js';
import { OutputError } from '../receive/capture-output.js';
import type { CaptureStream } from '../receive/capture-stream.js';
import { showAddress } from '../receive/listen-address.js';
import { STANDARD_OUTPUT } from '../receive/open-output.js';
import type { OpenSocket } from '../receive/open-sockets.js';
import { formatReport, type ReceiveReport } from '../receive/report.js';
import { CommandError, EXIT_BAD_INPUT } from './command-error.js';
import { type Opened, openReceiver } from './open-receiver.js';
import { type ReceiveOptions, type ReceiveSettings, readOptions } from './receive-options.js';
import { sessionsByVni } from './session-names.js';
import { StopSignals } from './signals.js';
import { safeText } from './terminal-text.js';

const KIBIBYTE = 1024;
/** The kernel keeps less than this share of what was asked for only without the right to it. */
const SMALL_SHARE = 0.5;
/** At the end, an output that takes nothing for so long takes no more. */
const STALLED_MS = 3000;

/** @throws CommandError (rejects) */
export async function receive(options: ReceiveOptions): Promise<void> {
  const settings = readOptions(options);
  const signals = new StopSignals('SIGHUP');
  const sessions = await sessionsByVni(options.config, options.isDefaultConfig);
  const stopped = new AbortController();
  void signals.requested.then(() => stopped.abort());
  const opened = await openReceiver(settings, sessions, options.version, stopped.signal);
  if (opened === undefined) return;
  const { receiver, stream, sockets } = opened;
  const started = performance.now();
  const print = (): void => printReport(reportOf(opened, started), options);
  announce(settings, sockets);
  process.on('SIGUSR1', print);
  const timer = settings.intervalMs === undefined ? undefined : setInterval(print, settings.intervalMs);
  void signals.requested.then(() => receiver.stop());
  try {
    await receiver.run();
    if (stream !== undefined) await finish(stream, signals.requestedAgain);
  } catch (error) {
    throw error instanceof LinuxError ? new CommandError(EXIT_BAD_INPUT, error.message) : error;
  } finally {
    clearInterval(timer);
    process.off('SIGUSR1', print);
    print();
    close(opened);
  }
  requireDone(opened);
}

/** Waits for what is still to be written, as long as the output takes some of it, or until the stop is asked for again. */
async function finish(stream: CaptureStream, requestedAgain: Promise<void>): Promise<void> {
  const ended = Promise.race([stream.end(), requestedAgain]).then(() => true);
  for (let before = -1; stream.written > before; ) {
    before = stream.written;
    if (await Promise.race([ended, sleep(STALLED_MS, false, { ref: false })])) return;
  }
}

/** One line for each, on standard error, when datagrams are taken. */
function announce({ listen, bufferBytes }: ReceiveSettings, sockets: readonly OpenSocket[]): void {
  const places = listen.map(({ protocol, address, port }) => `${protocol} on ${showAddress(address, port)}`);
  const smallest = Math.min(...sockets.map((socket) => socket.bufferBytes));
  const lines = [`receiving ${places.join(', ')}`];
  if (smallest < SMALL_SHARE * bufferBytes) {
    lines.push(
      `warning: the kernel gave ${Math.round(smallest / KIBIBYTE)} KiB of ${bufferBytes / KIBIBYTE} KiB for datagrams that wait: ` +
        `bursts are dropped sooner; CAP_NET_ADMIN or sysctl net.core.rmem_max=${bufferBytes / 2} gives more`,
    );
  }
  process.stderr.write(`${safeText(lines.join('\n'))}\n`);
}

function reportOf(opened: Opened, started: number): ReceiveReport {
  const { receiver, tally, stream, output, device } = opened;
  const { taken, refused } = receiver.device;
  return {
    seconds: Math.round(performance.now() - started) / 1000,
    ...tally.counts(),
    rxDropped: receiver.rxDropped,
    ...(stream &&
      output && {
        written: {
          name: output.name,
          packets: stream.written,
          files: output.files,
          pending: stream.pending,
        },
      }),
    ...(device && { device: { name: device.name, packets: taken, refused } }),
  };
}

/** On standard error when the capture has standard output. */
function printReport(report: ReceiveReport, { json, write }: ReceiveOptions): void {
  const text = json === true ? JSON.stringify(report) : formatReport(report).join('\n');
  (write === STANDARD_OUTPUT ? process.stderr : process.stdout).write(`${text}\n`);
}

function close({ receiver, sockets, device, output, stream }: Opened): void {
  receiver.close();
  for (const socket of sockets) socket.close();
  device?.close();
  if (stream !== undefined && stream.pending > 0) output?.abandon();
}

/** @throws CommandError when frames were lost that had been received */
function requireDone({ stream, output, receiver, device }: Opened): void {
  const { failure, pending = 0 } = stream ?? {};
  if (failure instanceof OutputError && failure.isEndOfReader) return;
  const lost = `${pending} frames are not in it`;
  if (failure instanceof OutputError) throw new CommandError(EXIT_BAD_INPUT, `${failure.message}; ${lost}`);
  if (failure !== undefined) throw failure;
  if (pending > 0) throw new CommandError(EXIT_BAD_INPUT, `${output?.name}: takes no more; ${lost}`);
  if (receiver.isDeviceGone)
    throw new CommandError(EXIT_BAD_INPUT, `${device?.name}: the device was removed`);
}
