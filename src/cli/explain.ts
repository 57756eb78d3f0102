/** `traffic-mirror explain`: the compiled filter of a source, per direction: IR, JavaScript and BPF. */
import { renderBpf } from '../match/bpf/render.js';
import { compile } from '../match/compile.js';
import { renderIr } from '../match/render-ir.js';
import { DIRECTIONS } from '../plan/mirror-plan.js';
import { buildPlan } from '../resources/build-plan.js';
import { requireConfiguration, requireSource } from './configuration.js';

export async function explain(options: { config: string; source: string }): Promise<void> {
  const source = requireSource(buildPlan(await requireConfiguration(options.config)), options.source);
  for (const direction of DIRECTIONS) {
    const filter = compile(source, direction);
    const parts = [
      `${source.id} (${source.device}) ${direction}`,
      `IR\n${renderIr(filter.ir)}`,
      `JavaScript\n${filter.javascript.trimEnd()}`,
      `BPF\n${renderBpf(filter.bpf())}`,
    ];
    process.stdout.write(`${parts.join('\n\n')}\n\n`);
  }
}
