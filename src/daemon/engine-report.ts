/**
 * What an engine says, held against what it may say. It reads what anybody sends to the host: whatever becomes of it,
 * the daemon goes on.
 */
import {
  type EngineReport,
  JsonLines,
  LANE_STATES,
  MAXIMUM_LINE_CHARACTERS,
  TARGET_STATES,
} from '../engine/messages.js';
import { DIRECTIONS } from '../plan/mirror-plan.js';

type Test = (value: unknown) => boolean;

const isText: Test = (value) => typeof value === 'string';
const isFlag: Test = (value) => typeof value === 'boolean';
const isCount: Test = (value) => Number.isFinite(value);
const isDirection = oneOf(DIRECTIONS);
const isAmount = members({ packets: isCount, bytes: isCount });

const isSession = members({
  sessionId: isText,
  matched: isAmount,
  mirrored: isAmount,
  skipped: valuesOf(isAmount),
  segmented: isCount,
  segments: isCount,
  unsegmented: isCount,
  truncated: isCount,
  cut: isCount,
  fragmented: isCount,
  rules: listOf(members({ ruleId: isText, packets: isCount })),
  services: valuesOf(isCount),
});

const isLane = members({
  sourceId: isText,
  direction: isDirection,
  read: isAmount,
  ringDropped: isCount,
  unmatched: isCount,
  unparsable: isCount,
  unmirrored: valuesOf(isCount),
  latency: members({ microseconds: isCount, blocks: valuesOf(isCount) }),
  sessions: listOf(isSession),
});

const REPORTS: Readonly<Record<EngineReport['type'], Test>> = {
  counters: members({
    lanes: listOf(isLane),
    gauges: listOf(members({ sourceId: isText, direction: isDirection, ringFill: isCount })),
    final: isFlag,
  }),
  lane: members({
    sourceId: isText,
    direction: isDirection,
    state: oneOf(LANE_STATES),
    reason: isText,
    carrier: isFlag,
    mtu: isCount,
  }),
  target: members({
    address: isText,
    device: isText,
    maximumInnerLength: isCount,
    state: oneOf(TARGET_STATES),
    reason: isText,
  }),
  applied: members({ generation: isCount }),
  refused: members({ generation: isCount, reason: isText }),
  beat: members({ rounds: isCount, loopDelayMs: isCount }),
  failed: members({ code: oneOf(['missing-package', 'not-permitted', 'internal']), reason: isText }),
};

/** Takes the reports of one engine out of what comes on its line. */
export class EngineReports {
  readonly #lines = new JsonLines<unknown>(MAXIMUM_LINE_CHARACTERS);

  /** @returns what is complete now. @throws Error for what no engine says */
  push(text: string): EngineReport[] {
    const messages = this.#lines.push(text);
    if (messages.every(isReport)) return messages;
    throw new Error('it said something that is no report');
  }
}

function isReport(message: unknown): message is EngineReport {
  if (!isObject(message)) return false;
  const { type } = message;
  return (
    typeof type === 'string' && Object.hasOwn(REPORTS, type) && REPORTS[type as EngineReport['type']](message)
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function oneOf(known: readonly string[]): Test {
  return (value) => typeof value === 'string' && known.includes(value);
}

function listOf(fits: Test): Test {
  return (value) => Array.isArray(value) && value.every(fits);
}

/** Of an object whose names are what was counted. */
function valuesOf(fits: Test): Test {
  return (value) => isObject(value) && Object.values(value).every(fits);
}

/** Of an object that has these members, and may have others. */
function members(tests: Readonly<Record<string, Test>>): Test {
  const entries = Object.entries(tests);
  return (value) => isObject(value) && entries.every(([name, fits]) => fits(value[name]));
}
