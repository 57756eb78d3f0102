/** Where the control API's audit lines go: into the daemon's log, each of them, but for refusals that repeat. */
import type { Logger } from 'pino';
import type { AuditLog } from '../api/audit.js';
import type { LimitedLog } from './log.js';

export function openAuditLog({ log, unlimited, limit }: LimitedLog): AuditLog {
  return {
    write: (line) => {
      if (isInformative(log)) unlimited.info(line, 'api audit');
    },
    limit: (key, write) => limit.pass(`audit ${key}`, write),
  };
}

/** The level of the daemon's log counts, which a reload may change. */
function isInformative(log: Logger): boolean {
  return log.isLevelEnabled('info');
}
