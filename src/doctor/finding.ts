/** What `doctor` finds: what is wrong, where, and the command or key that mends it. */

/**
 * error: it keeps copies away, or cuts them. warning: it may, or something else is wrong. hint: as it was asked for, or
 * not to be seen from here.
 */
export const SEVERITIES = ['error', 'warning', 'hint'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** Every code: stable names, which scripts may rely on. docs/troubleshooting.md explains each. */
export const FINDING_CODES = [
  'configuration-problem',
  'no-sessions',
  'session-inactive',
  'capability-missing',
  'memlock-low',
  'secret-unreadable',
  'secret-exposed',
  'namespace-missing',
  'device-missing',
  'device-down',
  'device-not-ethernet',
  'device-no-carrier',
  'offloads-cut',
  'offloads-on',
  'route-missing',
  'source-address-missing',
  'next-hop-silent',
  'target-refuses',
  'target-forbidden',
  'target-unhealthy',
  'target-unreachable',
  'target-congested',
  'mtu-cuts',
  'mtu-fragments',
  'firewall-drops',
  'firewall-may-drop',
  'conntrack-full',
  'session-accepts-nothing',
  'rule-never-matches',
  'direction-without-rules',
  'filter-unused',
  'target-unused',
  'clock-behind',
  'clock-stepped',
  'clock-unsynchronized',
  'daemon-not-running',
  'daemon-not-understood',
  'daemon-elsewhere',
  'daemon-other-configuration',
  'configuration-not-loaded',
  'reload-failed',
  'engine-down',
  'engine-restarted',
  'source-waiting',
  'ring-drops',
  'copies-cut',
  'copies-late',
  'copies-skipped',
  'copies-limited',
  'nothing-matches',
  'traffic',
  'no-traffic',
  'far-end',
] as const;

export type FindingCode = (typeof FINDING_CODES)[number];

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** The id of the session, source, target or filter, or what else it is about, such as a file and line. */
  readonly subject: string;
  /** What is wrong, and where: one line, no full stop. */
  readonly text: string;
  /** A command or a key of the configuration, or several, each with what it does. */
  readonly remedy: string;
}

/** Something that could not be looked at, and why. */
export interface Unseen {
  readonly what: string;
  readonly why: string;
}

/** Makes the findings of one code and severity. */
export function finding(
  severity: Severity,
  code: FindingCode,
  subject: string,
  text: string,
  remedy: string,
): Finding {
  return { code, severity, subject, text, remedy };
}

/** Errors first, then warnings, then hints; each in the order in which they were found. Those that say the same are one. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  const different = findings.filter((one) => {
    const key = JSON.stringify(one);
    return !seen.has(key) && seen.add(key);
  });
  return SEVERITIES.flatMap((severity) => different.filter((one) => one.severity === severity));
}

/** How many there are of a severity. */
export function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((one) => one.severity === severity).length;
}
