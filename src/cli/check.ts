/** `traffic-mirror check`: the verdict that start would give, without opening anything. */
import { requireConfiguration } from './configuration.js';

export async function check({ config }: { config: string }): Promise<void> {
  await requireConfiguration(config);
  process.stdout.write(`${config}: good\n`);
}
