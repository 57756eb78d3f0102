/** The modal `Create filter` of forms that choose a filter. */
import { FormModal } from '../../parts/form-page.js';
import { FilterFields } from './filter-fields.js';
import { useFilterCreated } from './use-filter-created.js';
import { useFilterCreation } from './use-filter-creation.js';

interface CreateFilterModalProps {
  /** The filter is made with all its rules. */
  readonly onCreated: (filterId: string) => void;
  readonly onCancel: () => void;
}

/** Creates a filter without leaving the page. */
export function CreateFilterModal({ onCreated, onCancel }: CreateFilterModalProps) {
  const tell = useFilterCreated();
  const creation = useFilterCreation((filterId, ruleCount) => {
    tell(filterId, ruleCount);
    onCreated(filterId);
  });
  return (
    <FormModal
      title="Create filter"
      form={creation.form}
      submitLabel={creation.submitLabel}
      onCancel={onCancel}
    >
      <FilterFields creation={creation} />
    </FormModal>
  );
}
