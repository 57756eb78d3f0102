/**
 * Checks what a status has before it is used. It comes from another process, which may be of another version, or may not
 * be trusted as this one is: `doctor` runs as root, and numbers and names of the status stand in paths that it opens and
 * in commands that it tells people to paste.
 */
import { z } from 'zod';
import { parseUnderlayAddress } from '../resources/address.js';
import { parseDeviceName, parseNamespacePath } from '../resources/device.js';
import type { Parsed } from '../resources/parsed.js';
import { isLine, parseIdentifier } from '../resources/text.js';
import type { Status } from '../status/status.js';

/** PATH_MAX (linux/limits.h). */
const PATH_LENGTH = 4096;
/** PID_MAX_LIMIT (linux/threads.h). */
const MAXIMUM_PID = 2 ** 22;

const pid = z.int().min(1).max(MAXIMUM_PID);
const count = z.number();
/** A daemon of an older version does not tell it. */
const newerCount = count.optional();
const id = z.custom<string>(accepts(parseIdentifier));
const address = z.custom<string>(accepts(parseUnderlayAddress));
const device = z.custom<string>(accepts(parseDeviceName));
const netns = z.custom<string>(accepts(parseNamespacePath));
const amount = z.object({ packets: count });

const session = z.object({
  sessionId: id,
  sourceId: id,
  sessionNumber: count,
  virtualNetworkId: count,
  targetId: id,
  targetAddresses: z.array(address).optional(),
  packetLength: newerCount,
});

const sessionCounts = z.object({
  sessionId: id,
  matched: amount,
  mirrored: amount,
  skipped: z.record(z.string(), amount),
  cut: newerCount,
});

const lane = z.object({
  sourceId: id,
  direction: z.string(),
  device,
  netns: netns.optional(),
  state: z.string(),
  reason: z.string(),
  read: amount,
  ringDropped: count,
  behindSeconds: newerCount,
  sessions: z.array(sessionCounts),
});

const engine = z.object({
  worker: count,
  pid: pid.nullable(),
  restarts: count,
  lastExit: z
    .object({ at: z.string(), code: count.nullable(), signal: z.string().nullable(), reason: z.string() })
    .nullable(),
  nextTryAt: z.string().nullable(),
  beatAgeMs: count,
});

/** The members that `doctor` reads. */
const STATUS = z.object({
  pid,
  version: z.string(),
  startedAt: z.string(),
  uptimeSeconds: count,
  configurationFile: z.string().max(PATH_LENGTH).refine(isLine),
  reload: z.object({
    lastResult: z.string(),
    lastAt: z.string().nullable(),
    problems: z.array(z.string()),
  }),
  io: z.string(),
  engines: z.array(engine),
  sources: z.array(
    z.object({
      sourceId: id,
      troubles: z.array(z.string()),
      ringDropped: count,
      ringBytes: newerCount,
      ringWantedBytes: newerCount,
    }),
  ),
  lanes: z.array(lane),
  sessions: z.array(session),
  // Without a route there is no device.
  targets: z.array(
    z.object({ address, state: z.string(), device: z.union([z.literal(''), device]), reason: z.string() }),
  ),
});

/** @returns the path of a member that is not what it has to be, such as `engines.0.pid`; undefined: all are. */
export function oddMember(status: Status): string | undefined {
  const { error } = STATUS.safeParse(status);
  if (error === undefined) return undefined;
  const [first] = error.issues;
  return first === undefined || first.path.length === 0 ? 'all of it' : first.path.join('.');
}

function accepts(parse: (value: unknown) => Parsed<string>): (value: unknown) => boolean {
  return (value) => parse(value).ok;
}
