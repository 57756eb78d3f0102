/** The columns of the list of sessions, and the keys of its filter. */
import { rateText } from '../../model/amounts.js';
import { KINDS } from '../../model/kinds.js';
import { packetLengthText } from '../../model/packet-length.js';
import type { Session } from '../../model/session.js';
import { nameTag, tagsText } from '../../model/tags.js';
import type { Column } from '../../parts/columns.js';
import { IdLink } from '../../parts/links.js';
import type { FilterKey } from '../../parts/list-query.js';
import type { Names } from './session-names.js';
import { StateIndicator, stateOf, stateText } from './session-state.js';
import type { SessionStatuses } from './use-session-statuses.js';

/** The id of a session. */
export const sessionIdOf = (session: Session): string => session.trafficMirrorSessionId;

/** The keys: the filters of DescribeTrafficMirrorSessions. */
export const SESSION_KEYS: readonly FilterKey<Session>[] = [
  { key: 'description', label: 'Description', text: (one) => one.description },
  { key: 'network-interface-id', label: 'Mirror source', text: (one) => one.networkInterfaceId },
  { key: 'owner-id', label: 'Owner', text: (one) => one.ownerId },
  { key: 'packet-length', label: 'Packet length', text: (one) => one.packetLength?.toString() },
  { key: 'session-number', label: 'Session number', text: (one) => String(one.sessionNumber) },
  { key: 'traffic-mirror-filter-id', label: 'Filter', text: (one) => one.trafficMirrorFilterId },
  { key: 'traffic-mirror-session-id', label: 'Session ID', text: sessionIdOf },
  { key: 'traffic-mirror-target-id', label: 'Mirror target', text: (one) => one.trafficMirrorTargetId },
  { key: 'virtual-network-id', label: 'VNI', text: (one) => String(one.virtualNetworkId) },
  { key: 'state', label: 'Status', values: ['active', 'inactive'] },
  { key: 'tag-key', label: 'Tag key' },
];

/** The columns. */
export function sessionColumns(names: Names, { states, rates }: SessionStatuses): readonly Column<Session>[] {
  const stateAt = (session: Session) => stateOf(session, states.get(sessionIdOf(session)));
  const ratesAt = (session: Session) => rates.get(sessionIdOf(session));
  return [
    { id: 'name', header: 'Name', width: 120, text: nameTag },
    {
      id: 'id',
      header: 'Session ID',
      width: 220,
      text: sessionIdOf,
      cell: (one) => <IdLink id={sessionIdOf(one)} href={KINDS.session.hrefOf(sessionIdOf(one))} />,
      isRowHeader: true,
    },
    {
      id: 'status',
      header: 'Status',
      width: 140,
      text: (one) => stateText(stateAt(one)),
      cell: (one) => <StateIndicator state={stateAt(one)} />,
    },
    {
      id: 'source',
      header: 'Mirror source',
      width: 170,
      text: (one) => names.sourceText(one.networkInterfaceId),
    },
    {
      id: 'number',
      header: 'Session number',
      width: 185,
      text: (one) => String(one.sessionNumber),
      sortBy: (one) => one.sessionNumber,
    },
    {
      id: 'target',
      header: 'Mirror target',
      width: 230,
      text: ({ trafficMirrorTargetId: id }) => names.targetText(id),
      cell: ({ trafficMirrorTargetId: id }) => (
        <IdLink id={id} href={KINDS.target.hrefOf(id)} name={names.targets.get(id)} />
      ),
    },
    {
      id: 'filter',
      header: 'Filter',
      width: 230,
      text: ({ trafficMirrorFilterId: id }) => names.filterText(id),
      cell: ({ trafficMirrorFilterId: id }) => (
        <IdLink id={id} href={KINDS.filter.hrefOf(id)} name={names.filters.get(id)} />
      ),
    },
    {
      id: 'length',
      header: 'Packet length',
      width: 170,
      text: (one) => packetLengthText(one.packetLength),
      sortBy: (one) => one.packetLength ?? Number.MAX_SAFE_INTEGER,
    },
    {
      id: 'vni',
      header: 'VNI',
      width: 120,
      text: (one) => String(one.virtualNetworkId),
      sortBy: (one) => one.virtualNetworkId,
    },
    {
      id: 'mirrored',
      header: 'Mirrored/s',
      width: 145,
      text: (one) => rateText(ratesAt(one)?.mirrored),
      sortBy: (one) => ratesAt(one)?.mirrored ?? -1,
    },
    {
      id: 'skipped',
      header: 'Skipped/s',
      width: 140,
      text: (one) => rateText(ratesAt(one)?.skipped),
      sortBy: (one) => ratesAt(one)?.skipped ?? -1,
    },
    { id: 'owner', header: 'Owner', width: 150, text: (one) => one.ownerId },
    { id: 'description', header: 'Description', width: 200, text: (one) => one.description, hidden: true },
    { id: 'tags', header: 'Tags', width: 200, text: tagsText, hidden: true },
  ];
}
