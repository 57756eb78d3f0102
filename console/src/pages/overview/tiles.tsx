/** How much there is of each kind. */
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Link from '@cloudscape-design/components/link';
import { UNKNOWN } from '../../model/amounts.js';
import { KINDS } from '../../model/kinds.js';
import { KeyValues } from '../../parts/details.js';
import type { Counts } from './use-counts.js';

/** The tiles: counts of sessions, targets and filters, and of sessions that are inactive. */
export function Tiles({ counts }: { readonly counts: Counts | undefined }) {
  return (
    <Container>
      <KeyValues
        columns={4}
        items={[
          { label: 'Mirror sessions', value: <Count of={counts?.sessions} href={KINDS.session.listHref} /> },
          {
            label: 'Inactive sessions',
            value: <Count of={counts?.inactive} href={`${KINDS.session.listHref}?state=inactive`} />,
          },
          { label: 'Mirror targets', value: <Count of={counts?.targets} href={KINDS.target.listHref} /> },
          { label: 'Mirror filters', value: <Count of={counts?.filters} href={KINDS.filter.listHref} /> },
        ]}
      />
    </Container>
  );
}

interface CountProps {
  /** Undefined: not known. */
  readonly of: number | undefined;
  readonly href: string;
}

function Count({ of, href }: CountProps) {
  if (of === undefined) return <Box variant="awsui-value-large">{UNKNOWN}</Box>;
  return (
    <Link href={href} variant="awsui-value-large">
      {of.toLocaleString('en')}
    </Link>
  );
}
