/** The tab Details of a session. */
import type { StatusSession } from '../../../../src/api/traffic-mirror/shape.js';
import { KINDS } from '../../model/kinds.js';
import { packetLengthText } from '../../model/packet-length.js';
import type { Session } from '../../model/session.js';
import { nameTag } from '../../model/tags.js';
import { KeyValues } from '../../parts/details.js';
import { Copyable, IdLink } from '../../parts/links.js';
import { useNames } from './session-names.js';
import { StateIndicator, stateOf } from './session-state.js';

interface SessionSummaryProps {
  readonly session: Session;
  readonly status: StatusSession | undefined;
}

/** All that is known of a session. */
export function SessionSummary({ session, status }: SessionSummaryProps) {
  const { trafficMirrorTargetId: target, trafficMirrorFilterId: filter } = session;
  const names = useNames({ target, filter });
  return (
    <KeyValues
      columns={4}
      items={[
        { label: 'Session ID', value: <Copyable text={session.trafficMirrorSessionId} /> },
        { label: 'Name', value: nameTag(session) },
        { label: 'Status', value: <StateIndicator state={stateOf(session, status)} /> },
        { label: 'Description', value: session.description },
        { label: 'Mirror source', value: names.sourceText(session.networkInterfaceId) },
        {
          label: 'Mirror target',
          value: <IdLink id={target} href={KINDS.target.hrefOf(target)} name={names.targets.get(target)} />,
        },
        {
          label: 'Filter',
          value: <IdLink id={filter} href={KINDS.filter.hrefOf(filter)} name={names.filters.get(filter)} />,
        },
        { label: 'Session number', value: String(session.sessionNumber) },
        { label: 'VNI', value: String(session.virtualNetworkId) },
        { label: 'Packet length', value: packetLengthText(session.packetLength) },
        { label: 'Encapsulation', value: status && (status.encapsulation?.name ?? 'vxlan') },
        { label: 'Owner', value: session.ownerId },
        ...(status?.declared === true ? [{ label: 'Declared', value: 'In the configuration file' }] : []),
      ]}
    />
  );
}
