/**
 * Checks the shape of an engine's reports. An engine reads packets of strangers: if one of them takes it over, what it
 * reports must not end the daemon.
 */
import { LANE_COUNTS, SESSION_COUNTS } from '../counters/table.js';
import {
  ENGINE_FAILURES,
  type EngineReport,
  JsonLines,
  MAXIMUM_LINE_CHARACTERS,
} from '../engine/messages.js';
import { LANE_STATES } from '../io/lane-condition.js';
import { DIRECTIONS } from '../plan/mirror-plan.js';
import { EMISSION_WAYS, TARGET_STATES } from '../targets/target-states.js';

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
  ...countsIn(SESSION_COUNTS),
  rules: listOf(members({ ruleId: isText, packets: isCount })),
  services: valuesOf(isCount),
});

const isLane = members({
  sourceId: isText,
  direction: isDirection,
  read: isAmount,
  ...countsIn(LANE_COUNTS),
  unmirrored: valuesOf(isCount),
  latency: members({ microseconds: isCount, blocks: valuesOf(isCount) }),
  sessions: listOf(isSession),
});

const REPORTS: Readonly<Record<EngineReport['type'], Test>> = {
  counters: members({
    lanes: listOf(isLane),
    gauges: listOf(
      members({
        sourceId: isText,
        direction: isDirection,
        ringFill: isCount,
        ringBytes: isCount,
        ringWantedBytes: isCount,
        behindSeconds: isCount,
      }),
    ),
    removed: listOf(members({ sourceId: isText, direction: isDirection })),
    final: isFlag,
    ageMs: isCount,
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
    mtu: isCount,
    maximumInnerLength: isCount,
    state: oneOf(TARGET_STATES),
    reason: isText,
    emission: oneOf(EMISSION_WAYS),
    emissionReason: isText,
  }),
  applied: members({ generation: isCount }),
  refused: members({ generation: isCount, reason: isText }),
  beat: members({ rounds: isCount, loopDelayMs: isCount, xdpInvalidDescriptors: isCount }),
  failed: members({ code: oneOf(ENGINE_FAILURES), reason: isText }),
};

/** Reads the reports of one engine from a stream of lines. */
export class EngineReports {
  readonly #lines = new JsonLines<unknown>(MAXIMUM_LINE_CHARACTERS);

  /** @returns the reports that are complete now. @throws Error for a line that is no report */
  push(text: string): EngineReport[] {
    const messages = this.#lines.push(text);
    if (messages.every(isReport)) return messages;
    throw new Error('it sent a line that is no report');
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

/** The members that rows of counters make. */
function countsIn(rows: readonly { readonly name: string }[]): Readonly<Record<string, Test>> {
  return Object.fromEntries(rows.map(({ name }) => [name, isCount]));
}

/** An object with any names. */
function valuesOf(fits: Test): Test {
  return (value) => isObject(value) && Object.values(value).every(fits);
}

/** An object that has these members, and may have others. */
function members(tests: Readonly<Record<string, Test>>): Test {
  const entries = Object.entries(tests);
  return (value) => isObject(value) && entries.every(([name, fits]) => fits(value[name]));
}
