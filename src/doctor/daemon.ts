/** The running daemon: whether it answers, runs what the file says, and whether its engines live. */
import type { EngineStatus, Status } from '../status/status.js';
import { type Facts, runningDaemon } from './facts.js';
import { type Finding, finding } from './finding.js';
import { shellWord } from './shell-word.js';

const STILL_LIMIT_MS = 2000;
const RELOAD = 'systemctl reload traffic-mirror, or kill -HUP';

/**
 * Reports `daemon-not-running`, `daemon-not-understood`, `daemon-elsewhere`, `daemon-other-configuration`, `configuration-not-loaded`,
 * `reload-failed`, `engine-down` and `engine-restarted`.
 */
export function checkDaemon(facts: Facts): Finding[] {
  const { daemon } = facts;
  if (daemon.kind === 'not-asked') return [];
  if (daemon.kind === 'silent') return daemon.isForbidden ? [] : [notRunning(facts, daemon)];
  if (daemon.kind === 'odd') return [notUnderstood(daemon)];
  const { status } = daemon.facts;
  return [
    ...(daemon.facts.isElsewhere === true ? [elsewhere(status)] : []),
    ...checkConfiguration(facts, status, daemon.facts.isSameFile),
    ...status.engines.flatMap((engine) => checkEngine(engine)),
  ];
}

function notRunning(
  { configurationFile = 'FILE' }: Facts,
  daemon: { socket: string; reason: string },
): Finding {
  const text = `no daemon answers on ${daemon.socket} (${daemon.reason}): nothing is mirrored`;
  const remedy = `systemctl start traffic-mirror, or traffic-mirror run --config ${shellWord(configurationFile)}; journalctl -u traffic-mirror tells why it ended`;
  return finding('error', 'daemon-not-running', 'daemon', text, remedy);
}

function notUnderstood({ socket, member }: { socket: string; member: string }): Finding {
  const text = `what answers on ${socket} has a status that is not understood (${member}): it is of another version, or not traffic-mirror; its counters are left out`;
  const remedy = `ss -xlp | grep -F ${shellWord(socket)} # which process is it? after an upgrade: systemctl restart traffic-mirror`;
  return finding('warning', 'daemon-not-understood', 'daemon', text, remedy);
}

function elsewhere({ pid }: Status): Finding {
  const text = `daemon ${pid} runs in another network namespace than this command: devices, routes and firewall are looked at there`;
  return finding(
    'hint',
    'daemon-elsewhere',
    `daemon ${pid}`,
    text,
    `nsenter --net=/proc/${pid}/ns/net ip addr # to look there too`,
  );
}

function checkConfiguration(
  { configurationFile, clock }: Facts,
  status: Status,
  isSameFile: boolean,
): Finding[] {
  const { reload, pid, startedAt } = status;
  const subject = `daemon ${pid}`;
  if (!isSameFile) {
    const text = `the daemon runs with ${status.configurationFile}, and ${configurationFile} is judged`;
    return [
      finding(
        'warning',
        'daemon-other-configuration',
        subject,
        text,
        `traffic-mirror doctor --config ${shellWord(status.configurationFile)}`,
      ),
    ];
  }
  if (reload.lastResult === 'failed') {
    const text = `the reload of ${reload.lastAt} failed, and the configuration before it goes on: ${reload.problems[0] ?? ''}`;
    const remedy = `traffic-mirror check --config ${shellWord(configurationFile ?? 'FILE')}; when it is good: ${RELOAD} ${pid}`;
    return [finding('warning', 'reload-failed', subject, text, remedy)];
  }
  const readMs = Date.parse(reload.lastResult === 'applied' ? (reload.lastAt ?? startedAt) : startedAt);
  if (clock.configurationMs === undefined || clock.configurationMs <= readMs + 1000) return [];
  // Its time cannot be compared with those of the daemon.
  if (clock.configurationMs > clock.nowMs) return [];
  const text = `${configurationFile} was changed after the daemon read it: the daemon runs what was in it before`;
  return [finding('warning', 'configuration-not-loaded', subject, text, `${RELOAD} ${pid}`)];
}

function checkEngine(engine: EngineStatus): Finding[] {
  const { worker, pid, restarts, lastExit, nextTryAt, beatAgeMs, countersAgeMs } = engine;
  const subject = `engine ${worker}`;
  const why = lastExit === null ? '' : `: ${exitText(lastExit)}`;
  const remedy =
    'journalctl -u traffic-mirror -g "engine ended" # its reason; traffic-mirror run --config FILE shows it on a terminal';
  if (pid === null) {
    const next = nextTryAt === null ? '' : `, and is started again at ${nextTryAt}`;
    return [finding('error', 'engine-down', subject, `an engine does not run${next}${why}`, remedy)];
  }
  if (beatAgeMs > STILL_LIMIT_MS && countersAgeMs === null) {
    const text = `engine ${pid} is starting: nothing is mirrored yet, after ${Math.round(beatAgeMs / 1000)} s`;
    return [
      finding(
        'error',
        'engine-down',
        subject,
        text,
        `traffic-mirror doctor # again in a few seconds; ${remedy}`,
      ),
    ];
  }
  if (beatAgeMs > STILL_LIMIT_MS) {
    const text = `engine ${pid} has stood still for ${Math.round(beatAgeMs / 1000)} s`;
    return [
      finding(
        'error',
        'engine-down',
        subject,
        text,
        `cat /proc/${pid}/stack; top -p ${pid} # is it stopped, or kept from the processor?`,
      ),
    ];
  }
  if (restarts === 0) return [];
  const text = `an engine ended ${restarts} times since the daemon started, the last time${lastExit === null ? '' : ` at ${lastExit.at}`}${why}; frames that passed meanwhile are not mirrored`;
  return [finding('warning', 'engine-restarted', subject, text, remedy)];
}

function exitText({ code, signal, reason }: NonNullable<EngineStatus['lastExit']>): string {
  const how = signal === null ? `code ${code}` : `signal ${signal}`;
  return reason === '' ? how : `${reason} (${how})`;
}

/** Reports `source-waiting`, for sources of which nothing else is found. @param explained ids of sources that have a finding */
export function checkWaiting(facts: Facts, explained: ReadonlySet<string>): Finding[] {
  const lanes = runningDaemon(facts)?.status.lanes ?? [];
  return lanes.flatMap(({ sourceId, direction, state, reason }) => {
    if (state === 'capturing' || explained.has(sourceId)) return [];
    const text = `its ${direction} is not captured: ${reason}`;
    return [
      finding(
        'error',
        'source-waiting',
        sourceId,
        text,
        'traffic-mirror status # it is captured as soon as that is over',
      ),
    ];
  });
}
