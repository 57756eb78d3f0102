/** The caller's own targets as a table with boxes to check. */
import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Table from '@cloudscape-design/components/table';
import { nameTag } from '../../model/tags.js';
import { receiverOf, TARGETS, type Target, targetTypeText } from '../../model/target.js';
import { ErrorAlert } from '../../parts/refusal.js';
import { useSession } from '../../parts/session.js';
import type { Bound } from '../../parts/use-form.js';
import { useDescribe } from '../../parts/use-listing.js';

interface TargetChoiceProps extends Bound<readonly string[]> {
  /** Ids of targets that are not offered. */
  readonly without?: readonly string[];
}

/** The table. Its value are the ids of the chosen targets. */
export function TargetChoice({ path, value, onChange, error, without = [] }: TargetChoiceProps) {
  const { identity } = useSession();
  const listing = useDescribe(TARGETS, { filters: [{ Name: 'owner-id', Value: [identity.account] }] });
  const offered = listing.items.filter((one) => !without.includes(idOf(one)));
  return (
    <div data-field={path} data-problem={error !== undefined}>
      <FormField errorText={error} stretch>
        <Table
          variant="embedded"
          enableKeyboardNavigation={false}
          trackBy="trafficMirrorTargetId"
          selectionType="multi"
          loading={listing.loading}
          loadingText="Loading mirror targets"
          items={offered}
          selectedItems={offered.filter((one) => value.includes(idOf(one)))}
          onSelectionChange={({ detail }) => onChange(detail.selectedItems.map(idOf))}
          ariaLabels={{
            tableLabel: 'Traffic Mirror Targets',
            allItemsSelectionLabel: () => 'Select all mirror targets',
            itemSelectionLabel: (_state, one) => `Select ${idOf(one)}`,
          }}
          columnDefinitions={[
            { id: 'id', header: 'Target ID', isRowHeader: true, cell: idOf },
            { id: 'name', header: 'Name', cell: (one) => nameTag(one) ?? '–' },
            { id: 'type', header: 'Target type', cell: targetTypeText },
            { id: 'target', header: 'Target', cell: receiverOf },
          ]}
          empty={
            listing.error === undefined ? (
              <Box textAlign="center" color="inherit">
                <b>No mirror targets</b>
              </Box>
            ) : (
              <ErrorAlert error={listing.error} onRetry={listing.refresh} />
            )
          }
        />
      </FormField>
    </div>
  );
}

function idOf({ trafficMirrorTargetId }: Target): string {
  return trafficMirrorTargetId;
}
