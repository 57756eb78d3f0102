/** `traffic-mirror explain` without a packet: the compiled filter of a source per direction (IR, JavaScript, BPF), and the program of its ring. */
import { type EmitProgram, emitRingFilter } from '../io/ring/ring-filter.js';
import { renderBpf } from '../match/bpf/render.js';
import { type CompiledFilter, compile } from '../match/compile.js';
import { renderIr } from '../match/render-ir.js';
import { deviceDirection, type LanePlan, lanesOf } from '../plan/lanes.js';
import { DIRECTIONS, type Direction, type MirrorPlan, type SourcePlan } from '../plan/mirror-plan.js';
import { MAXIMUM_INSTRUCTIONS } from '../wire/bpf-instruction.js';

/** Prints what a source compiles to. */
export function explainFilter(plan: MirrorPlan, source: SourcePlan): void {
  const filters = new Map<Direction, CompiledFilter>();
  for (const direction of DIRECTIONS) {
    const filter = compile(source, direction);
    filters.set(direction, filter);
    const parts = [
      `${source.id} (${source.device}) ${direction}`,
      `IR\n${renderIr(filter.ir)}`,
      `JavaScript\n${filter.javascript.trimEnd()}`,
      `BPF\n${renderBpf(filter.bpf())}`,
    ];
    process.stdout.write(`${parts.join('\n\n')}\n\n`);
  }
  const lanes = lanesOf(plan).filter((lane) => lane.source.id === source.id);
  process.stdout.write(`${source.id} (${source.device}) ring\n\nBPF\n${renderRing(lanes, filters)}\n\n`);
}

/** The program in front of the source's ring: the pre-filters of the wanted directions, joined. */
function renderRing(lanes: readonly LanePlan[], filters: ReadonlyMap<Direction, CompiledFilter>): string {
  const lengths = new Map<Direction, number>();
  const emitters = lanes.map((lane): [Direction, EmitProgram] => [
    deviceDirection(lane),
    (maximumInstructions) => {
      const { instructions } = filters.get(lane.direction)!.bpf({ maximumInstructions });
      lengths.set(lane.direction, instructions.length);
      return instructions;
    },
  ]);
  const { length } = emitRingFilter(Object.fromEntries(emitters), MAXIMUM_INSTRUCTIONS);
  const parts = [...lengths].map(([direction, instructions]) => `${direction} ${instructions}`);
  const sum = [...lengths.values()].reduce((total, instructions) => total + instructions, 0);
  const shared = length < sum ? ', the same for both, once' : '';
  return `${length} instructions: the engine's own packets dropped, then by packet type ${parts.join(', ')}${shared}`;
}
