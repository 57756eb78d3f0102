/** `traffic-mirror explain --endpoint-url`: what the daemon behind a control API makes of a packet. */
import type { ExplainPacketResponse } from '../../api/traffic-mirror/shape.js';
import type { Explanation } from '../../explain/explanation.js';
import { explanationLines } from '../../explain/explanation-text.js';
import { CommandError, EXIT_WRONG_USAGE } from '../command-error.js';
import type { ExplainOptions } from '../explain.js';
import { safeLine } from '../terminal-text.js';
import { openClient } from './control-client.js';

const PARTIAL = 'note: other accounts have sessions on the source, which may take the packet first';

/** @throws CommandError (rejects) */
export async function remoteExplain(url: string, options: ExplainOptions): Promise<void> {
  const { source, packet, frame, direction, json } = options;
  if (
    options.in !== undefined ||
    options.egressMac !== undefined ||
    (packet === undefined) === (frame === undefined)
  ) {
    const what = 'give one of --packet and --frame: the control API explains one packet at a time';
    throw new CommandError(EXIT_WRONG_USAGE, `explain: ${what}`);
  }
  const client = openClient(url, process.env);
  const { Explanation, IsPartial } = await client.call<ExplainPacketResponse>('ExplainPacket', {
    SourceId: source,
    ...(direction !== undefined && { Direction: direction }),
    ...(packet !== undefined && { Packet: packet }),
    ...(frame !== undefined && { FrameHex: frame }),
  });
  const origin = `rules of the running daemon behind ${client.name}`;
  if (json) {
    process.stdout.write(`${JSON.stringify({ origin, ...Explanation }, null, 2)}\n`);
    return;
  }
  const lines = [
    origin,
    '',
    ...explanationLines(withAddresses(Explanation)),
    ...(IsPartial ? [PARTIAL] : []),
  ];
  process.stdout.write(`${lines.map(safeLine).join('\n')}\n`);
}

/** Receivers of another account's target are not told. */
function withAddresses({ copy, ...rest }: ExplainPacketResponse['Explanation']): Explanation {
  if (copy === undefined) return rest as Explanation;
  const { address = 'an address that is not told', addresses = [address] } = copy;
  return { ...rest, copy: { ...copy, address, addresses } } as Explanation;
}
