/** `traffic-mirror export`: the resources of the running daemon, of its file and its control API, as a configuration. */
import type { ResourceSet } from '../resources/resource-set.js';
import type { RunningResources } from '../status/running-resources.js';
import { configurationData, configurationText, tooLarge } from '../transfer/configuration-text.js';
import { exportable } from '../transfer/exportable.js';
import { awsOutput } from '../transfer/write-aws.js';
import { requireRunning } from './running.js';
import { safeLine } from './terminal-text.js';

export interface ExportOptions {
  readonly config?: string;
  /** Print what `aws ec2 describe-traffic-mirror-…` would. */
  readonly aws?: true;
}

/** @throws CommandError when no daemon answers (rejects) */
export async function exportResources(options: ExportOptions): Promise<void> {
  const running = await requireRunning(options.config);
  const { resources, notes } = exportable(declaredOf(running), running.inactiveSessions);
  if (options.aws) {
    process.stdout.write(`${JSON.stringify(awsOutput(resources, running.owners), null, 4)}\n`);
  } else {
    const head = [
      `Made by traffic-mirror export of the resources of ${running.configurationFile} and its control API.`,
    ];
    const text = configurationText(configurationData(resources), head);
    const size = tooLarge(text);
    if (size !== undefined) process.stderr.write(`${size}\n`);
    process.stdout.write(text);
  }
  for (const note of notes) process.stderr.write(`${safeLine(note)}\n`);
}

/** The resources as they are declared: selectors and the sessions on them, in place of what they find now. */
function declaredOf({ configuration }: RunningResources): ResourceSet {
  const { engine, quotas, selectorSessions = [], ...all } = configuration;
  const isDeclared = ({ selectorId }: { readonly selectorId?: string }): boolean => selectorId === undefined;
  return {
    ...all,
    networkInterfaces: all.networkInterfaces.filter(isDeclared),
    // A session on a selector may leave its network identifier open, which no other may.
    trafficMirrorSessions: [
      ...all.trafficMirrorSessions.filter(isDeclared),
      ...(selectorSessions as ResourceSet['trafficMirrorSessions']),
    ],
  };
}
