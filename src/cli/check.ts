/** `traffic-mirror check`: the verdict that start would give, without opening anything. Warnings change no verdict. */
import { requireChecked } from './configuration.js';

export async function check({ config }: { config: string }): Promise<void> {
  const { warnings } = await requireChecked(config);
  for (const warning of warnings) process.stderr.write(`${warning}\n`);
  process.stdout.write(`${config}: good\n`);
}
