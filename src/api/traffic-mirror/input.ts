/** The input of the service's actions. Members without a meaning here are refused: a misspelt bound is no bound. */
import { z } from 'zod';
import { isLine, TEXT_BOUNDS } from '../../resources/text.js';
import { type ApiInput, isSmallInput } from '../service.js';
import { invalidValue, TrafficMirrorError } from './service-error.js';
import { STATUS_PARTS } from './shape.js';

/** Ids that a status may be asked of. */
const MAXIMUM_IDS = 100;
/** As many as a peek has on the host. */
const MAXIMUM_PEEKED_SESSIONS = 32;
const MAXIMUM_RESULTS = 1000;
/** An id may be escaped in it. */
const MAXIMUM_TOKEN = 4096;
const MAXIMUM_COPIES = 1000;
const DEFAULT_COPIES = 100;
/** Servers and proxies on the way give up on a response that takes a minute. */
const MAXIMUM_WAIT_SECONDS = 20;
const MINIMUM_WAIT_SECONDS = 0.1;
const DEFAULT_WAIT_SECONDS = 5;
/** Bytes of a frame, in a peek and in a question. */
export const MAXIMUM_FRAME_BYTES = 65_535;
/** Enough for every header, and for an answer of DNS. */
const DEFAULT_SNAPSHOT_LENGTH = 640;
/** Characters of a packet in words. */
const MAXIMUM_WORDS = 1024;
/** Two digits a byte, and as many separators. */
const MAXIMUM_HEX = 4 * MAXIMUM_FRAME_BYTES;
const MAXIMUM_BASE64 = 4 * Math.ceil(MAXIMUM_FRAME_BYTES / 3);

const id = z.string().min(1).max(TEXT_BOUNDS.identifier).refine(isLine, 'It holds control characters');
const ids = (most: number) => z.array(id).min(1).max(most);
const direction = z.enum(['ingress', 'egress']);

export const getStatusInput = z.strictObject({
  Include: z
    .array(z.enum(STATUS_PARTS))
    .min(1)
    .max(STATUS_PARTS.length)
    .default([...STATUS_PARTS]),
  SessionIds: ids(MAXIMUM_IDS).optional(),
  TargetIds: ids(MAXIMUM_IDS).optional(),
  MaxResults: z.int().min(1).max(MAXIMUM_RESULTS).optional(),
  NextToken: z.string().max(MAXIMUM_TOKEN).optional(),
});

export const explainPacketInput = z.strictObject({
  SourceId: id,
  Direction: direction.default('ingress'),
  Packet: z.string().max(MAXIMUM_WORDS).optional(),
  FrameHex: z.string().max(MAXIMUM_HEX).optional(),
  Frame: z.base64().max(MAXIMUM_BASE64).optional(),
});

export const peekInput = z.strictObject({
  SessionIds: ids(MAXIMUM_PEEKED_SESSIONS),
  Direction: direction.optional(),
  MaxCopies: z.int().min(1).max(MAXIMUM_COPIES).default(DEFAULT_COPIES),
  WaitSeconds: z.number().min(MINIMUM_WAIT_SECONDS).max(MAXIMUM_WAIT_SECONDS).default(DEFAULT_WAIT_SECONDS),
  SnapshotLength: z.int().min(1).max(MAXIMUM_FRAME_BYTES).default(DEFAULT_SNAPSHOT_LENGTH),
});

/** Checks the input of an action. @throws TrafficMirrorError */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: ApiInput): z.output<Schema> {
  if (input.format !== 'json' || !isSmallInput(input.body)) {
    throw invalidValue('The request has too many members');
  }
  const result = schema.safeParse(input.body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.join('.') ?? '';
  if (issue?.code === 'invalid_type' && issue.message.endsWith('undefined')) {
    throw new TrafficMirrorError('MissingRequiredParameterException', `The parameter ${place} is required.`);
  }
  throw invalidValue(`${place === '' ? 'Input' : place}: ${issue?.message}`);
}
