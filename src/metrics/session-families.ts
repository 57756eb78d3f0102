/** The counts of each session, by source and direction. */
import type { Amount, SessionCounts } from '../counters/snapshot.js';
import { SESSION_COUNTS } from '../counters/table.js';
import type { Status } from '../status/status.js';
import type { Family, Labels, Sample } from './family.js';
import { laneLabels } from './lane-families.js';

const SESSION_LABELS = ['source', 'direction', 'session'] as const;

export const SESSION_FAMILIES: readonly Family[] = [
  ...amountFamilies('matched', 'that a session mirrors: copies due', (session) => session.matched),
  ...amountFamilies('mirrored', 'whose copies the kernel took to send', (session) => session.mirrored),
  ...skippedFamilies(),
  ...SESSION_COUNTS.map(({ name, metric, help }) => sessionFamily(metric, help, (session) => session[name])),
  {
    name: 'traffic_mirror_rule_matched_packets_total',
    help: 'Matched frames by the accept rule that decided.',
    type: 'counter',
    labels: [...SESSION_LABELS, 'rule'],
    samples: (status) =>
      eachSession(status, (session, labels) =>
        session.rules.map(({ ruleId, packets }) => ({ labels: { ...labels, rule: ruleId }, value: packets })),
      ),
  },
  {
    name: 'traffic_mirror_service_matched_packets_total',
    help: 'Matched frames by the network service that decided.',
    type: 'counter',
    labels: [...SESSION_LABELS, 'service'],
    samples: (status) =>
      eachSession(status, (session, labels) =>
        Object.entries(session.services).map(([service, value]) => ({
          labels: { ...labels, service },
          value,
        })),
      ),
  },
];

function sessionFamily(name: string, help: string, read: (session: SessionCounts) => number): Family {
  return {
    name: `traffic_mirror_${name}`,
    help,
    type: 'counter',
    labels: SESSION_LABELS,
    samples: (status) => eachSession(status, (session, labels) => [{ labels, value: read(session) }]),
  };
}

/** @param what continues "Frames ...". */
function amountFamilies(name: string, what: string, read: (session: SessionCounts) => Amount): Family[] {
  return [
    sessionFamily(`${name}_packets_total`, `Frames ${what}.`, (session) => read(session).packets),
    sessionFamily(
      `${name}_bytes_total`,
      `Bytes on the wire of the frames ${what}.`,
      (session) => read(session).bytes,
    ),
  ];
}

function skippedFamilies(): Family[] {
  const family = (unit: keyof Amount, help: string): Family => ({
    name: `traffic_mirror_skipped_${unit}_total`,
    help,
    type: 'counter',
    labels: [...SESSION_LABELS, 'reason'],
    samples: (status) =>
      eachSession(status, (session, labels) =>
        Object.entries(session.skipped).map(([reason, amount]) => ({
          labels: { ...labels, reason },
          value: amount[unit],
        })),
      ),
  });
  return [
    family('packets', 'Frames whose copies were due and not sent, by reason.'),
    family('bytes', 'Bytes on the wire of the frames whose copies were due and not sent, by reason.'),
  ];
}

function eachSession(
  { lanes }: Status,
  samples: (session: SessionCounts, labels: Labels) => readonly Sample[],
): Sample[] {
  return lanes.flatMap((lane) =>
    lane.sessions.flatMap((session) => samples(session, { ...laneLabels(lane), session: session.sessionId })),
  );
}
