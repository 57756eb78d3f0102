/** Says that a filter was created. */
import { KINDS } from '../../model/kinds.js';
import { FlashLink, useFlash } from '../../parts/flash.js';

/** A function that says so: `Created traffic mirror filter tmf-1 with 2 rules`. */
export function useFilterCreated(): (filterId: string, ruleCount: number) => void {
  const flash = useFlash();
  return (filterId, ruleCount) =>
    flash.success(
      <>
        Created traffic mirror filter <FlashLink href={KINDS.filter.hrefOf(filterId)}>{filterId}</FlashLink>{' '}
        with {ruleCount} {ruleCount === 1 ? 'rule' : 'rules'}
      </>,
    );
}
