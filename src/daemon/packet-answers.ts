/** Answers what the control API asks about packets, by the plan that runs. */
import type { PacketAnswer, PacketQuestion } from '../api/traffic-mirror/links.js';
import type { TargetWays } from '../explain/copies.js';
import type { Explanation } from '../explain/explanation.js';
import { parseHexFrame } from '../explain/hex-frame.js';
import { buildFrame } from '../explain/packet-frame.js';
import { parsePacket } from '../explain/packet-text.js';
import type { Frame } from '../io/frame.js';
import { MemorySource } from '../io/memory.js';
import type { MirrorPlan, SourcePlan } from '../plan/mirror-plan.js';
import { accepted, type Parsed } from '../resources/parsed.js';
import { Explainers } from './explainers.js';

/** Of a frame that is asked about. */
const MAXIMUM_FRAME_BYTES = 65_535;

export class PacketAnswers {
  readonly #waysTo: (addresses: readonly string[]) => TargetWays;
  readonly #explainers: Explainers;

  /** @param waysTo the ways to addresses now, as far as they are known */
  constructor(waysTo: (addresses: readonly string[]) => TargetWays, explainers = new Explainers()) {
    this.#waysTo = waysTo;
    this.#explainers = explainers;
  }

  /**
   * Explains a packet. Refuses one that is none. Nothing of sessions that are not asked is in the answer: errors of ICMP
   * about their copies are explained as other packets are, since `loop` would say where their targets are.
   * @param plan that runs
   * @returns undefined: the plan has no session on the source that is asked
   */
  answer(
    plan: MirrorPlan,
    generation: number,
    { accountId, sourceId, direction, packet, isAsked }: PacketQuestion,
  ): Parsed<PacketAnswer> | undefined {
    const source = plan.sources.find(({ id }) => id === sourceId);
    if (source === undefined) return undefined;
    const asked = askedOf(source, isAsked);
    if (asked.sessions.length === 0) return undefined;
    const frame = frameOf(packet);
    if (!frame.ok) return frame;
    const explainer = this.#explainers.of(plan, {
      accountId,
      lane: { source: asked, direction },
      ways: this.#waysTo([...new Set(asked.sessions.flatMap(({ targetAddresses }) => targetAddresses))]),
      known: () => ({ ...plan, sources: plan.sources.map((one) => askedOf(one, isAsked)) }),
    });
    const explanations: Explanation[] = [];
    const consume = (one: Frame): void => void explanations.push(explainer.explain(one));
    new MemorySource([frame.value]).pull({ consume, endBatch: () => {} }, 1);
    const [explanation] = explanations;
    return accepted({ explanation, generation, isPartial: asked.sessions.length < source.sessions.length });
  }
}

/** A source with its sessions that are asked alone. */
function askedOf(source: SourcePlan, isAsked: PacketQuestion['isAsked']): SourcePlan {
  return { ...source, sessions: source.sessions.filter(({ id }) => isAsked(id)) };
}

function frameOf(packet: PacketQuestion['packet']): Parsed<Uint8Array> {
  if ('bytes' in packet) return accepted(packet.bytes);
  if ('hex' in packet) return named('FrameHex', parseHexFrame(packet.hex, MAXIMUM_FRAME_BYTES));
  const words = parsePacket(packet.words);
  return named('Packet', words.ok ? buildFrame(words.value) : words);
}

function named<Value>(name: string, parsed: Parsed<Value>): Parsed<Value> {
  return parsed.ok ? parsed : { ok: false, text: `${name}: ${parsed.text}` };
}
