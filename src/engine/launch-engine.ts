/** Takes rights from this process, and makes it the engine. */
import { writeSync } from 'node:fs';
import { confineThread, openProcessCalls, type ProcessCalls } from '../linux/process-rights.js';
import { engineFiles, executable } from './engine-files.js';
import { type EngineReport, JsonLines } from './messages.js';

/** The launch of an engine, as JSON in the only argument of the launcher. */
export interface EngineLaunch {
  /** The version of Landlock's interface that the daemon found; absent: without Landlock. */
  readonly landlockVersion?: number | undefined;
  /** The processor to run on; absent: the kernel's choice. */
  readonly cpu?: number | undefined;
  /** The arguments of node. */
  readonly arguments: readonly string[];
  /** NODE_OPTIONS for the engine; here they would do twice what they do. */
  readonly nodeOptions?: string | undefined;
}

const EXIT_INTERNAL_ERROR = 70;
const DAEMON_DESCRIPTOR = 3;
/** Standard streams and the three connections: node closes whatever it finds open when something is executed. */
const INHERITED: readonly number[] = [0, 1, 2, 3, 4, 5];
/** capabilities(7). */
const LAST_CAPABILITY = 63;
/**
 * What capturing, sending, namespaces and locked memory take, and reading the program where only root may. All others
 * go, where the engine runs as root: it neither loads modules nor reads the kernel's memory.
 */
const KEPT_CAPABILITIES: readonly number[] = [
  1, // CAP_DAC_OVERRIDE
  2, // CAP_DAC_READ_SEARCH
  12, // CAP_NET_ADMIN
  13, // CAP_NET_RAW
  14, // CAP_IPC_LOCK
  21, // CAP_SYS_ADMIN
];

/** Does not return. @param launch an EngineLaunch. */
export async function launch(launch: string): Promise<void> {
  try {
    become(await openProcessCalls(), JSON.parse(launch) as EngineLaunch);
  } catch (error) {
    const reason = `it cannot be confined: ${(error as Error).message}`;
    const report: EngineReport = { type: 'failed', code: 'internal', reason };
    writeSync(DAEMON_DESCRIPTOR, JsonLines.format(report));
    process.exit(EXIT_INTERNAL_ERROR);
  }
}

function become(calls: ProcessCalls, launch: EngineLaunch): never {
  const { landlockVersion, cpu, arguments: args, nodeOptions } = launch;
  if (cpu !== undefined) keepTo(calls, cpu);
  if (landlockVersion !== undefined) giveUpRights(calls, landlockVersion);
  for (const descriptor of INHERITED) calls.keepOpen(descriptor);
  const environment = { ...process.env, NODE_OPTIONS: nodeOptions };
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  // Handlers do not outlast this call. Node holds SIGUSR1 back by itself until it has one, but not from the first moment.
  calls.blockSignal('SIGUSR1');
  const program = executable();
  calls.execute(program, [program, ...args], variables);
}

/** A processor may have been taken away since the start: an engine on any other mirrors too. */
function keepTo(calls: ProcessCalls, cpu: number): void {
  try {
    calls.setProcessor(cpu);
  } catch (error) {
    process.stderr.write(`not kept to processor ${cpu}: ${(error as Error).message}\n`);
  }
}

function giveUpRights(calls: ProcessCalls, landlockVersion: number): void {
  calls.endWithParent();
  for (let capability = 0; capability <= LAST_CAPABILITY; capability++) {
    // Without the right to, there is nothing to take away either.
    if (!KEPT_CAPABILITIES.includes(capability)) calls.dropCapability(capability);
  }
  confineThread(calls, landlockVersion, engineFiles());
}
