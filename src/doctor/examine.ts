/** All checks together: facts to findings. */
import { checkClock } from './clock.js';
import { checkCounts } from './counts.js';
import { checkDaemon, checkWaiting } from './daemon.js';
import { checkDevices } from './devices.js';
import type { Facts } from './facts.js';
import { checkFarEnd } from './far-end.js';
import { type Finding, sortFindings } from './finding.js';
import { checkFirewall } from './firewall.js';
import { checkMtus } from './mtu.js';
import { checkProcess } from './process.js';
import { checkResources } from './resources.js';
import { checkRoutes } from './routes.js';
import { checkRules } from './rules.js';
import { checkSecrets } from './secrets.js';

const CHECKS: readonly ((facts: Facts) => Finding[])[] = [
  checkDaemon,
  checkProcess,
  checkSecrets,
  checkResources,
  checkDevices,
  checkRoutes,
  checkFirewall,
  checkMtus,
  checkRules,
  checkCounts,
  checkClock,
];

/** Judges everything that is known. Errors come first. */
export function examine(facts: Facts): Finding[] {
  const found = withoutRepeats(CHECKS.flatMap((check) => check(facts)));
  // Hints do not explain anything.
  const explained = new Set(found.flatMap(({ severity, subject }) => (severity === 'hint' ? [] : [subject])));
  return sortFindings([...found, ...checkWaiting(facts, explained), ...checkFarEnd(facts, explained)]);
}

/** Where the rule that drops copies is known, it is not said once more that they are forbidden. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const dropped = new Set(
    findings.flatMap(({ code, subject }) => (code === 'firewall-drops' ? [subject] : [])),
  );
  return findings.filter(({ code, subject }) => code !== 'target-forbidden' || !dropped.has(subject));
}
