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
  const found = CHECKS.flatMap((check) => check(facts));
  // A hint at the far end is for those that are well here.
  const explained = new Set(
    found.filter(({ severity }) => severity !== 'hint').map(({ subject }) => subject),
  );
  return sortFindings([...found, ...checkWaiting(facts, explained), ...checkFarEnd(facts, explained)]);
}
