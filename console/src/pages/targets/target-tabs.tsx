/** The details of a target: in the split panel of the list, and on a page of its own. */
import { KINDS } from '../../model/kinds.js';
import { nameTag } from '../../model/tags.js';
import { receiverOf, type Target, targetTypeText } from '../../model/target.js';
import { DetailsTabs, KeyValues } from '../../parts/details.js';
import { Copyable } from '../../parts/links.js';
import { TagsTab } from '../../parts/tags-tab.js';
import { TargetSessions } from './target-sessions.js';
import { TargetSharing } from './target-sharing.js';
import { TargetState } from './target-state.js';
import type { TargetFacts } from './use-target-facts.js';

interface TargetTabsProps {
  readonly target: Target;
  readonly facts: TargetFacts;
  /** The address names the tab. */
  readonly inUrl?: boolean;
}

/** The tabs Details, Sessions, Sharing and Tags. */
export function TargetTabs({ target, facts, inUrl = false }: TargetTabsProps) {
  const id = target.trafficMirrorTargetId;
  return (
    <DetailsTabs
      inUrl={inUrl}
      tabs={[
        { id: 'details', label: 'Details', content: <TargetDetailsTab target={target} facts={facts} /> },
        { id: 'sessions', label: 'Sessions', content: <TargetSessions target={target} /> },
        {
          id: 'sharing',
          label: 'Sharing',
          content: <TargetSharing target={target} locked={facts.lockedOf(target)} />,
        },
        {
          id: 'tags',
          label: 'Tags',
          content: (
            <TagsTab
              tags={target.tags}
              href={`${KINDS.target.hrefOf(id)}/tags`}
              disabledReason={facts.lockedOf(target)}
            />
          ),
        },
      ]}
    />
  );
}

function TargetDetailsTab({ target, facts }: Omit<TargetTabsProps, 'inUrl'>) {
  const state = facts.stateOf(target);
  const addresses = state?.addresses ?? [];
  const items = [
    { label: 'Target ID', value: <Copyable text={target.trafficMirrorTargetId} /> },
    { label: 'Name', value: nameTag(target) },
    { label: 'Description', value: target.description },
    { label: 'Target type', value: targetTypeText(target) },
    { label: 'Target', value: <Copyable text={receiverOf(target)} /> },
    { label: 'State', value: <TargetState state={state} /> },
    { label: 'Sessions', value: facts.sessionsOf(target) },
    { label: 'Sharing', value: facts.sharingOf(target) },
    { label: 'Owner', value: target.ownerId },
    ...addresses.map((one) => ({
      label: `Address ${one.address}`,
      value: <TargetState state={one} />,
    })),
  ];
  return <KeyValues items={items} />;
}
