/** The options of `receive`, from text to values. */

import { PROTOCOL_NAMES, type ReceivedProtocolName } from '../receive/decapsulate.js';
import {
  DEFAULT_LISTEN,
  type ListenAddress,
  ListenAddressError,
  parseListen,
} from '../receive/listen-address.js';
import { STANDARD_OUTPUT } from '../receive/open-output.js';
import { parseDeviceName } from '../resources/device.js';
import { CommandError, EXIT_WRONG_USAGE } from './command-error.js';

/** As commander has them. */
export interface ReceiveOptions {
  readonly config?: string;
  /** The configuration is the default one, which may be there for another purpose. */
  readonly isDefaultConfig: boolean;
  readonly version: string;
  readonly listen?: readonly string[];
  readonly protocol?: string;
  readonly vni?: readonly string[];
  readonly write?: string;
  readonly rotateSeconds?: string;
  readonly rotateMegabytes?: string;
  readonly rotateCount?: string;
  readonly tap?: string;
  readonly count?: string;
  readonly interval?: string;
  readonly bufferMegabytes: string;
  readonly json?: true;
}

/** What they mean. */
export interface ReceiveSettings {
  readonly listen: readonly ListenAddress[];
  readonly vnis?: ReadonlySet<number>;
  readonly path?: string;
  readonly rotation?: {
    readonly ms?: number;
    readonly bytes?: number;
    /** Whole files that stay. */
    readonly keep: number;
  };
  readonly tap?: string;
  readonly limit?: number;
  readonly intervalMs?: number;
  readonly bufferBytes: number;
}

const MEGABYTE = 1e6;
const MEBIBYTE = 2 ** 20;
const MAXIMUM_VNI = 0xffffff;
const MAXIMUM_SECONDS = 7 * 86_400;
const MAXIMUM_FILE_MEGABYTES = 1e6;
const MAXIMUM_BUFFER_MEBIBYTES = 1024;

/** @throws CommandError for the first that is wrong */
export function readOptions(options: ReceiveOptions): ReceiveSettings {
  const { write: path } = options;
  return {
    listen: readListen(options),
    ...given(
      'vnis',
      options.vni,
      (texts) => new Set(texts.map((text) => whole('--vni', text, 0, MAXIMUM_VNI))),
    ),
    ...given('path', path, requireBinary),
    ...readRotation(options),
    ...given('tap', options.tap, readDevice),
    ...given('limit', options.count, (text) => whole('--count', text, 1, Number.MAX_SAFE_INTEGER)),
    ...given('intervalMs', options.interval, (text) => 1000 * whole('--interval', text, 1, MAXIMUM_SECONDS)),
    bufferBytes: MEBIBYTE * whole('--buffer-megabytes', options.bufferMegabytes, 1, MAXIMUM_BUFFER_MEBIBYTES),
  };
}

function readListen({ listen = [DEFAULT_LISTEN], protocol }: ReceiveOptions): ListenAddress[] {
  const name = PROTOCOL_NAMES.find((known) => known === protocol);
  if (protocol !== undefined && name === undefined) {
    throw wrong(`--protocol ${protocol}: not ${PROTOCOL_NAMES.join(' or ')}`);
  }
  return listenOn(listen, name);
}

function listenOn(texts: readonly string[], protocol: ReceivedProtocolName | undefined): ListenAddress[] {
  try {
    return parseListen(texts, protocol);
  } catch (error) {
    throw error instanceof ListenAddressError ? wrong(error.message) : error;
  }
}

function readRotation(options: ReceiveOptions): Pick<ReceiveSettings, 'rotation'> {
  const { write: path, rotateSeconds, rotateMegabytes, rotateCount } = options;
  if (rotateSeconds === undefined && rotateMegabytes === undefined) {
    if (rotateCount === undefined) return {};
    throw wrong('--rotate-count: needs --rotate-seconds or --rotate-megabytes');
  }
  if (path === undefined || path === STANDARD_OUTPUT) {
    throw wrong('--rotate-seconds and --rotate-megabytes: need a file, -w FILE');
  }
  return {
    rotation: {
      ...given('ms', rotateSeconds, (text) => 1000 * whole('--rotate-seconds', text, 1, MAXIMUM_SECONDS)),
      ...given(
        'bytes',
        rotateMegabytes,
        (text) => MEGABYTE * whole('--rotate-megabytes', text, 1, MAXIMUM_FILE_MEGABYTES),
      ),
      keep:
        rotateCount === undefined
          ? Number.POSITIVE_INFINITY
          : whole('--rotate-count', rotateCount, 1, 99_999),
    },
  };
}

function requireBinary(path: string): string {
  if (path === '') throw wrong('-w: needs the name of a file, or - for standard output');
  if (path !== STANDARD_OUTPUT || !process.stdout.isTTY) return path;
  throw wrong('-w -: standard output is a terminal, which shows no pcapng; put it into a file or a pipe');
}

function readDevice(name: string): string {
  const device = parseDeviceName(name);
  if (device.ok) return device.value;
  throw wrong(`--tap: ${device.text}`);
}

function whole(option: string, text: string, minimum: number, maximum: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
  throw wrong(`${option} ${text}: not a whole number from ${minimum} to ${maximum}`);
}

/** A property that is there only when the option is. */
function given<Name extends string, Text, Value>(
  name: Name,
  text: Text | undefined,
  read: (text: Text) => Value,
): Partial<Record<Name, Value>> {
  return text === undefined ? {} : ({ [name]: read(text) } as Partial<Record<Name, Value>>);
}

function wrong(message: string): CommandError {
  return new CommandError(EXIT_WRONG_USAGE, message);
}
