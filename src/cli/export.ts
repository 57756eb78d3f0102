/** `traffic-mirror export`: the resources of the running daemon, of its file and its control API, as a configuration. */
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
  const { engine, quotas, ...all } = running.configuration;
  const { resources, notes } = exportable(all, running.inactiveSessions);
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
