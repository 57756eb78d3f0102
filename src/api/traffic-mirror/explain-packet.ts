/** ExplainPacket: what becomes of a packet on a source, as far as sessions of the caller decide. */
import type { z } from 'zod';
import { mayMirror } from '../../resources/network-interface.js';
import { show } from '../../resources/parsed.js';
import type { AccountView } from './account-view.js';
import { type explainPacketInput, MAXIMUM_FRAME_BYTES } from './input.js';
import type { PacketQuestion, TrafficMirrorLinks } from './links.js';
import { invalidValue, TrafficMirrorError } from './service-error.js';
import type { ExplainPacketResponse, ExplanationDocument } from './shape.js';
import type { TimeShare } from './time-share.js';

const MS_PER_SECOND = 1000;

type Input = z.output<typeof explainPacketInput>;

/**
 * @param time of the thread that explanations may take
 * @throws TrafficMirrorError InvalidParameterCombinationException, InvalidParameterValueException,
 *   ResourceNotFoundException, ThrottlingException
 */
export function explainPacket(
  view: AccountView,
  explain: TrafficMirrorLinks['explain'],
  time: TimeShare,
  input: Input,
): ExplainPacketResponse {
  const waitMs = time.waitMs(view.accountId);
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / MS_PER_SECOND);
    const text = `Explanations have taken their share of the daemon's time: try again in ${seconds} s`;
    throw new TrafficMirrorError('ThrottlingException', text);
  }
  return time.spend(view.accountId, () => answered(view, explain, input));
}

function answered(
  view: AccountView,
  explain: TrafficMirrorLinks['explain'],
  input: Input,
): ExplainPacketResponse {
  const packet = packetOf(input);
  const source = view.catalog.findInterface(input.SourceId);
  const answer =
    source !== undefined && mayMirror(source, view.accountId)
      ? explain({
          accountId: view.accountId,
          sourceId: source.networkInterfaceId,
          direction: input.Direction,
          packet,
          isAsked: (id) => view.ownsSession(id),
        })
      : undefined;
  if (answer === undefined) {
    const text = `No session of yours that is applied is on the source ${show(input.SourceId)}`;
    throw new TrafficMirrorError('ResourceNotFoundException', text);
  }
  if (!answer.ok) throw invalidValue(answer.text);
  const { explanation, generation, isPartial } = answer.value;
  return { Explanation: shown(view, explanation), Generation: generation, IsPartial: isPartial };
}

function packetOf({ Packet, FrameHex, Frame }: Input): PacketQuestion['packet'] {
  if ([Packet, FrameHex, Frame].filter((given) => given !== undefined).length !== 1) {
    const text = 'Exactly one of Packet, FrameHex and Frame must be given';
    throw new TrafficMirrorError('InvalidParameterCombinationException', text);
  }
  if (Packet !== undefined) return { words: Packet };
  if (FrameHex !== undefined) return { hex: FrameHex };
  const bytes = Uint8Array.from(Buffer.from(Frame ?? '', 'base64'));
  if (bytes.length > 0 && bytes.length <= MAXIMUM_FRAME_BYTES) return { bytes };
  throw invalidValue(`Frame: it must have 1 to ${MAXIMUM_FRAME_BYTES} bytes`);
}

/** Leaves out the receivers of other accounts, and what is the host's. */
function shown(view: AccountView, explanation: ExplanationDocument): ExplanationDocument {
  const { verdict, copy, ...rest } = explanation;
  if (verdict.kind !== 'matched') return explanation;
  // A frame that matches need not have a copy: it may be skipped.
  const { limits, ...session } = verdict.session;
  return {
    ...rest,
    verdict: view.isHost ? verdict : { ...verdict, session },
    ...(copy !== undefined && { copy: shownCopy(view, session.targetId, copy) }),
  } as ExplanationDocument;
}

function shownCopy(
  view: AccountView,
  targetId: string,
  { address, addresses, way, ...sent }: NonNullable<ExplanationDocument['copy']>,
): ExplanationDocument['copy'] {
  return {
    ...(view.ownsTarget(targetId) && { address, addresses }),
    ...sent,
    ...(view.isHost && way !== undefined && { way }),
  };
}
